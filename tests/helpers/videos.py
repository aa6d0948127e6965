"""Makes real video files by PyAV: ordinary ones, odd ones, and damaged ones.

The usual way: `make_video(tmp_path / "a.mp4", [Shot(2, textured(1)), Shot(2, textured(2))])`.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""(H, W, 3) uint8 RGB."""
Draw = Callable[[int, int, tuple[int, int]], Picture]
"""(frame of the shot, frames in the shot, (width, height)) -> picture."""

os.environ.setdefault("SVT_LOG", "1")  # SVT-AV1 talks on stderr otherwise

COUNTER_BITS = 16


@dataclass(frozen=True, slots=True)
class Shot:
    """One shot: `seconds` long, drawn by `draw`."""

    seconds: float
    draw: Draw


# What a shot shows ----------------------------------------------------------------------------


def solid(red: int, green: int, blue: int) -> Draw:
    """One colour."""

    def draw(_index: int, _count: int, size: tuple[int, int]) -> Picture:
        return np.full((size[1], size[0], 3), (red, green, blue), np.uint8)

    return draw


def textured(seed: int, *, speed: float = 1.0) -> Draw:
    """A random picture of soft blobs that moves slowly: differs clearly from any other seed."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (9, 9, 3)).astype(np.uint8)

    def draw(index: int, _count: int, size: tuple[int, int]) -> Picture:
        width, height = size
        rows = (np.arange(height) + speed * index) * 7.0 / max(height, 1) % 8
        cols = (np.arange(width) + speed * index) * 7.0 / max(width, 1) % 8
        top, left = rows.astype(int), cols.astype(int)
        down, right = (rows - top)[:, None, None], (cols - left)[None, :, None]
        picture = (
            coarse[top][:, left] * (1 - down) * (1 - right)
            + coarse[top + 1][:, left] * down * (1 - right)
            + coarse[top][:, left + 1] * (1 - down) * right
            + coarse[top + 1][:, left + 1] * down * right
        )
        return np.ascontiguousarray(picture.astype(np.uint8))

    return draw


def pan(
    picture: Picture, *, zoom: float = 1.3, towards: tuple[float, float] = (1.0, 0.5), zoom_by: float = 0.0
) -> Draw:
    """A slow move over a photograph: a view 1/`zoom` as large as the picture slides `towards` (x, y).

    `zoom_by` is how much closer the view comes by the end (0.2: by a fifth). Needs Pillow.
    """
    from PIL import Image

    image = Image.fromarray(picture)

    def draw(index: int, count: int, size: tuple[int, int]) -> Picture:
        done = index / max(count - 1, 1)
        scale = zoom * (1 + zoom_by * done)
        width = min(image.width, image.height * size[0] / size[1]) / scale
        height = width * size[1] / size[0]
        left = (image.width - width) * (0.5 + towards[0] * (done - 0.5))
        top = (image.height - height) * (0.5 + towards[1] * (done - 0.5))
        box = (left, top, left + width, top + height)
        return np.asarray(image.resize(size, Image.Resampling.BILINEAR, box=box))

    return draw


def counter(first: int = 0) -> Draw:
    """The frame's number as big black and white blocks, read back by `read_counter`."""

    def draw(index: int, _count: int, size: tuple[int, int]) -> Picture:
        bits = [(first + index) >> bit & 1 for bit in range(COUNTER_BITS)]
        blocks = np.array(bits, np.uint8).reshape(4, 4) * 215 + 20
        rows = np.arange(size[1]) * 4 // size[1]
        cols = np.arange(size[0]) * 4 // size[0]
        return np.ascontiguousarray(np.repeat(blocks[rows][:, cols, None], 3, axis=2))

    return draw


def read_counter(picture: Picture) -> int:
    """Reads the number that `counter` drew, from a picture of any size."""
    height, width = picture.shape[:2]
    rows = ((np.arange(4) + 0.5) * height / 4).astype(int)
    cols = ((np.arange(4) + 0.5) * width / 4).astype(int)
    bits = picture[rows][:, cols].mean(axis=2).ravel() > 127
    return int(sum(1 << position for position, bit in enumerate(bits) if bit))


# Ordinary and odd videos ----------------------------------------------------------------------


def make_video(
    path: Path | bytes | str,
    shots: Sequence[Shot] = (Shot(2.0, textured(0)),),
    *,
    fps: int | Fraction = 30,
    size: tuple[int, int] = (320, 240),
    gop: int = 15,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    options: dict[str, str] | None = None,
    container: str | None = None,
    container_options: dict[str, str] | None = None,
    metadata: dict[str, str] | None = None,
    rotation: int = 0,
    start: float = 0.0,
    gaps_ms: Sequence[int] | None = None,
    sample_aspect: Fraction | None = None,
    color: tuple[int, int, int] | None = None,
    audio: bool = False,
    frames: int | None = None,
) -> Path:
    """Encodes `shots` into a file and returns its path.

    Args:
        path: where to; the ending picks the container unless `container` names one.
        gop: frames from key frame to key frame at most (x264: scene cuts off, so exactly).
        options: encoder's; for libx264 the default is preset veryfast without scene cuts.
        metadata: the container's tags (mov, mp4: any key is written).
        rotation: degrees, counter-clockwise, a player must turn the picture by; the picture
            shown is then upright as drawn and `size` is the size shown.
        start: seconds that the first picture comes after zero.
        gaps_ms: milliseconds from each frame to the next, repeated: a variable frame rate.
        color: (primaries, transfer, matrix) numbers of ITU-T H.273, such as (9, 16, 9) for PQ.
        audio: whether to add a tone (aac).
        frames: stop after so many.
    """
    where = os.fsdecode(path)
    container_options = dict(container_options or {})
    if metadata:
        container_options.setdefault("movflags", "use_metadata_tags")
    with av.open(where, "w", format=container, options=container_options) as output:
        output.metadata.update(metadata or {})
        clock = Fraction(1, 1000) if gaps_ms else 1 / Fraction(fps)
        coded = size if rotation % 180 == 0 else (size[1], size[0])
        stream: Any = output.add_stream(
            codec, rate=Fraction(fps), options=_encoder_options(codec, gop, options)
        )
        stream.width, stream.height = coded
        stream.pix_fmt = pix_fmt
        stream.codec_context.time_base = clock
        stream.codec_context.gop_size = gop
        stream.codec_context.thread_count = 2
        stream.codec_context.thread_type = "FRAME"  # PyAV's default makes x264 write sliced pictures
        if sample_aspect is not None:
            stream.codec_context.sample_aspect_ratio = sample_aspect
        if color is not None:
            context = stream.codec_context
            context.color_primaries, context.color_trc, context.colorspace = color
        if rotation:
            stream.set_display_rotation(rotation)
        tone = output.add_stream("aac", rate=44100) if audio else None
        time = round(start / clock)
        for index, picture in enumerate(_draw_all(shots, Fraction(fps), size)):
            if frames is not None and index >= frames:
                break
            turned = np.ascontiguousarray(np.rot90(picture, -rotation // 90))
            frame = av.VideoFrame.from_ndarray(turned, format="rgb24")
            frame.pts, frame.time_base = time, clock
            time += gaps_ms[index % len(gaps_ms)] if gaps_ms else 1
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
        if tone is not None:
            _add_tone(output, tone, float(time * clock))
    return Path(where)


def _encoder_options(codec: str, gop: int, options: dict[str, str] | None) -> dict[str, str]:
    x265 = f"keyint={gop}:min-keyint={gop}:scenecut=0:log-level=none"
    known = {
        "libx264": {"preset": "veryfast", "sc_threshold": "0", "keyint_min": str(gop)},
        "libx265": {
            "preset": "ultrafast",
            "x265-params": x265,
        },
        "libsvtav1": {"preset": "12", "svtav1-params": f"keyint={gop}"},
        "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
    }
    return {**known.get(codec, {}), **(options or {})}


def _draw_all(shots: Sequence[Shot], fps: Fraction, size: tuple[int, int]) -> Iterator[Picture]:
    for shot in shots:
        count = max(1, round(shot.seconds * fps))
        for index in range(count):
            yield shot.draw(index, count, size)


def _add_tone(output: Any, stream: Any, seconds: float) -> None:
    samples = np.arange(int(44100 * max(seconds, 0.1)))
    wave = (0.1 * np.sin(samples * 2 * np.pi * 440 / 44100)).astype(np.float32)
    for first in range(0, len(wave), 1024):
        part = wave[first : first + 1024]
        frame = av.AudioFrame.from_ndarray(part[None, :], format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 44100, first, Fraction(1, 44100)
        output.mux(stream.encode(frame))
    output.mux(stream.encode(None))


def make_gif(path: Path, shots: Sequence[Shot] = (Shot(1.0, textured(0)),), *, fps: int = 10) -> Path:
    """An animated GIF."""
    return make_video(path, shots, fps=fps, size=(160, 120), codec="gif", pix_fmt="rgb8")


def make_audio_only(path: Path, seconds: float = 1.0) -> Path:
    """A file with sound and no picture."""
    with av.open(str(path), "w") as output:
        _add_tone(output, output.add_stream("aac", rate=44100), seconds)
    return path


# Damaged files and files that are no videos ---------------------------------------------------


def cut_off(path: Path, share: float = 0.5) -> Path:
    """Keeps the first `share` of a file's bytes: an mp4 loses its index, an mkv or ts reads up to there."""
    os.truncate(path, int(path.stat().st_size * share))
    return path


def flip_bits(path: Path, *, count: int = 20, seed: int = 0, first: float = 0.3, last: float = 0.7) -> Path:
    """Flips `count` bits between the shares `first` and `last` of a file."""
    rng = random.Random(seed)
    content = bytearray(path.read_bytes())
    for _ in range(count):
        content[rng.randrange(int(len(content) * first), int(len(content) * last))] ^= 1 << rng.randrange(8)
    path.write_bytes(bytes(content))
    return path


def make_undecodable(path: Path) -> Path:
    """An mp4 whose index is right and whose pictures are all noise."""
    make_video(path, [Shot(1.0, textured(0))], size=(160, 120))
    content = bytearray(path.read_bytes())
    start = content.index(b"mdat") + 4
    end = content.index(b"moov") - 4
    content[start:end] = random.Random(1).randbytes(end - start)
    path.write_bytes(bytes(content))
    return path


def make_header_only(path: Path) -> Path:
    """An mp4 whose index comes first and whose pictures are all missing."""
    make_video(path, [Shot(1.0, textured(0))], size=(160, 120), container_options={"movflags": "faststart"})
    os.truncate(path, path.read_bytes().index(b"mdat") + 4)
    return path


def make_noise(path: Path, size: int = 100_000, seed: int = 0) -> Path:
    """Random bytes."""
    path.write_bytes(random.Random(seed).randbytes(size))
    return path
