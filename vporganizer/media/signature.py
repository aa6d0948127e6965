"""A frame's signature: a very small picture of it, cheap enough to take of every frame decoded.

It is read straight from the decoder's planes with strides, since reformatting a frame costs a tenth
of decoding it; four samples are averaged per cell, so that fine texture does not flicker.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import av
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]

_LUMA = (36, 64)
_CHROMA = (18, 32)
_HIGH_DEPTHS = {"yuv420p10le": 2, "yuv422p10le": 2, "yuv444p10le": 2, "yuv420p12le": 4, "yuv422p12le": 4}
_PLAIN = frozenset(
    {"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "yuv440p", "yuvj440p"}
)


@dataclass(frozen=True, slots=True)
class Signature:
    """A small picture: luma (36, 64) and both chromas (2, 18, 32), float32, 0 to 255."""

    luma: Plane
    chroma: Plane

    def coarse(self) -> Plane:
        """Luma and chroma together: (18, 32, 3)."""
        luma = self.luma.reshape(18, 2, 32, 2).mean(axis=(1, 3))
        return np.stack((luma, self.chroma[0], self.chroma[1]), axis=-1)


def distance(one: Signature, other: Signature) -> float:
    """How unlike two frames are, cell by cell: mean difference of luma plus those of the chromas."""
    luma = np.abs(one.luma - other.luma).mean()
    return float(luma + 2.0 * np.abs(one.chroma - other.chroma).mean())


def signature(frame: av.VideoFrame) -> Signature:
    """Takes a frame's signature, in its coded orientation."""
    name = frame.format.name
    shift = _HIGH_DEPTHS.get(name)
    if shift is None and name not in _PLAIN:
        # Rare formats: RGB, palettes, packed or interleaved chroma.
        frame = frame.reformat(width=2 * _LUMA[1], height=2 * _LUMA[0], format="yuv420p", threads=1)
    divisor = float(1 << shift) if shift else 1.0
    planes = frame.planes
    depth = np.uint16 if shift else np.uint8
    luma = _cells(planes[0], depth, _LUMA, divisor)
    chroma = np.stack([_cells(plane, depth, _CHROMA, divisor) for plane in planes[1:3]])
    return Signature(luma, chroma)


def _cells(
    plane: av.video.plane.VideoPlane,
    depth: type[np.uint8 | np.uint16],
    shape: tuple[int, int],
    divisor: float,
) -> Plane:
    pixels = np.frombuffer(memoryview(plane), depth).reshape(plane.height, -1)[:, : plane.width]
    samples = pixels[_grid(2 * shape[0], 2 * shape[1], plane.height, plane.width)].astype(np.uint16)
    # Adding slices is several times faster than a mean over two axes.
    rows = samples[0::2] + samples[1::2]
    cells: Plane = (rows[:, 0::2] + rows[:, 1::2]).astype(np.float32)
    cells *= np.float32(0.25 / divisor)
    return cells


@lru_cache(maxsize=64)
def _grid(rows: int, columns: int, height: int, width: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Indices of evenly spread pixels, (rows, 1) and (1, columns)."""
    down = (np.arange(rows) + 0.5) * height / rows
    right = (np.arange(columns) + 0.5) * width / columns
    return down.astype(np.intp)[:, None], right.astype(np.intp)[None, :]
