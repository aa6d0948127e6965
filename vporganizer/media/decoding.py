"""Decodes anchors and chunks with decoders of their own, and looks at the frames.

A decoder is given packets that somebody else read from the file: a gap can be searched without
seeking, which MPEG transport streams cannot do well, and without reading anything twice.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import pairwise

import av
import numpy as np
from numpy.typing import NDArray

from vporganizer.media.convert import Shrinker
from vporganizer.media.groups import Chunk, Group, Packets
from vporganizer.media.opening import open_video
from vporganizer.media.seeking import Packet
from vporganizer.media.shots import (
    CLEARLY_UNLIKE,
    REACH,
    UNLIKE,
    Look,
    ends_differ,
    ends_unlikeness,
    is_spike,
)
from vporganizer.media.signature import Signature, distance, signature

_NEW_PICTURE_SHARE = 0.18
_STANDS_OUT = 2.5
CANDIDATE_SECONDS = 0.4
"""Of frames decoded one after the other, one is kept for the windows in each stretch this long: less
than the shortest shot, so that every shot has one of its own."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A small picture that may be chosen for a window, poster or storyboard.

    Attributes:
        time: seconds from the first picture.
        picture: (H, W, 3) uint8 RGB.
        contrast: standard deviation of its brightness; near 0 for a flat picture.
        key: its packet, where it is a key frame: it can be decoded again for a larger picture.
    """

    time: float
    picture: NDArray[np.uint8]
    contrast: float
    key: Packet | None = None


@dataclass(slots=True)
class Seen:
    """What decoding a piece gave.

    Attributes:
        looks: at its frames, in order; those of a search do not include the gap's first frame.
        joined: after a search: whether the gap was decoded to its very end.
        skipped: damaged packets that were passed over.
    """

    looks: list[Look] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)
    joined: bool = False
    skipped: int = 0


def _changes_at_end(group: Group, next_size: int, unlike: list[float], index: int) -> bool:
    """Whether a change between two key frames can only be a cut right at the second one.

    A cut inside a group has to be coded there, by a packet nearly as large as a key frame's: of six
    codecs at constant quality and at constant rate it had at least 0.39 of the smaller one's bytes
    (MPEG-4 at a low rate: 0.2). Without such a packet the old shot goes on to the group's end.
    Motion also makes ends unlike with small packets, but then its neighbours' ends are unlike too.
    """
    beside = unlike[max(0, index - 1) : index] + unlike[index + 1 : index + 2]
    stands_out = bool(beside) and unlike[index] > max(CLEARLY_UNLIKE, _STANDS_OUT * max(beside))
    if not stands_out or len(group.packets) < 2:
        return False
    largest = max(packet.size for packet in group.packets[1:])
    return largest < _NEW_PICTURE_SHARE * min(group.packets[0].size, next_size)


class Decoder:
    """A decoder for packets read elsewhere; used by one thread at a time."""

    def __init__(self, path: bytes, short_side: int, shown: tuple[int, int] | None = None) -> None:
        self._stack = ExitStack()
        video = self._stack.enter_context(open_video(path))
        self._clock = video.clock
        self._context = video.stream.codec_context
        # FFmpeg's frame threads add a delay and do not help with single key frames.
        self._context.thread_type = "NONE"
        self._context.thread_count = 1
        self._aspect = float(video.stream.sample_aspect_ratio or 1)
        self._shrink = Shrinker(self._aspect, short_side=short_side, shown=shown)
        self._floor = self._last = self._bucket = 0.0

    def close(self) -> None:
        """Closes the file."""
        self._stack.close()

    def key(self, group: Group) -> Seen:
        """Decodes the key frame of a group alone."""
        seen = Seen()
        self._start_at(group.time)
        with closing(self._frames(group.packets[:1], seen, drain=True)) as frames:
            for time, frame in frames:
                seen.looks.append(Look(time, signature(frame), joined=False))
                self._keep(time, frame, seen, group.packets[0])
        return seen

    def chunk(self, chunk: Chunk) -> Seen:
        """Decodes all packets of a chunk."""
        seen = Seen()
        key = chunk.packets[0] if chunk.begins and chunk.packets else None
        if chunk.begins:
            self._start_at(chunk.time)
        for time, frame in self._frames(chunk.packets, seen, drain=chunk.ends):
            seen.looks.append(Look(time, signature(frame), joined=True))
            self._keep(time, frame, seen, key)
            key = None
        return seen

    def search(self, groups: list[Group], first: Signature, last: Signature, last_size: int) -> Seen:
        """Looks into the gap between an anchor and the next frame known.

        Key frames in between are decoded first, then only those groups whose own ends differ or whose
        packets are surprising, and of those not the ones whose change can only lie at their end (see
        `_changes_at_end`).

        Args:
            groups: those of the anchor.
            first, last: what the gap's ends look like.
            last_size: bytes of the packet of the gap's end.
        """
        keys = [self.key(group) for group in groups[1:]]
        ends = [first]
        ends += [key.looks[0].signature if key.looks else ends[-1] for key in keys]
        ends.append(last)
        unlike = [ends_unlikeness(one, other) for one, other in pairwise(ends)]
        if max(unlike) <= UNLIKE < ends_unlikeness(first, last):
            unlike = [1.0] * len(unlike)  # changed little by little: a dissolve, or motion
        sizes = [*(group.packets[0].size for group in groups[1:]), last_size]
        seen = Seen(skipped=sum(key.skipped for key in keys))
        for index, group in enumerate(groups):
            if index and keys[index - 1].looks:
                key = keys[index - 1].looks[0]
                seen.looks.append(Look(key.time, key.signature, joined=seen.joined))
                seen.candidates += keys[index - 1].candidates
            seen.joined = _changes_at_end(group, sizes[index], unlike, index)
            worth = unlike[index] > UNLIKE or group.is_surprising()
            if worth and not seen.joined:
                self._search_group(group, ends[index + 1], seen)
        return seen

    def poster(self, packet: Packet, width: int) -> NDArray[np.uint8] | None:
        """Decodes a key frame again, `width` pixels wide at most; None if that fails."""
        shrink = Shrinker(self._aspect, width=width)
        self._start_at(float("-inf"))
        with closing(self._frames([packet], Seen(), drain=True)) as frames:
            for _, frame in frames:
                return shrink(frame)
        return None

    def _search_group(self, group: Group, last: Signature, seen: Seen) -> None:
        self._start_at(group.time)
        before: Signature | None = None
        changes: list[float] = []
        moments: list[float] = []
        found = False
        with closing(self._frames(group.packets, seen, drain=True)) as frames:
            for time, frame in frames:
                now = signature(frame)
                if before is not None:
                    seen.looks.append(Look(time, now, joined=True))
                    self._keep(time, frame, seen, None)
                    changes.append(distance(before, now))
                    moments.append(time)
                    middle = len(changes) - 1 - REACH
                    found = found or (middle >= 0 and is_spike(changes, moments, middle))
                    if found and middle > 0 and not ends_differ(now, last):
                        return  # the rest shows what the gap's end shows
                before = now
        seen.joined = True

    def _start_at(self, time: float) -> None:
        self._floor = time - self._clock.frame_seconds / 2
        self._last = self._bucket = float("-inf")

    def _keep(self, time: float, frame: av.VideoFrame, seen: Seen, key: Packet | None) -> None:
        bucket = time // CANDIDATE_SECONDS
        if bucket != self._bucket:
            self._bucket = bucket
            contrast = float(seen.looks[-1].signature.luma.std())
            seen.candidates.append(Candidate(time, self._shrink(frame), contrast, key))

    def _frames(
        self, packets: Packets, seen: Seen, *, drain: bool
    ) -> Generator[tuple[float, av.VideoFrame], None, None]:
        """Frames in order of time, without those that belong before the key frame it began at."""
        try:
            for packet in [*packets, None] if drain else packets:
                for frame in self._decode(packet, seen):
                    ticks = frame.pts if frame.pts is not None else frame.dts
                    known = ticks is not None
                    time = self._clock.seconds(ticks) if ticks is not None else self._next_time()
                    if time > self._last and (time >= self._floor or not known):
                        self._last = time
                        yield max(time, 0.0), frame
        finally:
            if drain:
                self._context.flush_buffers()

    def _next_time(self) -> float:
        return max(self._last, self._floor) + self._clock.frame_seconds

    def _decode(self, packet: Packet | None, seen: Seen) -> list[av.VideoFrame]:
        try:
            return self._context.decode(packet)
        except av.FFmpegError:
            seen.skipped += packet is not None
            return []
