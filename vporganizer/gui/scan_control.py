"""Adding folders: choosing, scanning in the background, what came of it."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from vporganizer.app.context import OpenLibrary
from vporganizer.app.scanning import ScanReport
from vporganizer.app.status import Status
from vporganizer.errors import VPOrganizerError
from vporganizer.gui.activity import Activity
from vporganizer.gui.answers import Scanning
from vporganizer.gui.background import Announcement, Channel
from vporganizer.gui.desktop import show_in_file_manager
from vporganizer.gui.failures import FailuresDialog
from vporganizer.gui.message_bar import MessageBar
from vporganizer.gui.scanner import RECENTLY, Scanner, Wanted
from vporganizer.gui.settings import WindowSettings
from vporganizer.indexing.progress import Progress

BETWEEN_REFRESHES = 1.5  # seconds at least between two looks at what was added meanwhile


class ScanControl(QObject):
    """Connects the scanner with the strip that shows it.

    `more_videos` says that the library has grown, `ended` that a scan is over, however it ended.
    `usually_full` is set from outside: whether full search is what the library is looked at with.
    """

    more_videos: Announcement = Signal()  # type: ignore[assignment]
    ended: Announcement = Signal()  # type: ignore[assignment]

    def __init__(
        self, library: OpenLibrary, activity: Activity, messages: MessageBar, settings: WindowSettings,
        pool: ThreadPoolExecutor, parent: QWidget,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._library = library
        self._window = parent
        self._activity = activity
        self._messages = messages
        self._settings = settings
        self._scanner = Scanner(library, self)
        self._status: Channel[Status] = Channel(pool, self)
        self._seen = (0, 0)
        self._refreshed = 0.0
        self.usually_full = False
        self.dialog: FailuresDialog | None = None
        self._scanner.progressed.connect(self._progressed)
        self._scanner.finished.connect(self._finished)
        self._scanner.failed.connect(self._failed)
        self._status.answered.connect(self._open_failures)
        self._status.failed.connect(messages.tell_error)
        activity.pause.connect(self._pause)
        activity.cancel.connect(self._cancel)
        activity.show_failures.connect(self.show_failures)

    @property
    def running(self) -> bool:
        """True while a scan runs, paused ones too."""
        return self._scanner.running

    @property
    def full(self) -> bool:
        """True while a scan for full search runs."""
        return self.running and self._is_full(self._scanner.wanted)

    @property
    def going_on(self) -> Scanning:
        """What goes on, for what is said over answers."""
        return ("full" if self.full else "adding") if self.running else None

    def choose(self, parent: QWidget) -> None:
        """Lets the person choose a folder and adds it."""
        start = self._settings.last_folder or os.path.expanduser("~")
        folder = QFileDialog.getExistingDirectory(parent, self.tr("Add a folder with videos"), start)
        if folder:
            self._settings.last_folder = folder
            self.add([os.fsencode(folder)])

    def add(self, folders: Sequence[bytes]) -> None:
        """Adds folders and looks through them, after the scan that runs, if one does."""
        self._messages.hide()
        self.start(Wanted(tuple(folders)))

    def start(self, wanted: Wanted) -> None:
        """Starts a scan, or lets it wait its turn."""
        if not self.running:
            self._activity.started(full=self._is_full(wanted))
        self._scanner.start(wanted)

    def rescan(self) -> None:
        """Looks through all folders again; with full search at what was chosen for it, not at years more."""
        self._messages.hide()
        recent_only = self.usually_full and self._settings.full_recent_only
        self.start(Wanted(newer_than=RECENTLY if recent_only else None))

    def retry(self) -> None:
        """Looks through all folders and tries again what could not be read."""
        self.start(Wanted(retry=True))

    def _is_full(self, wanted: Wanted) -> bool:
        return wanted.full is not None or self.usually_full

    def show_failures(self) -> None:
        """Asks the library what could not be read, and lists it."""
        self._status.ask(self._library.status)

    def stop_for_good(self) -> None:
        """Ends the scan at its next step."""
        self._activity.stopping()
        self._scanner.cancel()

    def close(self, seconds: float) -> bool:
        """Ends the scan's thread, waiting `seconds` at most -> whether it has ended."""
        return self._scanner.close(seconds)

    def _pause(self, pause: bool) -> None:
        if pause:
            self._scanner.pause()
        else:
            self._scanner.resume()

    def _cancel(self) -> None:
        self._scanner.cancel()

    def _progressed(self, progress: Progress) -> None:
        self._activity.progressed(progress)
        grown = (progress.files_done, progress.clips)
        now = time.monotonic()
        if grown != self._seen and now - self._refreshed >= BETWEEN_REFRESHES:
            self._seen, self._refreshed = grown, now
            self.more_videos.emit()

    def _finished(self, report: ScanReport) -> None:
        if self.running:  # the next one of the queue
            self._activity.started(full=self.full)
        else:
            self._activity.finished(report)
        self.ended.emit()

    def _failed(self, error: VPOrganizerError) -> None:
        self._activity.failed()
        self._messages.tell_error(error)
        self.ended.emit()

    def _open_failures(self, status: Status) -> None:
        self.dialog = FailuresDialog(status.failures, self._window)
        self.dialog.retry.connect(self.retry)
        self.dialog.show_file.connect(show_in_file_manager)
        self.dialog.open()
