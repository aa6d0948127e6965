"""Finding shot changes among signatures of frames."""

from __future__ import annotations

import av
import numpy as np
import pytest
from helpers.videos import Draw, Picture, pan, solid, textured

from vporganizer.media.shots import CutFinder, Look, ends_differ
from vporganizer.media.signature import Signature, distance, signature

SIZE = (320, 180)


def drawn(draw: Draw, count: int = 40, first: int = 0) -> list[Picture]:
    return [draw(first + index, 120, SIZE) for index in range(count)]


def sign(picture: Picture, pixel_format: str = "yuv420p") -> Signature:
    return signature(av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=pixel_format))


def cuts_in(pictures: list[Picture], fps: float = 30.0) -> list[int]:
    finder = CutFinder()
    found = []
    for index, picture in enumerate(pictures):
        found += list(finder.push(Look(index / fps, sign(picture), joined=index > 0)))
    found += list(finder.finish())
    return [round(cut.time * fps) for cut in found]


def thing_on_white(seed: int) -> Picture:
    """A coloured blob of random place and shape on white."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:240, :320]
    shape = ((rows - rng.integers(90, 150)) / rng.integers(25, 70)) ** 2
    shape = shape + ((columns - rng.integers(120, 200)) / rng.integers(25, 90)) ** 2
    picture = np.full((240, 320, 3), 255, np.uint8)
    picture[shape < 1] = rng.integers(0, 200, 3)
    return picture


def test_a_cut_between_textures_is_found_at_its_frame() -> None:
    assert cuts_in(drawn(textured(1)) + drawn(textured(2))) == [40]


@pytest.mark.parametrize("seed", range(6))
def test_a_cut_from_one_thing_on_white_to_another_is_found(seed: int) -> None:
    first, second = thing_on_white(seed), thing_on_white(seed + 100)
    assert cuts_in(drawn(pan(first, zoom=1.2)) + drawn(pan(second, zoom=1.2))) == [40]


@pytest.mark.parametrize("speed", [0.5, 2.0, 8.0])
def test_a_pan_is_no_cut(speed: float) -> None:
    assert cuts_in(drawn(textured(3, speed=speed), 60)) == []


def test_a_shaking_camera_is_no_cut() -> None:
    rng = np.random.default_rng(0)
    draw = textured(4)
    still = draw(0, 1, (360, 220))
    offsets = rng.integers(0, 12, (60, 2))
    assert cuts_in([np.ascontiguousarray(still[y : y + 180, x : x + 320]) for y, x in offsets]) == []


def test_a_flash_is_no_cut() -> None:
    shot = drawn(textured(5), 40)
    assert cuts_in(shot[:20] + drawn(solid(255, 255, 255), 2) + shot[22:]) == []


def test_details_that_come_back_with_a_key_frame_are_no_cut() -> None:
    from PIL import Image

    sharp = textured(6)(0, 1, SIZE).astype(int)
    sharp = np.clip(sharp + np.random.default_rng(1).integers(-60, 60, sharp.shape), 0, 255).astype(np.uint8)
    small = Image.fromarray(sharp).resize((40, 22), Image.Resampling.BILINEAR)
    blurred = np.asarray(small.resize(SIZE, Image.Resampling.BILINEAR))
    assert distance(sign(sharp), sign(blurred)) > 2
    assert cuts_in([blurred] * 30 + [sharp] * 30) == []


def test_pictures_that_stand_for_seconds_are_shots_even_if_they_come_again() -> None:
    slides = [drawn(textured(seed), 1)[0] for seed in (1, 2, 3, 1, 2, 1)]
    assert cuts_in(slides, fps=0.25) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("fps", [1, 2, 5])
def test_a_pan_of_few_frames_a_second_is_no_cut_but_its_end_is(fps: int) -> None:
    slow = 30 / fps
    first = [textured(3, speed=0.2)(round(index * slow), 120, SIZE) for index in range(5 * fps)]
    second = [textured(4, speed=0.2)(round(index * slow), 120, SIZE) for index in range(5 * fps)]
    assert cuts_in(first + second, fps=fps) == [5 * fps]


def test_a_flash_out_of_a_still_picture_is_no_cut() -> None:
    finder = CutFinder()
    place, white = drawn(textured(5), 1)[0], drawn(solid(255, 255, 255), 1)[0]
    looks = [(0.0, place), (4.0, white), (4.1, place), (8.0, place)]
    found = [
        cut for time, picture in looks for cut in finder.push(Look(time, sign(picture), joined=time > 0))
    ]
    assert not [*found, *finder.finish()]


def test_two_cuts_a_few_frames_apart_are_both_found() -> None:
    assert cuts_in(drawn(textured(1), 20) + drawn(textured(2), 4) + drawn(textured(3), 20)) == [20, 24]


def test_a_cut_in_a_film_with_doubled_frames_is_found_and_nothing_else() -> None:
    pictures = drawn(textured(7, speed=3), 20) + drawn(textured(8, speed=3), 20)
    assert cuts_in([picture for picture in pictures for _ in range(2)]) == [40]


def test_ends_of_a_pan_may_be_one_shot_and_those_of_two_shots_may_not() -> None:
    picture = textured(9)(0, 1, (480, 320))
    move = pan(picture, zoom=1.3)
    assert not ends_differ(sign(move(0, 120, SIZE)), sign(move(40, 120, SIZE)))
    assert ends_differ(sign(move(0, 120, SIZE)), sign(textured(10)(0, 1, SIZE)))
    assert ends_differ(sign(thing_on_white(1)), sign(thing_on_white(2)))


@pytest.mark.parametrize("name", ["yuv420p10le", "yuv444p", "nv12", "rgb24", "gray", "yuv422p12le", "bgra"])
def test_signatures_hardly_depend_on_the_pixel_format(name: str) -> None:
    picture = textured(11)(0, 1, SIZE)
    usual, other = sign(picture), sign(picture, name)
    assert np.abs(usual.luma - other.luma).mean() < 3
    if name != "gray":
        assert distance(usual, other) < 6


def test_pictures_of_any_size_have_a_signature() -> None:
    for size in ((16, 16), (2, 2), (33, 7), (1920, 1080), (129, 71)):
        assert sign(textured(1)(0, 1, size), "yuv444p").luma.shape == (36, 64)
