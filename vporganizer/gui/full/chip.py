"""The quiet offer beside the search bar."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from vporganizer.gui.background import Announcement
from vporganizer.gui.look import Button, colours, mixed, rounded


class OfferChip(QWidget):
    """'Full search…', and a cross that takes the offer away for good."""

    wanted: Announcement = Signal()  # type: ignore[assignment]
    dismissed: Announcement = Signal()  # type: ignore[assignment]

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.button = Button(self.tr("Full search…"))
        self.button.setToolTip(self.tr("Finds people, actions and places too"))
        self.button.setAccessibleDescription(self.button.toolTip())
        self.cross = _Cross()
        self.cross.setToolTip(self.tr("Do not offer this here. It stays in the menu Search."))
        self.cross.setAccessibleName(self.tr("Do not offer full search here"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.button)
        layout.addWidget(self.cross)
        self.button.clicked.connect(self.wanted.emit)
        self.cross.clicked.connect(self.dismissed.emit)
        self.hide()


class _Cross(QToolButton):
    """A small cross, drawn in the colours of the platform as they are now."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(22, 22)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def changeEvent(self, event: QEvent) -> None:
        """Follows the platform from light to dark."""
        super().changeEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the cross, on a ground while it is pointed at or has the focus."""
        shades = colours(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        if self.underMouse() or self.isDown():
            painter.fillPath(rounded(area, 6), mixed(shades.ground, shades.text, 0.12))
        if self.hasFocus():
            painter.setPen(shades.accent)
            painter.drawPath(rounded(area, 6))
        painter.setPen(QPen(shades.quiet, 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(QPointF(7.5, 7.5), QPointF(14.5, 14.5))
        painter.drawLine(QPointF(14.5, 7.5), QPointF(7.5, 14.5))
