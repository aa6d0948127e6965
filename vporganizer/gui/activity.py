"""The strip at the window's foot: how adding videos goes, pause, cancel, and what could not be read."""

from __future__ import annotations

import os

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from vporganizer.app.scanning import ScanReport
from vporganizer.app.words import duration, printable
from vporganizer.gui.background import Announcement, SignalOf
from vporganizer.gui.full.words import device_words
from vporganizer.gui.look import Button
from vporganizer.gui.strip import Strip
from vporganizer.gui.translation import plural
from vporganizer.indexing.progress import Progress


class Activity(Strip):
    """Shows a scan from its start to what came of it; the buttons only say what is wanted."""

    pause: SignalOf[bool] = Signal(object)  # type: ignore[assignment]
    cancel: Announcement = Signal()  # type: ignore[assignment]
    show_failures: Announcement = Signal()  # type: ignore[assignment]

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._paused = False
        self._full = False
        self.failures_button = Button("")
        self.pause_button = Button(self.tr("Pause"))
        self.cancel_button = Button(self.tr("Cancel"))
        self.close_button = Button(self.tr("Close"))
        self.add_buttons(self.failures_button, self.pause_button, self.cancel_button, self.close_button)
        self.pause_button.clicked.connect(self._pause_clicked)
        self.cancel_button.clicked.connect(self._cancel_clicked)
        self.failures_button.clicked.connect(self._failures_clicked)
        self.close_button.clicked.connect(self.hide)

    def started(self, *, full: bool = False) -> None:
        """Shows that a scan begins: of what is new, or of everything for full search."""
        self._paused, self._full = False, full
        self._state.setText(self.tr("Looking through folders…"))
        self._detail.setText("")
        self.show_share(0, 0)
        self.pause_button.setText(self.tr("Pause"))
        self.pause_button.setEnabled(True)
        self.cancel_button.setEnabled(True)
        self._show_buttons(running=True)
        self.show()

    def progressed(self, progress: Progress) -> None:
        """Shows where the scan stands."""
        if not self.cancel_button.isEnabled():
            return  # it is being stopped: late news would only flicker
        if progress.stage == "looking":
            state = self.tr("Looking through folders")
            detail = plural(self.tr("%Ln file(s) seen", "", progress.files_seen), progress.files_seen)
        else:
            state, detail = self._count(progress), self._describe(progress)
        self._state.setText(self.tr("Paused") if self._paused else state)
        self.show_detail(detail)
        works_on = self.tr("Works on: %1").replace("%1", device_words(progress.device))
        self._bar.setToolTip(works_on if progress.device else "")
        self._offer_failures(progress.files_failed)

    def _count(self, progress: Progress) -> str:
        """Moves the bar -> the video that is being looked at, of how many."""
        if self._full and progress.clips_total:  # one video may take hours: moments tell more
            self.show_share(progress.clips, progress.clips_total)
        else:
            self.show_share(progress.files_done, max(1, progress.files_total))
        if (
            progress.phase == "quick"
        ):  # so that they are found in minutes, and not only once full search has seen them
            state = self.tr("Quick search first: video %1 of %2")
        else:
            full = self.tr("Full search: video %1 of %2")
            state = full if self._full else self.tr("Adding video %1 of %2")
        number = min(progress.files_done + 1, progress.files_total)
        return state.replace("%1", f"{number:,}").replace("%2", f"{progress.files_total:,}")

    def _describe(self, progress: Progress) -> str:
        parts = []
        if progress.seconds_left is not None and not self._paused:
            parts.append(self.tr("about %1 left").replace("%1", duration(progress.seconds_left)))
        if progress.speed and not self._paused:
            pace = f"{progress.speed:,.0f}" if progress.speed >= 10 else f"{progress.speed:.1f}"
            parts.append(self.tr("%1 times real time").replace("%1", pace))
        if self._full and progress.device:
            parts.append(self.tr("on %1").replace("%1", device_words(progress.device)))
        parts += [printable(os.path.basename(path)) for path in progress.current[:1]]
        return " · ".join(parts)

    def finished(self, report: ScanReport) -> None:
        """Shows what came of the scan, until it is closed."""
        if report.cancelled:
            self._state.setText(self.tr("Stopped"))
            again = self.tr("What was finished is kept. Rescan (F5) goes on from there.")
            full = self.tr("What was finished is kept. Full search… goes on from there.")
            self._detail.setText(full if self._full else again)
        elif report.indexed:
            added = plural(self.tr("%Ln video(s) added", "", report.indexed), report.indexed)
            done = plural(self.tr("Full search: %Ln video(s) looked at", "", report.indexed), report.indexed)
            self._state.setText(done if self._full else added)
            pace = self.tr("%1 of video in %2")
            pace = pace.replace("%1", duration(report.video_seconds)).replace("%2", duration(report.seconds))
            self._detail.setText(pace)
        else:
            self._state.setText(self.tr("Nothing new to add"))
            looked = report.looked_at
            self._detail.setText(plural(self.tr("%Ln video(s) looked at", "", looked), looked))
        if report.offline:
            count = len(report.offline)
            away = plural(self.tr("%Ln folder(s) could not be reached", "", count), count)
            self._detail.setText(f"{self._detail.text()} · {away}")
        self._bar.hide()
        self._offer_failures(report.failed)
        self._show_buttons(running=False)

    def failed(self) -> None:
        """Hides the strip: the error itself is told elsewhere."""
        self.hide()

    def stopping(self) -> None:
        """Shows that the scan will end at its next step."""
        self._state.setText(self.tr("Stopping…"))
        self._detail.setText("")
        self.pause_button.setEnabled(False)
        self.cancel_button.setEnabled(False)

    def _offer_failures(self, count: int) -> None:
        self.failures_button.setVisible(count > 0)
        self.failures_button.setText(self.tr("%Ln could not be read", "", count))

    def _show_buttons(self, *, running: bool) -> None:
        self.pause_button.setVisible(running)
        self.cancel_button.setVisible(running)
        self.close_button.setVisible(not running)
        if running:
            self.failures_button.hide()

    def _pause_clicked(self) -> None:
        self._paused = not self._paused
        self.pause_button.setText(self.tr("Resume") if self._paused else self.tr("Pause"))
        if self._paused:
            self._state.setText(self.tr("Paused"))
        self.pause.emit(self._paused)

    def _cancel_clicked(self) -> None:
        self.stopping()
        self.cancel.emit()

    def _failures_clicked(self) -> None:
        self.show_failures.emit()
