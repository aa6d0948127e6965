"""Going to a time in a file: at or before it, never after, whatever the container makes of seeking.

MPEG transport streams have no index: FFmpeg lands late or nowhere. So the first key frame after a
seek is checked, then the seek repeated further back, and at last the file is read from its start,
without decoding what is not needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import av

from vporganizer.media.opening import Video, open_video

Packet: TypeAlias = "av.Packet[av.VideoStream]"

_STEPS_BACK = (0.0, 1.0, 4.0, 16.0)
_HELD_BYTES = 64_000_000


def packet_ticks(packet: Packet) -> int | None:
    """A packet's time in ticks: when it is shown, or decoded where only that is known (AVI)."""
    return packet.pts if packet.pts is not None else packet.dts


def packets_from(video: Video, seconds: float) -> Iterator[Packet]:
    """Yields packets beginning with the last key frame at or before `seconds`, where there is one.

    Ends at the end of the file or where it cannot be read further.
    """
    if seconds > 0:
        for back in _STEPS_BACK:
            packets = _after_seek(video, seconds - back)
            first = next((packet for packet in packets if packet.is_keyframe), None)
            ticks = packet_ticks(first) if first else None
            if first is not None and ticks is not None and video.clock.seconds(ticks) <= seconds:
                yield first
                yield from packets
                return
            if back > seconds:
                break
    # A handle that was sought in cannot always be taken back to its start, so another is opened.
    with open_video(video.path) as again:
        yield from _skip_to(_readable(again), again, seconds)


def _after_seek(video: Video, seconds: float) -> Iterator[Packet]:
    try:
        video.container.seek(video.clock.ticks(max(seconds, 0.0)), stream=video.stream, backward=True)
    except av.FFmpegError:
        return
    yield from _readable(video)


def _readable(video: Video) -> Iterator[Packet]:
    try:
        for packet in video.container.demux(video.stream):
            if packet.size:
                yield packet
    except av.FFmpegError:
        # Cut off in the middle of a packet: what came before counts, and the pass sees that the
        # pictures end before the stated end.
        return


def _skip_to(packets: Iterator[Packet], video: Video, seconds: float) -> Iterator[Packet]:
    held: list[Packet] = []
    size = 0
    for packet in packets:
        ticks = packet_ticks(packet)
        time = video.clock.seconds(ticks) if ticks is not None else 0.0
        if packet.is_keyframe:
            if time > seconds:
                held.append(packet)
                break
            held, size = [], 0
        held.append(packet)
        size += packet.size
        if size > _HELD_BYTES:
            break
    yield from held
    yield from packets
