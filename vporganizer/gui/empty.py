"""What stands where videos would be: the first run, and pages that say why there is nothing to show."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRectF, QStandardPaths, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from vporganizer.app.words import printable
from vporganizer.gui.background import Announcement, SignalOf
from vporganizer.gui.look import GAP, Button, Text, colours, mixed, rounded


class FirstRun(QWidget):
    """Shows what to do with an empty library, and what the program will and will not do."""

    choose: Announcement = Signal()  # type: ignore[assignment]
    take: SignalOf[str] = Signal(object)  # type: ignore[assignment]

    def __init__(self, library: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self._videos = _videos_folder()
        self.choose_button = Button(self.tr("Choose a folder…"), primary=True)
        self.choose_button.clicked.connect(self._choose_clicked)
        self.videos_button = Button(self.tr("Add my Videos folder"))
        self.videos_button.clicked.connect(self._videos_clicked)
        self.videos_button.setVisible(bool(self._videos))
        self.videos_button.setToolTip(printable(self._videos))
        column = QVBoxLayout()
        column.setSpacing(12)
        title = Text(self.tr("Find moments in your own videos"), factor=1.9, bold=True, centred=True)
        lead = self.tr(
            "Add a folder. Its videos appear here one by one, and can be searched by what is in them."
        )
        column.addWidget(title)
        column.addWidget(Text(lead, factor=1.1, quiet=True, wrap=True, centred=True))
        column.addSpacing(GAP)
        column.addWidget(self._drop_here())
        column.addSpacing(GAP)
        column.addLayout(self._promises(library))
        _centre(self, column)

    def _drop_here(self) -> QWidget:
        box = _DropBox()
        inside = QVBoxLayout(box)
        inside.setContentsMargins(24, 34, 24, 34)
        inside.setSpacing(GAP)
        inside.addWidget(Text(self.tr("Drop a folder here"), factor=1.3, bold=True, centred=True))
        buttons = QHBoxLayout()
        buttons.setSpacing(10)
        buttons.addStretch(1)
        buttons.addWidget(self.choose_button)
        buttons.addWidget(self.videos_button)
        buttons.addStretch(1)
        inside.addLayout(buttons)
        return box

    def _promises(self, library: Path) -> QVBoxLayout:
        place = self.tr("What is found out about them is kept in %1").replace("%1", _short(library))
        lines = QVBoxLayout()
        lines.setSpacing(6)
        for text in (
            self.tr("Nothing leaves this computer."),
            self.tr("Your files are only read, never changed or moved."),
            place,
        ):
            lines.addWidget(_Ticked(text))
        return lines

    def _choose_clicked(self) -> None:
        self.choose.emit()

    def _videos_clicked(self) -> None:
        self.take.emit(self._videos)


class Notice(QWidget):
    """A title, a sentence and at most one thing to do about it, beside the offer of full search."""

    acted: Announcement = Signal()  # type: ignore[assignment]
    full_search: Announcement = Signal()  # type: ignore[assignment]

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = Text(factor=1.5, bold=True, wrap=True, centred=True)
        self._body = Text(factor=1.08, quiet=True, wrap=True, centred=True)
        self.button = Button("")
        self.button.clicked.connect(self._clicked)
        self.full_button = Button(self.tr("Full search…"))
        self.full_button.clicked.connect(self.full_search.emit)
        buttons = QHBoxLayout()
        buttons.setSpacing(10)
        buttons.addStretch(1)
        buttons.addWidget(self.button)
        buttons.addWidget(self.full_button)
        buttons.addStretch(1)
        column = QVBoxLayout()
        column.setSpacing(12)
        column.addWidget(self._title)
        column.addWidget(self._body)
        column.addSpacing(8)
        column.addLayout(buttons)
        _centre(self, column)

    def text(self) -> str:
        """What the page says."""
        return f"{self._title.text()} {self._body.text()}".strip()

    def tell(self, title: str, body: str, action: str = "", *, full_search: bool = False) -> None:
        """Shows a page; without `action` and `full_search` it has no button."""
        self._title.setText(title)
        self._body.setText(body)
        self._body.setVisible(bool(body))
        self.button.setText(action)
        self.button.setVisible(bool(action))
        self.full_button.setVisible(full_search)

    def _clicked(self) -> None:
        self.acted.emit()


class _DropBox(QWidget):
    """A dashed frame; the window itself takes what is dropped."""

    def paintEvent(self, event: QPaintEvent) -> None:
        shades = colours(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape = rounded(QRectF(self.rect()).adjusted(1, 1, -1, -1), 14)
        painter.fillPath(shape, mixed(shades.ground, shades.accent, 0.06))
        painter.setPen(QPen(mixed(shades.ground, shades.accent, 0.6), 1.5, Qt.PenStyle.DashLine))
        painter.drawPath(shape)


class _Ticked(Text):
    """A quiet line with a tick before it."""

    def __init__(self, text: str) -> None:
        super().__init__(text, quiet=True, wrap=True)
        self.setIndent(28)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        accent = colours(self.palette()).accent
        painter.setPen(
            QPen(accent, 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
        )
        middle = self.height() / 2
        painter.drawLine(6, round(middle), 10, round(middle + 4))
        painter.drawLine(10, round(middle + 4), 18, round(middle - 5))


def _centre(widget: QWidget, column: QVBoxLayout) -> None:
    """Puts a column of at most 620 pixels a little above the middle of a widget."""
    holder = QWidget()
    holder.setMaximumWidth(620)
    column.setContentsMargins(0, 0, 0, 0)
    holder.setLayout(column)
    row = QHBoxLayout()
    row.addStretch(1)
    row.addWidget(holder, 100)
    row.addStretch(1)
    outer = QVBoxLayout(widget)
    outer.setContentsMargins(GAP, GAP, GAP, GAP)
    outer.addStretch(2)
    outer.addLayout(row)
    outer.addStretch(3)


def _short(path: Path) -> str:
    """A path as people write it, `~` for the home folder."""
    home = Path.home()
    return printable(str(Path("~", path.relative_to(home)) if path.is_relative_to(home) else path))


def _videos_folder() -> str:
    place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MoviesLocation)
    home = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.HomeLocation)
    return place if place and place != home and Path(place).is_dir() else ""
