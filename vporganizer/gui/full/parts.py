"""What the pages of full search are made of: a page that scrolls, facts, trouble, choices with a price."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QRadioButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from vporganizer.gui.bars import SlimScrollBar
from vporganizer.gui.look import GAP, Line, Text, colours, mixed, rounded, sized

WIDTH = 620  # pixels that a page takes where there is room
MARGIN = 24


class Page(QWidget):
    """Content that scrolls where the screen is small, over a row of buttons that is always in sight."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.content = QVBoxLayout()
        self.content.setContentsMargins(MARGIN, 22, MARGIN, GAP)
        self.content.setSpacing(12)
        self.title = Text(title, factor=1.6, bold=True, wrap=True)
        self.content.addWidget(self.title)
        self._inside = QWidget()
        self._inside.setLayout(self.content)
        self._scroll = QScrollArea()
        self._scroll.setWidget(self._inside)
        self._scroll.setWidgetResizable(True)
        self._scroll.setVerticalScrollBar(SlimScrollBar())
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.main_button: QWidget = self
        self.buttons = QHBoxLayout()
        self.buttons.setContentsMargins(MARGIN, 12, MARGIN, GAP)
        self.buttons.setSpacing(8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._scroll, 1)
        layout.addWidget(Line())
        layout.addLayout(self.buttons)

    def text(self) -> str:
        """All that is said and shown, for tests."""
        said: list[Text | QRadioButton] = [*self.findChildren(Text), *self.findChildren(QRadioButton)]
        return "\n".join(part.text() for part in said if part.isVisibleTo(self))

    def sizeHint(self) -> QSize:
        """As high as the content is at the usual width."""
        content = self.content.heightForWidth(WIDTH) if self.content.hasHeightForWidth() else 0
        content = max(content, self.content.sizeHint().height() if not content else 0)
        return QSize(WIDTH, content + 1 + self.buttons.sizeHint().height())


class Facts(QWidget):
    """Facts in two columns on a panel: what is meant, and what it is."""

    def __init__(self, names: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(GAP, 12, GAP, 12)
        grid.setHorizontalSpacing(20)
        grid.setVerticalSpacing(7)
        grid.setColumnStretch(1, 1)
        self._values: dict[str, tuple[Text, Text]] = {}
        for row, name in enumerate(names):
            label, value = Text(name, quiet=True), Text(wrap=True)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(value, row, 1)
            self._values[name] = (label, value)

    def set(self, name: str, value: str) -> None:
        """Sets a fact; an empty one is not shown."""
        label, shown = self._values[name]
        shown.setText(value)
        shown.setAccessibleName(f"{name}: {value}")
        for part in (label, shown):
            part.setVisible(bool(value))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the panel."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        fill = mixed(palette.window().color(), palette.windowText().color(), 0.05)
        painter.fillPath(rounded(QRectF(self.rect())), fill)


class Trouble(QWidget):
    """A sentence on what went wrong and what to do, on a panel with a mark; hidden while there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sentence = Text(bold=True, wrap=True)
        self._hint = Text(wrap=True)
        for part in (self._sentence, self._hint):
            part.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GAP + 4, 10, GAP, 10)
        layout.setSpacing(2)
        layout.addWidget(self._sentence)
        layout.addWidget(self._hint)
        self.hide()

    def tell(self, sentence: str, hint: str = "") -> None:
        """Shows it; an empty sentence takes it away."""
        self._sentence.setText(sentence)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self.setAccessibleName(f"{sentence} {hint}".strip())
        self.setVisible(bool(sentence))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the panel with its mark."""
        shades = colours(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect())
        painter.fillPath(rounded(area), mixed(shades.ground, shades.warning, 0.16))
        painter.setClipPath(rounded(area))
        painter.fillRect(QRectF(area.left(), area.top(), 5, area.height()), shades.warning)


class Radio(QRadioButton):
    """A radio button in the window's own lines: the platform's ring is hardly seen in the dark."""

    TEXT_AT = 26  # pixels from its start
    _RING = 15.0

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setFont(sized(self.font(), 1.0, bold=True))
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Its ring and its text."""
        metrics = self.fontMetrics()
        width = self.TEXT_AT + metrics.horizontalAdvance(self.text().replace("&", "")) + 6
        return QSize(width, round(metrics.height() * 1.3))

    def hitButton(self, pos: QPoint) -> bool:
        """All of it can be clicked."""
        return self.rect().contains(pos)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws ring, dot and text, mirrored where people read from right to left."""
        shades = colours(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        middle = self.height() / 2
        centre = QPointF(self.width() - 9.0 if mirrored else 9.0, middle)
        ring, ground = self._RING / 2, shades.ground
        if self.underMouse():
            ground = mixed(ground, shades.text, 0.09)
        painter.setBrush(shades.accent if self.isChecked() else ground)
        painter.setPen(QPen(shades.accent if self.isChecked() else shades.quiet, 1.3))
        painter.drawEllipse(centre, ring, ring)
        if self.isChecked():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(shades.on_accent)
            painter.drawEllipse(centre, 3.2, 3.2)
        words = self.rect().adjusted(0, 0, -self.TEXT_AT, 0)
        if not mirrored:
            words = self.rect().adjusted(self.TEXT_AT, 0, 0, 0)
        start = Qt.AlignmentFlag.AlignRight if mirrored else Qt.AlignmentFlag.AlignLeft
        painter.setPen(shades.text)
        painter.drawText(
            words, start | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextShowMnemonic, self.text()
        )
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(shades.accent)
            painter.drawPath(rounded(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4))


class Choice(QWidget):
    """A radio button, what it stands for in a quiet line under it, and what it costs at the end."""

    def __init__(self, name: str, about: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.radio = Radio(name)
        self._price = Text()
        self._about = Text(quiet=True, wrap=True)
        self._about.setIndent(Radio.TEXT_AT)
        self.row = QHBoxLayout()
        self.row.setSpacing(10)
        self.row.addWidget(self.radio)
        self.row.addStretch(1)
        self.row.addWidget(self._price)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(self.row)
        layout.addWidget(self._about)
        self.tell(about, "")
        self.setFocusProxy(self.radio)

    def tell(self, about: str, price: str) -> None:
        """Sets the quiet line and the price."""
        self._about.setText(about)
        self._about.setVisible(bool(about))
        self._price.setText(price)
        self.radio.setAccessibleDescription(f"{about} {price}".strip())

    def set_price(self, price: str) -> None:
        """Sets what it costs alone."""
        self.tell(self._about.text(), price)

    def price(self) -> str:
        """What it costs, as it is shown."""
        return self._price.text()
