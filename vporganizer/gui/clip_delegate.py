"""Draws one item of the grid: picture, times, file name, how well it matches."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from vporganizer.app.hits import SearchHit
from vporganizer.app.words import printable
from vporganizer.gui.hit_model import PictureRole, RecordRole
from vporganizer.gui.look import Colours, colours, mixed, rounded, sized
from vporganizer.gui.wording import Record, day, match_name, time_badge, tr

INSET = 8  # pixels between an item's edge and its picture
STEPS = {"strong": 3, "fair": 2, "weak": 1, None: 0}
_BADGE = QColor(0, 0, 0, 176)
_OFFLINE = 0.4  # opacity of a picture whose drive is away
_CALM = 0.72  # opacity of a picture that hardly matches


class ClipDelegate(QStyledItemDelegate):
    """Draws items of one size, which the grid sets so that they fill its rows."""

    def __init__(self) -> None:
        super().__init__()
        self._width = 240

    def set_width(self, width: int) -> None:
        """Sets the width of items, in pixels."""
        self._width = width

    def item_size(self, metrics: QFontMetrics) -> QSize:
        """The size of every item, in pixels: a 16:9 picture over two lines of text."""
        picture = (self._width - 2 * INSET) * 9 // 16
        return QSize(self._width, INSET + picture + 6 + round(metrics.height() * 2.25) + INSET)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """The same for all, so that a hundred thousand are laid out at once."""
        return self.item_size(option.fontMetrics)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draws an item."""
        record: Record = index.data(RecordRole)
        shades = colours(option.palette)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        self._draw_ground(painter, option, shades, selected=selected)
        inner = option.rect.adjusted(INSET, INSET, -INSET, -INSET)
        frame = QRect(inner.left(), inner.top(), inner.width(), inner.width() * 9 // 16)
        _draw_picture(painter, frame, index.data(PictureRole), _strength(record), shades)
        _draw_badges(painter, option, frame, record)
        below = QRect(inner.left(), frame.bottom() + 7, inner.width(), inner.bottom() - frame.bottom() - 6)
        _draw_words(painter, option, below, record, shades)
        painter.restore()

    def _draw_ground(
        self, painter: QPainter, option: QStyleOptionViewItem, shades: Colours, *, selected: bool
    ) -> None:
        area = QRectF(option.rect).adjusted(2, 2, -2, -2)
        if selected:
            painter.fillPath(rounded(area, 10), shades.selected)
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillPath(rounded(area, 10), shades.raised)
        if option.state & QStyle.StateFlag.State_HasFocus and selected:
            painter.setPen(shades.accent)
            painter.drawPath(rounded(area.adjusted(0.5, 0.5, -0.5, -0.5), 10))


def _strength(record: Record) -> float:
    """How strongly the picture is drawn, 0 to 1."""
    if not record.online:
        return _OFFLINE
    calm = isinstance(record, SearchHit) and record.match in ("weak", None)
    return _CALM if calm else 1.0


def _draw_picture(
    painter: QPainter, frame: QRect, picture: QPixmap | None, strength: float, shades: Colours
) -> None:
    shape = rounded(QRectF(frame))
    painter.fillPath(shape, mixed(shades.ground, shades.text, 0.10))
    if picture is None or picture.isNull():
        return
    painter.save()
    painter.setClipPath(shape)
    painter.setOpacity(strength)
    size = picture.size()
    wide = size.scaled(frame.size(), Qt.AspectRatioMode.KeepAspectRatioByExpanding)
    # A picture that would lose more than a fifth to the frame (upright video) is shown whole instead.
    fits = wide.width() * wide.height() > 1.25 * frame.width() * frame.height()
    shown = size.scaled(frame.size(), Qt.AspectRatioMode.KeepAspectRatio) if fits else wide
    target = QRect(0, 0, shown.width(), shown.height())
    target.moveCenter(frame.center())
    painter.drawPixmap(target, picture)
    painter.restore()


def _draw_badges(painter: QPainter, option: QStyleOptionViewItem, frame: QRect, record: Record) -> None:
    painter.setFont(sized(option.font, 0.9))
    if text := time_badge(record):
        _badge(painter, frame, text, right=True, bottom=True)
    if record.copies:
        _badge(painter, frame, tr("%Ln copies", len(record.copies) + 1), right=True, bottom=False)
    if not record.online:
        _badge(painter, frame, tr("Drive not connected"), right=False, bottom=False)


def _badge(painter: QPainter, frame: QRect, text: str, *, right: bool, bottom: bool) -> None:
    metrics = painter.fontMetrics()
    width, height = metrics.horizontalAdvance(text) + 12, metrics.height() + 4
    left = frame.right() - width - 5 if right else frame.left() + 6
    top = frame.bottom() - height - 5 if bottom else frame.top() + 6
    area = QRectF(left, top, width, height)
    painter.fillPath(rounded(area, 4), _BADGE)
    painter.setPen(QColor(Qt.GlobalColor.white))
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)


def _draw_words(
    painter: QPainter, option: QStyleOptionViewItem, area: QRect, record: Record, shades: Colours
) -> None:
    calm = _strength(record) < 1.0
    painter.setFont(option.font)
    metrics = painter.fontMetrics()
    line = QRect(area.left(), area.top(), area.width(), metrics.height())
    painter.setPen(shades.quiet if calm else shades.text)
    align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
    name = metrics.elidedText(printable(record.name), Qt.TextElideMode.ElideMiddle, line.width())
    painter.drawText(line, align, name)
    line.translate(0, round(metrics.height() * 1.2))
    painter.setFont(sized(option.font, 0.92))
    painter.setPen(shades.quiet)
    if isinstance(record, SearchHit):
        bar = _draw_match_bar(painter, line, STEPS[record.match], shades)
        painter.setPen(shades.quiet)
        painter.drawText(line.adjusted(bar + 8, 0, 0, 0), align, match_name(record.match))
    else:
        painter.drawText(line, align, day(record.date))


def _draw_match_bar(painter: QPainter, line: QRect, filled: int, shades: Colours) -> int:
    """Draws three steps, `filled` of them in colour -> the width taken."""
    step, gap, height = 14, 3, 5
    top = line.center().y() - height / 2 + 1
    painter.setPen(Qt.PenStyle.NoPen)
    colour = shades.accent if filled > 1 else shades.quiet
    for number in range(3):
        corner = QPointF(line.left() + number * (step + gap), top)
        bar = QRectF(corner.x(), corner.y(), step, height)
        painter.fillPath(rounded(bar, height / 2), colour if number < filled else shades.line)
    return 3 * step + 2 * gap
