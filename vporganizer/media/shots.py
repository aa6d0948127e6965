"""Shot changes: where the picture turns into another one from one frame to the next.

Two questions are asked of signatures. `ends_differ`: could there be a cut between two frames some
seconds apart? It must not miss one, may be wrong, and forgives pans by looking for the shift that
fits best. `is_cut`: among consecutive frames, does this change stand out from its neighbours? A pan,
however fast, changes each frame about as much as the last; a cut is a single spike.

Everything looks at most `REACH` frames either way, so that a pass that starts again a few seconds
before any moment comes to the same decisions from there on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from vporganizer.media.signature import Plane, Signature, distance

REACH = 6
"""Changes before and after that a change is compared with. At 30 fps a fifth of a second."""

_SPIKE_RATIO = 2.5
"""Pans over photographs gave at most 1.9, cuts at least 3.4."""
_SPIKE_FLOOR = 2.0
"""Changes below this are noise, whatever their neighbours: of 255, luma and chroma together."""
_RANK = 3
"""A change is compared with the third largest neighbour: two others may be spikes as well, such as
the ends of a shot of a few frames."""
_FLASH_SHARE = 0.45
"""A spike after which the picture comes back to what it was is a flash, not a cut."""

_ALIKE = 8.0
_SHIFTED_ALIKE = 12.0
_HISTOGRAM_ALIKE = 0.5
_DETAIL_KEPT = 0.6


@dataclass(frozen=True, slots=True)
class Look:
    """One frame that was looked at.

    Attributes:
        time: seconds from the first picture.
        signature: what it looked like.
        joined: True if it directly follows the frame looked at before; False after a gap in which
            no cut was to be searched, or none was found.
    """

    time: float
    signature: Signature
    joined: bool


@dataclass(frozen=True, slots=True)
class Cut:
    """A shot change: the moment of the first new picture, and what the shots look like around it."""

    time: float
    before: Signature
    after: Signature


def is_spike(changes: Sequence[float], index: int) -> bool:
    """Whether the change at `index` stands out from up to `REACH` neighbours on either side."""
    change = changes[index]
    if change < _SPIKE_FLOOR:
        return False
    around = [*changes[max(0, index - REACH) : index], *changes[index + 1 : index + 1 + REACH]]
    if not around:
        return change > 2 * _ALIKE
    around.sort(reverse=True)
    rank = min(_RANK - 1, max(0, len(around) // 2 - 1))
    return change > _SPIKE_RATIO * (around[rank] + 0.3)


class CutFinder:
    """Finds the cuts in a stream of looks. `known` is the time up to which all cuts are found."""

    def __init__(self) -> None:
        self._run: list[Look] = []
        self._changes: list[float] = []
        self._next = 0
        self.known = 0.0

    def push(self, look: Look) -> Iterator[Cut]:
        """Takes the next look; yields the cuts that are certain by now, in order."""
        if not look.joined:
            yield from self._decide(len(self._changes))
            self._run, self._changes, self._next = [look], [], 0
            self.known = look.time
            return
        self._changes.append(distance(self._run[-1].signature, look.signature))
        self._run.append(look)
        yield from self._decide(len(self._changes) - REACH)
        self._forget()

    def finish(self) -> Iterator[Cut]:
        """The video is at its end: yields what was still open."""
        yield from self._decide(len(self._changes))

    def _decide(self, end: int) -> Iterator[Cut]:
        while self._next < end:
            index = self._next
            self._next += 1
            self.known = self._run[index + 1].time
            if is_spike(self._changes, index) and not self._is_flash(index):
                yield Cut(self._run[index + 1].time, self._before(index), self._after(index))

    def _before(self, index: int) -> Signature:
        return self._run[max(0, index - REACH + 1)].signature

    def _after(self, index: int) -> Signature:
        return self._run[min(len(self._run) - 1, index + REACH)].signature

    def _is_flash(self, index: int) -> bool:
        return distance(self._before(index), self._after(index)) < _FLASH_SHARE * self._changes[index]

    def _forget(self) -> None:
        spare = self._next - 2 * REACH
        if spare > 64:
            del self._run[:spare], self._changes[:spare]
            self._next -= spare


def ends_differ(one: Signature, other: Signature) -> bool:
    """Whether two frames some seconds apart may belong to different shots."""
    if distance(one, other) < _ALIKE:
        return False
    first, second = one.coarse(), other.coarse()
    alike = _histogram_distance(first, second) <= _HISTOGRAM_ALIKE
    limit = _SHIFTED_ALIKE if alike else _SHIFTED_ALIKE / 2
    return best_shift(first, second) > limit


def _histogram_distance(one: Plane, other: Plane) -> float:
    total = 0.0
    for channel, (low, high) in enumerate(((0, 256), (64, 192), (64, 192))):
        both = []
        for picture in (one, other):
            values = np.clip(picture[..., channel], low, high - 1)
            counts, _ = np.histogram(values, 16, (low, high))
            both.append(np.convolve(counts / values.size, (0.25, 0.5, 0.25), "same"))
        total += float(np.abs(both[0] - both[1]).sum())
    return total


def best_shift(one: Plane, other: Plane) -> float:
    """The smallest mean difference (summed over channels) of two (18, 32, 3) pictures over shifts.

    A shift counts only if the overlap keeps most of the detail of both pictures: white margins of
    two different things on white always fit.
    """
    weight_one, weight_other = _detail(one), _detail(other)
    half_one, half_other = _halve(one), _halve(other)
    halved = (_halve(weight_one[..., None])[..., 0], _halve(weight_other[..., None])[..., 0])
    coarse = [
        (_residual(half_one, half_other, *halved, down, right), down, right)
        for down in range(-3, 4)
        for right in range(-5, 6)
    ]
    best = float(np.abs(one - other).mean() * 3)
    for _, down, right in sorted(coarse)[:2]:
        for fine_down in range(2 * down - 1, 2 * down + 2):
            for fine_right in range(2 * right - 1, 2 * right + 2):
                best = min(best, _residual(one, other, weight_one, weight_other, fine_down, fine_right))
    return best


def _detail(picture: Plane) -> Plane:
    weights: Plane = np.abs(picture - np.median(picture, axis=(0, 1))).sum(axis=-1) + np.float32(0.1)
    weights /= weights.sum()
    return weights


def _halve(picture: Plane) -> Plane:
    rows, columns = picture.shape[0] // 2, picture.shape[1] // 2
    halved: Plane = picture.reshape(rows, 2, columns, 2, -1).mean(axis=(1, 3))
    return halved


def _residual(one: Plane, other: Plane, keep_one: Plane, keep_other: Plane, down: int, right: int) -> float:
    rows, columns = one.shape[:2]
    here = (slice(max(0, down), rows + min(0, down)), slice(max(0, right), columns + min(0, right)))
    there = (slice(max(0, -down), rows - max(0, down)), slice(max(0, -right), columns - max(0, right)))
    if keep_one[here].sum() < _DETAIL_KEPT * keep_one.sum():
        return float("inf")
    if keep_other[there].sum() < _DETAIL_KEPT * keep_other.sum():
        return float("inf")
    return float(np.abs(one[here] - other[there]).mean() * 3)
