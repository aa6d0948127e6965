"""What can be done with a moment or a video: play it, find its like, show its file, copy its path."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QModelIndex, QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QStatusBar, QWidget

from vporganizer.app.hits import SearchHit
from vporganizer.app.words import clock, printable
from vporganizer.errors import Vanished
from vporganizer.gui import desktop, playing
from vporganizer.gui.actions import Actions, keys
from vporganizer.gui.background import Channel, SignalOf
from vporganizer.gui.clip_grid import ClipGrid
from vporganizer.gui.dialogs import AboutDialog, KeysDialog
from vporganizer.gui.finder import LikeClip, Question
from vporganizer.gui.message_bar import MessageBar
from vporganizer.gui.translation import plural
from vporganizer.gui.wording import Record

SHOWN_MS = 8000


@dataclass(frozen=True, slots=True)
class _Started:
    path: str
    start: float
    player: playing.Player | None


class ItemActions(QObject):
    """Serves the grid's context menu, its double click, and the menu bar. `ask` says what to find."""

    ask: SignalOf[Question] = Signal(object)  # type: ignore[assignment]

    def __init__(
        self, actions: Actions, grid: ClipGrid, messages: MessageBar, status: QStatusBar,
        pool: ThreadPoolExecutor, parent: QWidget,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._window = parent
        self._actions = actions
        self._grid = grid
        self._status = status
        self._starts: Channel[_Started] = Channel(pool, self)
        self._starts.answered.connect(self._started)
        self._starts.failed.connect(messages.tell_error)
        grid.set_menu(actions.of_item)
        grid.play.connect(self.play)
        grid.selectionModel().currentChanged.connect(self._current_changed)
        grid.model().modelReset.connect(self._current_changed)
        actions.play.triggered.connect(self._play_current)
        actions.similar.triggered.connect(self._find_similar)
        actions.show_file.triggered.connect(self._show_file)
        actions.copy_path.triggered.connect(self._copy_path)
        actions.keys.triggered.connect(self._show_keys)
        actions.about.triggered.connect(self._show_about)
        self._current_changed()

    def play(self, record: Record) -> None:
        """Plays a moment from its start, a video from the beginning."""
        start = record.start if isinstance(record, SearchHit) else 0.0
        self._starts.ask(partial(_start, record.path, start))

    def _started(self, started: _Started) -> None:
        name = printable(os.path.basename(started.path))
        if started.player is not None:
            told = self.tr("Playing %1 from %2 in %3")
            told = told.replace("%2", clock(started.start)).replace("%3", started.player.name)
        elif not desktop.open_file(started.path):
            told = self.tr("No program for %1 was found. Install a player, such as mpv or VLC.")
        elif started.start >= 1:
            told = self.tr(
                "This player starts at the beginning; the moment is at %2. mpv or VLC would go there."
            )
            told = told.replace("%2", clock(started.start))
        else:
            told = self.tr("Playing %1")
        self._status.showMessage(told.replace("%1", name), SHOWN_MS)

    def _current_changed(self, *_: QModelIndex) -> None:
        self._actions.enable_item(self._grid.current() is not None)

    def _play_current(self) -> None:
        if (record := self._grid.current()) is not None:
            self.play(record)

    def _find_similar(self) -> None:
        record = self._grid.current()
        if isinstance(record, SearchHit):
            self.ask.emit(LikeClip(record.path, record.start, record.end))
        elif record is not None:
            self.ask.emit(LikeClip(record.path))

    def _show_file(self) -> None:
        if (record := self._grid.current()) is not None:
            desktop.show_in_file_manager(record.path)

    def _copy_path(self) -> None:
        paths = dict.fromkeys(record.path for record in self._grid.selected())
        QGuiApplication.clipboard().setText("\n".join(printable(path) for path in paths))
        self._status.showMessage(plural(self.tr("Copied %Ln path(s)", "", len(paths)), len(paths)), SHOWN_MS)

    def _show_keys(self) -> None:
        KeysDialog(keys(self._actions), self._window).open()

    def _show_about(self) -> None:
        AboutDialog(self._window).open()


def _start(path: str, start: float) -> _Started:
    """Runs off the GUI thread: a drive may take its time to wake up."""
    if not os.path.exists(path):
        raise Vanished(
            f"{printable(path)} cannot be reached.",
            hint="Connect its drive, or rescan (F5) if it was moved or deleted.",
        )
    return _Started(path, start, playing.play(path, start))
