"""The main part of the window: a heading over the grid, or a page in its place."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from vporganizer.gui.answers import Presented, Scanning, present
from vporganizer.gui.background import Announcement, SignalOf
from vporganizer.gui.clip_grid import ClipGrid
from vporganizer.gui.empty import Notice
from vporganizer.gui.finder import Everything, Found, Question
from vporganizer.gui.hit_model import HitModel
from vporganizer.gui.look import GAP, Button, Text


class Results(QWidget):
    """Shows answers. Says by `ask` what to look for next, by its other signals what would help."""

    ask: SignalOf[Question] = Signal(object)  # type: ignore[assignment]
    add_folder: Announcement = Signal()  # type: ignore[assignment]
    full_search: Announcement = Signal()  # type: ignore[assignment]

    def __init__(self, model: HitModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = model
        self.grid = ClipGrid(model)
        self.notice = Notice()
        self._shown: Question | None = None
        self._found: Found | None = None
        self._presented = Presented("")
        self._title = Text(factor=1.25, bold=True)
        self._detail = Text(quiet=True)
        self.weaker_button = Button("")
        self.back_button = Button(self.tr("All videos"))
        self._stack = QStackedWidget()
        self._stack.addWidget(self.grid)
        self._stack.addWidget(self.notice)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._heading())
        layout.addWidget(self._stack, 1)
        self.weaker_button.clicked.connect(self._show_weaker)
        self.back_button.clicked.connect(self._back)
        self.notice.acted.connect(self._act)
        self.notice.full_search.connect(self.full_search.emit)

    def _heading(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(GAP, 12, GAP, 8)
        row.setSpacing(10)
        row.addWidget(self._title, 0, Qt.AlignmentFlag.AlignBaseline)
        row.addWidget(self._detail, 1, Qt.AlignmentFlag.AlignBaseline)
        row.addWidget(self.weaker_button)
        row.addWidget(self.back_button)
        row.addSpacing(0)
        return row

    def heading(self) -> str:
        """What stands over the grid."""
        return f"{self._title.text()} {self._detail.text()}".strip()

    def page(self) -> str:
        """What the page in place of the grid says; empty while the grid is shown."""
        return self.notice.text() if self._stack.currentWidget() is self.notice else ""

    def working(self, sentence: str) -> None:
        """Says beside the heading that an answer takes a while."""
        self._detail.setText(sentence)

    def scan_ended(self) -> None:
        """Takes back what the heading says of a scan that goes on."""
        if self._found is None or self._detail.text() != self._presented.detail:
            return
        detail = present(self._found).detail
        self._presented = replace(self._presented, detail=detail)
        self._detail.setText(detail)

    def show_found(self, found: Found, *, scanning: Scanning) -> None:
        """Shows an answer; a newer state of the same list leaves the view where it is."""
        shown = present(found, scanning=scanning)
        self._found = found
        same = self._shown == found.question and isinstance(found.question, Everything)
        self._shown, self._presented = found.question, shown
        self._title.setText(shown.title)
        self._detail.setText(shown.detail)
        self.back_button.setVisible(not isinstance(found.question, Everything))
        self._offer_weaker()
        if same:
            self.model.refresh(shown.records)
        else:
            self.model.show(shown.records)
            self.grid.scrollToTop()
        self._turn_to_page()

    def _offer_weaker(self) -> None:
        shown = self._presented
        self.weaker_button.setVisible(bool(shown.weaker) and shown.page is None)
        self.weaker_button.setText(self.tr("Show %Ln weaker", "", len(shown.weaker)))

    def _turn_to_page(self) -> None:
        page = self._presented.page
        if page is None:
            self._stack.setCurrentWidget(self.grid)
            return
        self.notice.tell(page.title, page.body, page.action, full_search=page.full_search)
        self._title.setText("")
        self._stack.setCurrentWidget(self.notice)

    def _show_weaker(self) -> None:
        shown = self._presented
        self._presented = Presented(shown.title, shown.detail, (*shown.records, *shown.weaker))
        self._offer_weaker()
        self.model.refresh(self._presented.records)

    def _act(self) -> None:
        shown = self._presented
        if shown.page is not None and shown.page.then is not None:
            self.ask.emit(shown.page.then)
        elif shown.weaker:
            self._presented = Presented(shown.title, self.tr("nearest, though not a match"), shown.weaker)
            self._title.setText(shown.title)
            self._detail.setText(self._presented.detail)
            self.model.show(self._presented.records)
            self._turn_to_page()
        else:
            self.add_folder.emit()

    def _back(self) -> None:
        self.ask.emit(Everything())
