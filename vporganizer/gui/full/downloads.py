"""Gets a model in a thread of its own, by download or from files, and tells the window how it goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from PySide6.QtCore import QObject, Signal

from vporganizer.app import models
from vporganizer.app.models import FetchProgress, Installed
from vporganizer.errors import Cancelled, VPOrganizerError
from vporganizer.gui.background import LATER, Announcement, SignalOf, wait_for
from vporganizer.indexing.progress import Control


class Downloads(QObject):
    """One model at a time. What came stays when it is stopped: the next start goes on from there.

    Signals come in the GUI thread: `started`, `progressed` a few times a second, and at the end one of
    `finished`, `stopped` (a person did it) and `failed`.
    """

    started: Announcement = Signal()  # type: ignore[assignment]
    progressed: SignalOf[FetchProgress] = Signal(object)  # type: ignore[assignment]
    finished: SignalOf[Installed] = Signal(object)  # type: ignore[assignment]
    stopped: Announcement = Signal()  # type: ignore[assignment]
    failed: SignalOf[VPOrganizerError] = Signal(object)  # type: ignore[assignment]
    _ended: SignalOf[Future[Installed]] = Signal(object)  # type: ignore[assignment]

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.name = ""
        self.from_files = False
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="vporganizer-model")
        self._control = Control()
        self._running: Future[Installed] | None = None
        self._ended.connect(self._end, LATER)

    @property
    def running(self) -> bool:
        """True from a start until one of the signals of its end."""
        return self._running is not None

    def fetch(self, name: str) -> None:
        """Starts to download a model, or goes on with it; nothing while another is on its way."""
        self._start(name, partial(models.fetch, name), from_files=False)

    def install(self, name: str, files: Sequence[str]) -> None:
        """Starts to check files that the person has; nothing while another model is on its way."""
        self._start(name, partial(models.install, name, files), from_files=True)

    def stop(self) -> None:
        """Ends it at once; what came is kept."""
        self._control.cancel()

    def close(self, seconds: float) -> bool:
        """Stops and waits, never for longer than `seconds` -> whether the thread has ended."""
        self.stop()
        ended = self._running is None or wait_for(self._running, seconds)
        self._pool.shutdown(wait=ended, cancel_futures=True)
        return ended

    def _start(self, name: str, work: Callable[..., Installed], *, from_files: bool) -> None:
        if self.running:
            return
        self.name, self.from_files = name, from_files
        self._control = Control()
        self._running = self._pool.submit(work, progress=self.progressed.emit, control=self._control)
        self._running.add_done_callback(self._ended.emit)
        self.started.emit()

    def _end(self, future: Future[Installed]) -> None:
        self._running = None
        error = future.exception()
        if isinstance(error, Cancelled):
            self.stopped.emit()
        elif isinstance(error, VPOrganizerError):
            self.failed.emit(error)
        elif error is not None:
            raise error
        else:
            self.finished.emit(future.result())
