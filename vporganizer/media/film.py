"""Writes small videos from pictures: for the samples of `vporganizer demo`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.video.stream
import numpy as np
from numpy.typing import NDArray
from PIL import Image


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture, panned over for some seconds.

    Attributes:
        picture: (H, W, 3) uint8 RGB.
        seconds: length of the shot.
        begin, end: centre of the view at the shot's start and end, each (x, y) in 0..1.
        zoom: how much of the largest view that fits is shown; 1 is all of it.
    """

    picture: NDArray[np.uint8]
    seconds: float
    begin: tuple[float, float] = (0.35, 0.4)
    end: tuple[float, float] = (0.65, 0.6)
    zoom: float = 0.85

    def views(self, frames: int, size: tuple[int, int]) -> Iterator[Image.Image]:
        """Yields `frames` pictures of `size` (width, height) along the pan."""
        picture = Image.fromarray(self.picture)
        width, height = picture.size
        scale = self.zoom * min(width / size[0], height / size[1])
        across, down = size[0] * scale, size[1] * scale
        for number in range(frames):
            at = number / max(1, frames - 1)
            x = (self.begin[0] + (self.end[0] - self.begin[0]) * at) * (width - across)
            y = (self.begin[1] + (self.end[1] - self.begin[1]) * at) * (height - down)
            yield picture.resize(size, Image.Resampling.BILINEAR, (x, y, x + across, y + down))


def write_film(
    path: Path, shots: Sequence[Shot], *, size: tuple[int, int] = (640, 360), fps: int = 25, gop: int = 50
) -> None:
    """Encodes `shots` one after the other as H.264; the file appears only when it is whole.

    Args:
        path: an .mp4 file.
        shots: what to show.
        size: (width, height) in pixels.
        fps: frames a second.
        gop: frames from one key frame to the next at most.
    """
    temporary = path.with_name(f".{path.name}.part.mp4")
    with av.open(str(temporary), "w") as container:
        stream = container.add_stream(
            "libx264", rate=Fraction(fps), options={"preset": "veryfast", "crf": "20"}
        )
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.gop_size = gop
        stream.thread_type = "FRAME"
        for shot in shots:
            for view in shot.views(round(shot.seconds * fps), size):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(np.asarray(view), format="rgb24")))
        container.mux(stream.encode())
    temporary.replace(path)
