"""The vectors of one encoder, ready to be searched: cosines, and what is usual for them."""

from __future__ import annotations

import itertools
import threading
from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from vporganizer.app.neutral import neutral_vectors
from vporganizer.app.relevance import SAMPLE, Background, example_background, text_background
from vporganizer.app.windows import Windows
from vporganizer.encoder.protocol import ClipEncoder, EncoderInfo
from vporganizer.library.clips import encoders
from vporganizer.library.connection import reading
from vporganizer.library.library import Library
from vporganizer.library.nearest import Nearest
from vporganizer.library.vectors import change_marks, vectors_by_id

INDEX_FROM = 20_000  # windows; with fewer, comparing with all of them is as quick as asking the index
CANDIDATES = 400  # of the index for each query: enough for any answer that a person looks through
NOT_LOOKED_AT = -2.0  # lower than any cosine
TEXTS_KEPT = 64  # vectors of texts that were asked for; a person changes words back and forth
_OUT_OF_DATE = 0.05  # share of clips that may be new before what is usual is looked at again

Scored = tuple[NDArray[np.int64], NDArray[np.float32]]
"""Clip ids, (N,) ascending, and cosines with each query, (Q, N)."""


class Searcher:
    """Answers from the vectors of one encoder; keeps them in memory between searches. For any thread."""

    def __init__(self, library: Library, info: EncoderInfo, windows: Windows) -> None:
        self._library = library
        self._info = info
        self._windows = windows
        self._lock = threading.RLock()
        self._encoder_id: int | None = None
        self._nearest: Nearest | None = None
        self._texts: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._backgrounds: dict[bool, tuple[int, int, Background]] = {}

    @property
    def name(self) -> str:
        """The encoder's name."""
        return self._info.name

    @property
    def encoder_id(self) -> int | None:
        """The encoder's key in the library; None while it has no vectors there."""
        return self._encoder_id

    def ready(self) -> bool:
        """True if the library holds vectors of this encoder; loads what searching needs."""
        with self._lock:
            if self._nearest is None:
                rows = [row for row in encoders(self._library.db) if row.identity == self._info.identity]
                self._encoder_id = rows[0].id if rows else None
                self._nearest = Nearest(self._library, rows[0].id) if rows else None
            return self._nearest is not None and len(self._nearest.ids) > 0

    def text(self, encoder: ClipEncoder, text: str) -> NDArray[np.float32]:
        """The vector of a text, (1, D); embedded once while it is asked for again and again."""
        with self._lock:
            if text in self._texts:
                self._texts.move_to_end(text)
                return self._texts[text]
        made = encoder.embed_texts([text])
        with self._lock:
            self._texts[text] = made
            while len(self._texts) > TEXTS_KEPT:
                self._texts.popitem(last=False)
        return made

    def scored(self, queries: NDArray[np.float32], *, by_index: bool = False) -> Scored:
        """Cosines of all windows with queries, (Q, D).

        With `by_index`, in a large library, only the windows that the index returns are scored; the
        others are `NOT_LOOKED_AT`.
        """
        if not self.ready():
            return np.empty(0, np.int64), np.empty((len(queries), 0), np.float32)
        with self._lock:
            assert self._nearest is not None
            if not by_index or len(self._nearest.ids) < INDEX_FROM:
                return self._nearest.scored(queries)
            near = [self._nearest.similar(query, CANDIDATES) for query in queries]
            ids = self._nearest.ids
        best = np.full((1, len(ids)), NOT_LOOKED_AT, np.float32)
        for clip_id, score in itertools.chain.from_iterable(near):
            row = int(np.searchsorted(ids, clip_id))
            if row < len(ids) and ids[row] == clip_id:
                best[0, row] = max(best[0, row], score)
        return ids, best

    def background(self, encoder: ClipEncoder, *, by_example: bool) -> Background:
        """What is usual for this encoder here: taken once, and again when a part of the clips is new."""
        with self._lock:
            if not self.ready():
                none = np.empty((0, self._info.dim), np.float32)
                return Background(none, 0, 0, np.zeros(self._info.dim, np.float32), 0.0, None, 0.0)
            assert self._encoder_id is not None and self._nearest is not None
            ids = self._nearest.ids
            removals = change_marks(self._library.db, self._encoder_id)[1]
            known = self._backgrounds.get(by_example)
            if known and known[0] == removals and len(ids) - known[1] <= _OUT_OF_DATE * known[1]:
                return known[2]
            made = self._background(encoder, ids, by_example=by_example)
            self._backgrounds[by_example] = (removals, len(ids), made)
            return made

    def _background(self, encoder: ClipEncoder, ids: NDArray[np.int64], *, by_example: bool) -> Background:
        assert self._encoder_id is not None
        chosen = ids[np.unique(np.linspace(0, len(ids) - 1, min(SAMPLE, len(ids))).astype(np.int64))]
        with reading(self._library) as db:
            found, vectors = vectors_by_id(db, self._encoder_id, chosen)
        sample = vectors.astype(np.float32)
        contents = len(np.unique(self._windows.contents(ids)))
        if by_example:
            return example_background(sample, self._windows.contents(found), len(ids), contents)
        return text_background(sample, neutral_vectors(self._library, encoder), len(ids), contents)
