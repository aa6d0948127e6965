"""What is shown for an answer, without a window."""

from __future__ import annotations

import pytest
from helpers.windows import hit, video

from vporganizer.app.browse import Shelf
from vporganizer.app.hits import SearchResult
from vporganizer.gui.answers import Presented, Scanning, present
from vporganizer.gui.finder import ByText, Everything, Found, LikeClip, Question

pytestmark = pytest.mark.usefixtures("qapp")


def after(question: Question, answer: SearchResult | Shelf, *, scanning: Scanning = None) -> Presented:
    return present(Found(question, answer), scanning=scanning)


STRONG, WEAK, NONE = hit(1, match="strong"), hit(2, match="weak"), hit(3, match=None)


def test_matches_come_first_and_what_does_not_fit_waits() -> None:
    shown = after(ByText("dog"), SearchResult((STRONG, WEAK, NONE), "yes", "", 9))
    assert (shown.title, shown.detail) == ("“dog”", "2 moments")
    assert shown.records == (STRONG, WEAK) and shown.weaker == (NONE,) and shown.page is None


def test_a_text_known_in_part_says_so() -> None:
    shown = after(ByText("dog by a lake"), SearchResult((STRONG,), "partly", "", 9), scanning="adding")
    assert shown.detail == (
        "1 moment · quick search knows this text only in part · more videos are being added"
    )


def test_no_match_is_a_page_and_the_nearest_wait_behind_it() -> None:
    shown = after(ByText("violin"), SearchResult((NONE,), "yes", "", 9))
    assert shown.records == () and shown.weaker == (NONE,)
    assert shown.page is not None and shown.page.action == "Show the nearest anyway"


def test_a_text_that_is_not_known_is_a_page_that_offers_the_nearest() -> None:
    shown = after(ByText("sunset"), SearchResult((), "no", "", 0))
    assert shown.page is not None and shown.page.then == ByText("sunset", anyway=True)
    nearest = present(Found(ByText("sunset", anyway=True), SearchResult((NONE,), "no", "", 9)))
    assert nearest.page is None and nearest.records == (NONE,) and nearest.title == "Nearest to “sunset”"


@pytest.mark.parametrize(("scanning", "action"), [("adding", ""), ("full", ""), (None, "Add a folder…")])
def test_nothing_to_search_yet_offers_a_folder_unless_one_is_on_its_way(
    scanning: Scanning, action: str
) -> None:
    shown = after(ByText("dog"), SearchResult((), "yes", "", 0), scanning=scanning)
    assert shown.page is not None and (shown.page.title, shown.page.action) == (
        "Nothing to search yet",
        action,
    )


def test_a_look_up_by_example_names_the_example() -> None:
    shown = present(Found(LikeClip("/v/100 %1.mp4", 24, 28), SearchResult((NONE,), "yes", "", 9)))
    assert shown.title == "Like 100 %1.mp4, 0:24 to 0:28" and shown.records == (NONE,)


def test_folders_without_videos_say_so_once_nothing_is_being_added() -> None:
    waiting = after(Everything(), Shelf((), True), scanning="adding")
    empty = after(Everything(), Shelf((), True))
    full = after(Everything(), Shelf((video(1),), True))
    assert waiting.page is not None and waiting.page.action == ""
    assert empty.page is not None and empty.page.action == "Add a folder…"
    assert full.page is None and full.detail == "1 video"
