"""The offer of full search: what it says, that it can be dismissed, and how it is got."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from helpers.full_search import BASE, LARGE, Shop
from helpers.windows import LONG, OpenWindow, names, search
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from vporganizer.errors import CheckpointMismatch, DownloadError
from vporganizer.gui.full.dialog import FullDialog
from vporganizer.gui.main_window import MainWindow

LEFT = Qt.MouseButton.LeftButton


def open_offer(qtbot: QtBot, window: MainWindow) -> FullDialog:
    """Clicks the offer beside the search bar."""
    qtbot.waitUntil(window.full.chip.isVisible, timeout=LONG)
    qtbot.mouseClick(window.full.chip.button, LEFT)
    qtbot.waitUntil(window.full.dialog.isVisible, timeout=LONG)
    return window.full.dialog


def start_download(qtbot: QtBot, window: MainWindow) -> FullDialog:
    """Opens the offer and takes it."""
    dialog = open_offer(qtbot, window)
    qtbot.mouseClick(dialog.offer.go_button, LEFT)
    assert window.full.downloads.running and dialog.page is dialog.download
    return dialog


def test_the_offer_says_what_full_search_gives_and_what_it_takes(qtbot: QtBot, window: MainWindow) -> None:
    dialog = open_offer(qtbot, window)
    page = dialog.offer
    said = page.text()
    for fact in (
        "people, actions and places", "991 MB, once", "are free", "up to 3.1 GB while it works",
        "this computer's processor", "for your 4 videos: is measured here, once it is downloaded",
        "Apache-2.0", "VideoPrism, Google DeepMind", "Downloading starts nothing else",
    ):  # fmt: skip
        assert fact in said
    assert not re.search(r"fake_|videoprism_|checkpoint|encoder|vporganizer", said)
    assert page.go_button.hasFocus() and page.go_button.text() == "Download (991 MB)"
    page.choices[1].radio.click()
    assert "up to 5.7 GB while it works" in page.text() and page.go_button.text() == "Download (2.3 GB)"
    assert page.chosen is not None and page.chosen.name == LARGE
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_all_of_the_offer_is_reached_by_the_keyboard(qtbot: QtBot, window: MainWindow) -> None:
    dialog = open_offer(qtbot, window)
    page = dialog.offer
    reached = []
    for _ in range(4):
        qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
        reached.append(dialog.focusWidget())
    assert reached == [page.choices[0].radio, page.files_button, page.leave_button, page.go_button]
    page.choices[0].radio.setFocus()
    qtbot.keyClick(page.choices[0].radio, Qt.Key.Key_Down)
    assert page.choices[1].radio.isChecked()
    assert page.choices[1].radio.accessibleDescription().endswith("2.3 GB")


def test_a_dismissed_offer_stays_away_and_stays_in_the_menu(
    qtbot: QtBot, window: MainWindow, open_window: OpenWindow
) -> None:
    qtbot.waitUntil(window.full.chip.isVisible, timeout=LONG)
    qtbot.mouseClick(window.full.chip.cross, LEFT)
    assert not window.full.chip.isVisible()
    again = open_window(window.library.path)
    with qtbot.waitSignal(again.full.looked, timeout=LONG):
        pass
    assert not again.full.chip.isVisible()
    again.actions_.full_search.trigger()
    qtbot.waitUntil(again.full.dialog.isVisible, timeout=LONG)


def test_an_empty_library_is_not_offered_what_it_has_no_use_for(
    qtbot: QtBot, open_window: OpenWindow, tmp_path: Path
) -> None:
    window = open_window(tmp_path / "new")
    with qtbot.waitSignal(window.full.looked, timeout=LONG):
        pass
    assert not window.full.chip.isVisible()


def test_a_text_that_quick_search_does_not_know_offers_full_search(qtbot: QtBot, window: MainWindow) -> None:
    search(qtbot, window, "people dancing")
    qtbot.waitUntil(lambda: "Full search finds those too." in window.results.page(), timeout=LONG)
    qtbot.mouseClick(window.results.notice.full_button, LEFT)
    qtbot.waitUntil(window.full.dialog.isVisible, timeout=LONG)
    search(qtbot, window, "a cat")
    assert window.results.page() == "", "the window must stay usable beside the dialog"


def test_a_download_goes_on_while_its_dialog_is_closed_and_starts_nothing(
    qtbot: QtBot, window: MainWindow, shop: Shop
) -> None:
    dialog = start_download(qtbot, window)
    shop.let_go_on()
    qtbot.waitUntil(lambda: "248 MB of 991 MB · 8 MB a second" in dialog.download.text(), timeout=LONG)
    assert "about 92 s left" in dialog.download.text() or "about 2 min left" in dialog.download.text()
    qtbot.mouseClick(dialog.download.leave_button, LEFT)
    strip = window.full.strip
    assert not dialog.isVisible() and strip.isVisible() and not window.full.chip.isVisible()
    shop.let_go_on()
    qtbot.waitUntil(lambda: "496 MB of 991 MB" in strip.text(), timeout=LONG)
    search(qtbot, window, "a cat")
    assert names(window) == ["film.mp4"]
    shop.let_go_on(2)
    qtbot.waitUntil(lambda: "Full search is here" in strip.text(), timeout=LONG)
    assert "Nothing has been started" in strip.text() and not window.scans.running
    assert [one.name for one in window.library.status().encoders] == ["starter"]
    assert shop.asked == [BASE]
    qtbot.mouseClick(strip.details_button, LEFT)
    qtbot.waitUntil(lambda: dialog.isVisible() and dialog.page is dialog.step, timeout=LONG)


def test_a_stopped_download_goes_on_where_it_was(qtbot: QtBot, window: MainWindow, shop: Shop) -> None:
    dialog = start_download(qtbot, window)
    shop.let_go_on()
    qtbot.waitUntil(lambda: "248 MB" in dialog.download.text(), timeout=LONG)
    qtbot.mouseClick(dialog.download.stop_button, LEFT)
    qtbot.waitUntil(lambda: dialog.page is dialog.offer, timeout=LONG)
    assert dialog.offer.go_button.text() == "Go on with the download (743 MB left)"
    assert "991 MB, of which 248 MB are here already" in dialog.offer.text()
    qtbot.mouseClick(dialog.offer.go_button, LEFT)
    dialog.close()
    qtbot.mouseClick(window.full.strip.stop_button, LEFT)
    qtbot.waitUntil(lambda: "248 MB are kept." in window.full.strip.text(), timeout=LONG)
    qtbot.mouseClick(window.full.strip.details_button, LEFT)
    qtbot.waitUntil(dialog.isVisible, timeout=LONG)
    shop.let_go_on(3)
    qtbot.mouseClick(dialog.offer.go_button, LEFT)
    qtbot.waitUntil(lambda: dialog.page is dialog.step, timeout=LONG)


def test_a_download_that_is_lost_says_why_and_what_to_do_wherever_one_looks(
    qtbot: QtBot, window: MainWindow, shop: Shop
) -> None:
    shop.failure = DownloadError(
        f"{BASE} needs 991 MB of room in /cache, where 12 MB are free.",
        hint=f"Make room. To try again: vporganizer models fetch {BASE}",
    )
    dialog = start_download(qtbot, window)
    shop.let_go_on()
    qtbot.waitUntil(dialog.offer.trouble.isVisible, timeout=LONG)
    said = dialog.offer.trouble.accessibleName()
    assert said.startswith("Full search needs 991 MB of room in /cache, where 12 MB are free.")
    assert "it goes on from what came" in said and "vporganizer" not in said
    qtbot.mouseClick(dialog.offer.go_button, LEFT)
    dialog.close()
    shop.let_go_on()
    qtbot.waitUntil(lambda: "12 MB are free" in window.messages.text(), timeout=LONG)
    assert not window.full.strip.isVisible()


def test_files_that_are_here_already_are_taken_and_what_is_missing_is_named(
    qtbot: QtBot, window: MainWindow, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: (["/models/weights.npz"], ""))
    dialog = open_offer(qtbot, window)
    shop.failure = CheckpointMismatch(f"/models/weights.npz lacks 3 entries of {BASE}.")
    qtbot.mouseClick(dialog.offer.files_button, LEFT)
    qtbot.waitUntil(dialog.offer.trouble.isVisible, timeout=LONG)
    said = dialog.offer.trouble.accessibleName()
    assert said.startswith("These files cannot be used for full search. /models/weights.npz lacks 3 entries")
    assert "videoprism" not in said and "Choose the large file (.npz)" in said
    shop.failure, shop.tokenizer = None, False
    qtbot.mouseClick(dialog.offer.files_button, LEFT)
    qtbot.waitUntil(lambda: "small part" in dialog.offer.trouble.accessibleName(), timeout=LONG)
    assert dialog.offer.go_button.text() == "Get the missing part (800 kB)"
    shop.tokenizer = True
    qtbot.mouseClick(dialog.offer.files_button, LEFT)
    qtbot.waitUntil(lambda: dialog.page is dialog.step, timeout=LONG)
    assert shop.installed_from == ["/models/weights.npz"] and shop.asked == []


def test_closing_the_window_stops_a_download_and_keeps_what_came(
    qtbot: QtBot, window: MainWindow, shop: Shop
) -> None:
    start_download(qtbot, window)
    shop.let_go_on()
    qtbot.waitUntil(lambda: shop.models[BASE].partial > 0, timeout=LONG)
    with qtbot.waitSignal(window.closed, timeout=LONG):
        window.close()
    assert window.full.close(5) and shop.models[BASE].partial < shop.models[BASE].size
