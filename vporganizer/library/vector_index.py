"""The hnswlib index of one encoder's vectors: a cache, in the one class that may touch hnswlib.

hnswlib reads out of bounds or crashes on queries of another length, on an index that is empty of
memory, and on files with flipped bytes; it saves onto a full disk without a word, and says 'Cannot
return the results in a contiguous 2D array' where fewer than k are left. So everything that goes in is
checked, a file is trusted only if its checksum fits, and on any doubt the index is built again from
the database, which alone is the truth.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vporganizer.errors import StorageFull
from vporganizer.library.index_files import (
    SPACE,
    IndexUnusableError,
    files,
    keep,
    plain,
    read_sidecar,
    sha256,
)
from vporganizer.library.records import EncoderRow
from vporganizer.library.vectors import Vectors

log = logging.getLogger(__name__)

LINKS = 32
"""hnswlib's M: with 16, a fifth of the true neighbours of unusual queries are not found."""

EF_CONSTRUCTION = 100
"""Candidates while building: 200 takes twice as long and finds hardly more."""

EF = 256
"""Candidates while searching: recall@10 is 0.99 also for queries far from all data."""

_MOST_GONE = 0.25
"""With more removed vectors than this share, the graph is built anew: it gets worse with each."""


class VectorIndex:
    """An approximate nearest-neighbour graph over the vectors that an encoder had at `generation`."""

    def __init__(self, encoder: EncoderRow, graph: Any, ids: NDArray[np.int64], generation: int) -> None:
        self.encoder = encoder
        self.ids = ids
        self.generation = generation
        self._graph = graph
        self._lock = threading.Lock()  # hnswlib's searches are safe beside each other, not beside adding

    @classmethod
    def open(
        cls, folder: Path, encoder: EncoderRow, vectors: Callable[[], Vectors], generation: int
    ) -> VectorIndex:
        """Returns an index that is up to date, built and saved again if the file is not.

        Args:
            folder: where index files are.
            encoder: whose vectors.
            vectors: gives all of them as they are at `generation`, if they are needed.
            generation: what the library says now.

        Raises:
            IndexUnusableError: hnswlib is not installed, or the index cannot be saved.
            StorageFull: there is no room left for it.
        """
        index = cls.load(folder, encoder)
        if index is None or index.generation != generation:
            index = _caught_up(index, encoder, *vectors(), generation)
            index.save(folder)
        return index

    @classmethod
    def load(cls, folder: Path, encoder: EncoderRow) -> VectorIndex | None:
        """Returns the index as its file has it, or None where the file cannot be trusted; says why."""
        try:
            return cls._load(folder, encoder)
        except IndexUnusableError as reason:
            log.info("the vector index of %s is not used: %s", encoder.name, reason)
            return None

    @classmethod
    def build(
        cls, encoder: EncoderRow, ids: NDArray[np.int64], vectors: NDArray[np.float16], generation: int
    ) -> VectorIndex:
        """Builds an index of (N,) clip ids with their (N, D) vectors.

        Raises:
            IndexUnusableError: hnswlib is not installed.
            ValueError: vectors of another length, or with a number that is not finite.
        """
        graph = _new_graph(encoder.dim)
        graph.init_index(
            max_elements=max(1, len(ids)), M=LINKS, ef_construction=EF_CONSTRUCTION, random_seed=1
        )
        graph.set_ef(EF)
        index = cls(encoder, graph, np.empty(0, np.int64), generation)
        index._add(ids, vectors)
        return index

    def query(self, query: NDArray[np.float32], k: int) -> NDArray[np.int64] | None:
        """Returns the ids of about the k clips nearest to a (D,) vector, or None if hnswlib cannot say.

        Raises:
            ValueError: a query of another length, or with a number that is not finite.
        """
        row = _checked(np.atleast_2d(query), self.encoder.dim)
        k = min(k, len(self.ids))
        if k <= 0:
            return np.empty(0, np.int64)
        with self._lock:
            try:
                self._graph.set_ef(max(EF, k))
                labels, _ = self._graph.knn_query(row, k=k, num_threads=1)
            except RuntimeError as error:  # fewer than k can be reached in the graph
                log.info("the vector index of %s gave no answer: %s", self.encoder.name, error)
                return None
        found: NDArray[np.int64] = labels[0].astype(np.int64)
        return found

    def save(self, folder: Path) -> None:
        """Writes the index and what it must be to `folder`, each at once or not at all.

        Raises:
            StorageFull: hnswlib wrote less than there is, which it does not say itself.
            IndexUnusableError: the file cannot be written.
        """
        target, _ = files(folder, self.encoder.name)
        partial = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            with self._lock:
                expected = int(self._graph.index_file_size())
                self._graph.save_index(plain(partial))
            size = partial.stat().st_size if partial.exists() else 0
            if size != expected:
                raise StorageFull(
                    "There is no room left for the vector index.",
                    hint="Searching works without it, but slower.",
                )
            keep(partial, folder, self.encoder, len(self.ids), self.generation)
        except OSError as error:
            raise IndexUnusableError(f"it cannot be saved ({error.strerror})") from error
        finally:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)

    @classmethod
    def _load(cls, folder: Path, encoder: EncoderRow) -> VectorIndex:
        target, _ = files(folder, encoder.name)
        facts = read_sidecar(folder, encoder)
        try:
            if target.stat().st_size != facts.size or sha256(target) != facts.sha256:
                raise IndexUnusableError("its file is damaged")
        except OSError as error:
            raise IndexUnusableError(f"its file cannot be read ({error.strerror})") from error
        graph = _new_graph(encoder.dim)
        try:
            graph.load_index(plain(target), max_elements=max(1, facts.count))
            ids = np.sort(np.asarray(graph.get_ids_list(), np.int64))
        except RuntimeError as error:
            raise IndexUnusableError(f"its file is damaged ({error})") from error
        if len(ids) != facts.count:
            raise IndexUnusableError(f"its file holds {len(ids)} vectors, not {facts.count}")
        return cls(encoder, graph, ids, facts.generation)

    def _add(self, ids: NDArray[np.int64], vectors: NDArray[np.float16]) -> None:
        if not len(ids):
            return
        with self._lock:
            self._graph.resize_index(len(self.ids) + len(ids))  # loading leaves no room to spare
            for begin in range(0, len(ids), 8192):  # float32 copies of a part at a time
                part = slice(begin, begin + 8192)
                self._graph.add_items(_checked(vectors[part], self.encoder.dim), ids[part].astype(np.uint64))
            self.ids = np.sort(np.concatenate([self.ids, ids]))


def saved_generation(folder: Path, encoder: EncoderRow) -> int | None:
    """Returns the generation of the encoder's index file, or None if there is no usable one."""
    try:
        return read_sidecar(folder, encoder).generation
    except IndexUnusableError:
        return None


def index_health(folder: Path, encoder: EncoderRow, generation: int) -> str:
    """Says in a few words how an encoder's index is: 'current', 'behind', or why it is not used."""
    try:
        _new_graph(encoder.dim)
        facts = read_sidecar(folder, encoder)
        if files(folder, encoder.name)[0].stat().st_size != facts.size:
            return "its file is damaged"
    except (IndexUnusableError, OSError) as reason:
        return str(reason)
    return "current" if facts.generation == generation else "behind"


def _caught_up(
    index: VectorIndex | None, encoder: EncoderRow, ids: NDArray[np.int64], vectors: NDArray[np.float16],
    generation: int,
) -> VectorIndex:  # fmt: skip
    """Adds to an index what it lacks, or builds it anew where too much of it is gone."""
    if index is None:
        return VectorIndex.build(encoder, ids, vectors, generation)
    gone = len(np.setdiff1d(index.ids, ids, assume_unique=True))
    if gone > _MOST_GONE * len(index.ids):
        return VectorIndex.build(encoder, ids, vectors, generation)
    lacking = ~np.isin(ids, index.ids, assume_unique=True)
    index._add(ids[lacking], vectors[lacking])
    index.generation = generation
    return index


def _new_graph(dim: int) -> Any:
    try:
        import hnswlib
    except ImportError as error:
        raise IndexUnusableError("hnswlib is not installed; searches are exact") from error
    return hnswlib.Index(space=SPACE, dim=dim)


def _checked(vectors: NDArray[np.floating], dim: int) -> NDArray[np.float32]:
    """Returns (N, D) float32 rows of unit length; hnswlib itself checks nothing."""
    rows = np.ascontiguousarray(vectors, np.float32)
    if rows.ndim != 2 or rows.shape[1] != dim:
        raise ValueError(f"vectors of shape {rows.shape}, where (N, {dim}) is expected")
    if not np.isfinite(rows).all():
        raise ValueError("a vector with a number that is not finite")
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.ascontiguousarray(rows / np.maximum(lengths, 1e-12))
