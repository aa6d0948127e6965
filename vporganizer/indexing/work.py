"""What travels through the pipeline, and the bounded queue it travels in."""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass
from typing import TypeVar

from vporganizer.errors import MediaError
from vporganizer.library.clips import Pending
from vporganizer.library.records import Clip
from vporganizer.media.records import Finished, Opened, Pictures, Window

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Job:
    """One content to work on: what is missing for the encoder at hand.

    `clips` are stored windows that have no vector of this encoder yet; they are read again at their
    times. If the windows themselves are incomplete, the decode pass goes on from where it ended.
    """

    pending: Pending
    clips: tuple[Clip, ...] = ()
    pictures_only: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """A video was opened."""

    job: Job
    opened: Opened


@dataclass(frozen=True, slots=True)
class Decoded:
    """A window's frames are ready; `clip_id` names it if it is stored already."""

    job: Job
    window: Window
    clip_id: int | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """Poster and storyboard are ready."""

    job: Job
    pictures: Pictures


@dataclass(frozen=True, slots=True)
class Read:
    """The video was read to its end, or as far as it goes; None if only stored clips were wanted."""

    job: Job
    finished: Finished | None


@dataclass(frozen=True, slots=True)
class Failed:
    """The video could not be read."""

    job: Job
    error: MediaError


@dataclass(frozen=True, slots=True)
class Skipped:
    """The video turned out not to be one of those asked for; what its file says of it is kept."""

    job: Job


Item = Facts | Decoded | Drawn | Read | Failed | Skipped


def put(items: queue.Queue[T], item: T, stop: threading.Event) -> bool:
    """Puts `item`, waiting for room; False if `stop` came before there was any."""
    while not stop.is_set():
        try:
            items.put(item, timeout=0.1)
        except queue.Full:
            continue
        return True
    return False


def take(items: queue.Queue[T], seconds: float) -> T | None:
    """Takes the next item, or None if none came within `seconds`."""
    try:
        return items.get(timeout=seconds) if seconds > 0 else items.get_nowait()
    except queue.Empty:
        return None
