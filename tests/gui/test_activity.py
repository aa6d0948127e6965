"""The strip at the window's foot: what it says of a scan."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from vporganizer.gui.activity import Activity
from vporganizer.indexing.progress import Progress


def test_both_phases_of_full_search_are_named(qtbot: QtBot) -> None:
    strip = Activity()
    qtbot.addWidget(strip)
    strip.started(full=True)
    strip.progressed(Progress("indexing", files_done=1, files_total=3, speed=60.0, phase="quick"))
    assert strip.text() == "Quick search first: video 2 of 3 60 times real time"
    strip.progressed(
        Progress("indexing", files_total=3, clips=2, clips_total=9, seconds_left=120.0, phase="full")
    )
    assert strip.text().startswith("Full search: video 1 of 3 about 2 min")


def test_adding_without_full_search_names_no_phase(qtbot: QtBot) -> None:
    strip = Activity()
    qtbot.addWidget(strip)
    strip.started()
    strip.progressed(Progress("indexing", files_total=3))
    assert strip.text() == "Adding video 1 of 3"
