"""The clips nearest to a query: an exact product with all stored vectors, or the index and then exact.

The first product of a process streams the vectors through a small buffer, in numpy: most processes ask
once, and that needs no compiling. From the second on they stay in memory, and the product is jitted
where an encoder has loaded JAX (9 ms instead of 14 for 60,000 x 1000 on two cores; more on a GPU).
Measured by tests/benchmarks/bench_search.py.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vporganizer.library.connection import reading
from vporganizer.library.library import Library
from vporganizer.library.matrix import Block, VectorMatrix
from vporganizer.library.vector_index import VectorIndex, saved_generation
from vporganizer.library.vectors import (
    PART,
    change_marks,
    clip_ids_with_vectors,
    encoder,
    generation,
    read_added,
    vectors_by_id,
)

if TYPE_CHECKING:
    import jax

log = logging.getLogger(__name__)

Hits = list[tuple[int, float]]
"""(clip id, cosine), best first; equal ones in order of their ids."""

_RESCORED = 100
"""Of what the index returns, at least this many are scored again from the stored vectors."""

_MOST_NEWER = 5000
"""With more clips than this that the index does not know, an exact search is faster than looking them up."""


class Nearest:
    """Searches the vectors of one encoder; keeps them in memory and up to date. For any thread.

    Cosines are products of the query with vectors as they are stored (float16), in float32.
    """

    def __init__(self, library: Library, encoder_id: int) -> None:
        self._library = library
        self._encoder = encoder(library, encoder_id)
        self._lock = threading.RLock()
        self._asked = False
        self._marks = (-1, -1)
        self._last_row = 0
        self._matrix = VectorMatrix(self._encoder.dim)
        self._order: NDArray[np.int64] | None = None
        self._sorted_ids = np.empty(0, np.int64)
        self._product = _Product()
        self._index: VectorIndex | None = None
        self._index_checked = -1
        self._stored = -1, np.empty(0, np.int64)

    @property
    def ids(self) -> NDArray[np.int64]:
        """Ids of the clips that `scores` last told of, ascending, (N,); of all clips if it was empty."""
        with self._lock:
            if not len(self._sorted_ids):
                self._sorted_ids = clip_ids_with_vectors(self._library, self._encoder.id)
            return self._sorted_ids

    def scores(self, queries: NDArray[np.float32]) -> NDArray[np.float32]:
        """Returns the cosines of queries with all clips: (Q, D) -> (Q, N), columns in order of `ids`."""
        return self.scored(queries)[1]

    def scored(self, queries: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Returns clip ids, (N,), and the cosines of queries with them, (Q, N), of one moment.

        Raises:
            ValueError: queries that are not (Q, D), or hold a number that is not finite.
        """
        queries = self._checked(queries)
        with self._lock:
            if not self._asked:
                self._asked = True
                return self._streamed(queries)
            self._refresh()
            scores = self._product(self._matrix, queries)
            if self._order is not None:
                scores = scores[:, self._order]
            return self._sorted_ids, scores

    def top(self, query: NDArray[np.float32], k: int, mask: NDArray[np.bool_] | None = None) -> Hits:
        """Returns the at most `k` nearest clips, exactly.

        Args:
            query: (D,) float32 of unit length.
            k: how many at most; fewer are returned where there are fewer.
            mask: (N,) bool in order of `ids`: only clips where it is True.
        """
        ids, scores = self.scored(np.atleast_2d(query))
        found = scores[0]
        if mask is not None:
            allowed = np.flatnonzero(mask)
            ids, found = ids[allowed], found[allowed]
        return best(ids, found, k)

    def similar(self, query: NDArray[np.float32], k: int) -> Hits:
        """Returns the at most `k` clips nearest to a clip's vector, (D,), by the index where it serves.

        What the index returns is scored again from the stored vectors, clips that it does not know yet
        are searched exactly, clips that are gone are left out. Without a usable index the search is
        exact. An index answers clip-to-clip questions well, questions in words less so.
        """
        query = self._checked(np.atleast_2d(query))[0]
        with self._lock:
            index = self._usable_index()
            if index is None:
                return self.top(query, k)
            with reading(self._library) as db:
                newer, gone = self._changes_since(index)
                found = index.query(query, max(k, _RESCORED) + gone) if len(newer) <= _MOST_NEWER else None
                wanted = np.empty(0, np.int64) if found is None else np.concatenate([found, newer])
                ids, vectors = vectors_by_id(db, self._encoder.id, wanted)
            if len(ids) < min(k, len(index.ids) + len(newer) - gone):
                return self.top(query, k)
            return best(ids, vectors.astype(np.float32) @ query, k)

    def _changes_since(self, index: VectorIndex) -> tuple[NDArray[np.int64], int]:
        """Returns the clips that the index does not know, (M,) ids, and how many of its are gone."""
        now = generation(self._library, self._encoder.id)
        if now == index.generation:
            return np.empty(0, np.int64), 0
        if self._stored[0] != now:
            self._stored = now, clip_ids_with_vectors(self._library, self._encoder.id)
        newer = np.setdiff1d(self._stored[1], index.ids, assume_unique=True)
        return newer, len(index.ids) - (len(self._stored[1]) - len(newer))

    def _usable_index(self) -> VectorIndex | None:
        """Returns the index file's contents, loaded again when the vectors have changed since."""
        now = generation(self._library, self._encoder.id)
        if now != self._index_checked:
            self._index_checked = now
            written = saved_generation(self._library.index_dir, self._encoder)
            if self._index is None or self._index.generation != written:
                self._index = VectorIndex.load(self._library.index_dir, self._encoder)
        return self._index

    def _streamed(self, queries: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Like `scored`, keeping no vectors: a third of the time of loading them all."""
        ids: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
        scores = [np.empty((len(queries), 0), np.float32)]
        buffer = np.empty((PART, self._encoder.dim), np.float32)  # one for all: fresh memory costs more
        for _, (part, vectors) in read_added(self._library, self._encoder, 0):
            ids.append(part)
            buffer[: len(part)] = vectors
            scores.append(queries @ buffer[: len(part)].T)
        self._sort(np.concatenate(ids))
        found = np.concatenate(scores, axis=1)
        return self._sorted_ids, found if self._order is None else found[:, self._order]

    def _sort(self, ids: NDArray[np.int64]) -> None:
        ascending = bool((ids[1:] > ids[:-1]).all())
        self._order = None if ascending else np.argsort(ids)
        self._sorted_ids = ids if self._order is None else ids[self._order]

    def _refresh(self) -> None:
        """Reads the vectors that were added since the last time; all of them if some were removed."""
        with reading(self._library) as db:
            marks = change_marks(db, self._encoder.id)
            if marks == self._marks:
                return
            if marks[1] != self._marks[1]:
                self._matrix, self._last_row = VectorMatrix(self._encoder.dim), 0
            for last_row, (ids, vectors) in read_added(db, self._encoder, self._last_row):
                self._matrix.append(ids, vectors)
                self._last_row = last_row
        self._marks = marks
        self._sort(self._matrix.ids)

    def _checked(self, queries: NDArray[np.float32]) -> NDArray[np.float32]:
        queries = np.ascontiguousarray(queries, np.float32)
        if queries.ndim != 2 or queries.shape[1] != self._encoder.dim:
            raise ValueError(f"queries of shape {queries.shape}, where (Q, {self._encoder.dim}) is expected")
        if not np.isfinite(queries).all():
            raise ValueError("a query with a number that is not finite")
        return queries


def best(ids: NDArray[np.int64], scores: NDArray[np.float32], k: int) -> Hits:
    """Returns the at most `k` best of (N,) ids by (N,) scores; equal scores in order of ids."""
    k = min(k, len(ids))
    if k <= 0:
        return []
    limit = np.partition(scores, len(scores) - k)[len(scores) - k]
    rows = np.flatnonzero(scores >= limit)
    rows = rows[np.lexsort((ids[rows], -scores[rows]))][:k]
    return [(int(ids[row]), float(scores[row])) for row in rows]


class _Product:
    """Queries times all blocks of a matrix: compiled where JAX is loaded, else in numpy."""

    def __init__(self) -> None:
        self._compiled: Callable[[Any, Any], jax.Array] | None = None
        self._on_device: dict[int, tuple[Block, int, jax.Array]] = {}

    def __call__(self, matrix: VectorMatrix, queries: NDArray[np.float32]) -> NDArray[np.float32]:
        """(Q, D) -> (Q, N)."""
        use_jax = _jax_is_loaded()
        log.debug("exact search of %d vectors in %s", len(matrix), "jax" if use_jax else "numpy")
        current = {id(block) for block in matrix.blocks}
        self._on_device = {key: held for key, held in self._on_device.items() if key in current}
        scores = np.empty((len(queries), len(matrix)), np.float32)
        for first, block in matrix.rows():
            if use_jax:
                scores[:, first : first + block.count] = self._in_jax(block, queries)
                continue
            for begin in range(0, block.count, PART):
                part = block.data[begin : min(begin + PART, block.count)]
                scores[:, first + begin : first + begin + len(part)] = queries @ part.T
        return scores

    def _in_jax(self, block: Block, queries: NDArray[np.float32]) -> NDArray[np.float32]:
        import jax

        if self._compiled is None:
            self._compiled = jax.jit(_dot)
        held = self._on_device.get(id(block))
        if held is None or held[0] is not block or held[1] != block.version:
            # Without a copy where the device is the CPU, since blocks are aligned: rows after `count`
            # may change under it, but then `version` does too, and nothing runs meanwhile.
            held = (block, block.version, jax.device_put(block.data, may_alias=True))
            self._on_device[id(block)] = held
        padded = np.zeros((1 << (len(queries) - 1).bit_length(), queries.shape[1]), np.float32)
        padded[: len(queries)] = queries  # few shapes, so few compilations
        return np.asarray(self._compiled(padded, held[2]))[: len(queries), : block.count]


def _jax_is_loaded() -> bool:
    """True if an encoder has loaded JAX: only for a product it would be slow to load."""
    return "jax" in sys.modules


def _dot(queries: jax.Array, vectors: jax.Array) -> jax.Array:
    """(Q, D), (R, D) -> (Q, R), in full float32 also where a device would rather use less."""
    import jax

    return jax.lax.dot_general(
        queries, vectors, (((1,), (1,)), ((), ())), precision=jax.lax.Precision.HIGHEST
    )
