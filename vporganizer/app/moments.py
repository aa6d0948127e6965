"""Windows of time and their scores -> moments, best first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

LONGEST_MOMENT = 30.0  # seconds: a person wants a place to look at, not a reel
NEAR_BEST = 0.85  # a neighbour joins a moment if it scores at least this share of the moment's best window
FIRST_LOOK = 2048  # windows sorted at once; the rest is sorted only if these do not fill the answer


@dataclass(frozen=True, slots=True)
class Moment:
    """Neighbouring windows of one content without a cut between them.

    `score` is the best one's, `best` its position among the scores.
    """

    content_id: int
    start: float
    end: float
    score: float
    best: int = 0


class Timeline:
    """The windows of an encoder, and which of them follow each other in the same shot."""

    def __init__(
        self,
        content: NDArray[np.int64],
        start: NDArray[np.float64],
        end: NDArray[np.float64],
        after_cut: NDArray[np.bool_],
    ) -> None:
        """Takes one value a window, (N,) each, in the order of the scores to come."""
        self._content, self._start, self._end = content, start, end
        order = np.lexsort((start, content))
        joined = (content[order][1:] == content[order][:-1]) & ~after_cut[order][1:]
        # A gap means that a window between the two has no vector: they are no neighbours then.
        joined &= np.abs(start[order][1:] - end[order][:-1]) < 0.01
        self._next = np.full(len(content), -1, np.int64)
        self._previous = np.full(len(content), -1, np.int64)
        self._next[order[:-1][joined]] = order[1:][joined]
        self._previous[order[1:][joined]] = order[:-1][joined]

    def __len__(self) -> int:
        return len(self._content)

    @cached_property
    def contents(self) -> NDArray[np.int64]:
        """The contents that the windows are of, each once, ascending."""
        return np.unique(self._content)

    def moments(
        self, scores: NDArray[np.float32], *, per_content: int | None, skip: frozenset[int] = frozenset()
    ) -> Iterator[Moment]:
        """Yields moments, best first, `per_content` of each content at most and none of those in `skip`.

        Neighbouring windows are joined only where no cut lies between them and both score near the
        moment's best; a moment is never longer than `LONGEST_MOMENT`.
        """
        used = np.zeros(len(scores), bool)
        given: Counter[int] = Counter()
        for best in _descending(scores):
            content = int(self._content[best])
            if used[best] or content in skip or (per_content and given[content] >= per_content):
                continue
            first, last = self._grow(int(best), scores, used)
            given[content] += 1
            yield Moment(
                content, float(self._start[first]), float(self._end[last]), float(scores[best]), int(best)
            )

    def _grow(self, best: int, scores: NDArray[np.float32], used: NDArray[np.bool_]) -> tuple[int, int]:
        first = last = best
        used[best] = True
        floor = scores[best] * NEAR_BEST if scores[best] > 0 else scores[best]
        while True:
            options = [
                at
                for at in (int(self._previous[first]), int(self._next[last]))
                if at >= 0 and not used[at] and scores[at] >= floor and self._fits(first, last, at)
            ]
            if not options:
                return first, last
            at = max(options, key=lambda index: scores[index])
            used[at] = True
            if at == self._next[last]:
                last = at
            else:
                first = at

    def _fits(self, first: int, last: int, at: int) -> bool:
        start = min(self._start[first], self._start[at])
        return bool(max(self._end[last], self._end[at]) - start <= LONGEST_MOMENT)


def _descending(scores: NDArray[np.float32]) -> Iterator[np.intp]:
    """Yields positions by falling score, equal ones in order; sorts the bulk only when it is reached."""
    if len(scores) > 2 * FIRST_LOOK:
        top = np.argpartition(-scores, FIRST_LOOK)
        head, tail = np.sort(top[:FIRST_LOOK]), np.sort(top[FIRST_LOOK:])
        yield from head[np.argsort(-scores[head], kind="stable")]
        yield from tail[np.argsort(-scores[tail], kind="stable")]
    else:
        yield from np.argsort(-scores, kind="stable")
