"""What is in the library, what could not be read and why."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from vporganizer.app.choice import DEFAULT_ENCODER, chosen_encoder, identity, missing, unusable
from vporganizer.encoder.devices import device_here
from vporganizer.library.clips import encoders
from vporganizer.library.failures import failures
from vporganizer.library.index_files import NOT_MADE
from vporganizer.library.indexes import health
from vporganizer.library.library import Library
from vporganizer.library.overview import EncoderCount, counts
from vporganizer.library.vectors import encoder


@dataclass(frozen=True, slots=True)
class EncoderStatus:
    """How far an encoder got.

    Attributes:
        name: its name.
        clips: clips with a vector of it.
        complete: whether every video that can be read is done.
        index: how its index for look-ups by example is: 'current', 'behind', or why it is not used.
        share: of all clips, those with a vector, 0 to 1.
        chosen: whether the library is indexed with it.
        device: what the last of its vectors was made on; empty if there is none.
        problem: why its vectors cannot be searched now, with what to do; None if they can.
    """

    name: str
    clips: int
    complete: bool
    index: str
    share: float = 0.0
    chosen: bool = False
    device: str = ""
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class FileFailure:
    """A file that could not be read, and why. `kind` says whether the next scan tries again."""

    path: str
    stage: str
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Status:
    """The state of a library.

    Attributes:
        library: the library's folder.
        videos, clips: files and windows of time.
        encoders: one entry for each encoder that has vectors here.
        failures: files that could not be read.
        partial: files that could be read only up to a point, with the reason.
        offline: folders that cannot be reached.
        missing: files that were deleted or moved where no scan has met them.
        chosen: name of the encoder that the library is indexed with.
        device: what models run on here.
    """

    library: str
    videos: int
    clips: int
    encoders: tuple[EncoderStatus, ...]
    failures: tuple[FileFailure, ...]
    partial: tuple[tuple[str, str], ...]
    offline: tuple[str, ...]
    missing: tuple[str, ...]
    chosen: str = DEFAULT_ENCODER
    device: str = ""

    def as_json(self) -> dict[str, Any]:
        """The state as other programs read it."""
        return {
            "library": self.library,
            "videos": self.videos,
            "clips": self.clips,
            "chosen": self.chosen,
            "device": self.device,
            "encoders": {
                one.name: {
                    "clips": one.clips,
                    "complete": one.complete,
                    "share": round(one.share, 4),
                    "chosen": one.chosen,
                    "device": one.device,
                    "problem": one.problem,
                }
                for one in self.encoders
            },
            "indexes": {one.name: one.index for one in self.encoders},
            "failures": [
                {"path": one.path, "stage": one.stage, "kind": one.kind, "reason": one.reason}
                for one in self.failures
            ],
            "partial": [{"path": path, "reason": reason} for path, reason in self.partial],
            "offline": list(self.offline),
            "missing": list(self.missing),
        }


def status(library: Library, *, device: str | None = None) -> Status:
    """Takes the state of the library from the database.

    Args:
        library: the library.
        device: what models were asked to run on; None for what is there.
    """
    names = {row.name for row in encoders(library.db)}
    now = counts(library.db, [found for name in names if (found := identity(name)) is not None])
    chosen = chosen_encoder(library)
    shown = [one for one in now.encoders if one.clips or one.name == chosen or len(now.encoders) == 1]
    told = [_encoder(library, one, now.clips, chosen) for one in shown]
    if now.videos and chosen not in (one.name for one in told):  # stopped before its first clip
        told.append(EncoderStatus(chosen, 0, False, NOT_MADE, chosen=True, problem=missing(chosen)))
    return Status(
        library=str(library.path),
        videos=now.videos,
        clips=now.clips,
        encoders=tuple(told),
        failures=tuple(
            FileFailure(os.fsdecode(one.path), one.stage, one.kind, one.reason)
            for one in failures(library.db)
        ),
        partial=tuple((os.fsdecode(path), reason) for path, reason in now.partial),
        offline=tuple(os.fsdecode(path) for path in now.offline),
        missing=tuple(os.fsdecode(path) for path in now.missing),
        chosen=chosen,
        device=device_here(device),
    )


def _encoder(library: Library, one: EncoderCount, clips: int, chosen: str) -> EncoderStatus:
    row = encoder(library, one.encoder_id)
    return EncoderStatus(
        one.name, one.clips, one.complete, health(library, one.encoder_id),
        one.clips / clips if clips else 0.0, one.name == chosen, one.device, unusable(row),
    )  # fmt: skip
