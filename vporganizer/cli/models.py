"""models, demo."""

from __future__ import annotations

import os
from pathlib import Path

import click

from vporganizer.cli import demo as demo_report
from vporganizer.cli import output
from vporganizer.cli.main import Context


@click.group(epilog="\b\nExample:\n  vporganizer models list")
def models() -> None:
    """List the models that search can use."""


@models.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a model.")
def list_models(as_json: bool) -> None:
    """List the models, and whether they are installed."""
    from vporganizer.app.models import models as known

    for model in known():
        if as_json:
            output.json_line({"name": model.name, "label": model.label, "installed": model.installed})
        else:
            output.line(f"{model.name}  {model.label}: {model.detail}")


@click.command(
    epilog="""\b
Examples:
  vporganizer demo
  vporganizer demo --json
  vporganizer demo --window      open the window on the samples
  vporganizer demo --remove      delete the samples and their library"""
)
@click.option("--json", "as_json", is_flag=True, help="Print the hits as JSON lines.")
@click.option("--window", is_flag=True, help="Open the window on the samples.")
@click.option("--remove", is_flag=True, help="Delete the samples and their library.")
@click.option(
    "--picture", default="demo.png", show_default=True, type=click.Path(dir_okay=False, path_type=Path),
    help="Where the contact sheet goes.",
)  # fmt: skip
@click.pass_obj
def demo(context: Context, as_json: bool, window: bool, remove: bool, picture: Path) -> None:
    """See the main job done on sample videos.

    The samples and their library are made in the cache folder, or in --library if it is given; your
    own library is not touched.
    """
    from vporganizer.app import demo as samples

    folder = context.library or samples.default_folder()
    if remove:
        removed = samples.remove(folder)
        output.note(f"Removed {folder}." if removed else "There are no samples to remove.")
        return
    if window:
        samples.prepare(folder, device=context.device, progress=output.ProgressPrinter())
        click.get_current_context().exit(context.open_window(samples.library_folder(folder), ()))
    report = samples.run(folder, device=context.device, progress=output.ProgressPrinter())
    if as_json:
        for step in report.steps:
            output.hits_as_json(step.result, query=step.title)
        return
    samples.contact_sheet(report, picture)
    demo_report.show(report, Path(os.path.abspath(picture)))
