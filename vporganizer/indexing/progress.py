"""Progress as values, an estimate of the time left, and the token that pauses or cancels the work."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from vporganizer.errors import Cancelled

Stage = Literal["looking", "indexing", "done"]
Phase = Literal["", "quick", "full"]


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a scan stands.

    Attributes:
        stage: 'looking' through folders, 'indexing' videos, or 'done'.
        files_seen: files met so far while looking.
        files_done, files_total: videos finished, of those that need work.
        files_failed: videos that could not be read; their reasons are recorded.
        clips: moments stored.
        video_seconds: seconds of video indexed.
        speed: seconds of video per second, over the last minute; None while unknown.
        seconds_left: estimated seconds to the end; None while unknown.
        current: files being read, as text for people.
        device: what the encoder runs on; empty until it is loaded.
        paused: True while the work waits.
        clips_total: clips that there will be when all is done, as far as it is known; 0 while it is not.
        note: a sentence for the person, told once, such as that another encoder is used from now on.
        phase: 'quick' while quick search goes first over what is new, so that it is found at once; 'full'
            while an encoder looks that takes seconds a clip; empty where quick search is all there is.
            Counts and the time left are those of the phase.
    """

    stage: Stage
    files_seen: int = 0
    files_done: int = 0
    files_total: int = 0
    files_failed: int = 0
    clips: int = 0
    video_seconds: float = 0.0
    speed: float | None = None
    seconds_left: float | None = None
    current: tuple[str, ...] = ()
    device: str = ""
    paused: bool = False
    clips_total: int = 0
    note: str = ""
    phase: Phase = ""


Listener = Callable[[Progress], None]


class Control:
    """Pauses, resumes and cancels a scan from any thread."""

    def __init__(self) -> None:
        self._running = threading.Event()
        self._running.set()
        self._cancelled = threading.Event()

    def pause(self) -> None:
        """Makes the work wait at its next step; nothing is lost."""
        self._running.clear()

    def resume(self) -> None:
        """Lets paused work go on."""
        self._running.set()

    def cancel(self) -> None:
        """Ends the work at its next step, also while paused; what was finished is kept."""
        self._cancelled.set()
        self._running.set()

    @property
    def paused(self) -> bool:
        """True between `pause` and `resume`."""
        return not self._running.is_set()

    @property
    def cancelled(self) -> bool:
        """True once `cancel` was called."""
        return self._cancelled.is_set()

    def checkpoint(self) -> None:
        """Waits while paused.

        Raises:
            Cancelled: if the work was cancelled.
        """
        self._running.wait()
        if self.cancelled:
            raise Cancelled("The scan was stopped; what was finished is kept.")


class Meter:
    """Speed over the last minute and an estimate of the time left.

    What counts as work is up to the caller: bytes of files, which are known before a video is opened, or
    clips. `total` may change as more gets known.
    """

    WINDOW = 60.0

    def __init__(
        self, total: float, *, window: float = WINDOW, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._window = window
        self.total = total
        self._marks: deque[tuple[float, float, float]] = deque([(clock(), 0.0, 0.0)])

    def add(self, done: float, video_seconds: float) -> None:
        """Notes the totals so far: work, and seconds of video."""
        now = self._clock()
        self._marks.append((now, done, video_seconds))
        while len(self._marks) > 2 and now - self._marks[1][0] > self._window:
            self._marks.popleft()

    def restart(self) -> None:
        """Forgets the past pace, as after a pause, but not what is done."""
        _, done, seconds = self._marks[-1]
        self._marks = deque([(self._clock(), done, seconds)])

    @property
    def speed(self) -> float | None:
        """Seconds of video per second, or None while too little is known."""
        elapsed, _, seconds = self._change()
        return seconds / elapsed if elapsed > 0.5 and seconds > 0 else None

    @property
    def seconds_left(self) -> float | None:
        """Estimated seconds to the end, or None while too little is known."""
        elapsed, done, _ = self._change()
        if elapsed < 2 or done <= 0:
            return None
        return max(0.0, self.total - self._marks[-1][1]) * elapsed / done

    def _change(self) -> tuple[float, float, float]:
        first, last = self._marks[0], self._marks[-1]
        return last[0] - first[0], last[1] - first[1], last[2] - first[2]
