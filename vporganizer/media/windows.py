"""Windows of time: how a video is cut into the pieces that are searched. Pure rules, no files.

The rules look only at what lies after a window's start, so a pass that goes on from any boundary
yields the same windows as one that was never interrupted:

- A shot of at most 10 s is one window. Of a longer one 10 s are taken at a time, as long as at least
  11 s are left; 10 to 11 s become two halves. So no window is under 1 s unless its shot is.
- A shot under half a second (a flash, a few frames between two cuts) is no shot: it joins the one
  before, or is ignored altogether if the picture is the same before and after it.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import attrgetter

from vporganizer.media.records import TimeSpan
from vporganizer.media.shots import Cut, ends_differ

WINDOW_SECONDS = 10.0
"""Length of a window where no cut comes earlier."""
SHORTEST_SHOT = 0.5
"""Seconds below which a shot is no shot of its own."""
_SURE = WINDOW_SECONDS + 1.0


@dataclass(slots=True)
class WindowPlanner:
    """Turns cuts, as they become known, into windows. Spans come out in order, without gap or overlap.

    Attributes:
        start: where the next window starts, seconds.
        after_cut: whether that is a shot change or the video's start.
    """

    start: float = 0.0
    after_cut: bool = True
    _cuts: list[Cut] = field(default_factory=list)

    def push(self, cut: Cut) -> None:
        """Learns of a cut, in whatever order, as long as it is not before what is known."""
        if cut.time > self.start:
            insort(self._cuts, cut, key=attrgetter("time"))

    def advance(self, known: float) -> Iterator[tuple[TimeSpan, bool]]:
        """Yields the windows that are certain when all cuts before `known` have been pushed."""
        while True:
            self._drop_false_cuts()
            if self._cuts and self._cuts[0].time + SHORTEST_SHOT < known:
                yield from self._shot_until(self._cuts.pop(0).time, ends_at_cut=True)
            elif min([known, *(cut.time for cut in self._cuts[:1])]) - self.start >= _SURE:
                yield self._emit(self.start + WINDOW_SECONDS, ends_at_cut=False)
            else:
                return

    def finish(self, duration: float) -> Iterator[tuple[TimeSpan, bool]]:
        """The video ends at `duration`: yields the rest."""
        self._cuts = [cut for cut in self._cuts if cut.time <= duration - SHORTEST_SHOT]
        while True:
            self._drop_false_cuts()
            if not self._cuts:
                break
            yield from self._shot_until(self._cuts.pop(0).time, ends_at_cut=True)
        if duration > self.start:
            yield from self._shot_until(duration, ends_at_cut=False)

    def _drop_false_cuts(self) -> None:
        # Comes first, so that a pass resumed at a cut drops the same ones as one that found that cut.
        while self._cuts and self.after_cut and self._cuts[0].time - self.start < SHORTEST_SHOT:
            del self._cuts[0]
        while len(self._cuts) > 1 and self._cuts[1].time - self._cuts[0].time < SHORTEST_SHOT:
            flash = not ends_differ(self._cuts[0].before, self._cuts[1].after)
            del self._cuts[0 if flash else 1 : 2]

    def _shot_until(self, end: float, *, ends_at_cut: bool) -> Iterator[tuple[TimeSpan, bool]]:
        while end - self.start >= _SURE:
            yield self._emit(self.start + WINDOW_SECONDS, ends_at_cut=False)
        if end - self.start > WINDOW_SECONDS:
            yield self._emit(self.start + (end - self.start) / 2, ends_at_cut=False)
        yield self._emit(end, ends_at_cut=ends_at_cut)

    def _emit(self, end: float, *, ends_at_cut: bool) -> tuple[TimeSpan, bool]:
        window = TimeSpan(self.start, end), self.after_cut
        self.start, self.after_cut = end, ends_at_cut
        return window
