"""Gradual shot changes: fades and dissolves, where no single frame stands out.

In a dissolve each picture is a mixture of what was before and what comes after, with a share that
falls from 1 to 0; in a pan it is something else. A scene that only gets brighter is a mixture too,
but its two ends show the same thing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from vporganizer.media.shots import REACH, Cut, Look, ends_unlikeness
from vporganizer.media.signature import Signature

Floats = NDArray[np.float32]

_TICK_SECONDS = 0.5
_SPANS_SECONDS = (1.0, 2.0)
_REST_SECONDS = 1.5
"""Two dissolves are at least this far apart: a long one is seen several times."""
_UNLIKE = 0.35
_RESIDUAL = 0.19
"""Share of the change that a mixture of both ends leaves unexplained: the least that a pan left was 0.2."""
_LARGEST_STEP = 0.5
_BACKWARDS = 0.15
_LEVEL = 40.0
_FLAT = 4.0
_FEWEST = 6


class DissolveFinder:
    """Finds gradual changes in a stream of looks. All before `known` have been found."""

    def __init__(self) -> None:
        self._run: list[Look] = []
        self._last = float("-inf")
        self.known = 0.0

    def push(self, look: Look) -> Iterator[Cut]:
        """Takes the next look; yields at most one change."""
        if not look.joined:
            self._run = []
        ticked = bool(self._run) and look.time // _TICK_SECONDS != self._run[-1].time // _TICK_SECONDS
        self._run.append(look)
        if len(self._run) == 1:
            self.known = look.time
            return
        self.known = max(self.known, look.time - _SPANS_SECONDS[-1])
        if ticked:
            yield from self._search()
            oldest = look.time - _SPANS_SECONDS[-1] - _TICK_SECONDS
            self._run = [kept for kept in self._run if kept.time >= oldest]

    def _search(self) -> Iterator[Cut]:
        now = self._run[-1].time
        for seconds in _SPANS_SECONDS:
            looks = [look for look in self._run if look.time >= now - seconds]
            full = now - looks[0].time > 0.9 * seconds
            middle = middle_of_dissolve(looks) if full and len(looks) >= _FEWEST else None
            if middle is not None and looks[middle].time >= self._last + _REST_SECONDS:
                self._last = looks[middle].time
                yield Cut(self._last, looks[0].signature, looks[-1].signature)
                return


def middle_of_dissolve(looks: Sequence[Look]) -> int | None:
    """Where the second picture gets the upper hand in a dissolve that spans `looks`; None if none does."""
    first, last = looks[0].signature, looks[-1].signature
    if ends_unlikeness(first, last) < _UNLIKE or _same_scene(first, last):
        return None
    pictures: Floats = np.stack([look.signature.coarse().ravel() for look in looks])
    change = pictures[0] - pictures[-1]
    shares = (pictures - pictures[-1]) @ change / float(change @ change)
    left = np.abs(pictures - pictures[-1] - np.clip(shares, 0, 1)[:, None] * change).mean(axis=1)
    steps = np.diff(shares)
    gradual = steps.max() < _BACKWARDS and steps.min() > -_LARGEST_STEP
    if not gradual or left.max() > _RESIDUAL * float(np.abs(change).mean()):
        return None
    middle = int(np.argmax(shares < 0.5))
    quarter = (looks[-1].time - looks[0].time) / 4
    inside = looks[0].time + quarter <= looks[middle].time <= looks[-1].time - quarter
    return middle if inside and min(middle, len(looks) - middle) >= min(REACH, len(looks) // 4) else None


def _same_scene(one: Signature, other: Signature) -> bool:
    """Whether two pictures differ in brightness and contrast only, a little motion forgiven."""
    if one.luma.std() < _FLAT or other.luma.std() < _FLAT:
        return False
    return ends_unlikeness(_levelled(one), _levelled(other)) < _UNLIKE


def _levelled(picture: Signature) -> Signature:
    """The picture with a standard brightness and contrast."""
    scale = np.float32(_LEVEL / picture.luma.std())
    luma = (picture.luma - picture.luma.mean()) * scale
    return Signature(luma, (picture.chroma - picture.chroma.mean(axis=(1, 2), keepdims=True)) * scale)
