"""Decoded frames to what a person would see: upright, square pixels, sensible RGB, and small."""

from __future__ import annotations

from typing import Any, cast

import av
import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray
from PIL import Image

from vporganizer.media.tones import to_ordinary

_UNTAGGED = 2  # H.273: unspecified
_PQ, _HLG = 16, 18  # H.273 transfer functions of high dynamic range
HUGE_PIXELS = 3840 * 2400
"""Frames above this size (8K) are 50 MB each: decode with few threads, since each keeps several."""

_ASPECT_LIMIT = 4.0
"""Pictures longer than this are cropped at the middle: a 30:1 banner squashed to 224 px shows nothing."""


def hdr_kind(transfer: int) -> str | None:
    """'PQ' or 'HLG' for a transfer function of high dynamic range, else None."""
    return {_PQ: "PQ", _HLG: "HLG"}.get(transfer)


def quarter_turns(frame: av.VideoFrame) -> int:
    """Counter-clockwise quarter turns that make a frame upright, 0 to 3."""
    return round(frame.rotation / 90) % 4


def shown_size(width: int, height: int, sample_aspect: float, turns: int) -> tuple[int, int]:
    """(width, height) in square pixels as a person sees them."""
    wide, high = (width * sample_aspect, height) if sample_aspect >= 1 else (width, height / sample_aspect)
    wide, high = max(1, round(wide)), max(1, round(high))
    return (high, wide) if turns % 2 else (wide, high)


class Shrinker:
    """Turns frames of one video into (H, W, 3) uint8 RGB of one fixed size, upright, square pixels.

    Exactly one of `short_side` (aspect kept), `width` (aspect kept, never enlarged) and `size`
    (height, width; aspect not kept) says how large. The size is settled by `shown`, the (width,
    height) that a person sees, or else by the first frame, and kept when a stream changes its own.
    """

    def __init__(
        self,
        sample_aspect: float = 1.0,
        *,
        short_side: int | None = None,
        width: int | None = None,
        size: tuple[int, int] | None = None,
        shown: tuple[int, int] | None = None,
    ) -> None:
        self._aspect = sample_aspect
        self._short_side, self._width = short_side, width
        self._size = size
        self._crop = size is None
        self._reformatter = VideoReformatter()
        if size is None and shown is not None:
            self._size = self._fit(*shown)

    def __call__(self, frame: av.VideoFrame) -> NDArray[np.uint8]:
        """Converts one frame."""
        turns = quarter_turns(frame)
        wide, high = shown_size(frame.width, frame.height, self._aspect, turns)
        extreme = self._crop and max(wide, high) > _ASPECT_LIMIT * min(wide, high)
        if self._size is None:
            self._size = self._fit(wide, high)
        if extreme:
            return self._cropped(frame, turns, wide, high)
        height, width = self._size
        coded = (height, width) if turns % 2 else (width, height)
        return _upright(self._to_rgb(frame, *coded), turns)

    def _fit(self, wide: int, high: int) -> tuple[int, int]:
        if wide > high:
            wide = min(wide, round(high * _ASPECT_LIMIT))
        else:
            high = min(high, round(wide * _ASPECT_LIMIT))
        if self._short_side is not None:
            scale = self._short_side / min(wide, high)
        else:
            scale = min(1.0, (self._width or wide) / wide)
        return max(1, round(high * scale)), max(1, round(wide * scale))

    def _cropped(self, frame: av.VideoFrame, turns: int, wide: int, high: int) -> NDArray[np.uint8]:
        picture = _upright(self._to_rgb(frame, frame.width, frame.height), turns)
        rows, columns = picture.shape[:2]
        if wide > high:
            keep = max(1, round(columns * _ASPECT_LIMIT * high / wide))
            picture = picture[:, (columns - keep) // 2 :][:, :keep]
        else:
            keep = max(1, round(rows * _ASPECT_LIMIT * wide / high))
            picture = picture[(rows - keep) // 2 :][:keep]
        height, width = cast("tuple[int, int]", self._size)
        image = Image.fromarray(np.ascontiguousarray(picture))
        return np.array(image.resize((width, height), Image.Resampling.BICUBIC))

    def _to_rgb(self, frame: av.VideoFrame, width: int, height: int) -> NDArray[np.uint8]:
        options: dict[str, Any] = {}
        if (
            frame.colorspace == _UNTAGGED
            and not frame.format.is_rgb
            and max(frame.width, frame.height) >= 1280
        ):
            options["src_colorspace"] = "ITU709"  # else swscale takes BT.601, wrong for HD
        kind = hdr_kind(frame.color_trc)
        target = "rgb48le" if kind else "rgb24"
        small = self._reformatter.reformat(
            frame, width, height, target, interpolation="BICUBIC", threads=1, **options
        ).to_ndarray()
        if kind:
            return to_ordinary(cast("NDArray[np.uint16]", small), kind)
        return cast("NDArray[np.uint8]", small)


def _upright(picture: NDArray[np.uint8], turns: int) -> NDArray[np.uint8]:
    return np.ascontiguousarray(np.rot90(picture, turns)) if turns else picture
