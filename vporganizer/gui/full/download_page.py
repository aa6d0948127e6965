"""The page of full search while it is on its way."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from vporganizer.gui.background import Announcement
from vporganizer.gui.bars import SlimProgressBar
from vporganizer.gui.full.parts import Page
from vporganizer.gui.full.words import Said
from vporganizer.gui.look import Button, Text


class DownloadPage(Page):
    """Shows how far it is; closing it stops nothing."""

    stop: Announcement = Signal()  # type: ignore[assignment]
    leave: Announcement = Signal()  # type: ignore[assignment]

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self._bar = SlimProgressBar()
        self._bar.setAccessibleName(self.tr("Progress"))
        self._bar.setRange(0, 0)
        self._detail = Text(quiet=True, wrap=True)
        self._note = Text(wrap=True)
        self.stop_button = Button(self.tr("Stop"))
        self.leave_button = Button(self.tr("Go on in the background"), primary=True)
        self.content.addSpacing(4)
        self.content.addWidget(self._bar)
        self.content.addWidget(self._detail)
        self.content.addSpacing(8)
        self.content.addWidget(self._note)
        self.content.addStretch(1)
        self.buttons.addWidget(self.stop_button)
        self.buttons.addStretch(1)
        self.buttons.addWidget(self.leave_button)
        self.main_button = self.leave_button
        self.stop_button.clicked.connect(self._stop_clicked)
        self.leave_button.clicked.connect(self.leave.emit)

    def started(self, said: Said, *, from_files: bool) -> None:
        """Shows that it begins: a download, or a check of files that are here."""
        download = self.tr(
            "You can go on searching meanwhile. If you stop, or close the program, what came is kept and "
            "the download goes on from there the next time."
        )
        files = self.tr("The files are read once to see that they are whole. They stay where they are.")
        self._note.setText(files if from_files else download)
        self.stop_button.setEnabled(True)
        self.told(said)

    def told(self, said: Said) -> None:
        """Shows how far it is."""
        self.title.setText(said.state)
        self._detail.setText(said.detail)
        self._bar.setRange(0, 1000 if said.total else 0)
        if said.total:
            self._bar.setValue(round(1000 * min(1.0, said.done / said.total)))

    def _stop_clicked(self) -> None:
        self.stop_button.setEnabled(False)
        self.stop.emit()
