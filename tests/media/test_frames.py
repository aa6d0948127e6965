"""Frames at exact times, told by a frame counter drawn in the picture."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from helpers.videos import Shot, counter, make_video, read_counter
from hypothesis import given, settings
from hypothesis import strategies as st

from vporganizer.errors import Unreadable
from vporganizer.media.frames import nearest_distinct, sample_windows
from vporganizer.media.pictures import pictures_at
from vporganizer.media.records import Finished, PictureAt, SampleWindows, Still, TimeSpan, Window

FPS = 30
FILES: dict[str, dict[str, Any]] = {
    "b-frames.mp4": {"options": {"preset": "veryfast", "bf": "3", "sc_threshold": "0"}, "gop": 30},
    "long-gop.mp4": {"gop": 250},
    "transport.ts": {"gop": 15},
    "one-key-frame.ts": {"gop": 1000},
    "late.mkv": {"start": 7.25, "gop": 30},
    "rotated.mp4": {"rotation": 90},
    "open-gop.mkv": {
        "codec": "libx265",
        "options": {"preset": "ultrafast", "x265-params": "keyint=30:open-gop=1:bframes=4:log-level=none"},
    },
    "wide-pixels.mp4": {"sample_aspect": Fraction(2, 1)},
    "ntsc.mov": {"fps": Fraction(30000, 1001)},
}


def sampled(path: Path, *spans: tuple[float, float], count: int = 16, **options: Any) -> list[Window]:
    request = SampleWindows(
        os.fsencode(path), tuple(TimeSpan(*span) for span in spans), count, **({"short_side": 64} | options)
    )
    *windows, finished = sample_windows(request)
    assert isinstance(finished, Finished)
    return [window for window in windows if isinstance(window, Window)]


@pytest.mark.parametrize("name", FILES)
def test_frames_are_those_nearest_to_evenly_spaced_times(tmp_path: Path, name: str) -> None:
    options = FILES[name]
    path = make_video(tmp_path / name, [Shot(9.0, counter())], size=(160, 120), **options)
    fps = float(options.get("fps", FPS))
    windows = sampled(path, (0.0, 1.9), (1.9, 4.0), (6.5, 8.5))
    assert [window.span.start for window in windows] == [0.0, 1.9, 6.5]
    for window in windows:
        step = (window.span.end - window.span.start) / 16
        wanted = [window.span.start + (index + 0.5) * step for index in range(16)]
        shown = [read_counter(frame) / fps for frame in window.frames]
        assert len(set(shown)) == 16
        assert all(
            abs(time - target) <= 0.5 / fps + 0.002 for time, target in zip(shown, wanted, strict=True)
        )
        assert shown == pytest.approx(list(window.times), abs=0.002)


def test_frames_of_a_variable_rate_are_at_their_true_times(tmp_path: Path) -> None:
    gaps = [20, 20, 120, 40]
    path = make_video(tmp_path / "variable.mkv", [Shot(5.0, counter())], size=(160, 120), gaps_ms=gaps)
    true = [sum(gaps[i % 4] for i in range(number)) / 1000 for number in range(150)]
    (window,) = sampled(path, (1.0, 4.0), count=12)
    numbers = [read_counter(frame) for frame in window.frames]
    assert len(set(numbers)) == 12
    for number, wanted in zip(numbers, [1.0 + (i + 0.5) * 0.25 for i in range(12)], strict=True):
        assert abs(true[number] - wanted) == pytest.approx(min(abs(time - wanted) for time in true), abs=1e-6)


def test_a_span_with_too_few_frames_repeats_them(tmp_path: Path) -> None:
    path = make_video(tmp_path / "few.mp4", [Shot(2.0, counter())], size=(160, 120))
    (window,) = sampled(path, (1.0, 1.1), count=8)
    numbers = [read_counter(frame) for frame in window.frames]
    assert sorted(set(numbers)) == [30, 31, 32] and numbers == sorted(numbers)


def test_a_span_inside_one_long_picture_shows_that_picture(tmp_path: Path) -> None:
    path = make_video(
        tmp_path / "slow.mkv", [Shot(1.0, counter())], size=(160, 120), gaps_ms=[1000], frames=5
    )
    (window,) = sampled(path, (2.3, 2.7), count=3)
    assert [read_counter(frame) for frame in window.frames] == [2, 2, 2]


@pytest.mark.parametrize("name", ["a.mp4", "a.ts", "a.mkv", "a.avi"])
def test_a_span_that_begins_after_the_end_is_refused_and_one_that_only_ends_there_is_cut(
    tmp_path: Path, name: str
) -> None:
    options = {"codec": "mpeg4"} if name == "a.avi" else {}
    path = make_video(tmp_path / name, [Shot(2.0, counter())], size=(160, 120), **options)
    for span in ((2.0, 3.0), (5.0, 6.0), (300.0, 310.0)):
        with pytest.raises(Unreadable, match=r"^The video is only 0:02 long\.$"):
            sampled(path, span, count=2)
        with pytest.raises(Unreadable, match="only 0:02 long"):
            sampled(path, (1.5, 1.9), span, count=2)
    (window,) = sampled(path, (1.97, 9.0), count=2)
    assert [read_counter(frame) for frame in window.frames] == [59, 59]
    (still,) = (a for a in pictures_at(PictureAt(os.fsencode(path), (9.0,))) if isinstance(a, Still))
    assert still.time == pytest.approx(59 / 30, abs=0.002)


def test_frames_can_be_squashed_to_a_size(tmp_path: Path) -> None:
    path = make_video(tmp_path / "size.mp4", [Shot(1.0, counter())], size=(160, 90))
    (window,) = sampled(path, (0.0, 1.0), count=2, size=(48, 48))
    assert window.frames.shape == (2, 48, 48, 3)


def test_single_pictures_are_the_ones_shown_at_their_times(tmp_path: Path) -> None:
    import io

    import numpy as np
    from PIL import Image

    path = make_video(tmp_path / "a.ts", [Shot(3.0, counter())], size=(160, 120), gop=30)
    answers = pictures_at(PictureAt(os.fsencode(path), (2.01, 0.0, 1.5), width=80))
    stills = [answer for answer in answers if isinstance(answer, Still)]
    shown = [read_counter(np.asarray(Image.open(io.BytesIO(still.jpeg)))) for still in stills]
    assert shown == [0, 45, 60]


sorted_times = st.lists(st.integers(0, 500), min_size=1, max_size=40, unique=True).map(sorted)


@settings(deadline=None, max_examples=100)
@given(times=sorted_times, count=st.integers(1, 20))
def test_chosen_times_are_in_order_and_distinct_where_there_are_enough(times: list[int], count: int) -> None:
    targets = [500 * (i + 0.5) / count for i in range(count)]
    chosen = nearest_distinct([float(t) for t in times], targets)
    assert chosen == sorted(chosen) and len(chosen) == count
    if len(times) >= count:
        assert len(set(chosen)) == count
    else:
        for index, target in zip(chosen, targets, strict=True):
            assert abs(times[index] - target) == min(abs(time - target) for time in times)


def test_times_can_begin_at_the_span_and_the_whole_picture_is_squashed(tmp_path: Path) -> None:
    path = make_video(tmp_path / "wide.mp4", [Shot(6.0, counter())], size=(320, 120))
    [window] = sampled(path, (1.0, 4.2), count=16, size=(96, 96), from_start=True)
    assert window.frames.shape == (16, 96, 96, 3)
    wanted = [1.0 + index * 3.2 / 16 for index in range(16)]
    assert [read_counter(frame) / FPS for frame in window.frames] == pytest.approx(
        wanted, abs=0.5 / FPS + 0.002
    )
