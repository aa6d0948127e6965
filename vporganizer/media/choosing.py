"""Which of the pictures seen go into a window, and which are kept for poster and storyboard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vporganizer.media.decoding import Candidate
from vporganizer.media.records import TimeSpan

_FLAT = 6.0
"""Contrast below which a picture shows nothing."""
_ENOUGH = 45.0
"""More contrast than this makes no better poster."""


def even_times(span: TimeSpan, count: int) -> list[float]:
    """The middles of `count` equal parts of a span, in seconds."""
    step = (span.end - span.start) / count
    return [span.start + (index + 0.5) * step for index in range(count)]


def times_from_start(span: TimeSpan, count: int) -> list[float]:
    """The starts of `count` equal parts of a span, in seconds: how VideoPrism's published code samples."""
    step = (span.end - span.start) / count
    return [span.start + index * step for index in range(count)]


@dataclass(slots=True)
class Shelf:
    """Keeps the pictures that windows still to come may need."""

    _kept: list[Candidate] = field(default_factory=list)

    def add(self, candidates: Sequence[Candidate]) -> None:
        """Takes pictures in order of time."""
        self._kept += candidates

    def take(self, span: TimeSpan, count: int) -> tuple[NDArray[np.uint8], tuple[float, ...]]:
        """The `count` pictures nearest to evenly spread times of a span, repeated if there are fewer.

        Pictures before the span's end are then forgotten, but for the last, which stands in where a
        damaged stretch has none.

        Returns:
            Frames (count, H, W, 3) uint8, and the seconds of each.
        """
        inside = [kept for kept in self._kept if span.start <= kept.time < span.end]
        pool = inside or self._kept
        chosen = [min(pool, key=lambda kept: abs(kept.time - time)) for time in even_times(span, count)]
        later = [kept for kept in self._kept if kept.time >= span.end]
        self._kept = [*[kept for kept in self._kept if kept.time < span.end][-1:], *later]
        return np.stack([kept.picture for kept in chosen]), tuple(kept.time for kept in chosen)


@dataclass(slots=True)
class Album:
    """Keeps evenly spread pictures of a video of unknown length, and the one that shows most."""

    count: int
    best: Candidate | None = None
    best_key: Candidate | None = None
    _kept: list[Candidate] = field(default_factory=list)
    _spacing: float = 0.0

    def add(self, candidates: Sequence[Candidate]) -> None:
        """Takes pictures in order of time."""
        for candidate in candidates:
            self.best = _better(self.best, candidate)
            if candidate.key is not None:
                self.best_key = _better(self.best_key, candidate)
            if not self._kept or candidate.time - self._kept[-1].time >= self._spacing:
                self._kept.append(candidate)
            if len(self._kept) > 4 * self.count:
                del self._kept[1::2]
                self._spacing = max(2 * self._spacing, self._kept[1].time - self._kept[0].time)

    def spread(self, duration: float) -> list[Candidate]:
        """`count` pictures spread over the video, repeated where there are fewer."""
        times = even_times(TimeSpan(0.0, max(duration, 1e-3)), self.count)
        return (
            [min(self._kept, key=lambda kept: abs(kept.time - time)) for time in times] if self._kept else []
        )

    def poster(self) -> Candidate | None:
        """The picture for the poster: a key frame unless those are all flat and another is not."""
        if self.best_key is None or (self.best_key.contrast < _FLAT and self.best is not None):
            return self.best
        return self.best_key


def _better(best: Candidate | None, candidate: Candidate) -> Candidate:
    """The earlier one, unless the later shows clearly more."""
    if best is None:
        return candidate
    return candidate if min(candidate.contrast, _ENOUGH) > 1.15 * min(best.contrast, _ENOUGH) else best
