"""The list behind the grid."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from helpers.windows import hit, video
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from vporganizer.app.context import OpenLibrary
from vporganizer.gui import hit_model
from vporganizer.gui.clip_grid import ClipGrid
from vporganizer.gui.hit_model import HitModel, PictureRole, RecordRole
from vporganizer.gui.pictures import KEPT, Pictures

# The model asks its library for stills only, and only off the GUI thread: none is needed here.
NO_LIBRARY = cast(OpenLibrary, SimpleNamespace(still=lambda hit: None))


class CountingModel(HitModel):
    """Counts how often it is asked for something."""

    calls = 0

    def data(self, index: Any, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        self.calls += 1
        return super().data(index, role)


@pytest.fixture
def pool() -> Any:
    with ThreadPoolExecutor(2, thread_name_prefix="vporganizer-test") as pool:
        yield pool


@pytest.fixture
def pictures(qtbot: QtBot, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(hit_model, "picture", lambda *_: None)
    pictures = Pictures(pool)
    yield pictures
    pictures.close()


def test_a_hundred_thousand_videos_are_shown_at_once_and_few_are_asked_for(
    qtbot: QtBot, pictures: Pictures
) -> None:
    model = CountingModel(NO_LIBRARY, pictures)
    grid = ClipGrid(model)
    qtbot.addWidget(grid)
    grid.resize(1200, 800)
    grid.show()
    began = time.monotonic()
    model.show([video(number) for number in range(100_000)])
    grid.scrollToBottom()
    QApplication.processEvents()
    grid.grab()
    assert time.monotonic() - began < 3
    assert model.calls < 5_000
    model.calls = 0
    grid.resize(900, 800)
    grid.grab()
    assert model.calls < 5_000


def test_a_moment_is_its_record_its_name_and_words(qtbot: QtBot, pictures: Pictures) -> None:
    model = HitModel(NO_LIBRARY, pictures)
    found = hit(3, 24.2)
    model.show([found])
    index = model.index(0)
    assert index.data(RecordRole) is found
    assert index.data(Qt.ItemDataRole.DisplayRole) == "3.mp4"
    assert "Strong match (0.250)" in index.data(Qt.ItemDataRole.ToolTipRole)
    assert "0:24" in index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert model.rowCount(index) == 0
    assert index.data(PictureRole) is None


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.integers(0, 12), unique=True), min_size=2, max_size=4))
def test_a_refresh_ends_with_the_new_list_whatever_it_was_before(
    pictures: Pictures, states: list[list[int]]
) -> None:
    model = HitModel(NO_LIBRARY, pictures)
    tester = QAbstractItemModelTester(
        cast(QAbstractItemModel, model), QAbstractItemModelTester.FailureReportingMode.Warning
    )
    for numbers in states:
        wanted = [video(number) for number in numbers]
        model.refresh(wanted)
        assert [model.index(row).data(RecordRole) for row in range(model.rowCount())] == wanted
    tester.deleteLater()


def test_a_refresh_keeps_the_selection_on_the_same_video(qtbot: QtBot, pictures: Pictures) -> None:
    model = HitModel(NO_LIBRARY, pictures)
    grid = ClipGrid(model)
    qtbot.addWidget(grid)
    model.show([video(5), video(3)])
    grid.setCurrentIndex(model.index(1))
    model.refresh([video(6), video(5), video(4), video(3)])
    current = grid.current()
    assert current is not None and current.name == "3.mp4"


def test_pictures_are_loaded_off_the_gui_thread_and_a_bounded_number_is_kept(
    qtbot: QtBot, pool: ThreadPoolExecutor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from PIL import Image

    picture = tmp_path / "poster.jpg"
    Image.new("RGB", (320, 180), (200, 30, 30)).save(picture)
    threads: set[str] = set()

    def find(*_: Any) -> Path:
        import threading

        threads.add(threading.current_thread().name.split("_")[0])
        return picture

    monkeypatch.setattr(hit_model, "picture", find)
    pictures = Pictures(pool)
    model = HitModel(NO_LIBRARY, pictures)
    model.show([video(number) for number in range(KEPT + 80)])
    for first in range(0, model.rowCount(), 100):
        rows = range(first, min(first + 100, model.rowCount()))
        for row in rows:
            model.index(row).data(PictureRole)
        with qtbot.waitSignals([pictures.arrived] * len(rows), timeout=10_000):
            pass
    assert threads == {"vporganizer-test"}
    assert len(pictures._kept) == KEPT
    assert model.index(model.rowCount() - 1).data(PictureRole).width() == 320
    pictures.close()
