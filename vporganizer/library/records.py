"""The nouns of a library. Paths are bytes, absolute where nothing else is said; times are seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Availability = Literal["online", "drive offline", "missing"]
FailureKind = Literal["transient", "permanent"]
TagSource = Literal["manual", "zero-shot", "taught"]
Verdict = Literal["none", "accepted", "rejected"]


@dataclass(frozen=True, slots=True)
class Volume:
    """A drive or a network share. `uid` stays the same wherever it is plugged in."""

    id: int
    uid: str
    name: str
    last_seen_at: float


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that the person gave us: a root. `offline` says why it cannot be reached, if so."""

    id: int
    path: bytes
    volume_id: int
    watched: bool
    offline: str | None
    last_scanned: float | None


@dataclass(frozen=True, slots=True)
class Content:
    """What is in a video file, once for all files that hold the same bytes.

    Attributes:
        fingerprint: of a sample of the bytes; different contents may share one.
        full_hash: of all bytes, where it was needed.
        recorded_at: Unix seconds; `recorded_zone` minutes east of UTC.
        place: latitude, longitude.
    """

    id: int
    fingerprint: str
    full_hash: str | None
    size: int
    duration: float | None
    width: int | None
    height: int | None
    fps: float | None
    variable_fps: bool | None
    codec: str | None
    container: str | None
    rotation: int | None
    audio: bool | None
    recorded_at: float | None
    recorded_zone: int | None
    recorded_source: str | None
    place: tuple[float, float] | None
    camera: str | None
    timecode: str | None


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the file system says of a file: while none of it changes, the file is not opened again.

    `ctime_ns` and `inode` tell two files of the same size and time apart after they were swapped.
    """

    size: int
    mtime_ns: int
    ctime_ns: int = 0
    inode: int = 0


@dataclass(frozen=True, slots=True)
class Video:
    """One video file at one place. `content_id` is None until the file could be read once."""

    id: int
    folder_id: int
    path: bytes
    relative: bytes
    size: int
    mtime_ns: int
    content_id: int | None
    availability: Availability
    rating: int | None
    note: str | None
    added_at: float
    ctime_ns: int = 0
    inode: int = 0

    @property
    def stamp(self) -> Stamp:
        """What the file system said of the file when it was last looked at."""
        return Stamp(self.size, self.mtime_ns, self.ctime_ns, self.inode)


@dataclass(frozen=True, slots=True)
class Clip:
    """A window of time of a content. `after_cut`: it starts at a shot change or at the video's start."""

    id: int
    content_id: int
    start: float
    end: float
    after_cut: bool


@dataclass(frozen=True, slots=True)
class NewClip:
    """A window of time with its vector, (D,) floats of unit length, to be stored."""

    start: float
    end: float
    after_cut: bool
    vector: NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class ClipTable:
    """All clips as columns, in ascending order of `id`: (N,) int64, int64, float64, float64, bool."""

    id: NDArray[np.int64]
    content: NDArray[np.int64]
    start: NDArray[np.float64]
    end: NDArray[np.float64]
    after_cut: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.id)


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong with a file or folder, for people. `stage` is where: scan, probe, decode, encode."""

    path: bytes
    stage: str
    kind: FailureKind
    reason: str
    at: float
    attempts: int
    video_id: int | None = None


@dataclass(frozen=True, slots=True)
class EncoderRow:
    """An encoder that the library holds vectors of: `dim` numbers each, comparable within `identity`."""

    id: int
    name: str
    identity: str
    dim: int


@dataclass(frozen=True, slots=True)
class Pending:
    """A content that lacks windows or vectors of an encoder, and a video file to read it from.

    Attributes:
        complete_to: seconds up to which its windows are stored.
        windows_complete: True where only vectors are lacking.
        pixels: of its picture, once it was opened.
    """

    content_id: int
    video_id: int
    path: bytes
    size: int
    duration: float | None
    complete_to: float
    windows_complete: bool
    pixels: int | None = None


@dataclass(frozen=True, slots=True)
class TagOnVideo:
    """A tag that a video, or its moment `start` to `end`, carries."""

    name: str
    source: TagSource
    score: float | None
    verdict: Verdict
    start: float | None = None
    end: float | None = None
