"""The one decode pass over real files."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.videos import (
    Shot,
    counter,
    cut_off,
    flip_bits,
    make_gif,
    make_video,
    read_counter,
    solid,
    textured,
)
from PIL import Image

from vporganizer.media import groups, looking
from vporganizer.media.analyse import analyse
from vporganizer.media.pictures import make_pictures
from vporganizer.media.records import Analyse, Answer, Finished, Heartbeat, Opened, Pictures, Window
from vporganizer.media.timing import clock_text

SIZE = (160, 120)


def shots(*seconds: float, first: int = 0) -> list[Shot]:
    return [Shot(length, textured(first + index)) for index, length in enumerate(seconds)]


@dataclass
class Result:
    opened: Opened
    windows: list[Window]
    pictures: Pictures | None
    finished: Finished
    heartbeats: int

    @property
    def spans(self) -> list[tuple[float, float]]:
        return [(round(w.span.start, 2), round(w.span.end, 2)) for w in self.windows]


def run(path: Path, **options: Any) -> Result:
    answers = list(analyse(Analyse(os.fsencode(path), **({"num_frames": 3, "short_side": 48} | options))))
    return sort_out(answers)


def sort_out(answers: list[Answer]) -> Result:
    opened, finished = answers[0], answers[-1]
    assert isinstance(opened, Opened) and isinstance(finished, Finished)
    pictures = [answer for answer in answers if isinstance(answer, Pictures)]
    windows = [answer for answer in answers if isinstance(answer, Window)]
    assert windows[0].span.start >= 0
    assert all(one.span.end == other.span.start for one, other in pairwise(windows))
    assert windows[-1].span.end == finished.duration
    assert len({window.frames.shape for window in windows}) == 1
    beats = sum(isinstance(answer, Heartbeat) for answer in answers)
    return Result(opened, windows, pictures[0] if pictures else None, finished, beats)


EVERY_DISTANCE = [("a.mp4", gop) for gop in (1, 8, 15, 30, 60, 90, 1000)]


@pytest.mark.parametrize(("name", "gop"), [*EVERY_DISTANCE, ("a.ts", 15), ("a.ts", 90)])
def test_cuts_are_found_to_the_frame_however_far_key_frames_are(tmp_path: Path, gop: int, name: str) -> None:
    path = make_video(tmp_path / name, shots(2.9, 1.3, 3.7, 2.5), size=SIZE, gop=gop)
    result = run(path)
    assert result.spans == [(0, 2.9), (2.9, 4.2), (4.2, 7.9), (7.9, 10.4)]
    assert all(window.after_cut for window in result.windows)
    assert result.finished == Finished(pytest.approx(10.4, abs=0.01))
    for window in result.windows:
        assert window.frames.shape == (3, 48, 64, 3)
        assert all(window.span.start <= time < window.span.end for time in window.times)


@pytest.mark.parametrize(("length", "scenecut"), [(0.6, "0"), (0.6, "40"), (1.4, "0")])
@pytest.mark.parametrize("gop", [15, 30, 60])
def test_a_short_shot_between_two_of_the_same_place_is_found(
    tmp_path: Path, gop: int, length: float, scenecut: str
) -> None:
    options = {"preset": "veryfast", "sc_threshold": scenecut}
    place = textured(1, speed=0.2)
    film = [Shot(4.2, place), Shot(length, textured(2)), Shot(4.0, place)]
    path = make_video(tmp_path / "a.mp4", film, size=SIZE, gop=gop, options=options)
    ends = [0, 4.2, round(4.2 + length, 2), round(8.2 + length, 2)]
    assert run(path, pictures=False).spans == list(pairwise(ends))


VARIANTS: dict[str, dict[str, Any]] = {
    "b-frames.mp4": {"options": {"preset": "veryfast", "bf": "3"}, "gop": 45},
    "open-gop.mkv": {
        "codec": "libx265",
        "options": {"preset": "ultrafast", "x265-params": "keyint=30:open-gop=1:bframes=4:log-level=none"},
    },
    "late.mkv": {"start": 5.0},
    "vp9.webm": {"codec": "libvpx-vp9"},
    "live.webm": {"codec": "libvpx-vp9", "container_options": {"live": "1"}},
    "av1.mp4": {"codec": "libsvtav1"},
    "mpeg4.avi": {"codec": "mpeg4"},
    "mjpeg.mov": {"codec": "mjpeg", "pix_fmt": "yuvj420p"},
    "ten-bit.mp4": {"pix_fmt": "yuv420p10le"},
    "rotated.mp4": {"rotation": 90},
    "flash.flv": {},
    "windows.wmv": {"codec": "wmv2", "container": "asf"},
    "scenecut.mp4": {"options": {"preset": "veryfast", "sc_threshold": "40"}, "gop": 250},
}


@pytest.mark.parametrize("name", VARIANTS)
def test_every_kind_of_file_gives_its_shots(tmp_path: Path, name: str) -> None:
    path = make_video(tmp_path / name, shots(2.5, 2.5), size=SIZE, **VARIANTS[name])
    result = run(path)
    assert result.spans == [(0, pytest.approx(2.5, abs=0.04)), (pytest.approx(2.5, abs=0.04), 5.0)]
    assert result.finished.partial is None


def test_a_gif_and_a_variable_rate_give_their_shots(tmp_path: Path) -> None:
    assert run(make_gif(tmp_path / "a.gif", shots(2, 2))).spans == [(0, 2), (2, 4)]
    path = make_video(tmp_path / "v.mkv", shots(1.0, 1.0), size=SIZE, gaps_ms=[20, 180])
    assert run(path).spans == [(0, 3), (3, 5.85)]  # the last picture's length is not in the file


SPARSE: dict[str, dict[str, Any]] = {
    "slides.gif": {"codec": "gif", "pix_fmt": "rgb8", "gaps_ms": [4000], "frames": 5},
    "screen.mkv": {"gaps_ms": [100, 3900], "gop": 1000},
    "screen.mp4": {"gaps_ms": [100, 3900], "gop": 2},
    "intra.mov": {"codec": "mjpeg", "pix_fmt": "yuvj420p", "gaps_ms": [100, 3900]},
}


@pytest.mark.parametrize("name", SPARSE)
def test_each_picture_that_stands_for_long_is_a_shot_also_when_going_on(tmp_path: Path, name: str) -> None:
    options = SPARSE[name]
    pictures = [textured(index) for index in (1, 2, 1, 3, 4)]
    film = [Shot(0.1 * len(options["gaps_ms"]), picture) for picture in pictures]
    path = make_video(tmp_path / name, film, fps=10, size=SIZE, **options)
    whole = run(path).windows
    starts = [window.span.start for window in whole if window.after_cut]
    assert starts[:4] == pytest.approx([0, 4, 8, 12], abs=0.05)
    for index, window in enumerate(whole[1:], 1):
        again = run(path, start=window.span.start, pictures=False).windows
        assert [(w.span, w.after_cut) for w in again] == [(w.span, w.after_cut) for w in whole[index:]]


@pytest.mark.parametrize(
    ("size", "frames"), [((16, 16), 30), ((33, 19), 30), ((160, 120), 1), ((160, 120), 2), ((640, 32), 30)]
)
def test_small_odd_and_short_videos_give_one_window(
    tmp_path: Path, size: tuple[int, int], frames: int
) -> None:
    path = make_video(tmp_path / "a.mp4", [Shot(1, textured(1))], size=size, pix_fmt="yuv444p", frames=frames)
    result = run(path)
    assert result.spans == [(0, round(frames / 30, 2))]
    assert result.windows[0].frames.shape[:2] == (3, 48)
    assert result.pictures is not None


@pytest.mark.parametrize("gop", [30, 1000])
def test_long_shots_are_cut_into_ten_seconds(tmp_path: Path, gop: int) -> None:
    path = make_video(tmp_path / "a.mp4", shots(24.0, 10.6), size=(64, 48), gop=gop, fps=10)
    result = run(path, num_frames=4)
    assert result.spans == [(0, 10), (10, 20), (20, 24), (24, 29.3), (29.3, 34.6)]
    assert [window.after_cut for window in result.windows] == [True, False, False, True, False]
    for window in result.windows:
        assert len(set(window.times)) == 4
    assert result.heartbeats > 1


RESUMED: dict[str, dict[str, Any]] = {
    "dense.mp4": {"gop": 10},
    "two-seconds.mp4": {"gop": 20},
    "sparse.mp4": {"gop": 70},
    "one-key-frame.mkv": {"gop": 1000},
    "transport.ts": {"gop": 10},
    "intra.mov": {"codec": "mjpeg", "pix_fmt": "yuvj420p"},
}


@pytest.mark.parametrize("name", RESUMED)
def test_going_on_from_any_boundary_gives_the_same_windows_and_frames(tmp_path: Path, name: str) -> None:
    lengths = (3.1, 10.4, 0.8, 0.3, 11.5, 2.0)
    path = make_video(tmp_path / name, shots(*lengths), size=(64, 48), fps=10, **RESUMED[name])
    whole = run(path).windows
    assert len(whole) >= 7
    for index, window in enumerate(whole[1:], 1):
        again = run(path, start=window.span.start, pictures=False).windows
        assert [(w.span, w.after_cut) for w in again] == [(w.span, w.after_cut) for w in whole[index:]]
        for one, other in zip(again, whole[index:], strict=True):
            assert one.times == other.times
            np.testing.assert_array_equal(one.frames, other.frames)


def test_close_key_frames_are_sampled_and_gaps_searched_only_where_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded = []
    real = looking.look_through

    def counted(*arguments: Any) -> Any:
        for seen in real(*arguments):
            decoded.append(len(seen.looks))
            yield seen

    monkeypatch.setattr("vporganizer.media.analyse.look_through", counted)
    slow = [Shot(20.0, textured(1, speed=0.2))]
    run(make_video(tmp_path / "a.mp4", slow, size=SIZE, gop=30))
    assert sum(decoded) <= 20 / groups._SAMPLE_SECONDS + 30
    decoded.clear()
    run(make_video(tmp_path / "b.mp4", slow, size=SIZE, gop=150))
    assert sum(decoded) == 600


def test_a_video_cut_off_in_the_middle_is_read_up_to_there(tmp_path: Path) -> None:
    path = cut_off(make_video(tmp_path / "a.mkv", shots(4.0, 4.0, 4.0), size=SIZE), 0.6)
    result = run(path)
    assert result.spans[0] == (0, 4)
    assert 5 < result.finished.duration < 9
    assert (
        result.finished.partial
        == f"The file could be read up to 0:0{int(result.finished.duration)} only, of 0:12."
    )


@pytest.mark.parametrize("name", ["a.mp4", "a.ts", "a.mkv"])
def test_damaged_packets_are_passed_over(tmp_path: Path, name: str) -> None:
    path = flip_bits(make_video(tmp_path / name, shots(3.0, 3.0), size=SIZE, gop=30), count=150)
    result = run(path)
    assert result.finished.duration == pytest.approx(6.0, abs=1.0)


def test_damage_is_counted(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", shots(6.0), size=SIZE, gop=200)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 2000] = bytes(2000)
    path.write_bytes(bytes(content))
    assert run(path).finished.skipped > 0


def test_a_stream_that_changes_its_size_gives_frames_of_one_size(tmp_path: Path) -> None:
    one = make_video(tmp_path / "1.ts", shots(2.0), size=(160, 120))
    two = make_video(tmp_path / "2.ts", shots(2.0, first=5), size=(320, 180), start=2.0)
    both = tmp_path / "both.ts"
    both.write_bytes(one.read_bytes() + two.read_bytes())
    result = run(both)
    assert result.windows[-1].frames.shape == (3, 48, 64, 3)
    assert result.finished.duration > 3


def luminance(jpeg: bytes) -> float:
    return float(np.asarray(Image.open(io.BytesIO(jpeg)).convert("L")).mean())


@pytest.mark.parametrize("gop", [15, 1000])
def test_the_poster_is_not_black_where_something_else_is(tmp_path: Path, gop: int) -> None:
    film = [Shot(4.0, solid(0, 0, 0)), Shot(2.0, textured(1)), Shot(4.0, solid(0, 0, 0))]
    path = make_video(tmp_path / "a.mp4", film, size=SIZE, gop=gop)
    for pictures in (run(path).pictures, make_pictures(os.fsencode(path))):
        assert pictures is not None
        assert 4.0 <= pictures.poster_time < 6.0
        assert luminance(pictures.poster) > 40


@pytest.mark.parametrize("gop", [15, 1000])
def test_the_storyboard_has_tiles_in_order_of_time(tmp_path: Path, gop: int) -> None:
    path = make_video(tmp_path / "a.mp4", [Shot(25.0, counter())], size=SIZE, gop=gop)
    for pictures in (run(path, short_side=96).pictures, make_pictures(os.fsencode(path))):
        assert pictures is not None
        sheet = np.asarray(Image.open(io.BytesIO(pictures.storyboard)))
        rows, columns = pictures.rows, pictures.columns
        assert len(pictures.tile_times) == rows * columns
        high, wide = sheet.shape[0] // rows, sheet.shape[1] // columns
        shown = []
        for index in range(rows * columns):
            top, left = index // columns * high, index % columns * wide
            shown.append(read_counter(sheet[top : top + high, left : left + wide]) / 30)
        assert shown == pytest.approx(list(pictures.tile_times), abs=0.02)
        assert shown == sorted(shown)
        assert max(abs(time - (i + 0.5)) for i, time in enumerate(shown)) < 1.1


def test_a_pass_that_goes_on_makes_pictures_of_the_whole_video(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", shots(5.0, 5.0), size=SIZE)
    pictures = run(path, start=5.0).pictures
    assert pictures is not None and pictures.tile_times[0] < 1 and pictures.tile_times[-1] > 9


def test_times_are_written_as_people_do() -> None:
    assert [clock_text(s) for s in (0.4, 12.9, 75, 3723)] == ["0:00", "0:12", "1:15", "1:02:03"]
