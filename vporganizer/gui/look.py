"""Colours and measures of the window, all taken from the platform's palette, so that dark stays dark."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPaintEvent, QPalette
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QPushButton, QSizePolicy, QWidget

GAP = 16  # pixels between parts of the window
RADIUS = 8.0  # of pictures and panels
QUIET_SHARE = 0.36  # how far quiet text fades into its ground; keeps a contrast above 4.5 to 1


def mixed(first: QColor, second: QColor, share: float) -> QColor:
    """A colour between two: `share` 0 is the first, 1 the second."""
    rest = 1.0 - share
    return QColor.fromRgbF(
        first.redF() * rest + second.redF() * share,
        first.greenF() * rest + second.greenF() * share,
        first.blueF() * rest + second.blueF() * share,
    )


@dataclass(frozen=True, slots=True)
class Colours:
    """The few colours that the window's own drawings use.

    Attributes:
        ground: behind lists.
        text, quiet: for what matters and for what explains.
        line: hairlines and empty parts of bars.
        raised: behind fields and buttons that stand out a little.
        accent, on_accent: the platform's highlight, and text on it.
        selected: behind a selected item.
        warning: marks of trouble.
    """

    ground: QColor
    text: QColor
    quiet: QColor
    line: QColor
    raised: QColor
    accent: QColor
    on_accent: QColor
    selected: QColor
    warning: QColor


def colours(palette: QPalette) -> Colours:
    """Takes the window's colours from a palette."""
    ground, text = palette.base().color(), palette.text().color()
    accent = palette.highlight().color()
    return Colours(
        ground=ground,
        text=text,
        quiet=mixed(text, ground, QUIET_SHARE),
        line=mixed(ground, text, 0.16),
        raised=mixed(ground, text, 0.05),
        accent=accent,
        on_accent=palette.highlightedText().color(),
        selected=mixed(ground, accent, 0.22),
        warning=QColor("#e0a030") if ground.lightnessF() < 0.5 else QColor("#a86400"),
    )


def sized(font: QFont, factor: float, *, bold: bool = False) -> QFont:
    """A font `factor` times as large, so that the person's own size still rules."""
    changed = QFont(font)
    if font.pointSizeF() > 0:
        changed.setPointSizeF(font.pointSizeF() * factor)
    else:
        changed.setPixelSize(max(1, round(font.pixelSize() * factor)))
    if bold:
        changed.setWeight(QFont.Weight.DemiBold)
    return changed


def rounded(rect: QRectF, radius: float = RADIUS) -> QPainterPath:
    """A rectangle with round corners."""
    path = QPainterPath()
    path.addRoundedRect(rect, radius, radius)
    return path


class Text(QLabel):
    """A label in one of the window's few styles; wraps, and can be selected where that is of use."""

    def __init__(
        self, text: str = "", *, factor: float = 1.0, bold: bool = False, quiet: bool = False,
        wrap: bool = False, centred: bool = False, parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(text, parent)
        self._quiet = quiet
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(sized(self.font(), factor, bold=bold))
        self.setWordWrap(wrap)
        if centred:
            self.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._colour()

    def changeEvent(self, event: QEvent) -> None:
        """Follows the platform from light to dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._colour()

    def _colour(self) -> None:
        if self._quiet:
            palette = QApplication.palette()
            quiet = colours(palette).quiet
            # Which of the two a label uses depends on the ground it stands on.
            for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text):
                palette.setColor(role, quiet)
            if palette.windowText() != self.palette().windowText():  # else this would come back to here
                self.setPalette(palette)


class Button(QPushButton):
    """A flat round-cornered button; the primary one is filled with the accent colour."""

    def __init__(self, text: str, *, primary: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._primary = primary
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        metrics = self.fontMetrics()
        self._padding = metrics.averageCharWidth() * 2
        self.setMinimumHeight(round(metrics.height() * 1.9))
        self._fit()

    def setText(self, text: str) -> None:
        """Changes the text and grows with it."""
        super().setText(text)
        self._fit()

    def _fit(self) -> None:
        width = self.fontMetrics().horizontalAdvance(self.text().replace("&", ""))
        self.setMinimumWidth(width + 2 * self._padding)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the button by the palette as it is now."""
        shades = colours(self.palette())
        active = self.isEnabled() and (self.underMouse() or self.isDown())
        fill = shades.accent if self._primary else mixed(shades.ground, shades.text, 0.09)
        if active:
            fill = mixed(fill, shades.text, 0.18 if self.isDown() else 0.09)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.fillPath(rounded(area, 6), fill)
        if self.hasFocus():
            painter.setPen(shades.text if self._primary else shades.accent)
            painter.drawPath(rounded(area.adjusted(0.5, 0.5, -0.5, -0.5), 6))
        pen = shades.on_accent if self._primary else shades.text
        painter.setPen(pen if self.isEnabled() else mixed(pen, fill, 0.5))
        painter.drawText(
            self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextShowMnemonic, self.text()
        )


class Line(QFrame):
    """A hairline between parts of the window."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(1)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the line."""
        QPainter(self).fillRect(self.rect(), colours(self.palette()).line)
