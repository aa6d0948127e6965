"""Telling a file that was cut off from an intact one, where no length of the video is stated."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from helpers.videos import Shot, cut_off, make_video, textured

from vporganizer.media.analyse import analyse
from vporganizer.media.endings import cut_short
from vporganizer.media.records import Analyse, Finished

FRAGMENTS = {"container_options": {"movflags": "frag_keyframe+empty_moov"}, "gop": 10}
KINDS: dict[str, dict[str, Any]] = {
    "a.avi": {"codec": "mpeg4", "size": (320, 240)},
    "a.gif": {"codec": "gif", "pix_fmt": "rgb8"},
    "fragments.mp4": FRAGMENTS,
    "fragments.mov": FRAGMENTS,
    "faststart.mp4": {"container_options": {"movflags": "faststart"}},
    "a.mkv": {},
    "a.webm": {"codec": "libvpx-vp9"},
}


def partial(path: Path) -> tuple[str | None, float]:
    request = Analyse(os.fsencode(path), num_frames=1, short_side=32, pictures=False)
    *_, finished = analyse(request)
    assert isinstance(finished, Finished)
    return finished.partial, finished.duration


@pytest.mark.parametrize("name", KINDS)
def test_a_file_that_was_cut_in_half_is_said_to_be_and_an_intact_one_is_not(
    tmp_path: Path, name: str
) -> None:
    film = [Shot(3.0, textured(1)), Shot(3.0, textured(2))]
    path = make_video(tmp_path / name, film, fps=10, **{"size": (96, 64), **KINDS[name]})
    said, duration = partial(path)
    assert said is None
    assert duration == pytest.approx(6.0, abs=0.2)
    said, duration = partial(cut_off(path))
    assert said is not None and f"read up to 0:0{int(duration)} only" in said
    assert 1.0 < duration < 5.5


def test_an_avi_of_several_parts_ends_where_the_last_one_does(tmp_path: Path) -> None:
    path = tmp_path / "a.avi"
    first, second = b"x" * 101, b"y" * 50
    parts = b"RIFF" + len(first).to_bytes(4, "little") + first + b"\0"
    path.write_bytes(parts + b"RIFF" + len(second).to_bytes(4, "little") + second)
    assert not cut_short(os.fsencode(path), "avi")
    assert cut_short(os.fsencode(cut_off(path, 0.9)), "avi")


def test_what_comes_after_the_last_part_does_not_matter(tmp_path: Path) -> None:
    for name, container in (("a.gif", "gif"), ("a.mp4", "mov,mp4,m4a,3gp,3g2,mj2"), ("a.avi", "avi")):
        options = {"codec": "gif", "pix_fmt": "rgb8"} if name == "a.gif" else {}
        path = make_video(tmp_path / name, [Shot(0.5, textured(1))], size=(96, 64), **options)
        path.write_bytes(path.read_bytes() + bytes(100))
        assert not cut_short(os.fsencode(path), container)
