"""How full search is told to people: sizes, devices, progress, errors without the commands of a terminal."""

from __future__ import annotations

import re
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from vporganizer.app.models import FetchProgress, Model
from vporganizer.app.words import duration, printable, size
from vporganizer.errors import DownloadError, VPOrganizerError

COPIES, WORKING_MEMORY = 2, 1.1e9
"""Of the weights, which are mapped and then held by the device's runtime, and bytes to work in. The program's
peak with the base model, scanning and searching in one window: 2.7 GB by JAX, 3.1 GB by OpenVINO. (Embedding
clips alone takes 1.7 GB: 'peak memory' of tests/benchmarks/encoder.py.) The large model is reckoned alike."""

TOKENIZER = 800_000
"""Bytes of the small file that full search reads texts with, as published."""


_NAME = re.compile(r"videoprism_[a-z0-9_]+(@\d+)?")
_COMMAND = re.compile(r",? or[^.,:]*: vporganizer [^.]*\.?")
_AGAIN = re.compile(r"\bFetch again\b")


def tr(text: str) -> str:
    """Translates a text of this module."""
    return QCoreApplication.translate("full", text)


@dataclass(frozen=True, slots=True)
class Said:
    """Progress in words: what goes on, how far it is, and both numbers for a bar (a total of 0: unknown)."""

    state: str
    detail: str
    done: float
    total: float


def device_words(device: str) -> str:
    """What models run on, such as 'NVIDIA H100': the program's own name for it is 'gpu: NVIDIA H100'."""
    kind, _, name = device.partition(":")
    if name.strip():
        return printable(name.strip())
    kind = kind.partition("(")[0].strip().lower()  # 'cpu (OpenVINO)'
    return tr("this computer's processor") if kind in ("", "cpu") else printable(device)


def memory_words(model: Model) -> str:
    """How much memory a model takes while it works."""
    most = size(round(COPIES * model.size + WORKING_MEMORY))
    return tr("up to %1 while it works").replace("%1", most)


def covered(share: float, device: str) -> str:
    """How far full search has come with a library, and on what; `share` is 0 to 1."""
    told = tr("Full search: %1 % looked at, on %2")
    return told.replace("%1", percent(share)).replace("%2", device_words(device))


def percent(share: float) -> str:
    """A part from 0 to 1 as a number of hundredths, which is not 100 before all is done."""
    return "<1" if share < 0.01 else str(int(share * 100))


def left_to_get(model: Model) -> int:
    """Bytes that a download of a model would still bring."""
    if model.checkpoint is not None and model.tokenizer is None:
        return TOKENIZER
    return max(0, model.size - model.partial)


def rough(seconds: float) -> str:
    """A time that is only estimated, rounded as coarsely as it is known."""
    if seconds < 60:
        return tr("less than a minute")
    minutes = round(seconds / 60)
    if minutes >= 15:
        minutes = round(minutes / 5) * 5
    if minutes < 60:
        return tr("about %1 min").replace("%1", str(minutes))
    if minutes < 60 * 10:
        return tr("about %1").replace("%1", duration(minutes * 60))
    hours = round(minutes / 60)
    if hours < 72:
        return tr("about %1 hours").replace("%1", str(hours))
    return tr("about %1 days").replace("%1", str(round(hours / 24)))


def told(progress: FetchProgress, *, from_files: bool = False) -> Said:
    """A download's progress, or that of a check of files, in words."""
    if progress.stage == "waiting":
        return Said(tr("Waiting for another program that fetches full search…"), "", 0, 0)
    if progress.stage == "asking":
        return Said(tr("Asking for full search…"), "", 0, 0)
    if progress.stage == "downloading" and progress.what != "weights":
        return Said(tr("Downloading full search: the last small part"), "", 0, 0)
    checking = from_files or progress.stage != "downloading"
    state = tr("Checking the files of full search") if checking else tr("Downloading full search")
    total = progress.total or 0
    return Said(state, _amounts(progress), progress.done, total)


def _amounts(progress: FetchProgress) -> str:
    parts = []
    if progress.total:
        amount = tr("%1 of %2").replace("%1", size(progress.done)).replace("%2", size(progress.total))
        parts.append(amount)
    if progress.speed and progress.stage == "downloading":
        parts.append(tr("%1 a second").replace("%1", size(round(progress.speed))))
    if progress.seconds_left is not None:
        parts.append(tr("about %1 left").replace("%1", duration(progress.seconds_left)))
    return " · ".join(parts)


def is_about_full_search(error: VPOrganizerError) -> bool:
    """Whether an error names a model of full search."""
    return bool(_NAME.search(str(error)))


def plain(error: VPOrganizerError) -> tuple[str, str]:
    """An error without a model's name or a command of a terminal -> (sentence, what to do)."""
    sentence = _without_commands(_NAME.sub(tr("full search"), str(error)))
    sentence = sentence[:1].upper() + sentence[1:]
    hint = _without_commands(_NAME.sub(tr("full search"), error.hint))
    if isinstance(error, DownloadError):
        again = tr("Then try again: it goes on from what came.")
        if not hint:
            hint = tr("Try again: it goes on from what came.")
        elif not _AGAIN.search(hint):
            hint = f"{hint} {again}"
    return printable(sentence), printable(_AGAIN.sub(tr("Try again"), hint))


def of_no_use(error: VPOrganizerError) -> tuple[str, str]:
    """An error of files that the person chose -> (sentence, why and what to do)."""
    reason, _ = plain(error)
    what = tr("Choose the large file (.npz) and, if you have it, the small one (sentencepiece.model).")
    return tr("These files cannot be used for full search."), f"{reason} {what}"


def _without_commands(text: str) -> str:
    """Leaves out the sentences of a text, or their ends, that name a command of a terminal."""
    sentences = re.split(r"(?<=[.!?])\s+", _COMMAND.sub(".", text))
    return " ".join(one for one in sentences if "vporganizer " not in one)
