"""What the media layer says about a video. Times are seconds from the first picture shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

RecordedSource = Literal["quicktime", "container", "name", "mtime"]


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """Part of one video, in seconds from its first frame: `start` included, `end` not."""

    start: float
    end: float

    def __post_init__(self) -> None:
        if not self.end > self.start >= 0:
            raise ValueError(f"not a time span: {self.start} to {self.end}")


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """Facts of one file, as a person would see it: width and height after rotation and pixel aspect.

    `duration` and `fps` are None where the container does not say; `recorded_at` is Unix seconds
    and `recorded_zone` its zone's minutes east of UTC where known; `place` is latitude, longitude.
    """

    container: str
    codec: str
    width: int
    height: int
    rotation: int
    duration: float | None
    fps: float | None
    variable_fps: bool
    has_audio: bool
    size: int
    start_time: float
    bit_depth: int
    hdr: str | None = None
    recorded_at: float | None = None
    recorded_zone: int | None = None
    recorded_source: RecordedSource = "mtime"
    place: tuple[float, float] | None = None
    camera: str | None = None
    start_timecode: str | None = None


# Requests to a decode child -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Analyse:
    """Asks for the one decode pass: shot changes, windows with frames, poster and storyboard.

    Attributes:
        path: the file, as bytes (`os.fsencode`).
        num_frames: T, frames given with each window.
        short_side: length in pixels of the shorter side of the frames given.
        start: a window boundary found by an earlier, interrupted pass; work goes on from there and
            yields the same windows as an undisturbed pass.
        pictures: whether poster and storyboard are wanted.
    """

    path: bytes
    num_frames: int
    short_side: int
    start: float = 0.0
    pictures: bool = True


@dataclass(frozen=True, slots=True)
class SampleWindows:
    """Asks for the `num_frames` distinct frames nearest to evenly spaced times of each span.

    `size` is (height, width) to squash frames to, or None to keep the aspect with `short_side`.
    `from_start`: the times are the starts of equal parts of the span, else their middles.
    """

    path: bytes
    spans: tuple[TimeSpan, ...]
    num_frames: int
    short_side: int = 224
    size: tuple[int, int] | None = None
    from_start: bool = False


@dataclass(frozen=True, slots=True)
class MakePictures:
    """Asks for poster and storyboard alone, where they are missing."""

    path: bytes


@dataclass(frozen=True, slots=True)
class PictureAt:
    """Asks for the picture at each of `times` (any order), `width` pixels wide, as JPEG."""

    path: bytes
    times: tuple[float, ...]
    width: int = 320


Request = Analyse | SampleWindows | MakePictures | PictureAt

# Answers of a decode child --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Opened:
    """First answer to `Analyse`: the file's facts."""

    info: VideoInfo


@dataclass(frozen=True, slots=True)
class Window:
    """One window of time with its frames, in order of time.

    Attributes:
        span: where it lies in the video.
        after_cut: True where it starts at a shot change or at the video's start.
        frames: (T, H, W, 3) uint8 RGB, upright, square pixels.
        times: seconds of each frame, where they are promised (`SampleWindows`); else approximate.
    """

    span: TimeSpan
    after_cut: bool
    frames: NDArray[np.uint8]
    times: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """New frames were decoded, up to `position` seconds."""

    position: float


@dataclass(frozen=True, slots=True)
class Pictures:
    """Poster (JPEG, never flat where the video has something else) and storyboard.

    The storyboard is one JPEG sheet of `columns` x `rows` tiles of equal size; `tile_times` gives
    the seconds of each tile, left to right, top to bottom.
    """

    poster: bytes
    storyboard: bytes
    columns: int
    rows: int
    tile_times: tuple[float, ...]
    poster_time: float = 0.0


@dataclass(frozen=True, slots=True)
class Still:
    """Answer to `PictureAt`: one picture, JPEG."""

    time: float
    jpeg: bytes


@dataclass(frozen=True, slots=True)
class Finished:
    """Last answer to `Analyse` and `SampleWindows`: the video was read to its end or as far as it goes.

    Attributes:
        duration: seconds actually covered.
        partial: why the rest could not be read, as a sentence; None if all was read.
        skipped: damaged packets that were passed over.
    """

    duration: float
    partial: str | None = None
    skipped: int = 0
    notes: tuple[str, ...] = field(default=())


Answer = Opened | Window | Heartbeat | Pictures | Still | Finished
