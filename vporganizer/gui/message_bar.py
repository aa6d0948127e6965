"""A bar that tells what went wrong and what to do, or a piece of good news, until it is dismissed."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from vporganizer.app.words import printable
from vporganizer.errors import (
    CheckpointMismatch,
    CheckpointMissing,
    LibraryLocked,
    TokenizerMissing,
    VPOrganizerError,
)
from vporganizer.gui.full.words import is_about_full_search
from vporganizer.gui.look import GAP, Button, Text, colours, mixed, rounded

_FILES = (CheckpointMissing, CheckpointMismatch, TokenizerMissing)


class MessageBar(QWidget):
    """Hidden while there is nothing to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._good = False
        self._sentence = Text(bold=True, wrap=True)
        self._sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._hint = Text(wrap=True)
        dismiss = Button(self.tr("Dismiss"))
        dismiss.clicked.connect(self.hide)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._sentence)
        words.addWidget(self._hint)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(GAP + 18, 12, GAP + 10, 12)
        layout.setSpacing(GAP)
        layout.addLayout(words, 1)
        layout.addWidget(dismiss)
        self.hide()

    def text(self) -> str:
        """What is said, hint included; empty while hidden."""
        return "" if self.isHidden() else f"{self._sentence.text()} {self._hint.text()}".strip()

    def tell(self, sentence: str, hint: str = "", *, good: bool = False) -> None:
        """Shows a sentence and what to do next; good news are told without the mark of trouble."""
        self._good = good
        self._sentence.setText(printable(sentence))
        self._hint.setText(printable(hint))
        self._hint.setVisible(bool(hint))
        self.setAccessibleName(f"{sentence} {hint}".strip())
        self.show()
        self.update()

    def tell_error(self, error: VPOrganizerError) -> None:
        """Shows an error; where it is told in words of the library or of a terminal, in the window's."""
        if isinstance(error, LibraryLocked):
            self.tell(self.tr("Another program is adding videos to this library."), error.hint)
        elif isinstance(error, _FILES) and is_about_full_search(error):
            self.tell(
                self.tr("Full search cannot be used: its files are not here, or not as they were."),
                self.tr("Get them again under “Full search…” in the menu Search."),
            )
        else:
            self.tell(str(error), error.hint)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the panel with its mark."""
        shades = colours(self.palette())
        mark = shades.accent if self._good else shades.warning
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(GAP, 4, -GAP, -4)
        painter.fillPath(rounded(area), mixed(shades.ground, mark, 0.16))
        painter.setClipPath(rounded(area))
        painter.fillRect(QRectF(area.left(), area.top(), 5, area.height()), mark)
