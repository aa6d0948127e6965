"""models, demo."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from vporganizer.cli import demo as demo_report
from vporganizer.cli import output
from vporganizer.cli.main import PATH, Context
from vporganizer.cli.stopping import stoppable


@click.group(
    epilog="""\b
Examples:
  vporganizer models list
  vporganizer models fetch base
  vporganizer models install base weights.npz sentencepiece.model
  vporganizer models verify
  vporganizer models remove base"""
)
def models() -> None:
    """List, fetch, check and remove the models that search can use."""


@models.command("list", epilog="\b\nExamples:\n  vporganizer models list\n  vporganizer models list --json")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a model.")
def list_models(as_json: bool) -> None:
    """List the models: what for, how large, licence and credit, installed or not, and where."""
    from vporganizer.app.models import models as known
    from vporganizer.cli import model_output

    for model in known():
        if as_json:
            output.json_line(model.as_json())
        else:
            model_output.model_as_text(model)


@models.command(
    epilog="""\b
Examples:
  vporganizer models fetch base
  vporganizer models fetch videoprism_lvt_public_v1_large
  HF_HOME=/media/big vporganizer models fetch base     keep it on another drive

Ctrl+C stops; what came is kept, and the next fetch goes on from there."""
)
@click.argument("name")
def fetch(name: str) -> None:
    """Download a model from the Hugging Face hub, and its tokenizer.

    NAME is one of `models list`, or 'base' or 'large' for the two that search. This is the only
    command that touches the network. What comes is compared with the sha256 that the hub states.
    HF_HOME, HF_ENDPOINT, HF_TOKEN and HF_HUB_OFFLINE are honoured; VPORGANIZER_TOKENIZER_URL names
    another place for the tokenizer.
    """
    from vporganizer.app import models as app
    from vporganizer.cli import model_output

    with stoppable() as control, model_output.FetchPrinter() as progress:
        found = app.fetch(name, progress=progress, control=control)
    model_output.installed(found, has_text=app.has_text(found.name))


@models.command(
    epilog="""\b
Examples:
  vporganizer models install base flax_lvt_base_f16r288_repeated.npz sentencepiece.model
  vporganizer models install base sentencepiece.model"""
)
@click.argument("name")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=PATH)
def install(name: str, files: tuple[str, ...]) -> None:
    """Use model files that you have: the weights, the tokenizer, or both.

    They are checked and stay where they are; nothing is copied.
    """
    from vporganizer.app import models as app
    from vporganizer.cli import model_output

    with stoppable() as control, model_output.FetchPrinter() as progress:
        found = app.install(name, files, progress=progress, control=control)
    model_output.installed(found, has_text=app.has_text(found.name))


@models.command(epilog="\b\nExamples:\n  vporganizer models verify\n  vporganizer models verify base")
@click.argument("name", required=False)
def verify(name: str | None) -> None:
    """Read a model's files and compare them with what was installed; all models without NAME."""
    from vporganizer.app import models as app
    from vporganizer.cli import model_output

    with stoppable() as control, model_output.FetchPrinter() as progress:
        found = app.verify(name, progress=progress, control=control)
    for one in found:
        model_output.verified(one)
    if not found:
        output.note("No model is installed beside the starter, which is checked whenever it is used.")
    if any(one.problems for one in found):
        click.get_current_context().exit(1)


@models.command(
    epilog="\b\nExamples:\n  vporganizer models remove base\n  vporganizer models remove base --yes"
)
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(name: str, yes: bool) -> None:
    """Delete what was fetched of a model, a stopped download included.

    Files that you installed from your own disk stay; they are only forgotten.
    """
    from vporganizer.app import models as app
    from vporganizer.app.words import size
    from vporganizer.cli import model_output

    plan = app.removal(name)
    if not yes:
        model_output.to_be_removed(plan)
        if not sys.stdin.isatty():
            raise click.UsageError(f"Add --yes to remove {plan.name}.")
        click.confirm(f"Remove {plan.name} and free {size(plan.freed)}?", abort=True, err=True)
    done = app.remove(name)
    freed = f" {size(done.freed)} are free again." if done.freed else ""
    kept = " Files that were here before stay." if done.kept else ""
    output.note(f"Removed {done.name}.{freed}{kept}")


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
