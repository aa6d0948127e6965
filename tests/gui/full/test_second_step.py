"""Looking through videos with full search: choices, times, the scan, and what the window says meanwhile."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.full_search import BASE, LARGE, Shop, entry, held_up
from helpers.windows import LONG, OpenWindow, names, search
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from vporganizer.app.context import OpenLibrary
from vporganizer.encoder import catalog
from vporganizer.errors import EncoderError
from vporganizer.gui.finder import ByText
from vporganizer.gui.full import facts
from vporganizer.gui.full.facts import Asked, Coverage, Plan, Price
from vporganizer.gui.full.second_step import SecondStep
from vporganizer.gui.main_window import MainWindow
from vporganizer.gui.scanner import Wanted

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def here(shop: Shop) -> Shop:
    """Full search is here, both models of it."""
    for name, one in shop.models.items():
        shop.models[name] = replace(one, installed=True, problem=None, checkpoint=Path("/w.npz"))
    return shop


def open_step(qtbot: QtBot, window: MainWindow) -> SecondStep:
    """Opens the page from the menu."""
    window.actions_.full_search.trigger()
    qtbot.waitUntil(window.full.dialog.isVisible, timeout=LONG)
    assert window.full.dialog.page is window.full.dialog.step
    return window.full.dialog.step


def planned(monkeypatch: pytest.MonkeyPatch) -> list[Asked]:
    """Times of a large library in place of those of this one -> what is asked for."""
    asked: list[Asked] = []

    def plan(library: OpenLibrary, what: Asked) -> Plan:
        asked.append(what)
        share = 0.45 if what.name.endswith("@8") else 1.0
        pictures = 8 if what.name.startswith(LARGE) or share < 1 else 16
        return Plan(
            what.name, pictures, "cpu", 4.0 * share, Price(904, 2700, 10_800 * share),
            Price(37, 300, 1200 * share), Price(0, 0, 0.0),
        )  # fmt: skip

    monkeypatch.setattr(facts, "plan", plan)
    return asked


def test_started_it_looks_at_everything_and_says_how_far_it_is_until_it_is_done(
    qtbot: QtBot, window: MainWindow, here: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = open_step(qtbot, window)
    qtbot.waitUntil(lambda: "one of your moments was measured" in step.text(), timeout=LONG)
    assert "on NVIDIA Test 1" in step.text() and step.everything.price() == "less than a minute"
    assert [one.name for one in window.library.status().encoders] == ["starter"], "not even begun"
    go_on = held_up(monkeypatch)  # else the scan may be over before the search has its answer
    with qtbot.waitSignal(window.scans.ended, timeout=LONG):
        qtbot.mouseClick(step.start_button, LEFT)
        assert window.scans.full and not window.full.dialog.isVisible() and window.activity.isVisible()
        assert not window.full.chip.isVisible()
        window.ask(ByText("a cat"))
        heading = "full search is still looking at your videos"
        qtbot.waitUntil(lambda: heading in window.results.heading(), timeout=LONG)
        go_on.set()
    assert heading not in window.results.heading() and "moment" in window.results.heading()
    assert window.activity.text().startswith("Full search: 2 videos looked at")
    covers = "Full search covers all your videos now"
    qtbot.waitUntil(lambda: covers in window.messages.text(), timeout=LONG)
    assert not window.full.chip.isVisible() and not window.full.share.isVisible()
    search(qtbot, window, "people dancing")
    assert "Quick search" not in window.results.page()
    assert window.messages.text() == "", "what was told is told once"
    window.full.refresh()
    with qtbot.waitSignal(window.full.looked, timeout=LONG):
        pass
    assert window.messages.text() == ""


def test_while_it_covers_a_part_the_window_says_which(
    qtbot: QtBot, open_window: OpenWindow, here: Shop, videos: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    folder = tmp_path / "some"
    folder.mkdir()
    shutil.copy(videos / "cup.mkv", folder)
    old = shutil.copyfile(videos / "film.mp4", folder / "film.mp4")
    years_ago = time.time() - 2 * 365 * 86_400
    os.utime(old, (years_ago, years_ago))
    window = open_window(tmp_path / "new")
    window.library.scan([folder])
    step = open_step(qtbot, window)
    qtbot.waitUntil(lambda: bool(step.recent.price()), timeout=LONG)
    assert "1 video\n" in step.text() and "2 videos" in step.text()
    step.recent.radio.click()
    with qtbot.waitSignal(window.scans.ended, timeout=LONG):
        step.start_button.click()
    qtbot.waitUntil(window.full.share.isVisible, timeout=LONG)
    assert window.full.share.text() == "Full search: 20 % looked at, on NVIDIA Test 1"
    assert window.full.chip.isVisible() and window.messages.text() == ""
    step = open_step(qtbot, window)
    assert "looked at 20 % of your videos, and goes on" in step.text()
    assert step.start_button.text() == "Go on"
    qtbot.waitUntil(lambda: "Nothing is left to look at here." in step.text(), timeout=LONG)
    window.full.dialog.close()
    with qtbot.waitSignal(window.scans.ended, timeout=LONG):
        window.actions_.rescan.trigger()
    assert "Nothing new" in window.activity.text(), "rescanning must not start what was not chosen"
    search(qtbot, window, "a cat")
    shown = " ".join(label.text() for label in window.findChildren(QLabel))
    assert BASE not in shown and names(window)
    monkeypatch.setitem(catalog.ENCODERS, BASE, replace(entry(BASE), missing=lambda: f"{BASE} is away."))
    window.actions_.rescan.trigger()
    qtbot.waitUntil(lambda: "its files are not here, or not as" in window.messages.text(), timeout=LONG)
    here.models[BASE] = replace(here.models[BASE], installed=False)
    window.full.refresh()
    qtbot.waitUntil(lambda: "its files are not here" in window.full.share.text(), timeout=LONG)


def test_each_choice_has_its_time_and_becomes_the_scan(
    qtbot: QtBot, window: MainWindow, here: Shop, videos: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    asked = planned(monkeypatch)
    started: list[Wanted] = []
    monkeypatch.setattr(window.scans, "start", started.append)
    second = tmp_path / "more"
    second.mkdir()
    window.library.add_folder(second)
    step = open_step(qtbot, window)
    qtbot.waitUntil(lambda: "took 4 s on this computer's processor" in step.text(), timeout=LONG)
    assert (step.everything.price(), step.recent.price()) == ("about 3 h", "about 20 min")
    assert "904 videos" in step.text()
    assert (step.closely.price(), step.quickly.price()) == ("about 3 h", "about 1 h 20 min")
    step.recent.radio.click()
    assert step.quickly.price() == "about 9 min"
    assert step.wanted().folders == () and step.wanted().newer_than == "12m"
    step.quickly.radio.click()
    qtbot.waitUntil(lambda: len(asked) == 2 and "took 1.8 s" in step.text(), timeout=LONG)
    assert step.recent.price() == "about 9 min" and step.wanted().full == f"{BASE}@8"
    place = step.folders.findData(str(second))
    step.folders.setCurrentIndex(place)
    step.folders.activated.emit(place)
    assert step.folder.radio.isChecked() and asked[-1].folder == str(second)
    assert step.wanted() == Wanted((os.fsencode(second),), full=f"{BASE}@8")
    step.everything.radio.click()
    step.start_button.click()
    assert started == [Wanted(full=f"{BASE}@8")]


def test_another_model_can_be_taken_which_has_no_fewer_pictures(
    qtbot: QtBot, window: MainWindow, here: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = planned(monkeypatch)
    step = open_step(qtbot, window)
    qtbot.mouseClick(step.other_button, LEFT)
    dialog = window.full.dialog
    qtbot.waitUntil(lambda: dialog.page is dialog.offer, timeout=LONG)
    dialog.offer.choices[1].radio.click()
    assert dialog.offer.go_button.text() == "Continue"
    qtbot.mouseClick(dialog.offer.go_button, LEFT)
    qtbot.waitUntil(lambda: asked[-1].name == LARGE and not step.quickly.isVisible(), timeout=LONG)
    assert step.wanted() == Wanted(full=LARGE)
    qtbot.mouseClick(step.leave_button, LEFT)
    assert not dialog.isVisible() and not window.scans.running


def test_what_cannot_be_measured_is_told_and_a_library_without_videos_needs_them_first(
    qtbot: QtBot, window: MainWindow, here: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(library: OpenLibrary, asked: Asked) -> Plan:
        raise EncoderError(f"{asked.name} has changed.", hint="Check it: vporganizer models verify")

    monkeypatch.setattr(facts, "plan", broken)
    step = open_step(qtbot, window)
    qtbot.waitUntil(step.trouble.isVisible, timeout=LONG)
    assert step.trouble.accessibleName().startswith("Full search has changed.")
    nothing = Price(0, 0, 0.0)
    monkeypatch.setattr(
        facts, "plan", lambda _, asked: Plan(asked.name, 16, "", None, nothing, nothing, None)
    )
    step.begin(BASE, (), Coverage(BASE, chosen=True))
    qtbot.waitUntil(lambda: "add a folder with videos first" in step.text(), timeout=LONG)
    assert not step.start_button.isEnabled()
    step.begin(BASE, (), Coverage(BASE, 1.0, "cpu", 3, chosen=True, complete=True, here=True))
    qtbot.waitUntil(lambda: "Nothing is left to look at here." in step.text(), timeout=LONG)
    assert "has looked at all your videos" in step.text() and not step.start_button.isEnabled()


def test_what_is_added_later_is_looked_at_with_full_search_too(
    qtbot: QtBot, open_window: OpenWindow, here: Shop, videos: Path, tmp_path: Path
) -> None:
    window = open_window(tmp_path / "new")
    window.library.scan([videos], encoder=BASE)
    with qtbot.waitSignal(window.full.looked, timeout=LONG):
        window.full.refresh()
    with qtbot.waitSignal(window.scans.ended, timeout=LONG):
        window.actions_.rescan.trigger()
        assert window.scans.full
    assert [one.name for one in window.library.status().encoders] == [BASE]


def test_what_is_added_later_goes_by_quick_search_first(
    qtbot: QtBot, window: MainWindow, here: Shop, videos: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setitem(catalog.ENCODERS, BASE, entry(BASE, exact=True))
    window.library.scan(encoder=BASE)
    with qtbot.waitSignal(window.full.looked, timeout=LONG):
        window.full.refresh()
    new = tmp_path / "new"
    new.mkdir()
    for number in range(2):  # contents that the library has not seen
        content = (videos / "film.mp4").read_bytes() + bytes(number + 1)
        (new / f"{number}.mp4").write_bytes(content)
    said: list[str] = []
    window.scans._scanner.progressed.connect(lambda _: said.append(window.activity.text()))
    with qtbot.waitSignal(window.scans.ended, timeout=LONG):
        window.scans.add([os.fsencode(new)])
    assert any(text.startswith("Quick search first: video") for text in said)
    assert window.activity.text().startswith("Full search: 2 videos looked at")
    assert [one.name for one in window.library.status().encoders] == [BASE]
