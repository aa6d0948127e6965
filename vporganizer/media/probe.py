"""Facts of a file, read from its headers and its first picture."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice, pairwise

import av

from vporganizer.errors import Unreadable
from vporganizer.media.convert import hdr_kind, quarter_turns, shown_size
from vporganizer.media.opening import Video, open_video
from vporganizer.media.origin import origin_of
from vporganizer.media.records import VideoInfo
from vporganizer.media.seeking import Packet, packet_ticks, packets_from
from vporganizer.media.timing import rate_of, stated_duration

_PACKETS_WATCHED = 90
_PACKETS_TRIED = 1500
_UNEVEN = 0.25
"""Gaps between pictures that differ by more than this share are a variable rate, not rounding."""


def probe(path: bytes) -> VideoInfo:
    """Reads the facts of a file.

    Raises:
        MediaError: it cannot be opened, has no moving picture, or no picture can be decoded.
    """
    with open_video(path) as video:
        return probe_open(video)


def probe_open(video: Video) -> VideoInfo:
    """Reads the facts of an open file; its position afterwards is undefined."""
    stream, container = video.stream, video.container
    packets = packets_from(video, 0.0)
    watched = list(islice(packets, _PACKETS_WATCHED))
    frame = _first_picture(video, watched, packets)
    turns = quarter_turns(frame)
    width, height = shown_size(frame.width, frame.height, float(stream.sample_aspect_ratio or 1), turns)
    rate = rate_of(stream)
    facts = os.stat(video.path)
    origin = origin_of(video, facts.st_mtime)
    return VideoInfo(
        container=container.format.name,
        codec=stream.codec_context.name,
        width=width,
        height=height,
        rotation=90 * turns,
        duration=stated_duration(container, stream),
        fps=float(rate) if rate else None,
        variable_fps=_is_variable(watched),
        has_audio=bool(container.streams.audio),
        size=facts.st_size,
        start_time=float(video.clock.start * video.clock.tick),
        bit_depth=max((component.bits for component in frame.format.components), default=8),
        hdr=hdr_kind(frame.color_trc),
        recorded_at=origin.recorded_at,
        recorded_zone=origin.recorded_zone,
        recorded_source=origin.source,
        place=origin.place,
        camera=origin.camera,
        start_timecode=origin.timecode,
    )


def _first_picture(video: Video, watched: list[Packet], more: Iterator[Packet]) -> av.VideoFrame:
    context = video.stream.codec_context
    context.thread_type = "NONE"  # threads delay the first picture by as many packets
    for packet in [*watched, *islice(more, _PACKETS_TRIED), None]:
        try:
            for frame in context.decode(packet):
                return frame
        except av.FFmpegError:
            continue  # a damaged packet; the next key frame may be fine
    raise Unreadable("The picture in this file could not be decoded.")


def _is_variable(packets: list[Packet]) -> bool:
    ticks = sorted({t for packet in packets if (t := packet_ticks(packet)) is not None})
    # The last few may lack a neighbour that is decoded later.
    gaps = sorted(later - earlier for earlier, later in pairwise(ticks[:-8] if len(ticks) > 16 else ticks))
    if len(gaps) < 3:
        return False
    middle = gaps[len(gaps) // 2]
    slack = max(_UNEVEN * middle, 1.5)
    return gaps[-1] - middle > slack or middle - gaps[0] > slack
