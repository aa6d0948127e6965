"""What a person does with the window, and what is then seen."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, QObject, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from vporganizer.app.browse import VideoEntry
from vporganizer.app.hits import Match, SearchHit
from vporganizer.gui.finder import ByText
from vporganizer.gui.main_window import MainWindow

OpenWindow = Callable[[Path], MainWindow]
"""Opens the window on the library in a folder."""

LONG = 15_000  # ms; two cores may be busy
BUTTONS = (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)


def names(window: MainWindow) -> list[str]:
    """The files shown in the grid, in order."""
    return [record.name for record in window.results.model.records()]


def type_text(qtbot: QtBot, window: MainWindow, text: str) -> None:
    """Types into the search field, key by key."""
    field = window.search_bar.findChild(QLineEdit)
    assert isinstance(field, QLineEdit)
    field.selectAll()
    qtbot.keyClicks(field, text)


def search(qtbot: QtBot, window: MainWindow, text: str) -> None:
    """Types and waits for the answer that follows the pause."""
    type_text(qtbot, window, text)
    asked = ByText(text)
    qtbot.waitUntil(lambda: window.finder.question == asked and not window.finder.busy, timeout=LONG)


def drag_over(window: MainWindow, paths: Sequence[Path]) -> tuple[QMimeData, bool]:
    """Moves files over the window -> (what is dragged, whether the window would take it)."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    enter = QDragEnterEvent(QPoint(300, 300), Qt.DropAction.CopyAction, data, *BUTTONS)
    QApplication.sendEvent(takes_drops(window), enter)
    return data, enter.isAccepted()


def drop(window: MainWindow, data: QMimeData) -> None:
    """Lets go of what is dragged."""
    event = QDropEvent(QPointF(300, 300), Qt.DropAction.CopyAction, data, *BUTTONS)
    QApplication.sendEvent(takes_drops(window), event)
    assert event.isAccepted()


def takes_drops(window: MainWindow) -> QWidget:
    """The widget that Qt would give a drop in the window's middle: the innermost that accepts drops."""
    widget: QWidget | None = window.childAt(window.rect().center())
    while widget is not None and not widget.acceptDrops():
        widget = widget.parentWidget()
    assert widget is not None
    return widget


class Launches:
    """What was started, in place of starting it."""

    def __init__(self) -> None:
        self.commands: list[list[str]] = []

    def __call__(self, command: list[str], **_: Any) -> Launches:
        self.commands.append(command)
        return self

    def poll(self) -> int:
        return 0


class Ticker(QObject):
    """Notes the longest time that the event loop did not come round."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.longest = 0.0
        self._last = time.monotonic()
        timer = QTimer(self)
        timer.timeout.connect(self._tick)
        timer.start(10)

    def _tick(self) -> None:
        now = time.monotonic()
        self.longest = max(self.longest, now - self._last)
        self._last = now


def video(number: int) -> VideoEntry:
    """A video as the library lists it."""
    return VideoEntry(f"/videos/{number}.mp4", float(number), 10.0, (), True, number, number)


def hit(number: int, start: float = 0.0, match: Match | None = "strong") -> SearchHit:
    """A moment of a video as a search finds it."""
    return SearchHit(
        f"/videos/{number}.mp4", start, start + 5, 0.25, None, "starter", "content", match, (), (),
        None, True, number, number,
    )  # fmt: skip
