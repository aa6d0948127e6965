"""Text search and look-up by example."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from vporganizer.app.hits import Match, SearchHit, SearchResult
from vporganizer.app.moments import Moment, Timeline
from vporganizer.encoder import catalog
from vporganizer.encoder.protocol import ClipEncoder, MatchLimits
from vporganizer.errors import QueryError
from vporganizer.library.browsing import searchable_contents
from vporganizer.library.clips import clip_table, encoders
from vporganizer.library.library import Library
from vporganizer.library.nearest import Nearest
from vporganizer.library.pictures import any_picture
from vporganizer.library.records import Video
from vporganizer.library.tags import tags_of_many
from vporganizer.library.videos import videos_with_content

INDEX_FROM = 20_000  # windows; with fewer, comparing with all of them is as quick as asking the index
CANDIDATES = 400  # of the index for each query: enough for any answer that a person looks through
NOT_LOOKED_AT = -2.0  # lower than any cosine
PER_VIDEO = 3  # hits of one video, so that a long film does not drown the others


class Searcher:
    """Answers from the vectors of one encoder; keeps them in memory between searches."""

    def __init__(self, library: Library, encoder_name: str) -> None:
        self._library = library
        self.encoder_name = encoder_name
        self._lock = threading.Lock()
        self._encoder_id: int | None = None
        self._nearest: Nearest | None = None
        self._timeline: tuple[NDArray[np.int64], Timeline] | None = None

    def ready(self) -> bool:
        """True if the library holds vectors of this encoder; loads what searching needs."""
        with self._lock:
            if self._nearest is None:
                identity = catalog.info(self.encoder_name).identity
                rows = [row for row in encoders(self._library.db) if row.identity == identity]
                self._encoder_id = rows[0].id if rows else None
                self._nearest = Nearest(self._library, rows[0].id) if rows else None
            return self._nearest is not None and len(self._nearest.ids) > 0

    def search(
        self, queries: NDArray[np.float32], *, limit: int, per_video: int, min_score: float | None = None,
        skip: frozenset[int] = frozenset(), by_example: bool = False,
    ) -> tuple[tuple[SearchHit, ...], int]:  # fmt: skip
        """Ranks moments by the best of several query vectors, (Q, D) -> (hits, windows compared).

        Raises:
            QueryError: if `limit` or `per_video` is under 1.
        """
        if limit < 1 or per_video < 1:
            raise QueryError("At least one hit must be asked for.")
        if not self.ready():
            return (), 0
        with self._lock:
            ids, scores = self._scores(queries, by_example=by_example)
            timeline = self._windows(ids)
        found = timeline.moments(scores, per_content=None if self._one_left(skip) else per_video, skip=skip)
        floor = min_score if min_score is not None else NOT_LOOKED_AT
        found = itertools.takewhile(lambda moment: floor <= moment.score > NOT_LOOKED_AT, found)
        limits = catalog.match_limits(self.encoder_name, by_example=by_example)
        return tuple(itertools.islice(self._hits(found, limits), limit)), len(scores)

    def _one_left(self, skip: frozenset[int]) -> bool:
        """Whether at most one content is left that hits can come from."""
        assert self._encoder_id is not None
        found = searchable_contents(self._library.db, self._encoder_id, most=len(skip) + 2)
        return len(found - skip) <= 1

    def _scores(
        self, queries: NDArray[np.float32], *, by_example: bool
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Cosines of all windows with the best of the queries: (Q, D) -> ids (N,), scores (N,).

        Texts are always searched exactly. A look-up by example in a large library asks the index, and
        scores only what it returns; the rest is `NOT_LOOKED_AT`.
        """
        assert self._nearest is not None
        if not by_example or len(self._nearest.ids) < INDEX_FROM:
            ids, scores = self._nearest.scored(queries)
            return ids, scores.max(axis=0)
        near = [self._nearest.similar(query, CANDIDATES) for query in queries]
        ids = self._nearest.ids
        best = np.full(len(ids), NOT_LOOKED_AT, np.float32)
        for clip_id, score in itertools.chain.from_iterable(near):
            row = int(np.searchsorted(ids, clip_id))
            if row < len(ids) and ids[row] == clip_id:
                best[row] = max(best[row], score)
        return ids, best

    def _windows(self, ids: NDArray[np.int64]) -> Timeline:
        if self._timeline is None or not np.array_equal(self._timeline[0], ids):
            table = clip_table(self._library.db)
            rows = np.searchsorted(table.id, ids)
            timeline = Timeline(
                table.content[rows], table.start[rows], table.end[rows], table.after_cut[rows]
            )
            self._timeline = (ids.copy(), timeline)
        return self._timeline[1]

    def _hits(self, moments: Iterable[Moment], limits: MatchLimits | None) -> Iterator[SearchHit]:
        files: dict[int, list[Video]] = {}
        for moment in moments:
            if moment.content_id not in files:
                files[moment.content_id] = self._shown(moment.content_id)
            if videos := files[moment.content_id]:
                yield self._hit(moment, videos, strength(moment.score, limits))

    def _shown(self, content_id: int) -> list[Video]:
        """Files with this content that a person may still have, those at hand first."""
        videos = videos_with_content(self._library.db, content_id)
        there = [video for video in videos if video.availability != "missing"]
        return sorted(there, key=lambda video: (video.availability != "online", video.id))

    def _hit(self, moment: Moment, videos: list[Video], match: Match | None) -> SearchHit:
        video = videos[0]
        picture = any_picture(self._library, moment.content_id, (moment.start + moment.end) / 2)
        return SearchHit(
            path=os.fsdecode(video.path),
            start=moment.start,
            end=moment.end,
            score=moment.score,
            relevance=None,
            encoder=self.encoder_name,
            why="content",
            match=match,
            copies=tuple(os.fsdecode(copy.path) for copy in videos[1:]),
            tags=tags_of_many(self._library.db, [video.id]).get(video.id, ()),
            thumbnail=str(picture) if picture else None,
            online=video.availability == "online",
            video_id=video.id,
            content_id=moment.content_id,
        )


def strength(score: float, limits: MatchLimits | None) -> Match | None:
    """The score in words; None if it is no match, or if no cosine says so by itself."""
    if limits is None:
        return None
    if score >= limits.strong:
        return "strong"
    if score >= limits.fair:
        return "fair"
    return "weak" if score >= limits.weak else None


def search_text(
    searcher: Searcher, encoder: ClipEncoder, text: str, *, limit: int = 10, per_video: int = PER_VIDEO,
    min_score: float | None = None, anyway: bool = False,
) -> SearchResult:  # fmt: skip
    """Finds the moments that fit `text`.

    A text that the encoder does not know gives no hits unless `anyway`, and a note that says so.

    Raises:
        QueryError: if the text is empty.
    """
    if not text.strip():
        raise QueryError("The search text is empty.", hint="Type what you are looking for, such as: a dog")
    knows = encoder.knows(text)
    note = f"{knows_what(searcher.encoder_name)}." if knows == "no" else ""
    if not searcher.ready():
        empty = "Nothing is indexed yet. Start with: vporganizer scan FOLDER"
        return SearchResult((), knows, f"{note} {empty}".strip())
    if knows == "no" and not anyway:
        return SearchResult((), knows, note)
    hits, compared = searcher.search(
        encoder.embed_texts([text]), limit=limit, per_video=per_video, min_score=min_score
    )
    return SearchResult(hits, knows, note, compared)


def knows_what(encoder_name: str) -> str:
    """What an encoder can be asked for, as a sentence without its full stop."""
    label = catalog.label(encoder_name)
    examples = ", ".join(catalog.examples(encoder_name))
    return f"{label.capitalize()} knows things such as {examples}; not people, actions or places"
