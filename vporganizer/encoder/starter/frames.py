"""From a clip's frames to the squares that the network looks at."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vporganizer.encoder.starter.network import FRAME_SIZE

Place = Literal["left", "centre", "right"]
_CYCLE: tuple[Place, ...] = ("left", "centre", "right", "centre")


def squares(clip: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Cuts the squares of one clip: (T, H, W, 3) uint8 -> (S, 224, 224, 3) uint8.

    The aspect ratio is kept: the short side becomes 224 and squares are cut from the long one ('left' is
    the top of an upright picture). Frame i gives the left, centre or right one in turn; of fewer than 4
    frames each gives the left and the right one. A square picture has only one.
    """
    height, width = clip.shape[1:3]
    places: list[tuple[Place, ...]]
    if height == width:
        places = [("centre",)] * len(clip)
    elif len(clip) < len(_CYCLE):
        places = [("left", "right")] * len(clip)
    else:
        places = [(_CYCLE[i % len(_CYCLE)],) for i in range(len(clip))]
    pairs = zip(clip, places, strict=True)
    return np.stack([cut_square(frame, place) for frame, chosen in pairs for place in chosen])


def cut_square(frame: NDArray[np.uint8], place: Place) -> NDArray[np.uint8]:
    """Scales the short side to 224 and cuts one square of the result."""
    height, width = frame.shape[:2]
    short = min(height, width)
    scaled_height, scaled_width = (round(side * FRAME_SIZE / short) for side in (height, width))
    top, left = (_offset(side - FRAME_SIZE, place) for side in (scaled_height, scaled_width))
    if short == FRAME_SIZE:
        return frame[top : top + FRAME_SIZE, left : left + FRAME_SIZE]
    # `box` gives the same numbers as scaling the whole frame and cutting, without making the whole frame:
    # a 16 x 8000 picture would become 224 x 112,000.
    down, across = height / scaled_height, width / scaled_width
    box = (left * across, top * down, (left + FRAME_SIZE) * across, (top + FRAME_SIZE) * down)
    bounded = (box[0], box[1], min(box[2], width), min(box[3], height))
    picture = Image.fromarray(frame).resize((FRAME_SIZE, FRAME_SIZE), Image.Resampling.BICUBIC, bounded)
    return np.asarray(picture)


def _offset(spare: int, place: Place) -> int:
    return {"left": 0, "centre": spare // 2, "right": spare}[place]
