"""The command group: `--library`, errors as a sentence and an exit code, paths instead of a command."""

from __future__ import annotations

import difflib
import errno
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

import vporganizer
from vporganizer.errors import VPOrganizerError

if TYPE_CHECKING:
    from vporganizer.app.context import OpenLibrary

# Whether a path can be read is found out, and told, by whoever has to read it: a root that cannot be read is
# offline, and a tag is given without reading the file.
PATH = click.Path(readable=False)
BACKENDS = ("auto", "jax", "openvino")
OpenWindow = Callable[[Path | None, Sequence[str]], int]

# Modules that hold each command; imported when the command is asked for, so that --help stays quick.
COMMANDS = {
    "scan": "vporganizer.cli.index",
    "status": "vporganizer.cli.index",
    "folders": "vporganizer.cli.index",
    "rules": "vporganizer.cli.index",
    "forget": "vporganizer.cli.index",
    "search": "vporganizer.cli.search",
    "similar": "vporganizer.cli.search",
    "export": "vporganizer.cli.search",
    "tag": "vporganizer.cli.tags",
    "untag": "vporganizer.cli.tags",
    "tags": "vporganizer.cli.tags",
    "models": "vporganizer.cli.models",
    "demo": "vporganizer.cli.models",
}
SUMMARIES = {
    "scan": "Index the videos in folders.",
    "status": "Show what is in the library and what could not be read.",
    "folders": "List, add or remove the library's folders.",
    "rules": "Choose which files a scan takes for videos.",
    "forget": "Take a file or folder out of the library.",
    "search": "Find moments by what is in them.",
    "similar": "Find moments like a clip.",
    "export": "Write the library or a search as CSV or JSON.",
    "tag": "Give a tag to files.",
    "untag": "Take a tag from files.",
    "tags": "Show the tags of a file.",
    "models": "List, fetch, check and remove the models that search can use.",
    "demo": "See the main job done on sample videos.",
}


@dataclass
class Context:
    """What commands share: the library's folder, what models run on, and how to open the window."""

    library: Path | None
    device: str | None
    open_window: OpenWindow
    backend: str | None = None

    def open(self) -> OpenLibrary:
        """Opens the library."""
        from vporganizer.app.context import open_library

        return open_library(self.library, device=self.device, backend=self.backend)


class Commands(click.Group):
    """Loads commands when they are asked for; a first word that is no command is a path."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Names the commands in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Imports the module of a command."""
        if cmd_name not in COMMANDS:
            return None
        import importlib

        command: click.Command = getattr(importlib.import_module(COMMANDS[cmd_name]), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Writes the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(SUMMARIES.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Takes a first word that is no command for a path to open in the window."""
        if args[0] in COMMANDS:
            return super().resolve_command(ctx, args)
        for path in args:
            if not os.path.exists(path):
                close = difflib.get_close_matches(path, COMMANDS, n=1)
                hint = f" Did you mean '{close[0]}'?" if close else ""
                raise click.UsageError(f"There is no command, file or folder called {path!r}.{hint}")
        return "window", _window, args


@click.command(hidden=True)
@click.argument("paths", nargs=-1)
@click.pass_obj
def _window(context: Context, paths: tuple[str, ...]) -> None:
    click.get_current_context().exit(context.open_window(context.library, paths))


@click.group(
    cls=Commands,
    invoke_without_command=True,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
Examples:
  vporganizer                          open the window
  vporganizer scan ~/Videos            index a folder
  vporganizer search "a dog"           find moments
  vporganizer similar clip.mp4         find moments like a clip
  vporganizer demo                     see it work on sample videos

Nothing leaves this computer, and video files are only read. Only `models fetch` uses the network.""",
)
@click.option(
    "--library",
    metavar="DIR",
    type=click.Path(file_okay=False, readable=False, path_type=Path),
    help="The library's folder; by default the one in your data folder, or $VPORGANIZER_LIBRARY.",
)
@click.option(
    "--device", type=click.Choice(["cpu", "gpu"]), help="What the models run on; by default the best."
)
@click.option(
    "--backend", type=click.Choice(BACKENDS), help="What runs them there; by default the fastest (auto)."
)
@click.version_option(vporganizer.__version__, prog_name="vporganizer")
@click.pass_context
def cli(ctx: click.Context, library: Path | None, device: str | None, backend: str | None) -> None:
    """VP Organizer makes your own video files searchable by what happens in them.

    Without a command the window opens; files and folders named are opened in it.
    """
    ctx.obj = Context(library, device, ctx.obj, backend)
    if ctx.invoked_subcommand is None:
        ctx.exit(ctx.obj.open_window(library, ()))


def run(open_window: OpenWindow, arguments: Sequence[str] | None = None) -> int:
    """Runs the command line -> exit code: 0, 2 for wrong usage, 1 for every other error."""
    # A path that is not valid UTF-8 must not end the program while it is printed.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        result = cli.main(
            args=None if arguments is None else list(arguments),
            prog_name="vporganizer",
            standalone_mode=False,
            obj=open_window,
        )
        sys.stdout.flush()
    except click.UsageError as problem:
        problem.show()
        return 2
    except click.exceptions.Exit as leaving:
        return int(leaving.exit_code)
    except click.ClickException as problem:
        problem.show()
        return int(problem.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        return 1
    except VPOrganizerError as problem:
        from vporganizer.cli import output

        output.error(problem)
        return problem.exit_code
    except BrokenPipeError:  # the reader, such as `head`, has had enough
        _drop_output()
        return 0
    except OSError as problem:
        if problem.errno not in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EIO):
            raise
        _drop_output()
        click.echo(f"vporganizer: The output could not be written: {problem.strerror}.", err=True)
        return 1
    return result if isinstance(result, int) else 0


def _drop_output() -> None:
    """Sends what is still buffered nowhere, or the interpreter would complain about it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
