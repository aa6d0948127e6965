"""The library's windows of time in memory, shared by all searches."""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

from vporganizer.app.moments import Timeline
from vporganizer.library.clips import clip_table
from vporganizer.library.library import Library
from vporganizer.library.records import ClipTable


class Windows:
    """Tells which windows follow each other; reads the library again only for windows it has not seen.

    A window never changes once it is stored, and its id is never used for another.
    """

    def __init__(self, library: Library) -> None:
        self._library = library
        self._lock = threading.Lock()
        self._table: ClipTable | None = None
        self._timeline: tuple[NDArray[np.int64], Timeline] | None = None

    def timeline(self, ids: NDArray[np.int64]) -> Timeline:
        """The windows with these ids, (N,) ascending, in that order."""
        with self._lock:
            if self._timeline is None or not np.array_equal(self._timeline[0], ids):
                table, rows = self._rows(ids)
                made = Timeline(
                    table.content[rows], table.start[rows], table.end[rows], table.after_cut[rows]
                )
                self._timeline = (ids.copy(), made)
            return self._timeline[1]

    def contents(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Which content each window is of, (N,)."""
        with self._lock:
            table, rows = self._rows(ids)
            return table.content[rows]

    def _rows(self, ids: NDArray[np.int64]) -> tuple[ClipTable, NDArray[np.intp]]:
        table = self._table
        if table is None or not _holds(table, ids):
            table = self._table = clip_table(self._library.db)
        return table, np.searchsorted(table.id, ids)


def _holds(table: ClipTable, ids: NDArray[np.int64]) -> bool:
    if not len(table) or (len(ids) and ids[-1] > table.id[-1]):
        return not len(ids)
    return bool((table.id[np.searchsorted(table.id, ids)] == ids).all())
