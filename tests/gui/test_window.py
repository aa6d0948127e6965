"""First run, adding folders, closing, over real videos."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from helpers.photos import film
from helpers.windows import LONG, Launches, OpenWindow, Ticker, drag_over, drop, names, search
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLabel, QWidget
from pytestqt.qtbot import QtBot

from vporganizer.app.hits import SearchHit
from vporganizer.gui.main_window import MainWindow


def test_an_empty_library_says_what_to_do_and_what_stays_here(
    qtbot: QtBot, open_window: OpenWindow, tmp_path: Path
) -> None:
    window = open_window(tmp_path / "new")
    qtbot.waitUntil(lambda: window.pages.currentWidget() is window.first_run, timeout=LONG)
    said = " ".join(label.text() for label in window.first_run.findChildren(QLabel))
    assert "Nothing leaves this computer" in said and "only read" in said and "kept in ~/new" in said
    assert window.first_run.choose_button.isVisible()


def test_a_dropped_folder_is_searched_and_its_moment_played(
    qtbot: QtBot, open_window: OpenWindow, videos: Path, tmp_path: Path, launches: Launches
) -> None:
    window = open_window(tmp_path / "new")
    ticks = Ticker(window)
    data, accepted = drag_over(window, [videos])
    assert accepted and window.overlay.isVisible() and window.overlay.text() == "Drop to add 1 folder"
    with qtbot.waitSignal(window.scans.ended, timeout=LONG):
        drop(window, data)
        assert not window.overlay.isVisible() and window.activity.isVisible()
    assert ticks.longest < 0.5, "the window stood still while videos were added"
    assert "2 videos added" in window.activity.text()
    qtbot.waitUntil(lambda: sorted(names(window)) == ["cup.mkv", "film.mp4"], timeout=LONG)

    search(qtbot, window, "a cat")
    qtbot.waitUntil(lambda: names(window) == ["film.mp4"], timeout=LONG)
    hit = window.results.model.records()[0]
    assert isinstance(hit, SearchHit) and hit.match == "strong" and abs(hit.start - 4) < 0.5

    grid = window.results.grid
    place = grid.visualRect(window.results.model.index(0)).center()
    qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(lambda: bool(launches.commands), timeout=LONG)
    command = launches.commands[0]
    assert command[-1] == str(videos / "film.mp4") and f"--start={hit.start:.2f}" in command
    qtbot.waitUntil(lambda: "mpv" in window.statusBar().currentMessage(), timeout=LONG)


def test_a_chosen_folder_is_remembered_as_the_place_to_start_from(
    qtbot: QtBot, open_window: OpenWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    asked: list[str] = []

    def choose(parent: QWidget, title: str, start: str) -> str:
        asked.append(start)
        return str(folder)

    monkeypatch.setattr(QFileDialog, "getExistingDirectory", choose)
    window = open_window(tmp_path / "new")
    for _ in range(2):
        with qtbot.waitSignal(window.scans.ended, timeout=LONG):
            window.actions_.add_folder.trigger()
    assert asked == [os.path.expanduser("~"), str(folder)]
    qtbot.waitUntil(lambda: "No videos here yet" in window.results.page(), timeout=LONG)


MANY = 48


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A folder with so many short videos that a scan takes several batches, each of few of them.

    Bytes after its end make a file a video of its own without encoding it again.
    """
    folder = tmp_path / "many"
    folder.mkdir()
    for number, name in enumerate(["rocket.jpg", "coffee.png", "chelsea.png", "coins.png"]):
        made = film(folder / f"{number}.mp4", [name], seconds=2, size=(160, 120)).read_bytes()
        for again in range(4 + number, MANY, 4):
            (folder / f"{again}.mp4").write_bytes(made + again.to_bytes(4, "big"))
    return folder


def test_a_scan_pauses_goes_on_and_is_cancelled_with_what_was_finished_kept(
    qtbot: QtBot, open_window: OpenWindow, many: Path, tmp_path: Path
) -> None:
    window = open_window(tmp_path / "new")
    strip = window.activity
    window.scans.add([os.fsencode(many)])
    qtbot.mouseClick(strip.pause_button, Qt.MouseButton.LeftButton)
    assert strip.pause_button.text() == "Resume" and "Paused" in strip.text()
    qtbot.wait(700)
    before = window.library.status().clips
    qtbot.wait(300)
    assert window.scans.running and window.library.status().clips == before

    qtbot.mouseClick(strip.pause_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.library.status().clips > before, timeout=LONG)
    with qtbot.waitSignal(window.scans.ended, timeout=LONG):
        qtbot.mouseClick(strip.cancel_button, Qt.MouseButton.LeftButton)
    assert "Stopped" in strip.text() and not window.scans.running
    kept = window.library.status().clips
    assert before < kept < MANY

    with qtbot.waitSignal(window.scans.ended, timeout=LONG):
        window.actions_.rescan.trigger()
    assert window.library.status().clips == MANY
    qtbot.waitUntil(lambda: len(names(window)) == MANY, timeout=LONG)


def test_closing_during_a_scan_stops_it_and_keeps_what_was_finished(
    qtbot: QtBot, open_window: OpenWindow, many: Path, tmp_path: Path
) -> None:
    window = open_window(tmp_path / "new")
    window.scans.add([os.fsencode(many)])
    qtbot.waitUntil(lambda: window.library.status().clips > 0, timeout=LONG)
    with qtbot.waitSignal(window.closed, timeout=LONG):
        window.close()
        assert not window.isVisible(), "a closed window must go at once"
    assert not window.scans.running
    assert window.library.status().clips > 0


def test_a_folder_that_is_gone_is_told_in_a_sentence_and_nothing_is_lost(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    with qtbot.waitSignal(window.scans.ended, timeout=LONG):
        window.scans.add([os.fsencode(tmp_path / "gone")])
    assert "gone" in window.messages.text() and not window.activity.isVisible()
    qtbot.waitUntil(lambda: len(names(window)) == 2, timeout=LONG)


def test_files_that_could_not_be_read_are_listed_with_their_reasons(qtbot: QtBot, window: MainWindow) -> None:
    window.actions_.failures.trigger()
    qtbot.waitUntil(lambda: window.scans.dialog is not None, timeout=LONG)
    dialog = window.scans.dialog
    assert dialog is not None
    item = dialog.list.topLevelItem(0)
    assert item is not None and item.text(0) == "broken.mp4" and len(item.text(1)) > 10
    with qtbot.waitSignal(window.scans.ended, timeout=LONG):
        dialog.retry.emit()
    assert window.activity.failures_button.text() == "1 could not be read"
    dialog.close()


def test_a_library_that_another_program_adds_to_says_so_and_stays_searchable(
    qtbot: QtBot, window: MainWindow, videos: Path
) -> None:
    with window.library.library.indexer_lock(), qtbot.waitSignal(window.scans.ended, timeout=LONG):
        window.scans.add([os.fsencode(videos)])
    assert "Another program is adding videos to this library." in window.messages.text()
    search(qtbot, window, "a cat")
    qtbot.waitUntil(lambda: names(window) == ["film.mp4"], timeout=LONG)
    assert not window.messages.isVisible()


def test_folders_added_during_a_scan_wait_their_turn(
    qtbot: QtBot, open_window: OpenWindow, videos: Path, many: Path, tmp_path: Path
) -> None:
    window = open_window(tmp_path / "new")
    window.scans.add([os.fsencode(videos)])
    window.scans.add([os.fsencode(many)])
    qtbot.waitUntil(lambda: not window.scans.running, timeout=LONG)
    qtbot.waitUntil(lambda: len(names(window)) == MANY + 2, timeout=LONG)
    assert {folder.path for folder in window.library.folders()} == {str(videos), str(many)}
