"""The strip at the window's foot: how adding videos goes, pause, cancel, and what could not be read."""

from __future__ import annotations

import os

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from vporganizer.app.scanning import ScanReport
from vporganizer.app.words import duration, printable
from vporganizer.gui.background import Announcement, SignalOf
from vporganizer.gui.bars import SlimProgressBar
from vporganizer.gui.look import GAP, Button, Line, Text
from vporganizer.gui.translation import plural
from vporganizer.indexing.progress import Progress


class Activity(QWidget):
    """Shows a scan from its start to what came of it; the buttons only say what is wanted."""

    pause: SignalOf[bool] = Signal(object)  # type: ignore[assignment]
    cancel: Announcement = Signal()  # type: ignore[assignment]
    show_failures: Announcement = Signal()  # type: ignore[assignment]

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._paused = False
        self._state = Text(bold=True)
        self._detail = Text(quiet=True)
        self._bar = SlimProgressBar()
        self._bar.setAccessibleName(self.tr("Progress"))
        self.failures_button = Button("")
        self.pause_button = Button(self.tr("Pause"))
        self.cancel_button = Button(self.tr("Cancel"))
        self.close_button = Button(self.tr("Close"))
        self._arrange()
        self.pause_button.clicked.connect(self._pause_clicked)
        self.cancel_button.clicked.connect(self._cancel_clicked)
        self.failures_button.clicked.connect(self._failures_clicked)
        self.close_button.clicked.connect(self.hide)
        self.hide()

    def _arrange(self) -> None:
        words = QHBoxLayout()
        words.setSpacing(12)
        words.addWidget(self._state)
        words.addWidget(self._detail, 1)
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addLayout(words)
        left.addWidget(self._bar)
        row = QHBoxLayout()
        row.setContentsMargins(GAP, 10, GAP, 12)
        row.setSpacing(8)
        row.addLayout(left, 1)
        row.addSpacing(8)
        for button in (self.failures_button, self.pause_button, self.cancel_button, self.close_button):
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(Line())
        layout.addLayout(row)

    def text(self) -> str:
        """What is said, for tests and screen readers."""
        return f"{self._state.text()} {self._detail.text()}".strip()

    def started(self) -> None:
        """Shows that a scan begins."""
        self._paused = False
        self._state.setText(self.tr("Looking through folders…"))
        self._detail.setText("")
        self._bar.setRange(0, 0)
        self._bar.show()
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
            self._bar.setRange(0, max(1, progress.files_total))
            self._bar.setValue(progress.files_done)
            state = self.tr("Adding video %1 of %2")
            number = min(progress.files_done + 1, progress.files_total)
            state = state.replace("%1", f"{number:,}").replace("%2", f"{progress.files_total:,}")
            detail = self._describe(progress)
        self._state.setText(self.tr("Paused") if self._paused else state)
        self._show_detail(detail)
        self._bar.setToolTip(
            self.tr("Works on: %1").replace("%1", progress.device) if progress.device else ""
        )
        self._offer_failures(progress.files_failed)

    def _describe(self, progress: Progress) -> str:
        parts = []
        if progress.seconds_left is not None and not self._paused:
            parts.append(self.tr("about %1 left").replace("%1", duration(progress.seconds_left)))
        if progress.speed and not self._paused:
            parts.append(self.tr("%1 times real time").replace("%1", f"{progress.speed:,.0f}"))
        parts += [printable(os.path.basename(path)) for path in progress.current[:1]]
        return " · ".join(parts)

    def _show_detail(self, text: str) -> None:
        metrics = QFontMetrics(self._detail.font())
        room = max(120, self._bar.width() - self._state.sizeHint().width() - 16)
        self._detail.setText(metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, room))

    def finished(self, report: ScanReport) -> None:
        """Shows what came of the scan, until it is closed."""
        if report.cancelled:
            self._state.setText(self.tr("Stopped"))
            self._detail.setText(self.tr("What was finished is kept. Rescan (F5) goes on from there."))
        elif report.indexed:
            self._state.setText(plural(self.tr("%Ln video(s) added", "", report.indexed), report.indexed))
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
