"""What is in the library, what could not be read and why."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from vporganizer.library.clips import encoders
from vporganizer.library.failures import failures
from vporganizer.library.indexes import health
from vporganizer.library.library import Library
from vporganizer.library.overview import counts


@dataclass(frozen=True, slots=True)
class EncoderStatus:
    """How far an encoder got: clips with a vector, and whether every video that can be read is done.

    `index` says how the index for look-ups by example is: 'current', 'behind', or why it is not used.
    """

    name: str
    clips: int
    complete: bool
    index: str


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
    """

    library: str
    videos: int
    clips: int
    encoders: tuple[EncoderStatus, ...]
    failures: tuple[FileFailure, ...]
    partial: tuple[tuple[str, str], ...]
    offline: tuple[str, ...]
    missing: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The state as other programs read it."""
        return {
            "library": self.library,
            "videos": self.videos,
            "clips": self.clips,
            "encoders": {one.name: {"clips": one.clips, "complete": one.complete} for one in self.encoders},
            "indexes": {one.name: one.index for one in self.encoders},
            "failures": [
                {"path": one.path, "stage": one.stage, "kind": one.kind, "reason": one.reason}
                for one in self.failures
            ],
            "partial": [{"path": path, "reason": reason} for path, reason in self.partial],
            "offline": list(self.offline),
            "missing": list(self.missing),
        }


def status(library: Library) -> Status:
    """Takes the state of the library from the database."""
    now = counts(library.db)
    index_of = {row.name: row.id for row in encoders(library.db)}
    return Status(
        library=str(library.path),
        videos=now.videos,
        clips=now.clips,
        encoders=tuple(
            EncoderStatus(one.name, one.clips, one.complete, health(library, index_of[one.name]))
            for one in now.encoders
        ),
        failures=tuple(
            FileFailure(os.fsdecode(one.path), one.stage, one.kind, one.reason)
            for one in failures(library.db)
        ),
        partial=tuple((os.fsdecode(path), reason) for path, reason in now.partial),
        offline=tuple(os.fsdecode(path) for path in now.offline),
        missing=tuple(os.fsdecode(path) for path in now.missing),
    )
