"""A strip at the window's foot: what goes on, how far it is, and the buttons that steer it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from vporganizer.gui.bars import SlimProgressBar
from vporganizer.gui.look import GAP, Button, Line, Text


class Strip(QWidget):
    """Hidden until it has something to tell; which buttons there are is up to who uses it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = Text(bold=True)
        self._detail = Text(quiet=True)
        self._bar = SlimProgressBar()
        self._bar.setAccessibleName(self.tr("Progress"))
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(8)
        self._arrange()
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
        row.addLayout(self._buttons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(Line())
        layout.addLayout(row)

    def add_buttons(self, *buttons: Button) -> None:
        """Puts buttons at the strip's end."""
        for button in buttons:
            self._buttons.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)

    def text(self) -> str:
        """What is said, for tests and screen readers."""
        return f"{self._state.text()} {self._detail.text()}".strip()

    def show_detail(self, text: str) -> None:
        """Shows what may be long, such as a file's name: its middle is left out where room is scarce."""
        metrics = QFontMetrics(self._detail.font())
        room = max(120, self._bar.width() - self._state.sizeHint().width() - 16)
        self._detail.setText(metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, room))

    def show_share(self, done: float, total: float) -> None:
        """Moves the bar to `done` of `total`; a total of 0 only says that something goes on."""
        self._bar.setRange(0, 1000 if total > 0 else 0)
        if total > 0:
            self._bar.setValue(round(1000 * min(1.0, done / total)))
        self._bar.show()
