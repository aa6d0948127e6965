"""Gradual shot changes."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from helpers.videos import Draw, Picture, Shot, make_video, solid, textured

from vporganizer.media.analyse import analyse
from vporganizer.media.records import Analyse, Window

SIZE = (160, 120)


def mixed(first: Draw, second: Draw, length: int) -> Draw:
    """Goes from one picture to the other, in `length` frames around the middle."""

    def draw(index: int, count: int, size: tuple[int, int]) -> Picture:
        share = min(1.0, max(0.0, (index - (count - length) / 2) / length))
        one, other = first(index, count, size), second(index, count, size)
        return (one * (1 - share) + other * share).astype(np.uint8)

    return draw


def windows_of(path: Path) -> list[tuple[float, float]]:
    answers = analyse(Analyse(os.fsencode(path), num_frames=1, short_side=32, pictures=False))
    return [(answer.span.start, answer.span.end) for answer in answers if isinstance(answer, Window)]


@pytest.mark.parametrize("gop", [15, 60, 300])
@pytest.mark.parametrize("length", [12, 30, 54])
def test_a_dissolve_is_a_cut_somewhere_inside_it(tmp_path: Path, gop: int, length: int) -> None:
    draw = mixed(textured(1, speed=0.1), textured(2, speed=0.1), length)
    path = make_video(tmp_path / "a.mp4", [Shot(9.0, draw)], size=SIZE, gop=gop)
    (start, cut), (again, end) = windows_of(path)
    assert (start, end) == (0.0, 9.0) and cut == again
    assert abs(cut - 4.5) <= length / 60 + 0.1


def test_a_fade_through_black_is_a_cut(tmp_path: Path) -> None:
    black = solid(0, 0, 0)
    down, up = mixed(textured(1), black, 30), mixed(black, textured(2), 30)
    path = make_video(tmp_path / "a.mp4", [Shot(5.0, down), Shot(5.0, up)], size=SIZE, gop=300)
    cuts = [end for _, end in windows_of(path)[:-1]]
    assert cuts and all(2.0 <= cut <= 8.0 for cut in cuts)


@pytest.mark.parametrize("gop", [15, 300])
def test_a_scene_that_gets_brighter_is_no_cut(tmp_path: Path, gop: int) -> None:
    scene = textured(3, speed=0.1)

    def dark(index: int, count: int, size: tuple[int, int]) -> Picture:
        return (scene(index, count, size) * 0.45).astype(np.uint8)

    path = make_video(tmp_path / "a.mp4", [Shot(8.0, mixed(dark, scene, 30))], size=SIZE, gop=gop)
    assert windows_of(path) == [(0.0, 8.0)]


def test_a_fast_pan_is_no_dissolve(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", [Shot(8.0, textured(4, speed=3.0))], size=SIZE, gop=300)
    assert windows_of(path) == [(0.0, 8.0)]
