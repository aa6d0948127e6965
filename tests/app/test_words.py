"""Numbers, times and paths as people read them."""

from __future__ import annotations

import os

import pytest

from vporganizer.app.words import clock, counted, duration, printable, size


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (24.2, "0:24"), (59.6, "1:00"), (605, "10:05"), (3725, "1:02:05")]
)
def test_places_in_a_video_read_like_a_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0 s"),
        (1.25, "1.2 s"),
        (8, "8 s"),
        (61, "61 s"),
        (180, "3 min"),
        (7800, "2 h 10 min"),
        (7200, "2 h"),
    ],
)
def test_lengths_are_rounded_to_what_matters(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_counts_agree_with_their_noun() -> None:
    assert [counted(n, "video") for n in (0, 1, 1204)] == ["0 videos", "1 video", "1,204 videos"]


def test_a_name_that_is_no_text_or_holds_a_newline_stays_on_one_line() -> None:
    assert printable("a\nb" + os.fsdecode(b"\xff") + "ä🎬") == "a\\nb\\udcffä🎬"


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 kB"), (812_345, "812 kB"), (999_600, "1 MB"), (990_527_124, "991 MB"), (2_300_000_000, "2.3 GB")],
)
def test_amounts_of_data_read_like_a_file_manager(count: int, text: str) -> None:
    assert size(count) == text
