"""Scroll bars and progress bars as slim as what is around them, in the platform's colours."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QProgressBar, QScrollBar, QWidget

from vporganizer.gui.look import Colours, colours, mixed


class SlimScrollBar(QScrollBar):
    """A scroll bar without arrows, hardly seen until it is pointed at."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._dress()

    def changeEvent(self, event: QEvent) -> None:
        """Follows the platform from light to dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws nothing where there is nothing to scroll."""
        if self.maximum() > self.minimum():
            super().paintEvent(event)

    def _dress(self) -> None:
        style = _scroll_bar(colours(QApplication.palette()))
        if style != self.styleSheet():  # setting it changes the palette, which comes back to here
            self.setStyleSheet(style)


class SlimProgressBar(QProgressBar):
    """A bar without text; with the range 0 to 0 it only says that something goes on."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextVisible(False)
        self.setFixedHeight(6)
        self._dress()

    def changeEvent(self, event: QEvent) -> None:
        """Follows the platform from light to dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()

    def _dress(self) -> None:
        shades = colours(QApplication.palette())
        style = (
            f"QProgressBar {{ border: none; border-radius: 3px; background: {shades.line.name()}; }}"
            f"QProgressBar::chunk {{ border-radius: 3px; background: {shades.accent.name()}; }}"
        )
        if style != self.styleSheet():
            self.setStyleSheet(style)


def _scroll_bar(shades: Colours) -> str:
    handle, pointed = mixed(shades.ground, shades.text, 0.24), mixed(shades.ground, shades.text, 0.42)
    return (
        f"QScrollBar:vertical {{ background: {shades.ground.name()}; width: 12px; margin: 0; }}"
        f"QScrollBar::handle:vertical {{ background: {handle.name()}; min-height: 36px; margin: 2px;"
        " border-radius: 4px; }"
        f"QScrollBar::handle:vertical:hover {{ background: {pointed.name()}; }}"
        "QScrollBar::add-line:vertical, QScrollBar::sub-line:vertical { height: 0; }"
        "QScrollBar::add-page:vertical, QScrollBar::sub-page:vertical { background: none; }"
    )
