"""Runs scans in a thread of their own and tells the window how they go."""

from __future__ import annotations

import logging
import os
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal

from vporganizer.app.context import OpenLibrary
from vporganizer.app.scanning import ScanReport
from vporganizer.errors import VPOrganizerError
from vporganizer.gui.background import LATER, SignalOf, wait_for
from vporganizer.indexing.progress import Control, Progress

log = logging.getLogger(__name__)

RECENTLY = "12m"  # before now, as `ScanOptions.newer_than` takes it
BETWEEN_PROGRESS = 0.1  # seconds: ten updates a second are as many as anyone can read


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a scan is to do.

    Attributes:
        folders: what to look through, which joins the library; all folders of the library if none.
        retry: whether files that could not be read before are tried again.
        full: the model of full search to look with; None for what the library is looked at with anyway.
        newer_than: only videos recorded later, as `ScanOptions` takes it.
    """

    folders: tuple[bytes, ...] = ()
    retry: bool = False
    full: str | None = None
    newer_than: str | None = None

    def options(self) -> dict[str, Any]:
        """What `OpenLibrary.scan` is given beside the folders."""
        chosen: dict[str, Any] = {"retry_failed": self.retry, "newer_than": self.newer_than}
        if self.full is not None:
            chosen["encoder"] = self.full
        return chosen


class Scanner(QObject):
    """One scan at a time; folders added meanwhile wait their turn.

    Signals come in the GUI thread: `progressed` at most ten times a second, and after each scan either
    `finished` with its report or `failed` with the error.
    """

    progressed: SignalOf[Progress] = Signal(object)  # type: ignore[assignment]
    finished: SignalOf[ScanReport] = Signal(object)  # type: ignore[assignment]
    failed: SignalOf[VPOrganizerError] = Signal(object)  # type: ignore[assignment]
    _ended: SignalOf[Future[ScanReport]] = Signal(object)  # type: ignore[assignment]

    def __init__(self, library: OpenLibrary, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._library = library
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="vporganizer-scan")
        self._control = Control()
        self._running: Future[ScanReport] | None = None
        self._queue: list[Wanted] = []
        self.wanted = Wanted()
        self._last_told = 0.0
        self._ended.connect(self._end, LATER)

    @property
    def running(self) -> bool:
        """True from `start` until `finished` or `failed`."""
        return self._running is not None

    @property
    def paused(self) -> bool:
        """True while a scan waits for `resume`."""
        return self.running and self._control.paused

    def start(self, wanted: Wanted) -> None:
        """Scans; after the scan that runs, if one does. `wanted` of this object is what runs or ran last."""
        if self.running:
            if wanted not in self._queue:
                self._queue.append(wanted)
            return
        self.wanted = wanted
        self._control = Control()
        self._last_told = 0.0
        self._running = self._pool.submit(self._scan, self._control, wanted)
        self._running.add_done_callback(self._ended.emit)

    def pause(self) -> None:
        """Makes the scan wait; nothing is lost."""
        self._control.pause()

    def resume(self) -> None:
        """Lets a paused scan go on."""
        self._control.resume()

    def cancel(self) -> None:
        """Ends the scan, and those that wait, at the next step; what was finished is kept."""
        self._queue.clear()
        self._control.cancel()

    def close(self, seconds: float) -> bool:
        """Cancels and waits, never for longer than `seconds` -> whether the thread has ended."""
        self.cancel()
        ended = self._running is None or wait_for(self._running, seconds)
        self._pool.shutdown(wait=ended, cancel_futures=True)
        return ended

    def _scan(self, control: Control, wanted: Wanted) -> ScanReport:
        paths = [os.fsdecode(folder) for folder in wanted.folders]
        return self._library.scan(paths, control=control, progress=self._tell, **wanted.options())

    def _tell(self, progress: Progress) -> None:
        """Runs in the scan's thread."""
        now = time.monotonic()
        if progress.stage != "done" and now - self._last_told >= BETWEEN_PROGRESS:
            self._last_told = now
            self.progressed.emit(progress)

    def _end(self, future: Future[ScanReport]) -> None:
        self._running = None
        error = future.exception()
        if self._queue and not isinstance(error, VPOrganizerError):
            self.start(self._queue.pop(0))
        if isinstance(error, VPOrganizerError):
            self._queue.clear()
            self.failed.emit(error)
        elif error is not None:
            raise error
        else:
            self.finished.emit(future.result())
