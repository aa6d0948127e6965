"""Facts of files, and when they were recorded."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from helpers.videos import Shot, make_gif, make_video, textured

from vporganizer.media.origin import camera, place, recorded
from vporganizer.media.probe import probe
from vporganizer.media.records import VideoInfo
from vporganizer.media.timing import Clock

SHORT = [Shot(1.0, textured(0))]


def facts(path: Path, **options: Any) -> VideoInfo:
    return probe(os.fsencode(make_video(path, SHORT, **options)))


def test_an_ordinary_file_says_everything(tmp_path: Path) -> None:
    info = facts(tmp_path / "a.mp4", size=(320, 180), fps=25, audio=True)
    assert (info.codec, info.width, info.height, info.rotation) == ("h264", 320, 180, 0)
    assert info.duration == pytest.approx(1.0)
    assert (info.fps, info.variable_fps, info.has_audio, info.bit_depth, info.hdr) == (
        25.0,
        False,
        True,
        8,
        None,
    )
    assert info.size == (tmp_path / "a.mp4").stat().st_size


@pytest.mark.parametrize(("rotation", "turned"), [(90, 90), (180, 180), (-90, 270)])
def test_size_is_the_one_shown_after_rotation(tmp_path: Path, rotation: int, turned: int) -> None:
    info = facts(tmp_path / "a.mp4", size=(120, 200), rotation=rotation)
    assert (info.width, info.height, info.rotation) == (120, 200, turned)


def test_size_is_the_one_shown_with_square_pixels(tmp_path: Path) -> None:
    info = facts(tmp_path / "a.mp4", size=(160, 120), sample_aspect=Fraction(4, 3))
    assert (info.width, info.height) == (213, 120)


@pytest.mark.parametrize(("name", "start"), [("a.mkv", 3.0), ("a.ts", 100.0), ("a.mp4", 2.0)])
def test_a_late_start_is_not_part_of_the_duration(tmp_path: Path, name: str, start: float) -> None:
    info = facts(tmp_path / name, start=start)
    assert info.start_time == pytest.approx(start, abs=0.1)
    assert info.duration == pytest.approx(1.0, abs=0.1)


def test_a_variable_rate_is_told_from_a_steady_one(tmp_path: Path) -> None:
    assert facts(tmp_path / "a.mkv", gaps_ms=[33, 33, 200]).variable_fps
    assert not facts(tmp_path / "b.mkv").variable_fps
    assert not facts(tmp_path / "c.mp4", options={"bf": "3"}, fps=Fraction(30000, 1001)).variable_fps


@pytest.mark.parametrize(("transfer", "kind"), [(16, "PQ"), (18, "HLG"), (1, None)])
def test_high_dynamic_range_and_depth_are_named(tmp_path: Path, transfer: int, kind: str | None) -> None:
    info = facts(tmp_path / "a.mp4", pix_fmt="yuv420p10le", color=(9, transfer, 9))
    assert (info.hdr, info.bit_depth) == (kind, 10)


def test_files_that_do_not_say_how_long_they_are_have_no_duration(tmp_path: Path) -> None:
    options = {"codec": "libvpx-vp9", "container_options": {"live": "1"}}
    assert facts(tmp_path / "a.webm", **options).duration is None


def test_a_gif_is_a_video(tmp_path: Path) -> None:
    info = probe(os.fsencode(make_gif(tmp_path / "a.gif")))
    assert (info.container, info.has_audio, info.fps) == ("gif", False, 10.0)


def test_quicktime_tags_give_time_zone_place_and_camera(tmp_path: Path) -> None:
    tags = {
        "com.apple.quicktime.creationdate": "2023-07-01T14:30:00+0200",
        "com.apple.quicktime.location.ISO6709": "+48.1372+011.5755+519.000/",
        "com.apple.quicktime.make": "Apple",
        "com.apple.quicktime.model": "iPhone 12",
        "creation_time": "2023-07-02T00:00:00Z",
    }
    info = facts(tmp_path / "a.mov", metadata=tags)
    assert info.recorded_at == datetime(2023, 7, 1, 12, 30, tzinfo=UTC).timestamp()
    assert (info.recorded_zone, info.recorded_source) == (120, "quicktime")
    assert info.place == (48.1372, 11.5755)
    assert info.camera == "Apple iPhone 12"


def test_the_containers_time_is_next_and_a_time_code_is_read(tmp_path: Path) -> None:
    info = facts(
        tmp_path / "a.mov", metadata={"creation_time": "2021-02-03T04:05:06Z", "timecode": "01:00:00:00"}
    )
    assert info.recorded_at == datetime(2021, 2, 3, 4, 5, 6, tzinfo=UTC).timestamp()
    assert (info.recorded_zone, info.recorded_source) == (None, "container")
    assert info.start_timecode == "01:00:00:00"


def local(*parts: int) -> float:
    return datetime(*parts).timestamp()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("VID_20190704_181512.mp4", local(2019, 7, 4, 18, 15, 12)),
        ("2020-12-24 20.15.30.mov", local(2020, 12, 24, 20, 15, 30)),
        ("PXL_20210809_101112345.mp4", local(2021, 8, 9, 10, 11, 12)),
        ("holiday 2018-05-06.avi", local(2018, 5, 6)),
        ("WhatsApp Video 2022-03-04 at 05.06.07.mp4", local(2022, 3, 4, 5, 6, 7)),
        ("signal-2021-01-02-030405.mp4", local(2021, 1, 2, 3, 4, 5)),
        ("19700101_000000.mp4", None),
        ("20201340.mp4", None),
        ("20200230.mp4", None),
        ("clip 123456789012.mp4", None),
        ("29990101.mp4", None),
        ("movie.mp4", None),
    ],
)
def test_a_date_in_the_name_counts_before_the_files_own_time(name: str, expected: float | None) -> None:
    at, zone, source = recorded({}, name, 5.0)
    assert zone is None
    assert (at, source) == ((5.0, "mtime") if expected is None else (expected, "name"))


@pytest.mark.parametrize("never_set", ["1904-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "nonsense", ""])
def test_clocks_that_were_never_set_are_not_believed(never_set: str) -> None:
    tags = {"creation_time": never_set, "com.apple.quicktime.creationdate": never_set}
    assert recorded(tags, "movie.mp4", 7.0) == (7.0, None, "mtime")


@pytest.mark.parametrize("text", ["", "nowhere", "+95.0+011.0/", "48.1,11.5"])
def test_places_that_make_no_sense_are_left_out(text: str) -> None:
    assert place({"location": text}) is None


def test_the_maker_is_not_said_twice() -> None:
    assert camera({"make": "Canon", "model": "Canon EOS R5"}) == "Canon EOS R5"
    assert camera({"com.android.model": "Pixel 7"}) == "Pixel 7"
    assert camera({}) is None


def test_a_clock_converts_both_ways() -> None:
    clock = Clock(start=6000, tick=Fraction(1, 90_000), frame_seconds=0.04)
    assert clock.seconds(6000 + 45_000) == 0.5
    assert clock.ticks(0.5) == 51_000
    assert (clock.length(9000), clock.length(0), clock.length(None)) == (0.1, 0.04, 0.04)
