"""Sorts a file's packets, as they are read, into what has to be decoded.

Where key frames are close together only some of them are decoded: an `Anchor` is a key frame to
decode, with the packets up to the next anchor kept in case that gap has to be searched. Where they
are far apart everything is decoded: a `Chunk`. Which is which is decided from the packets
themselves, so it works without an index, and only from their neighbourhood, so a pass that starts
again in the middle decides the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from vporganizer.media.seeking import Packet, packet_ticks
from vporganizer.media.timing import Clock

DENSE_SECONDS = 2.05
"""Gaps between key frames up to this long are only sampled."""
_SAMPLE_SECONDS = 2.0
"""The first key frame in each stretch of so many seconds is decoded."""
_INTRA_SAMPLE_SECONDS = 0.5
"""The same where every frame is a key frame: such files are huge, and a gap is kept in memory."""
_FEWEST_TO_JUDGE = 4
_SURPRISING_SHARE, _SURPRISING_TIMES = 0.4, 4.0
_UNEVEN = 1.1
_CHUNK_PACKETS = 64
_CHUNK_BYTES = 8_000_000

Packets = list[Packet]


@dataclass(slots=True)
class Group:
    """A key frame and the packets up to the next one, in the order of decoding."""

    packets: Packets
    time: float
    end: float = 0.0

    def is_surprising(self) -> bool:
        """Whether a picture between the key frames was as expensive as only a new scene is.

        A short shot between two of the same place hides from a comparison of key frames; encoders
        cannot predict its first picture, so its packet is nearly as large as a key frame's.
        """
        key, *others = [packet.size for packet in self.packets]
        if len(others) < _FEWEST_TO_JUDGE:
            return False
        largest, usual = max(others), sorted(others)[len(others) // 2]
        return largest > _SURPRISING_SHARE * key and largest > _SURPRISING_TIMES * usual


@dataclass(slots=True)
class Anchor:
    """Decode the key frame of the first group; keep all groups for a search up to the next item."""

    groups: list[Group]

    @property
    def size(self) -> int:
        """Bytes of packets held."""
        return sum(packet.size for group in self.groups for packet in group.packets)

    def is_suspicious(self) -> bool:
        """Whether packets hint at cuts that a comparison of this gap's ends may not show.

        Encoders also begin a group of their own at a cut, so groups of uneven length are a hint.
        """
        lengths = [group.end - group.time for group in self.groups]
        uneven = max(lengths) > _UNEVEN * min(lengths)
        return uneven or any(group.is_surprising() for group in self.groups)


@dataclass(slots=True)
class Chunk:
    """Decode all of these packets.

    Attributes:
        time: of the key frame it begins at.
        begins: at a key frame; else it goes on from the chunk before.
        ends: before the next key frame, or at the video's end.
    """

    packets: Packets
    time: float
    begins: bool
    ends: bool

    @property
    def size(self) -> int:
        """Bytes of packets held."""
        return sum(packet.size for packet in self.packets)


Item = Anchor | Chunk


@dataclass(slots=True)
class Grouper:
    """Sorts the packets of one stream; `end` is where the last picture of those read so far ends."""

    packets: Iterator[Packet]
    clock: Clock
    end: float = 0.0
    _open: Group | None = None
    _sparse: bool = False
    _fresh: bool = True
    _pending: list[Group] = field(default_factory=list)
    _last_time: float = 0.0

    def items(self) -> Iterator[Item]:
        """Yields what is to be decoded, in order."""
        for packet in self.packets:
            time = self._time_of(packet)
            if packet.is_keyframe or self._open is None:
                yield from self._close(time)
                self._open, self._sparse = Group([], time), not packet.is_keyframe
            group = self._open
            group.packets.append(packet)
            group.end = max(group.end, time + self.clock.length(packet.duration))
            self.end = max(self.end, group.end)
            yield from self._grow(group)
        yield from self._finish()

    def _time_of(self, packet: Packet) -> float:
        ticks = packet_ticks(packet)
        if ticks is None:
            self._last_time += self.clock.frame_seconds
        else:
            self._last_time = self.clock.seconds(ticks)
        return self._last_time

    def _grow(self, group: Group) -> Iterator[Item]:
        """Once the open group is too long to be sampled, hands its packets over chunk by chunk."""
        if not self._sparse and group.end - group.time > DENSE_SECONDS:
            yield from self._flush_pending()
            self._sparse = True
            self._fresh = True
        if self._sparse and self._is_chunk(group.packets):
            yield self._chunk(group, ends=False)

    @staticmethod
    def _is_chunk(packets: Packets) -> bool:
        return len(packets) >= _CHUNK_PACKETS or sum(packet.size for packet in packets) >= _CHUNK_BYTES

    def _chunk(self, group: Group, *, ends: bool) -> Chunk:
        chunk = Chunk(group.packets, group.time, self._fresh, ends)
        group.packets = []
        self._fresh = ends
        return chunk

    def _close(self, next_key: float) -> Iterator[Item]:
        group = self._open
        if group is None:
            return
        if not self._sparse and next_key - group.time > DENSE_SECONDS:  # a hole in the file
            yield from self._flush_pending()
            self._sparse = True
        if self._sparse:
            yield self._chunk(group, ends=True)
            return
        if not self._pending or self._starts_stretch(self._pending[-1], group):
            yield from self._flush_pending()
        self._pending.append(group)

    @staticmethod
    def _starts_stretch(before: Group, group: Group) -> bool:
        length = _INTRA_SAMPLE_SECONDS if len(before.packets) == 1 else _SAMPLE_SECONDS
        return group.time // length != before.time // length

    def _flush_pending(self) -> Iterator[Item]:
        if self._pending:
            yield Anchor(self._pending)
            self._pending = []

    def _finish(self) -> Iterator[Item]:
        """The last group is decoded whole: nothing after it says what the video ends with."""
        group = self._open
        if group is None:
            return
        yield from self._flush_pending()
        yield self._chunk(group, ends=True)
