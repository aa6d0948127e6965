"""The strip at the window's foot that tells how getting full search goes, dialog or not."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from vporganizer.gui.background import Announcement
from vporganizer.gui.full.words import Said
from vporganizer.gui.look import Button
from vporganizer.gui.strip import Strip


class DownloadStrip(Strip):
    """Shows a download from its start to what came of it; the buttons only say what is wanted."""

    stop: Announcement = Signal()  # type: ignore[assignment]
    open_dialog: Announcement = Signal()  # type: ignore[assignment]

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.details_button = Button("")
        self.stop_button = Button(self.tr("Stop"))
        self.close_button = Button(self.tr("Close"))
        self.add_buttons(self.details_button, self.stop_button, self.close_button)
        self.stop_button.setToolTip(self.tr("Stops the download; what came is kept"))
        self.stop_button.clicked.connect(self._stop_clicked)
        self.details_button.clicked.connect(self._details_clicked)
        self.close_button.clicked.connect(self.hide)

    def started(self, said: Said) -> None:
        """Shows that something begins."""
        self.stop_button.setEnabled(True)
        self._offer(self.tr("Details…"), running=True)
        self.told(said)
        self.show()

    def told(self, said: Said) -> None:
        """Shows how far it is."""
        if not self.stop_button.isEnabled():
            return  # it is being stopped: late news would only flicker
        self._state.setText(said.state)
        self.show_detail(said.detail)
        self.show_share(said.done, said.total)

    def arrived(self) -> None:
        """Shows that full search is here, and that nothing was begun with it."""
        self._end(self.tr("Full search is here"), self.tr("Nothing has been started with it yet."))
        self._offer(self.tr("Use it on my videos…"), running=False)

    def stopped(self, kept: str) -> None:
        """Shows that it was stopped; `kept` says how much is kept, if anything."""
        self._end(self.tr("Stopped"), kept)
        self._offer(self.tr("Go on…"), running=False)

    def _end(self, state: str, detail: str) -> None:
        self._state.setText(state)
        self._state.setToolTip(state)
        self._bar.hide()
        self._detail.setText(detail)
        self._detail.setToolTip(detail)
        self.show()

    def _offer(self, details: str, *, running: bool) -> None:
        self.details_button.setText(details)
        self.stop_button.setVisible(running)
        self.close_button.setVisible(not running)

    def _stop_clicked(self) -> None:
        self.stop_button.setEnabled(False)
        self.stop.emit()

    def _details_clicked(self) -> None:
        self.open_dialog.emit()
