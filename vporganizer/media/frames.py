"""Frames at exact times: for encoders that look at motion, such as VideoPrism."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Sequence

import av
import numpy as np
from numpy.typing import NDArray

from vporganizer.errors import Unreadable
from vporganizer.media.choosing import even_times, times_from_start
from vporganizer.media.convert import HUGE_PIXELS, Shrinker
from vporganizer.media.opening import Video, open_video
from vporganizer.media.records import Answer, Finished, SampleWindows, TimeSpan, Window
from vporganizer.media.seeking import Packet, packet_ticks, packets_from
from vporganizer.media.timing import clock_text

_REORDERED_SECONDS = 1.0
"""How far behind its place in the file a picture may be shown: 16 B-frames at 24 fps are 0.7 s."""
_SAME = 1e-6
_SKIP_SECONDS = 2.0
"""Stretches between spans up to this long are decoded rather than sought over."""


def nearest_distinct(times: Sequence[float], targets: Sequence[float]) -> list[int]:
    """Picks for each target, in order, the time nearest to it, no time twice while there are enough.

    Both are sorted. Where two targets want the same time, later ones are pushed on, and back from
    the end if there is no room.

    Returns:
        Indices into `times`, in order.
    """
    chosen: list[int] = []
    for position, target in enumerate(targets):
        index = bisect_left(times, target)
        if index == len(times) or (index and target - times[index - 1] <= times[index] - target):
            index -= 1
        if len(times) >= len(targets):
            lowest = chosen[-1] + 1 if chosen else 0
            highest = len(times) - (len(targets) - position)
            index = min(max(index, lowest), highest)
        chosen.append(index)
    return chosen


def sample_windows(request: SampleWindows) -> Iterator[Answer]:
    """Yields a `Window` for each span, ordered by time, with exact `times`; then `Finished`.

    Raises:
        MediaError: the file cannot be opened, a span begins where the video has ended, or holds no
            picture that can be decoded.
    """
    spans = sorted(request.spans, key=lambda span: (span.start, span.end))
    with open_video(request.path) as video:
        reader = FrameReader(video, short_side=request.short_side, size=request.size)
        for span in spans:
            frames, times = reader.read(span, request.num_frames, from_start=request.from_start)
            yield Window(span, after_cut=False, frames=frames, times=times)
    yield Finished(max((span.end for span in spans), default=0.0), None, reader.skipped)


class FrameReader:
    """Reads frames at exact times, decoding forward as long as spans follow each other.

    Which frames there are is known from packets before anything is decoded, so only the frames
    chosen are converted, and each is the one meant, whatever the rate does.
    """

    def __init__(
        self,
        video: Video,
        *,
        short_side: int | None = None,
        width: int | None = None,
        size: tuple[int, int] | None = None,
    ) -> None:
        self._video = video
        self._context = video.stream.codec_context
        pixels = self._context.width * self._context.height
        self._context.thread_type = "AUTO" if pixels <= HUGE_PIXELS else "NONE"
        aspect = float(video.stream.sample_aspect_ratio or 1)
        sizes = {"size": size} if size is not None else {"short_side": short_side, "width": width}
        self._shrink = Shrinker(aspect, **sizes)
        self._packets: Iterator[Packet] = iter(())
        self._ahead: deque[Packet] = deque()
        self._times: list[float] = []
        self._frames: Iterator[tuple[float, av.VideoFrame]] = iter(())
        self._position = float("inf")
        self._end = 0.0
        self._is_over = False
        self.skipped = 0

    def read(
        self, span: TimeSpan, count: int, *, past_end: bool = False, from_start: bool = False
    ) -> tuple[NDArray[np.uint8], tuple[float, ...]]:
        """The `count` distinct frames nearest to evenly spaced times of a span.

        A frame is repeated only where the span holds fewer than `count`.

        Args:
            span: from when to when; one that ends after the video's end counts up to there.
            count: how many frames.
            past_end: whether a span that begins after the end shows the last picture.
            from_start: whether the times are the starts of equal parts of the span, not their middles.

        Returns:
            Frames (count, H, W, 3) uint8 RGB, and the seconds of each.

        Raises:
            Unreadable: no picture from the span's start on can be decoded, or the video has ended
                there.
        """
        if not self._position < span.start <= self._position + _SKIP_SECONDS:
            self._go(span.start)
        self._read_ahead(span.end + _REORDERED_SECONDS)
        if self._is_over and self._times and span.start >= self._end and not past_end:
            raise Unreadable(
                f"The video is only {clock_text(self._end)} long.", hint="Choose a part before its end."
            )
        inside = [time for time in self._times if span.start - _SAME <= time < span.end - _SAME]
        shown = [time for time in self._times if time < span.start][-1:]
        inside = inside or shown or self._times[:1]
        targets = times_from_start(span, count) if from_start else even_times(span, count)
        return self._decode(
            [inside[index] for index in nearest_distinct(inside, targets)] if inside else targets
        )

    def _decode(self, wanted: Sequence[float]) -> tuple[NDArray[np.uint8], tuple[float, ...]]:
        pictures: list[NDArray[np.uint8]] = []
        times: list[float] = []
        last: tuple[float, av.VideoFrame] | None = None
        for time, frame in self._frames:
            last = time, frame
            picture = None
            # A frame that cannot be decoded is replaced by the next that can.
            while len(pictures) < len(wanted) and time >= wanted[len(pictures)] - _SAME:
                picture = self._shrink(frame) if picture is None else picture
                pictures.append(picture)
                times.append(time)
            if len(pictures) == len(wanted):
                break
        if last is None:
            raise Unreadable("A part of this file could not be decoded.")
        missing = len(wanted) - len(pictures)
        if missing:
            pictures += [self._shrink(last[1])] * missing
            times += [last[0]] * missing
        return np.stack(pictures), tuple(times)

    def _go(self, seconds: float) -> None:
        if self._context.is_open:
            self._context.flush_buffers()
        self._packets = packets_from(self._video, seconds)
        self._ahead.clear()
        self._times = []
        self._end, self._is_over = 0.0, False
        self._frames = self._decoded()

    def _read_ahead(self, until: float) -> None:
        """Reads packets until one is decoded after `until`, to know which frames there are."""
        clock = self._video.clock
        for packet in self._packets:
            self._ahead.append(packet)
            ticks = packet_ticks(packet)
            if ticks is None:
                self._end += clock.frame_seconds
                continue
            self._times.append(clock.seconds(ticks))
            self._end = max(self._end, self._times[-1] + clock.length(packet.duration))
            if clock.seconds(packet.dts if packet.dts is not None else ticks) > until:
                break
        else:
            self._is_over = True
        self._times.sort()

    def _decoded(self) -> Iterator[tuple[float, av.VideoFrame]]:
        clock = self._video.clock
        self._position = float("-inf")
        while True:
            packet = self._ahead.popleft() if self._ahead else next(self._packets, None)
            for frame in self._decode_packet(packet):
                ticks = frame.pts if frame.pts is not None else frame.dts
                time = clock.seconds(ticks) if ticks is not None else self._position + clock.frame_seconds
                if time > self._position:
                    self._position = max(time, 0.0)
                    self._forget(time)
                    yield self._position, frame
            if packet is None:
                self._position = float("inf")
                return

    def _forget(self, time: float) -> None:
        done = bisect_left(self._times, time)
        if done > 64:
            del self._times[: done - 1]

    def _decode_packet(self, packet: Packet | None) -> list[av.VideoFrame]:
        try:
            return self._context.decode(packet)
        except av.FFmpegError:
            self.skipped += packet is not None
            return []
