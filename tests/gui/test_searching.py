"""Searching as a person does, over real videos."""

from __future__ import annotations

import os
import time
from typing import Any

import pytest
from helpers.windows import LONG, names, search
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from vporganizer.app.hits import SearchHit
from vporganizer.gui.hit_model import PictureRole
from vporganizer.gui.main_window import MainWindow


def test_all_videos_are_shown_newest_first_with_posters_and_copies_once(
    qtbot: QtBot, window: MainWindow
) -> None:
    qtbot.waitUntil(lambda: sorted(names(window)) == ["cup.mkv", "film.mp4"], timeout=LONG)
    assert window.results.heading() == "All videos 2 videos"
    model = window.results.model
    dates = [record.date for record in model.records() if not isinstance(record, SearchHit)]
    assert dates == sorted(dates, reverse=True)
    qtbot.waitUntil(lambda: all(model.index(row).data(PictureRole) for row in range(2)), timeout=LONG)
    cup = next(record for record in model.records() if record.name == "cup.mkv")
    assert [os.path.basename(copy) for copy in cup.copies] == ["the cup again.mkv"]


def test_a_search_shows_the_picture_of_the_moment_not_the_poster(qtbot: QtBot, window: MainWindow) -> None:
    search(qtbot, window, "cup of coffee")
    model = window.results.model
    qtbot.waitUntil(lambda: {"cup.mkv", "film.mp4"} <= set(names(window)), timeout=LONG)
    row = names(window).index("film.mp4")
    hit = model.records()[row]
    assert isinstance(hit, SearchHit)
    stills = window.library.path / "thumbs"
    qtbot.waitUntil(lambda: len(list(stills.rglob("still-*.jpg"))) >= 2, timeout=LONG)
    assert "moments" in window.results.heading() and "“cup of coffee”" in window.results.heading()


def test_a_text_that_is_not_known_gets_the_honest_page_and_the_nearest_on_request(
    qtbot: QtBot, window: MainWindow
) -> None:
    search(qtbot, window, "people dancing")
    assert "does not know “people dancing”" in window.results.page()
    assert "not people, actions or places" in window.results.page()
    with qtbot.waitSignal(window.finder.found, timeout=LONG):
        qtbot.mouseClick(window.results.notice.button, Qt.MouseButton.LeftButton)
    assert window.results.page() == "" and len(names(window)) > 0
    assert window.results.heading().startswith("Nearest to “people dancing”")


def test_a_thing_that_is_not_there_is_said_so_and_the_nearest_wait_behind_a_button(
    qtbot: QtBot, window: MainWindow
) -> None:
    search(qtbot, window, "violin")
    assert "Nothing that fits “violin”" in window.results.page()
    assert names(window) == []
    qtbot.mouseClick(window.results.notice.button, Qt.MouseButton.LeftButton)
    assert window.results.page() == "" and len(names(window)) > 0


def test_escape_brings_all_videos_back(qtbot: QtBot, window: MainWindow) -> None:
    search(qtbot, window, "a cat")
    field = window.search_bar.findChild(QLineEdit)
    with qtbot.waitSignal(window.finder.found, timeout=LONG):
        qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert len(names(window)) == 2 and window.search_bar.text() == ""


def test_the_answer_to_an_overtaken_question_is_dropped(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    qtbot.waitUntil(lambda: not window.finder.busy, timeout=LONG)
    slow, real = [], window.library.search

    def searching(text: str, **options: Any) -> Any:
        if text == "a cat":
            time.sleep(0.4)
            slow.append(text)
        return real(text, **options)

    monkeypatch.setattr(window.library, "search", searching)
    window._search("a cat")
    qtbot.wait(50)
    window._search("cup of coffee")
    qtbot.waitUntil(lambda: bool(slow), timeout=LONG)
    qtbot.wait(100)
    assert "“cup of coffee”" in window.results.heading()
