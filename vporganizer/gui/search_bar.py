"""The search field: searches after a pause in typing, or at once by Enter."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QPainter, QPaintEvent, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QToolButton, QWidget

from vporganizer.gui.background import Announcement, SignalOf
from vporganizer.gui.look import colours, mixed, rounded, sized

PAUSE_MS = 250  # a pause in typing that is as good as Enter


class _Field(QLineEdit):
    """A line edit without a frame of its own, that gives Escape and Down to the bar around it."""

    escaped: Announcement = Signal()  # type: ignore[assignment]
    left: Announcement = Signal()  # type: ignore[assignment]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape clears, Down goes to what was found."""
        if event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        elif event.key() == Qt.Key.Key_Down:
            self.left.emit()
        else:
            super().keyPressEvent(event)


class SearchBar(QWidget):
    """Says by `asked` what to search for; an empty text asks for everything."""

    asked: SignalOf[str] = Signal(object)  # type: ignore[assignment]
    left: Announcement = Signal()  # type: ignore[assignment]

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._asked_last = ""
        self._field = _Field(self)
        self._field.setFrame(False)
        self._field.setFont(sized(self.font(), 1.2))
        self._field.setPlaceholderText(self.tr("Find moments: a dog, a guitar, a red car…"))
        self._field.setAccessibleName(self.tr("Search"))
        self._field.setAcceptDrops(False)  # a dropped file is not its name: the window takes it
        self._field.setMaxLength(500)
        self._clear = QToolButton(self)
        self._clear.setAutoRaise(True)
        self._clear.setStyleSheet("QToolButton { border: none; background: transparent; }")
        self._clear.setToolTip(self.tr("Clear (Esc)"))
        self._clear.setAccessibleName(self.tr("Clear the search"))
        self._clear.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._clear.setCursor(Qt.CursorShape.ArrowCursor)
        self._clear.hide()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(42, 0, 8, 0)
        layout.addWidget(self._field)
        layout.addWidget(self._clear)
        self.setFixedHeight(max(40, round(self._field.fontMetrics().height() * 2.1)))
        self.setFocusProxy(self._field)
        self._connect()
        self._dress()

    def _connect(self) -> None:
        self._field.textEdited.connect(self._edited)
        self._field.returnPressed.connect(self._ask_now)
        self._field.escaped.connect(self._escape)
        self._field.left.connect(self.left.emit)
        self._clear.clicked.connect(self.clear)
        self._pause.timeout.connect(self._ask)

    def text(self) -> str:
        """What is searched for, without spaces around it."""
        return self._field.text().strip()

    def set_text(self, text: str) -> None:
        """Puts a text there without asking for it."""
        self._pause.stop()
        self._asked_last = text
        self._field.setText(text)
        self._clear.setVisible(bool(text))

    def clear(self) -> None:
        """Empties the field and asks for everything."""
        self._field.clear()
        self._clear.hide()
        self._ask_now()

    def focus(self) -> None:
        """Goes to the field with its text selected, so that typing replaces it."""
        self._field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._field.selectAll()

    def _edited(self, text: str) -> None:
        self._clear.setVisible(bool(text))
        self._pause.start()

    def _escape(self) -> None:
        if self._field.text():
            self.clear()
        else:
            self.left.emit()

    def _ask_now(self) -> None:
        self._pause.stop()
        self._asked_last = self.text()
        self.asked.emit(self._asked_last)

    def _ask(self) -> None:
        if self.text() != self._asked_last:
            self._ask_now()

    def changeEvent(self, event: QEvent) -> None:
        """Follows the platform from light to dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()

    def _dress(self) -> None:
        shades = colours(self.palette())
        palette = self._field.palette()
        palette.setColor(QPalette.ColorRole.Base, QColor(Qt.GlobalColor.transparent))
        palette.setColor(QPalette.ColorRole.PlaceholderText, shades.quiet)
        self._field.setPalette(palette)
        self._clear.setIcon(_cross(shades.quiet, self.devicePixelRatioF()))
        self._clear.setIconSize(QSize(14, 14))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the field's ground and the lens."""
        shades = colours(self.palette())
        focused = self._field.hasFocus()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.fillPath(rounded(area, area.height() / 2), shades.ground)
        edge = shades.accent if focused else mixed(shades.ground, shades.text, 0.28)
        painter.setPen(QPen(edge, 2 if focused else 1))
        painter.drawPath(rounded(area, area.height() / 2))
        painter.setPen(QPen(shades.quiet, 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        middle = self.height() / 2
        painter.drawEllipse(QRectF(18, middle - 7.5, 11, 11))
        painter.drawLine(QPointF(27.5, middle + 2), QPointF(32, middle + 6.5))

    def sizeHint(self) -> QSize:
        """As wide as it may be."""
        return QSize(720, self.height())


def _cross(colour: QColor, ratio: float) -> QIcon:
    pixmap = QPixmap(round(14 * ratio), round(14 * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawLine(3, 3, 11, 11)
    painter.drawLine(11, 3, 3, 11)
    painter.end()
    return QIcon(pixmap)
