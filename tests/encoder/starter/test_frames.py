"""Which squares of a frame the network looks at."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from vporganizer.encoder.starter.frames import Place, cut_square, squares


def ramp(height: int, width: int) -> NDArray[np.uint8]:
    """A picture whose red grows to the right and whose green grows downwards."""
    rows, columns = np.mgrid[0:height, 0:width]
    red, green = 255 * columns // max(width - 1, 1), 255 * rows // max(height - 1, 1)
    return np.stack([red, green, np.full_like(red, 9)], axis=-1).astype(np.uint8)


def test_squares_move_from_left_to_right_and_back() -> None:
    frame = ramp(224, 398)
    found = squares(np.stack([frame] * 5))
    starts = [0, 87, 174, 87, 0]
    np.testing.assert_array_equal(found, np.stack([frame[:, x : x + 224] for x in starts]))


@pytest.mark.parametrize("count", [1, 2, 3])
def test_few_frames_give_two_squares_each(count: int) -> None:
    frame = ramp(224, 398)
    found = squares(np.stack([frame] * count))
    np.testing.assert_array_equal(found, np.stack([frame[:, :224], frame[:, -224:]] * count))


def test_an_upright_picture_gives_top_and_bottom() -> None:
    frame = ramp(398, 224)
    np.testing.assert_array_equal(squares(frame[None]), np.stack([frame[:224], frame[-224:]]))


def test_a_square_picture_is_taken_as_it_is() -> None:
    frame = ramp(224, 224)
    np.testing.assert_array_equal(squares(frame[None]), frame[None])


@pytest.mark.parametrize("place", ["left", "centre", "right"])
@pytest.mark.parametrize("size", [(720, 1280), (1080, 607), (120, 213), (333, 334)])
def test_cutting_while_scaling_is_cutting_after_scaling(size: tuple[int, int], place: Place) -> None:
    # Not so bright or dark that the filter's overshoot is cut off, which depends on its passes' order.
    frame = np.random.default_rng(0).integers(64, 192, (*size, 3), np.uint8)
    height, width = (round(side * 224 / min(size)) for side in size)
    whole = np.asarray(Image.fromarray(frame).resize((width, height), Image.Resampling.BICUBIC)).astype(int)
    top, left = ({"left": 0, "centre": n // 2, "right": n}[place] for n in (height - 224, width - 224))
    found = cut_square(frame, place).astype(int)
    assert abs(found - whole[top : top + 224, left : left + 224]).max() <= 1


@pytest.mark.parametrize("size", [(16, 8000), (1, 1), (2, 3), (16, 16)])
def test_odd_sizes_give_squares_all_the_same(size: tuple[int, int]) -> None:
    assert squares(ramp(*size)[None]).shape[1:] == (224, 224, 3)
