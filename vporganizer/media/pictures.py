"""Poster and storyboard as JPEG, and single pictures at given times."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vporganizer.media.choosing import Album, even_times
from vporganizer.media.decoding import Candidate, Decoder
from vporganizer.media.frames import FrameReader
from vporganizer.media.groups import Group
from vporganizer.media.opening import Video, open_video
from vporganizer.media.records import Answer, PictureAt, Pictures, Still, TimeSpan
from vporganizer.media.seeking import packet_ticks, packets_from
from vporganizer.media.timing import stated_duration

COLUMNS, ROWS = 5, 5
"""A storyboard's tiles; `COLUMNS * ROWS` pictures spread over the video."""
TILE_WIDTH = 192
POSTER_WIDTH = 640
_TILE_SECONDS = 2.0
"""Key frames at least this close together make a good storyboard."""
_MOMENT = 1e-3


def to_jpeg(picture: NDArray[np.uint8], quality: int = 85) -> bytes:
    """Encodes (H, W, 3) uint8 RGB."""
    target = io.BytesIO()
    Image.fromarray(picture).save(target, "JPEG", quality=quality)
    return target.getvalue()


def assemble(poster: NDArray[np.uint8], poster_time: float, tiles: Sequence[Candidate]) -> Pictures:
    """Puts poster and storyboard together; `tiles` are `COLUMNS * ROWS` pictures of one size."""
    height, width = tiles[0].picture.shape[:2]
    wide = min(TILE_WIDTH, width)
    high = max(1, round(height * wide / width))
    sheet = Image.new("RGB", (wide * COLUMNS, high * ROWS))
    for index, tile in enumerate(tiles):
        small = Image.fromarray(tile.picture).resize(
            (wide, high), Image.Resampling.BILINEAR, reducing_gap=2.0
        )
        sheet.paste(small, (index % COLUMNS * wide, index // COLUMNS * high))
    return Pictures(
        poster=to_jpeg(poster),
        storyboard=to_jpeg(np.asarray(sheet), 80),
        columns=COLUMNS,
        rows=ROWS,
        tile_times=tuple(tile.time for tile in tiles),
        poster_time=poster_time,
    )


def make_pictures(path: bytes) -> Pictures:
    """Makes poster and storyboard anew, from the key frames nearest before evenly spread times.

    Where key frames are too rare for that, all is decoded.

    Raises:
        MediaError: the file cannot be read.
    """
    tiles = _tiles(path, COLUMNS * ROWS)
    album = Album(len(tiles))
    album.add(tiles)
    poster = album.poster() or tiles[0]
    with open_video(path) as video:
        moment = TimeSpan(poster.time, poster.time + _MOMENT)
        large, times = FrameReader(video, width=POSTER_WIDTH).read(moment, 1, past_end=True)
    return assemble(large[0], times[0], tiles)


def _tiles(path: bytes, count: int) -> list[Candidate]:
    with open_video(path) as video:
        duration = stated_duration(video.container, video.stream) or _measured(video)
        span = TimeSpan(0.0, max(duration, _MOMENT))
        tiles = _key_frames(video, even_times(span, count))
        wanted = min(count, int(duration / _TILE_SECONDS))
        if tiles and len({tile.time for tile in tiles}) > wanted // 2:
            return tiles
        pictures, times = FrameReader(video, short_side=2 * TILE_WIDTH).read(span, count)
    seen = zip(pictures, times, strict=True)
    return [Candidate(time, picture, float(picture.std())) for picture, time in seen]


def pictures_at(request: PictureAt) -> Iterator[Answer]:
    """Yields the picture shown at each time, in order of time.

    Raises:
        MediaError: the file cannot be read.
    """
    with open_video(request.path) as video:
        reader = FrameReader(video, width=request.width)
        for time in sorted(request.times):
            frames, times = reader.read(TimeSpan(max(time, 0.0), max(time, 0.0) + _MOMENT), 1, past_end=True)
            yield Still(times[0], to_jpeg(frames[0]))


def _key_frames(video: Video, times: Sequence[float]) -> list[Candidate]:
    decoder = Decoder(video.path, 2 * TILE_WIDTH)
    found: dict[float, Candidate] = {}
    tiles: list[Candidate] = []
    try:
        for wanted in times:
            packet = next(packets_from(video, wanted), None)
            ticks = packet_ticks(packet) if packet is not None else None
            if packet is None or ticks is None:
                continue
            time = video.clock.seconds(ticks)
            if time not in found:
                seen = decoder.key(Group([packet], time))
                if not seen.candidates:
                    continue
                found[time] = seen.candidates[0]
            tiles.append(found[time])
    finally:
        decoder.close()
    return [*tiles, *tiles[-1:] * (len(times) - len(tiles))]


def _measured(video: Video) -> float:
    """Where the last packet is, for files that do not say how long they are."""
    with open_video(video.path) as again:
        ticks = [t for packet in packets_from(again, 0.0) if (t := packet_ticks(packet)) is not None]
    return video.clock.seconds(max(ticks)) if ticks else 0.0
