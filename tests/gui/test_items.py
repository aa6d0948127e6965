"""What can be done with one moment or video."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from helpers.photos import film
from helpers.windows import LONG, Launches, drag_over, drop, names, search
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QDrag, QGuiApplication
from pytestqt.qtbot import QtBot

from vporganizer.app.hits import SearchHit
from vporganizer.gui import playing
from vporganizer.gui.main_window import MainWindow


def test_a_dropped_video_finds_its_like_also_from_outside(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    outside = film(tmp_path / "outside.mp4", ["chelsea.png"], seconds=1)
    data, accepted = drag_over(window, [outside])
    assert accepted and window.overlay.text() == "Drop to find similar moments"
    with qtbot.waitSignal(window.finder.found, timeout=LONG):
        drop(window, data)
    qtbot.waitUntil(lambda: window.results.heading().startswith("Like outside.mp4"), timeout=LONG)
    best = window.results.model.records()[0]
    assert best.name == "film.mp4" and isinstance(best, SearchHit) and abs(best.start - 4) < 0.5


def test_a_dropped_file_that_is_no_video_is_told_in_a_sentence(
    qtbot: QtBot, window: MainWindow, videos: Path
) -> None:
    data, _ = drag_over(window, [videos / "broken.mp4"])
    with qtbot.waitSignal(window.finder.failed, timeout=LONG):
        drop(window, data)
    assert len(window.messages.text()) > 20 and window.messages.isVisible()


def test_enter_plays_and_a_player_without_a_start_is_named_as_such(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[QUrl] = []
    monkeypatch.setattr(playing, "_installed", list)
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url) or True)
    search(qtbot, window, "a cat")
    window._go_to_grid()
    qtbot.keyClick(window.results.grid, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(opened), timeout=LONG)
    assert opened[0].toLocalFile().endswith("film.mp4")
    assert "starts at the beginning" in window.statusBar().currentMessage()


def test_a_video_that_is_gone_is_told_not_played(
    qtbot: QtBot, window: MainWindow, videos: Path, launches: Launches
) -> None:
    qtbot.waitUntil(lambda: len(names(window)) == 2, timeout=LONG)
    hidden = videos.with_name("elsewhere")
    videos.rename(hidden)
    try:
        window._go_to_grid()
        window.actions_.play.trigger()
        qtbot.waitUntil(lambda: "cannot be reached" in window.messages.text(), timeout=LONG)
    finally:
        hidden.rename(videos)
    assert launches.commands == []


def test_items_leave_as_files_and_paths(
    qtbot: QtBot, window: MainWindow, videos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    qtbot.waitUntil(lambda: len(names(window)) == 2, timeout=LONG)
    window._go_to_grid()
    window.results.grid.selectAll()
    window.actions_.copy_path.trigger()
    both = {str(videos / "film.mp4"), str(videos / "cup.mkv")}
    assert set(QGuiApplication.clipboard().text().split("\n")) == both
    dragged: list[set[str]] = []

    def exec_(drag: QDrag, *_: Any) -> Qt.DropAction:
        dragged.append({url.toLocalFile() for url in drag.mimeData().urls()})
        return Qt.DropAction.CopyAction

    monkeypatch.setattr(QDrag, "exec", exec_)
    window.results.grid.startDrag(Qt.DropAction.CopyAction)
    assert dragged == [both]
