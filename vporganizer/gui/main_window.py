"""The window: puts the parts together, and turns what they want into requests to the library."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from vporganizer.app.browse import Shelf, browse
from vporganizer.app.context import OpenLibrary
from vporganizer.errors import VPOrganizerError
from vporganizer.gui.actions import Actions
from vporganizer.gui.activity import Activity
from vporganizer.gui.background import Announcement, Channel, end_pools
from vporganizer.gui.drop_overlay import DropOverlay
from vporganizer.gui.empty import FirstRun
from vporganizer.gui.files import Dropped, dropped, sorted_paths
from vporganizer.gui.finder import ByText, Everything, Finder, Found, LikeClip, Question
from vporganizer.gui.full.control import FullSearch
from vporganizer.gui.hit_model import HitModel
from vporganizer.gui.item_actions import ItemActions
from vporganizer.gui.look import GAP, Button, Line
from vporganizer.gui.message_bar import MessageBar
from vporganizer.gui.pictures import Pictures
from vporganizer.gui.results import Results
from vporganizer.gui.scan_control import ScanControl
from vporganizer.gui.search_bar import SearchBar
from vporganizer.gui.settings import WindowSettings
from vporganizer.gui.translation import plural

PATIENCE_MS = 400  # an answer that takes longer is announced: the first search loads what it needs
LONGEST_CLOSE = 20.0  # seconds that closing waits for a scan to stop


class MainWindow(QMainWindow):
    """One library in one window. `closed` comes when it has gone and no scan runs any more."""

    closed: Announcement = Signal()  # type: ignore[assignment]

    def __init__(self, library: OpenLibrary, settings: WindowSettings) -> None:
        super().__init__()
        self.library = library
        self.settings = settings
        self._closing = False
        self._pools = [_pool("find"), _pool("pictures"), _pool("other"), _pool("full")]
        find_pool, picture_pool, other_pool, full_pool = self._pools
        self.finder = Finder(library, find_pool, self)
        self.actions_ = Actions(self)
        self.search_bar = SearchBar()
        self.messages = MessageBar()
        self.pictures = Pictures(picture_pool, self)
        self.results = Results(HitModel(library, self.pictures, self))
        self.first_run = FirstRun(library.path)
        self.activity = Activity()
        self.count = QLabel()
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MS)
        self._counts: Channel[Shelf] = Channel(other_pool, self)
        self.pages = QStackedWidget()
        self.add_button = Button(self.tr("Add a folder…"))
        self.scans = ScanControl(library, self.activity, self.messages, settings, other_pool, self)
        self.full = FullSearch(library, self.scans, self.messages, settings, full_pool, self)
        self.items = ItemActions(
            self.actions_, self.results.grid, self.messages, self.statusBar(), other_pool, self
        )
        self._arrange()
        self.overlay = DropOverlay(self)
        self._connect()
        self.setWindowTitle("VP Organizer")
        self.setAcceptDrops(True)
        self.resize(1180, 780)
        self.restoreGeometry(settings.geometry)

    def _arrange(self) -> None:
        self.actions_.fill_menu_bar()
        top = QHBoxLayout()
        top.setContentsMargins(GAP, 12, GAP, 12)
        top.setSpacing(12)
        top.addWidget(self.search_bar, 1)
        top.addWidget(self.full.chip)
        top.addWidget(self.add_button)
        self.pages.addWidget(self.results)
        self.pages.addWidget(self.first_run)
        centre = QWidget()
        layout = QVBoxLayout(centre)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(self.messages)
        layout.addWidget(Line())
        layout.addWidget(self.pages, 1)
        layout.addWidget(self.full.strip)
        layout.addWidget(self.activity)
        self.setCentralWidget(centre)
        self.statusBar().setContentsMargins(GAP - 4, 0, 0, 0)
        self.statusBar().addPermanentWidget(self.full.share)
        self.statusBar().addPermanentWidget(self.count)

    def _connect(self) -> None:
        self.search_bar.asked.connect(self._search)
        self.search_bar.left.connect(self._go_to_grid)
        self._patience.timeout.connect(self._say_that_it_takes_a_while)
        self.finder.found.connect(self._show)
        self.finder.failed.connect(self._failed)
        self._counts.answered.connect(self._count)
        self._counts.failed.connect(self._failed)
        self.results.ask.connect(self.ask)
        self.results.add_folder.connect(self._choose_folder)
        self.results.full_search.connect(self.full.open)
        self.first_run.choose.connect(self._choose_folder)
        self.first_run.take.connect(self._add_one)
        self.items.ask.connect(self.ask)
        self.scans.more_videos.connect(self._refresh)
        self.scans.ended.connect(self._scan_ended)
        self.add_button.clicked.connect(self._choose_folder)
        act = self.actions_
        act.add_folder.triggered.connect(self._choose_folder)
        act.rescan.triggered.connect(self.scans.rescan)
        act.failures.triggered.connect(self.scans.show_failures)
        act.quit.triggered.connect(self.close)
        act.find.triggered.connect(self.search_bar.focus)
        act.everything.triggered.connect(self._all_videos)
        act.full_search.triggered.connect(self.full.open)

    # What a person asks for ----------------------------------------------------------------

    def open(self, paths: Sequence[str]) -> None:
        """Shows what is there and opens what was named: folders are added, a file is looked up."""
        self.finder.ask(Everything())
        self.full.refresh()
        self.take(sorted_paths(os.fsencode(path) for path in paths))
        self.search_bar.focus()

    def take(self, what: Dropped) -> None:
        """Adds folders; finds moments like a file."""
        if what.folders:
            self.scans.add(what.folders)
            if self.pages.currentWidget() is self.first_run or self.finder.question == Everything():
                self.finder.ask(Everything())
        elif what.files:
            self.ask(LikeClip(os.fsdecode(what.files[0])))
            if len(what.files) > 1:
                self.statusBar().showMessage(self.tr("Only the first file is looked up."), 8000)

    def ask(self, question: Question) -> None:
        """Asks the library, whatever the answer will be shown as."""
        self.messages.hide()
        if not isinstance(question, ByText):
            self.search_bar.set_text("")
        self.finder.ask(question)
        self._patience.start()
        if isinstance(question, LikeClip):
            self.statusBar().showMessage(
                self.tr("Looking at %1…").replace("%1", os.path.basename(question.path))
            )

    def _search(self, text: str) -> None:
        self.ask(ByText(text) if text else Everything())

    def _all_videos(self) -> None:
        self.ask(Everything())

    def _choose_folder(self) -> None:
        self.scans.choose(self)
        self._refresh()

    def _add_one(self, folder: str) -> None:
        self.take(Dropped(folders=(os.fsencode(folder),)))

    def _go_to_grid(self) -> None:
        grid = self.results.grid
        grid.setFocus()
        if not grid.currentIndex().isValid() and self.results.model.rowCount():
            grid.setCurrentIndex(self.results.model.index(0))

    # What comes back -----------------------------------------------------------------------

    def _say_that_it_takes_a_while(self) -> None:
        if self.finder.busy:
            self.results.working(self.tr("Searching…"))

    def _show(self, found: Found) -> None:
        self.statusBar().clearMessage()
        shelf = found.answer if isinstance(found.answer, Shelf) else None
        if shelf is not None:
            self._count(shelf)
            fresh = not shelf.videos and not shelf.has_folders and not self.scans.running
            self.pages.setCurrentWidget(self.first_run if fresh else self.results)
        else:
            self.pages.setCurrentWidget(self.results)
        self.results.show_found(found, scanning=self.scans.going_on)

    def _count(self, shelf: Shelf) -> None:
        count = len(shelf.videos)
        self.count.setText(plural(self.tr("%Ln video(s)", "", count), count) if count else "")

    def _failed(self, error: VPOrganizerError) -> None:
        self.statusBar().clearMessage()
        self.messages.tell_error(error)

    def _refresh(self) -> None:
        """Takes in videos that were added meanwhile, unless something else is being looked at."""
        if self.finder.question == Everything() and not self.finder.busy:
            self.finder.ask(Everything())

    def _scan_ended(self) -> None:
        if self._closing:
            self._finish_closing()
            return
        self.results.scan_ended()
        if self.finder.question == Everything():
            self.finder.ask(Everything())
        else:
            self._counts.ask(partial(browse, self.library))

    # Drag and drop -------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Says what dropping would do."""
        what = dropped(event.mimeData())
        if what and event.source() is not self.results.grid:
            self.overlay.offer(what)
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Takes the offer back."""
        self.overlay.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        """Takes what was dropped; a drag must not wait for that."""
        self.overlay.hide()
        event.acceptProposedAction()
        self.take(dropped(event.mimeData()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keeps the overlay over everything."""
        super().resizeEvent(event)
        self.overlay.setGeometry(self.rect())

    # Closing -------------------------------------------------------------------------------

    def closeEvent(self, event: QCloseEvent) -> None:
        """Goes at once for the eye; a scan that runs is stopped first, which keeps what was finished."""
        self.settings.geometry = self.saveGeometry()
        self.settings.save()
        if self.scans.running:
            event.ignore()
            self._closing = True
            self.hide()
            self.scans.stop_for_good()
            return
        event.accept()
        self._finish_closing()

    def _finish_closing(self) -> None:
        self.hide()
        self.closed.emit()

    def shut_down(self) -> bool:
        """Ends the threads -> whether they have all ended within `LONGEST_CLOSE` seconds."""
        self.pictures.close()
        ended = self.full.close(LONGEST_CLOSE)
        ended = self.scans.close(LONGEST_CLOSE) and ended
        return end_pools(self._pools, LONGEST_CLOSE) and ended


def _pool(name: str) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(2, thread_name_prefix=f"vporganizer-{name}")
