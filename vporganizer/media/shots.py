"""Shot changes: where the picture turns into another one from one frame to the next.

Two questions are asked of signatures. `ends_differ`: could there be a cut between two frames some
seconds apart? It must not miss one, may be wrong, and forgives pans by looking for the shift that
fits best. `CutFinder`: among consecutive frames, which change stands out from its neighbours? A pan,
however fast, changes each frame about as much as the last; a cut is a single spike. A key frame of a
poor encoding is a spike as well, since the picture suddenly gets its details back: so the two
frames must also be *unlike*, with what one shows not found in the other.

Where pictures stand for long, as in a slide show or a recording of a screen that leaves out what did
not change, there are no neighbours to compare with: there two unlike frames are a cut.

Everything looks at most `REACH` frames and `_NEAR_SECONDS` either way, so that a pass that starts
again a few seconds before any moment comes to the same decisions from there on. The constants were
set on one half of the photographs of `tests/benchmarks/bench_shots.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from vporganizer.media.signature import Plane, Signature, distance

REACH = 6
"""Changes before and after that a change is compared with. At 30 fps a fifth of a second."""

_NEAR_SECONDS = 1.0
"""Changes further away than this say nothing, even if no frame lies between."""
_STANDS_SECONDS = 0.45
"""A picture that is shown for this long ends with a cut if the next is unlike."""
_STANDING_UNLIKE = 0.3
"""Unlikeness, forgiving a pan, of a picture that stood and the next: of other photographs 0.3 or more."""

_SPIKE_RATIO = 1.7
_CLEAR_RATIO = 2.5
"""Pans over photographs gave at most 1.9, cuts at least 3.4; a cut out of a fast scene 2.3. So lesser
spikes count only where the two frames are clearly unlike."""
_SPIKE_FLOOR = 1.5
"""Changes below this are noise, whatever their neighbours: of 255, luma and chroma together."""
_RANK = 3
"""A change is compared with the third largest neighbour: two others may be spikes as well, such as
the ends of a shot of a few frames."""
_FLASH_SHARE = 0.45
"""A spike after which the picture comes back to what it was is a flash, not a cut."""

UNLIKE = 0.25
"""Unlikeness of different shots: cuts gave at least 0.3 (frames seconds apart, large shifts) and 0.35
(neighbours, small shifts); key frames of poor encodings at most 0.16; slow pans 0.2 after a second."""
CLEARLY_UNLIKE = 0.4
_SAME = 2.0
"""Distance below which two frames are the same picture."""
_PAN_SHIFTS = (3, 5)
_SHAKE_SHIFTS = (1, 1)
"""Rows and columns of half resolution that are tried."""
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


def prominence(changes: Sequence[float], times: Sequence[float], index: int) -> float:
    """How much the change at `index` stands out from those near it.

    Args:
        changes: from each frame to the next.
        times: seconds of each change; its neighbours are up to `REACH` of them on either side, as far
            as they are near in time as well.
        index: which change.
    """
    around = [
        changes[other]
        for other in range(max(0, index - REACH), min(len(changes), index + 1 + REACH))
        if other != index and abs(times[other] - times[index]) <= _NEAR_SECONDS
    ]
    if not around:
        return float("inf")
    around.sort(reverse=True)
    rank = min(_RANK - 1, max(0, len(around) // 2 - 1))
    return changes[index] / (around[rank] + 0.3)


def is_spike(changes: Sequence[float], times: Sequence[float], index: int) -> bool:
    """Whether the change at `index` may be a cut, as far as its neighbours tell; see `prominence`."""
    return changes[index] > _SPIKE_FLOOR and prominence(changes, times, index) > _SPIKE_RATIO


class CutFinder:
    """Finds the cuts in a stream of looks. `known` is the time up to which all cuts are found."""

    def __init__(self) -> None:
        self._run: list[Look] = []
        self._changes: list[float] = []
        self._times: list[float] = []
        self._next = 0
        self.known = 0.0

    def push(self, look: Look) -> Iterator[Cut]:
        """Takes the next look; yields the cuts that are certain by now, in order."""
        if not look.joined:
            yield from self._decide(len(self._changes))
            self._run, self._changes, self._times, self._next = [look], [], [], 0
            self.known = look.time
            return
        self._changes.append(distance(self._run[-1].signature, look.signature))
        self._times.append(look.time)
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
            self.known = self._times[index]
            if self._is_cut(index):
                yield Cut(self._times[index], self._before(index), self._after(index))

    def _is_cut(self, index: int) -> bool:
        """Whether the picture after a change is another, neither a flash nor the same one, sharper."""
        change = self._changes[index]
        if change <= _SPIKE_FLOOR:
            return False
        one, other = self._run[index], self._run[index + 1]
        stood = other.time - one.time >= _STANDS_SECONDS
        prominent = prominence(self._changes, self._times, index)
        if not stood and prominent <= _SPIKE_RATIO:
            return False
        if distance(self._before(index), self._after(index)) < _FLASH_SHARE * change:
            return False
        if stood and unlikeness(one.signature, other.signature, _PAN_SHIFTS) > _STANDING_UNLIKE:
            return True
        needed = UNLIKE if prominent > _CLEAR_RATIO else CLEARLY_UNLIKE
        spike = prominent > _SPIKE_RATIO
        return spike and unlikeness(one.signature, other.signature, _SHAKE_SHIFTS) > needed

    def _before(self, index: int) -> Signature:
        """What is shown a moment before a change, but not so long before that it is another shot."""
        last = self._run[index].time
        looks = self._run[max(0, index - REACH + 1) : index + 1]
        return next(look.signature for look in looks if last - look.time < _STANDS_SECONDS)

    def _after(self, index: int) -> Signature:
        """What is shown a moment after a change."""
        first = self._times[index]
        looks = self._run[index + 1 : index + 1 + REACH]
        return next(look.signature for look in reversed(looks) if look.time - first < _STANDS_SECONDS)

    def _forget(self) -> None:
        spare = self._next - 2 * REACH
        if spare > 64:
            del self._run[:spare], self._changes[:spare], self._times[:spare]
            self._next -= spare


def ends_differ(one: Signature, other: Signature) -> bool:
    """Whether two frames some seconds apart may belong to different shots."""
    return ends_unlikeness(one, other) > UNLIKE


def ends_unlikeness(one: Signature, other: Signature) -> float:
    """How unlike two frames some seconds apart are, forgiving a pan; see `unlikeness`."""
    return unlikeness(one, other, _PAN_SHIFTS) if distance(one, other) >= _SAME else 0.0


def unlikeness(one: Signature, other: Signature, shifts: tuple[int, int]) -> float:
    """How much of what two frames show is not the same, at the shift that fits best.

    A shift counts only if the overlap keeps most of the detail of both pictures: the white margins
    of two different things on white always fit.

    Returns:
        The remaining difference, relative to the detail in both: 0 where they show the same, about
        1 where they have nothing in common.
    """
    first, second = one.coarse(), other.coarse()
    weights = _weights(first), _weights(second)
    half = _halve(first), _halve(second)
    half_weights = _halve(weights[0]), _halve(weights[1])
    coarse = [
        (_residual(half, half_weights, down, right), down, right)
        for down in range(-shifts[0], shifts[0] + 1)
        for right in range(-shifts[1], shifts[1] + 1)
    ]
    best = float(np.abs(first - second).sum(axis=-1).mean())
    for _, down, right in sorted(coarse)[:2]:
        for fine_down in range(2 * down - 1, 2 * down + 2):
            for fine_right in range(2 * right - 1, 2 * right + 2):
                best = min(best, _residual((first, second), weights, fine_down, fine_right))
    return best / (float(weights[0].mean() + weights[1].mean()) + 1.0)


def _weights(picture: Plane) -> Plane:
    """How much detail is where: (rows, columns, 1)."""
    weights: Plane = np.abs(picture - np.median(picture, axis=(0, 1))).sum(axis=-1, keepdims=True)
    return weights


def _halve(picture: Plane) -> Plane:
    rows, columns = picture.shape[0] // 2, picture.shape[1] // 2
    halved: Plane = picture.reshape(rows, 2, columns, 2, -1).mean(axis=(1, 3))
    return halved


def _residual(pictures: tuple[Plane, Plane], weights: tuple[Plane, Plane], down: int, right: int) -> float:
    """Mean difference in the overlap of two shifted pictures, summed over channels."""
    rows, columns = pictures[0].shape[:2]
    here = (slice(max(0, down), rows + min(0, down)), slice(max(0, right), columns + min(0, right)))
    there = (slice(max(0, -down), rows - max(0, down)), slice(max(0, -right), columns - max(0, right)))
    for weight, part in zip(weights, (here, there), strict=True):
        if weight[part].sum() < _DETAIL_KEPT * weight.sum():
            return float("inf")
    return float(np.abs(pictures[0][here] - pictures[1][there]).sum(axis=-1).mean())
