"""Says over the window what dropping here will do."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from vporganizer.gui.files import Dropped
from vporganizer.gui.look import colours, mixed, rounded, sized
from vporganizer.gui.translation import plural


class DropOverlay(QWidget):
    """Covers its parent while something is dragged over it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self._text = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def text(self) -> str:
        """What dropping will do, in words."""
        return self._text

    def offer(self, what: Dropped) -> None:
        """Shows what dropping `what` will do."""
        if what.folders:
            count = len(what.folders)
            self._text = plural(self.tr("Drop to add %Ln folder(s)", "", count), count)
        else:
            self._text = self.tr("Drop to find similar moments")
        self.setGeometry(self._over.rect())
        self.raise_()
        self.show()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws a veil, a frame and the words."""
        shades = colours(self.palette())
        veil = QColor(shades.ground)
        veil.setAlphaF(0.86)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), veil)
        area = QRectF(self.rect()).adjusted(20, 20, -20, -20)
        painter.fillPath(rounded(area, 14), mixed(shades.ground, shades.accent, 0.10))
        painter.setPen(QPen(shades.accent, 2, Qt.PenStyle.DashLine))
        painter.drawPath(rounded(area, 14))
        painter.setPen(shades.text)
        painter.setFont(sized(self.font(), 1.6, bold=True))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self._text)
