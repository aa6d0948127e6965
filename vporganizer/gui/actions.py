"""Every action of the window, declared once: for the menu bar, shortcuts and the context menu."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow


def tr(text: str) -> str:
    """Translates a text of this module."""
    return QCoreApplication.translate("actions", text)


class Actions:
    """The actions of one window. Those of an item act on the grid's current one."""

    def __init__(self, window: QMainWindow) -> None:
        self._window = window
        key = QKeySequence.StandardKey
        self.add_folder = self._make(tr("&Add a folder…"), QKeySequence("Ctrl+O"))
        self.rescan = self._make(tr("&Rescan folders"), QKeySequence("F5"))
        self.failures = self._make(tr("&Could not be read…"), QKeySequence())
        self.quit = self._make(tr("&Quit"), QKeySequence("Ctrl+Q"), role=QAction.MenuRole.QuitRole)
        self.find = self._make(tr("&Find"), QKeySequence(key.Find), QKeySequence("/"))
        self.everything = self._make(tr("&All videos"), QKeySequence("Alt+Home"))
        self.full_search = self._make(tr("F&ull search…"), QKeySequence("Ctrl+Shift+F"))
        self.play = self._make(tr("&Play"), QKeySequence())
        self.similar = self._make(tr("Find &similar"), QKeySequence("Ctrl+L"))
        self.show_file = self._make(tr("Show in file &manager"), QKeySequence("Ctrl+E"))
        self.copy_path = self._make(tr("&Copy path"), QKeySequence("Ctrl+Shift+C"))
        self.keys = self._make(tr("&Keys"), QKeySequence(key.HelpContents))
        self.about = self._make(tr("&About VP Organizer"), QKeySequence(), role=QAction.MenuRole.AboutRole)
        self.play.setToolTip(tr("Enter, or a double click"))

    def _make(
        self, text: str, *keys: QKeySequence, role: QAction.MenuRole = QAction.MenuRole.NoRole
    ) -> QAction:
        action = QAction(text, self._window)
        action.setShortcuts([key for key in keys if not key.isEmpty()])
        action.setMenuRole(role)
        self._window.addAction(action)
        return action

    @property
    def of_item(self) -> tuple[QAction, ...]:
        """What can be done with a moment or a video, in the order of the context menu."""
        return (self.play, self.similar, self._line(), self.show_file, self.copy_path)

    @property
    def all(self) -> tuple[QAction, ...]:
        """Every action, in the order of the menus."""
        return (
            self.add_folder, self.rescan, self.failures, self.quit, self.find, self.everything,
            self.full_search, self.play, self.similar, self.show_file, self.copy_path, self.keys, self.about,
        )  # fmt: skip

    def fill_menu_bar(self) -> None:
        """Puts the actions into the window's menus."""
        bar = self._window.menuBar()
        library = bar.addMenu(tr("&Library"))
        library.addActions([self.add_folder, self.rescan, self.failures, self._line(), self.quit])
        search = bar.addMenu(tr("&Search"))
        search.addActions([self.find, self.everything, self._line(), self.full_search])
        bar.addMenu(tr("&Moment")).addActions(list(self.of_item))
        bar.addMenu(tr("&Help")).addActions([self.keys, self._line(), self.about])

    def enable_item(self, there_is_one: bool) -> None:
        """Greys out what needs an item while there is none."""
        for action in (self.play, self.similar, self.show_file, self.copy_path):
            action.setEnabled(there_is_one)

    def _line(self) -> QAction:
        line = QAction(self._window)
        line.setSeparator(True)
        return line


@dataclass(frozen=True, slots=True)
class Key:
    """A key or gesture and what it does, for the list of keys."""

    keys: str
    does: str


def keys(actions: Actions) -> list[Key]:
    """All keys of the window: those of actions, and those that belong to its parts."""
    native = QKeySequence.SequenceFormat.NativeText
    listed = [
        Key(
            ", ".join(key.toString(native) for key in action.shortcuts()),
            action.text().replace("&", "").rstrip("…"),
        )
        for action in actions.all
        if action.shortcuts()
    ]
    return [
        *listed,
        Key(tr("Enter, double click"), tr("Play from the moment")),
        Key(tr("Arrows, Home, End, Page Up, Page Down"), tr("Move in the grid")),
        Key(tr("Letters"), tr("Go to the file of that name")),
        Key(tr("Esc"), tr("Clear the search")),
        Key(tr("Drop a folder"), tr("Add it")),
        Key(tr("Drop a video"), tr("Find similar moments")),
        Key(tr("Drag an item out"), tr("Hand its file to another program")),
    ]
