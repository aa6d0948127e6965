"""How models, downloads and checks look on the command line."""

from __future__ import annotations

from types import TracebackType
from typing import IO

from vporganizer.app.models import FetchProgress, Installed, Model, Removal, Verified
from vporganizer.app.words import duration, printable, size
from vporganizer.cli import output

_STAGES = {
    "waiting": "Waiting for another process that has this model in hand",
    "asking": "Asking for",
    "downloading": "Downloading",
    "checking": "Checking",
    "done": "Done",
}
_SOURCES = {
    "hub": "fetched from {repo}",
    "cache": "found in the Hugging Face cache, from {repo}",
    "files": "your own file",
}


class FetchPrinter:
    """Shows the progress of a download on stderr; used in a `with`, so that the line goes in the end."""

    def __init__(self, stream: IO[str] | None = None) -> None:
        self._line = output.StatusLine(stream)
        self._stage = ""

    def __enter__(self) -> FetchPrinter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._line.clear()

    def __call__(self, progress: FetchProgress) -> None:
        """Takes a `FetchProgress`."""
        stage = _doing(progress)
        if stage != self._stage and progress.stage in ("waiting", "downloading"):
            there = f", of which {size(progress.done)} are here already" if progress.done else ""
            total = f" ({size(progress.total)}{there})" if progress.total else ""
            self._line.stay(f"{stage}{total}.")
        self._stage = stage
        if progress.stage == "done":
            self._line.clear()
        else:
            self._line.show(describe(progress))


def describe(progress: FetchProgress) -> str:
    """The progress of a download as one line."""
    parts = [_doing(progress)]
    if progress.total:
        parts.append(f"{size(progress.done)} of {size(progress.total)}")
    elif progress.done:
        parts.append(size(progress.done))
    if progress.speed:
        parts.append(f"{size(round(progress.speed))} a second")
    if progress.seconds_left is not None:
        parts.append(f"about {duration(progress.seconds_left)} left")
    return ", ".join(parts)


def _doing(progress: FetchProgress) -> str:
    told = _STAGES[progress.stage]
    return told if progress.stage == "waiting" else f"{told} the {progress.what}"


def model_as_text(model: Model) -> None:
    """Prints one model of the list."""
    output.line(f"{model.name}  ({model.label})")
    output.line(f"  {model.purpose[0].upper()}{model.purpose[1:]}.")
    large = f"{size(model.size)}, " if model.size else ""
    output.line(f"  {large}{model.licence}; {model.credit}")
    if model.checkpoint is not None:
        where = _SOURCES[model.source or "files"].format(repo=model.repo)
        output.line(f"  Weights: {printable(str(model.checkpoint))} ({where})")
    if model.tokenizer is not None:
        output.line(f"  Tokenizer: {printable(str(model.tokenizer))}")
    if model.installed:
        output.line("  Installed.")
    else:
        output.line(f"  {printable(model.problem or 'Not installed.')}")
    if model.partial:
        output.line(f"  A download was stopped; {size(model.partial)} of it are here, and fetching goes on.")


def installed(found: Installed, *, has_text: bool) -> None:
    """Tells what is installed now, to stderr."""
    where = _SOURCES[found.source].format(repo=found.repo)
    output.note(f"{found.name} is installed: {printable(str(found.checkpoint))} ({where}).")
    if found.commit:
        output.note(f"Commit {found.commit}, sha256 {found.sha256}.")
    if found.tokenizer is not None:
        came = f", from {found.tokenizer_source}" if found.tokenizer_source else ""
        output.note(f"Tokenizer: {printable(str(found.tokenizer))}{came}.")
    elif has_text:
        output.note(
            f"It has no tokenizer yet, so that it cannot search: vporganizer models fetch {found.name}, "
            f"or vporganizer models install {found.name} sentencepiece.model"
        )


def verified(found: Verified) -> None:
    """Prints what a check found; what to do about it goes to stderr."""
    output.line(f"{found.name}: {printable(' '.join(found.problems)) if found.problems else 'as installed'}")
    if found.problems:
        output.note(
            f"Get it again: vporganizer models fetch {found.name}; or install files that you have: "
            f"vporganizer models install {found.name} FILE..."
        )


def to_be_removed(plan: Removal) -> None:
    """Tells what would be deleted, to stderr."""
    for path in plan.deleted:
        output.note(f"To be deleted: {printable(str(path))}")
    for path in plan.kept:
        output.note(f"Stays: {printable(str(path))}")
