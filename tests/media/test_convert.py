"""Frames become what a person would see."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from helpers.videos import Picture, Shot, make_video
from numpy.typing import NDArray

from vporganizer.media.convert import Shrinker
from vporganizer.media.tones import to_ordinary

CORNERS = {"top left": (220, 30, 30), "top right": (30, 200, 30), "bottom left": (40, 40, 220)}


def corners(_index: int, _count: int, size: tuple[int, int]) -> Picture:
    """Red, green and blue corners, the fourth white: tells every way of turning it."""
    width, height = size
    picture = np.full((height, width, 3), 255, np.uint8)
    picture[: height // 2, : width // 2] = CORNERS["top left"]
    picture[: height // 2, width // 2 :] = CORNERS["top right"]
    picture[height // 2 :, : width // 2] = CORNERS["bottom left"]
    return picture


def first_picture(path: Path, shrink: Shrinker) -> NDArray[np.uint8]:
    with av.open(str(path)) as container:
        return shrink(next(container.decode(video=0)))


def shown(tmp_path: Path, name: str = "a.mp4", aspect: float = 1.0, **options: Any) -> NDArray[np.uint8]:
    path = make_video(tmp_path / name, [Shot(0.1, corners)], **({"size": (160, 96)} | options))
    return first_picture(path, Shrinker(aspect, short_side=48))


def assert_upright(picture: NDArray[np.uint8], tolerance: int = 12) -> None:
    height, width = picture.shape[:2]
    places = {"top left": (1, 1), "top right": (1, 3), "bottom left": (3, 1)}
    for place, (row, column) in places.items():
        seen = picture[height * row // 4, width * column // 4].astype(int)
        assert np.abs(seen - CORNERS[place]).max() <= tolerance, (place, seen)


@pytest.mark.parametrize("rotation", [0, 90, 180, -90])
def test_rotated_pictures_come_out_upright(tmp_path: Path, rotation: int) -> None:
    picture = shown(tmp_path, rotation=rotation)
    assert picture.shape == (48, 80, 3)
    assert_upright(picture)


def test_pixels_come_out_square(tmp_path: Path) -> None:
    assert shown(tmp_path, aspect=2.0, sample_aspect=Fraction(2, 1)).shape == (48, 160, 3)
    assert shown(tmp_path, "b.mp4", aspect=0.5, sample_aspect=Fraction(1, 2)).shape == (58, 48, 3)


@pytest.mark.parametrize("name", ["yuv420p10le", "yuv444p", "yuv422p", "nv12", "yuvj420p"])
def test_colours_survive_any_pixel_format(tmp_path: Path, name: str) -> None:
    assert_upright(shown(tmp_path, pix_fmt=name))


def test_palettes_and_odd_sizes_convert(tmp_path: Path) -> None:
    assert_upright(shown(tmp_path, "a.gif", codec="gif", pix_fmt="rgb8", size=(161, 97)), tolerance=48)


def test_untagged_hd_is_taken_for_bt709(tmp_path: Path) -> None:
    # The encoder converts to BT.601 without being asked; marked as HD it must be read as BT.709.
    frame = av.VideoFrame.from_ndarray(corners(0, 1, (1280, 720)), format="rgb24")
    untagged = frame.reformat(format="yuv420p", dst_colorspace="ITU709")
    untagged.colorspace = 2
    assert_upright(Shrinker(short_side=72)(untagged), tolerance=4)


def test_long_banners_are_cropped_at_their_middle() -> None:
    picture = np.zeros((20, 400, 3), np.uint8)
    picture[:, 160:240] = 255
    frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
    small = Shrinker(short_side=32)(frame)
    assert small.shape == (32, 128, 3)
    assert small.min() == 255


def test_the_size_stays_when_the_stream_changes_its_own() -> None:
    shrink = Shrinker(short_side=40)
    for size in ((160, 80), (320, 240), (64, 64)):
        frame = av.VideoFrame.from_ndarray(corners(0, 1, size), format="rgb24")
        assert shrink(frame).shape == (40, 80, 3)


@pytest.mark.parametrize("transfer", [16, 18])
def test_high_dynamic_range_is_not_grey(tmp_path: Path, transfer: int) -> None:
    options = {"pix_fmt": "yuv420p10le", "color": (9, transfer, 9)}
    picture = shown(tmp_path, **options)
    assert picture.dtype == np.uint8 and picture.shape == (48, 80, 3)
    white, red = picture[36, 60].astype(int), picture[12, 20].astype(int)
    assert white.min() > 235
    assert red[0] > 200 and red[1:].max() < 60


@pytest.mark.parametrize(("kind", "white"), [("PQ", 0.58), ("HLG", 0.75)])
def test_reference_white_comes_out_nearly_white_and_tones_rise(kind: str, white: float) -> None:
    steps = np.array([0, 0.2, 0.35, 0.5, white, 0.9, 1.0])
    signal = np.repeat((steps * 65535).astype(np.uint16)[None, :, None], 3, axis=2)
    out = to_ordinary(signal, kind)[0, :, 0].astype(int)
    assert out[0] == 0 and 220 <= out[4] <= 245 and out[-1] >= 245
    assert (np.diff(out) > 0).all()
