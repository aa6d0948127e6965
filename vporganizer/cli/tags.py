"""tag, untag, tags."""

from __future__ import annotations

import click

from vporganizer.app.words import counted
from vporganizer.cli import output
from vporganizer.cli.main import PATH, Context


@click.command(
    epilog='\b\nExamples:\n  vporganizer tag lake.mp4 holiday\n  vporganizer tag *.mp4 "summer 2026"'
)
@click.argument("files", nargs=-1, required=True, type=PATH)
@click.argument("name")
@click.pass_obj
def tag(context: Context, files: tuple[str, ...], name: str) -> None:
    """Give the tag NAME to FILES."""
    with context.open() as library:
        count = library.tag(files, name)
    output.note(f"Tagged {counted(count, 'video')}.")


@click.command(epilog="\b\nExample:\n  vporganizer untag lake.mp4 holiday")
@click.argument("files", nargs=-1, required=True, type=PATH)
@click.argument("name")
@click.pass_obj
def untag(context: Context, files: tuple[str, ...], name: str) -> None:
    """Take the tag NAME from FILES."""
    with context.open() as library:
        count = library.untag(files, name)
    output.note(f"Untagged {counted(count, 'video')}.")


@click.command(epilog="\b\nExamples:\n  vporganizer tags lake.mp4\n  vporganizer tags lake.mp4 --json")
@click.argument("file", type=PATH)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a tag.")
@click.pass_obj
def tags(context: Context, file: str, as_json: bool) -> None:
    """Show the tags of FILE."""
    with context.open() as library:
        found = library.tags(file)
    for one in found:
        if as_json:
            output.json_line(
                {"name": one.name, "source": one.source, "score": one.score, "verdict": one.verdict}
            )
        else:
            output.line(one.name)
