"""scan, status, folders, rules, forget."""

from __future__ import annotations

import click

from vporganizer.app.words import counted, printable
from vporganizer.cli import output
from vporganizer.cli.main import BACKENDS, PATH, Context
from vporganizer.cli.stopping import stoppable


@click.command(
    epilog="""\b
Examples:
  vporganizer scan ~/Videos /media/camera
  vporganizer scan                      look again at all folders of the library
  vporganizer scan --retry-failed       also at files that could not be read before
  vporganizer scan ~/Videos --ignore 'proxy*' --ignore '*.raw.mov'
  vporganizer scan ~/Videos --encoder videoprism_lvt_public_v1_base --estimate
  vporganizer scan ~/Videos --encoder videoprism_lvt_public_v1_base@8 --newer-than 12m

Ctrl+C stops; what was finished is kept, and the next scan goes on from there."""
)
@click.argument("folders", nargs=-1, type=PATH)
@click.option(
    "--encoder",
    metavar="NAME",
    help="The model to index with, which becomes the library's: 'starter', 'base' or 'large', or a whole name"
    " (see: vporganizer models list); NAME@8 looks at 8 frames of each clip. By default the one used before,"
    " at first the starter.",
)
@click.option(
    "--newer-than",
    metavar="WHEN",
    help="Index only videos recorded later: 90d, 12m or 2y ago, or since a day such as 2024-05-01.",
)
@click.option("--estimate", is_flag=True, help="Say how long it would take, and index nothing.")
@click.option("--retry-failed", is_flag=True, help="Try again files that could not be read.")
@click.option(
    "--ignore", multiple=True, metavar="GLOB", help="Leave out files and folders of this name, from now on."
)
@click.option(
    "--ending",
    "endings",
    multiple=True,
    metavar=".EXT",
    help="Take files of this ending for videos, from now on.",
)
@click.option(
    "--device", type=click.Choice(["cpu", "gpu"]), help="What the model runs on; by default the best."
)
@click.option(
    "--backend", type=click.Choice(BACKENDS), help="What runs it there; by default the fastest (auto)."
)
@click.option("--confirm-empty", is_flag=True, help="Folders that list nothing really are empty now.")
@click.pass_obj
def scan(
    context: Context, folders: tuple[str, ...], encoder: str | None, newer_than: str | None, estimate: bool,
    retry_failed: bool, ignore: tuple[str, ...], endings: tuple[str, ...], device: str | None,
    backend: str | None, confirm_empty: bool,
) -> None:  # fmt: skip
    """Index the videos in FOLDERS, or again in all folders of the library.

    Files are only read. A file that cannot be read is noted with its reason (see: vporganizer
    status) and the scan goes on.
    """
    context.device, context.backend = device or context.device, backend or context.backend
    if estimate:
        with context.open() as library:
            output.estimate_as_text(
                library.estimate(folders, encoder=encoder, newer_than=newer_than, look=True)
            )
        return
    with stoppable() as control, context.open() as library:
        report = library.scan(
            folders, encoder=encoder, newer_than=newer_than, retry_failed=retry_failed, ignore=ignore,
            extra_endings=endings, confirm_empty=confirm_empty, control=control,
            progress=output.ProgressPrinter(),
        )  # fmt: skip
    output.scan_report(report)
    if report.cancelled:
        click.get_current_context().exit(1)


@click.command(epilog="\b\nExamples:\n  vporganizer status\n  vporganizer status --json")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for other programs.")
@click.pass_obj
def status(context: Context, as_json: bool) -> None:
    """Show what is in the library and what could not be read."""
    with context.open() as library:
        state = library.status()
    if as_json:
        output.json_line(state.as_json())
    else:
        output.status_as_text(state)


@click.command(
    epilog="""\b
Examples:
  vporganizer folders
  vporganizer folders add ~/Videos
  vporganizer folders remove ~/Videos"""
)
@click.argument("action", type=click.Choice(["list", "add", "remove"]), default="list")
@click.argument("folder", nargs=-1, type=PATH)
@click.pass_obj
def folders(context: Context, action: str, folder: tuple[str, ...]) -> None:
    """List, add or remove the library's folders.

    Removing forgets what is known of the videos inside, their tags included; no file is touched.
    """
    if (action == "list") == bool(folder):
        raise click.UsageError("Name folders to add or to remove; 'list' takes none.")
    with context.open() as library:
        for one in folder:
            if action == "add":
                library.add_folder(one)
                output.note(f"Added {printable(one)}. Index it with: vporganizer scan")
            else:
                count = library.remove_folder(one)
                output.note(f"Removed {printable(one)} with {counted(count, 'video')}.")
        if action == "list":
            for known in library.folders():
                away = f"  (not connected: {known.offline})" if known.offline else ""
                output.line(f"{printable(known.path)}  {counted(known.videos, 'video')}{away}")


@click.command(
    epilog="""\b
Examples:
  vporganizer rules
  vporganizer rules ignore 'proxy*' '*.raw.mov'
  vporganizer rules ending .vid
  vporganizer rules remove 'proxy*'"""
)
@click.argument("action", type=click.Choice(["list", "ignore", "ending", "remove"]), default="list")
@click.argument("values", nargs=-1)
@click.pass_obj
def rules(context: Context, action: str, values: tuple[str, ...]) -> None:
    """Choose which files a scan takes for videos, beside what it knows by itself.

    Hidden files, partial downloads and helper folders of network drives are always left out.
    """
    if (action == "list") == bool(values):
        raise click.UsageError("Name what to ignore, to take or to remove; 'list' takes nothing.")
    with context.open() as library:
        if action == "ignore":
            library.add_rules(ignore=values)
        elif action == "ending":
            library.add_rules(endings=values)
        elif action == "remove":
            for value in values:
                if not library.remove_rule(value):
                    raise click.UsageError(f"There is no rule {value!r}.")
        now = library.rules()
    for glob in now.ignore:
        output.line(f"ignore  {glob}")
    for ending in now.endings:
        output.line(f"ending  {ending}")


@click.command(
    epilog="""\b
Examples:
  vporganizer forget ~/Videos/old.mp4
  vporganizer forget --encoder videoprism_lvt_public_v1_base --yes"""
)
@click.argument("path", type=PATH, required=False)
@click.option("--encoder", metavar="NAME", help="Forget what this model has indexed, in the whole library.")
@click.option("--yes", is_flag=True, help="Needed with --encoder, since indexing it again may take hours.")
@click.pass_obj
def forget(context: Context, path: str | None, encoder: str | None, yes: bool) -> None:
    """Take a file, or all below a folder, out of the library; or all that a model has indexed.

    Tags and everything else known of a file are forgotten; no file is touched.
    """
    if (path is None) == (encoder is None):
        raise click.UsageError("Name either a file or folder, or a model by --encoder.")
    with context.open() as library:
        if path is not None:
            output.note(f"Forgot {counted(library.forget(path), 'video')}. No file was touched.")
            return
        if not yes:
            raise click.UsageError(
                f"Add --yes to forget all that {encoder} has indexed; indexing it again may take hours."
            )
        output.note(f"Forgot {counted(library.forget_encoder(encoder or ''), 'vector')} of {encoder}.")
