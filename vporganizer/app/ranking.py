"""Windows and their scores, of one encoder or of several -> hits, best first."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vporganizer.app import relevance
from vporganizer.app.hits import Match, SearchHit
from vporganizer.app.moments import Moment, Timeline
from vporganizer.app.searcher import NOT_LOOKED_AT, Searcher
from vporganizer.app.windows import Windows
from vporganizer.encoder import catalog
from vporganizer.encoder.protocol import ClipEncoder, Knows, MatchLimits
from vporganizer.errors import QueryError
from vporganizer.library.library import Library
from vporganizer.library.pictures import any_picture
from vporganizer.library.records import Video
from vporganizer.library.tags import tags_of_many
from vporganizer.library.videos import videos_with_content

_IMPORTANCE = {"yes": 1.0, "partly": relevance.PARTLY, "no": 1.0}


@dataclass(frozen=True, slots=True)
class Voice:
    """An encoder that answers a question.

    Attributes:
        searcher, encoder: its vectors here, and itself.
        queries: what is asked for as vectors of its own, (Q, D).
        knows: how well it knows what is asked for.
    """

    searcher: Searcher
    encoder: ClipEncoder
    queries: NDArray[np.float32]
    knows: Knows = "yes"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is wanted of an answer.

    Attributes:
        limit, per_video: hits at most, in all and of one video.
        min_score: least cosine.
        skip: contents that no hit may be of.
        by_example: clips are compared with clips, not with a text.
    """

    limit: int = 10
    per_video: int = 3
    min_score: float | None = None
    skip: frozenset[int] = frozenset()
    by_example: bool = False

    def check(self) -> None:
        """Raises QueryError if no hit is asked for."""
        if self.limit < 1 or self.per_video < 1:
            raise QueryError("At least one hit must be asked for.")


@dataclass(frozen=True, slots=True)
class _Table:
    """Windows with what they are ranked by, all (N,): ids ascend, `voice` is who scored each."""

    ids: NDArray[np.int64]
    scores: NDArray[np.float32]
    relevances: NDArray[np.float32] | None
    keys: NDArray[np.float32]
    voice: NDArray[np.int8]


def rank(
    library: Library, windows: Windows, voices: Sequence[Voice], wanted: Wanted
) -> tuple[tuple[SearchHit, ...], int]:
    """Ranks moments by what the encoders say -> hits, windows compared.

    One encoder alone ranks by cosine. Several rank by relevance; where more than one has looked at a
    window the first of them counts, so `voices` are given best first.

    Raises:
        QueryError: if no hit is asked for.
    """
    wanted.check()
    table = _alone(voices[0], wanted) if len(voices) == 1 else _together(voices, wanted)
    if not len(table.ids):
        return (), 0
    keys = table.keys
    if wanted.min_score is not None:
        keys = np.where(table.scores >= wanted.min_score, keys, np.float32(NOT_LOOKED_AT))
    timeline = windows.timeline(table.ids)
    per_video = None if _one_left(library, timeline, wanted.skip) else wanted.per_video
    found = timeline.moments(keys, per_content=per_video, skip=wanted.skip)
    found = itertools.takewhile(lambda moment: moment.score > NOT_LOOKED_AT, found)
    hits = _Hits(library, voices, table, by_example=wanted.by_example)
    return tuple(itertools.islice(hits.of(found), wanted.limit)), len(table.ids)


def _alone(voice: Voice, wanted: Wanted) -> _Table:
    """One encoder: ranked by cosine, with relevances only where no cosine says by itself what a match is."""
    searcher, queries = voice.searcher, voice.queries
    ids, found = searcher.scored(queries, by_index=wanted.by_example)
    scores = found.max(axis=0)
    relevances = None
    if len(ids) and catalog.match_limits(searcher.name, by_example=wanted.by_example) is None:
        background = searcher.background(voice.encoder, by_example=wanted.by_example)
        relevances = relevance.relevances(background, queries, scores, None, alone=True)
    return _Table(ids, scores, relevances, scores, np.zeros(len(ids), np.int8))


def _together(voices: Sequence[Voice], wanted: Wanted) -> _Table:
    """Several encoders: ranked by relevance, each window by the first that has looked at it."""
    parts = [_judged(voice, wanted) for voice in voices]
    ids = np.unique(np.concatenate([found for found, _, _ in parts]))
    scores = np.full(len(ids), NOT_LOOKED_AT, np.float32)
    relevances, keys = np.zeros(len(ids), np.float32), np.full(len(ids), NOT_LOOKED_AT, np.float32)
    who = np.zeros(len(ids), np.int8)
    for place in reversed(range(len(voices))):  # the first comes last and overwrites
        found, score, judged = parts[place]
        rows = np.searchsorted(ids, found)
        scores[rows], relevances[rows], who[rows] = score, judged, place
        keys[rows] = judged
        if voices[place].knows == "no":  # nothing says that these fit: below all that may
            relevances[rows] = 0.0
            keys[rows] += np.float32(relevance.UNKNOWN)
    return _Table(ids, scores, relevances, keys, who)


def _judged(
    voice: Voice, wanted: Wanted
) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]:
    """Ids, cosines and relevances of one encoder's windows, (N,) each."""
    background = voice.searcher.background(voice.encoder, by_example=wanted.by_example)
    ids, found = voice.searcher.scored(np.concatenate([voice.queries, background.neutral[None]]))
    scores = found[:-1].max(axis=0)
    judged = relevance.relevances(background, voice.queries, scores, found[-1], alone=False)
    return ids, scores, judged * np.float32(_IMPORTANCE[voice.knows])


def _one_left(library: Library, timeline: Timeline, skip: frozenset[int]) -> bool:
    """Whether at most one content is left that hits can come from: one with a file that is not missing."""
    left = 0
    for content in timeline.contents:
        if int(content) not in skip:
            left += any(v.availability != "missing" for v in videos_with_content(library.db, int(content)))
        if left > 1:
            return False
    return True


class _Hits:
    """Makes hits of moments; looks up the files of a content once."""

    def __init__(self, library: Library, voices: Sequence[Voice], table: _Table, *, by_example: bool) -> None:
        self._library = library
        self._table = table
        self._names = [voice.searcher.name for voice in voices]
        self._limits = [catalog.match_limits(name, by_example=by_example) for name in self._names]
        self._files: dict[int, list[Video]] = {}

    def of(self, moments: Iterable[Moment]) -> Iterator[SearchHit]:
        """Yields a hit for each moment of a content that a person may still have."""
        for moment in moments:
            if moment.content_id not in self._files:
                self._files[moment.content_id] = self._shown(moment.content_id)
            if videos := self._files[moment.content_id]:
                yield self._hit(moment, videos)

    def _shown(self, content_id: int) -> list[Video]:
        """Files with this content that are not missing, those at hand first."""
        videos = videos_with_content(self._library.db, content_id)
        there = [video for video in videos if video.availability != "missing"]
        return sorted(there, key=lambda video: (video.availability != "online", video.id))

    def _hit(self, moment: Moment, videos: list[Video]) -> SearchHit:
        video = videos[0]
        picture = any_picture(self._library, moment.content_id, (moment.start + moment.end) / 2)
        table, voice = self._table, int(self._table.voice[moment.best])
        score = float(table.scores[moment.best])
        judged = None if table.relevances is None else round(float(table.relevances[moment.best]), 4)
        return SearchHit(
            path=os.fsdecode(video.path),
            start=moment.start,
            end=moment.end,
            score=score,
            relevance=judged,
            encoder=self._names[voice],
            why="content",
            match=in_words(score, judged, self._limits[voice]),
            copies=tuple(os.fsdecode(copy.path) for copy in videos[1:]),
            tags=tags_of_many(self._library.db, [video.id]).get(video.id, ()),
            thumbnail=str(picture) if picture else None,
            online=video.availability == "online",
            video_id=video.id,
            content_id=moment.content_id,
        )


def in_words(score: float, judged: float | None, limits: MatchLimits | None) -> Match | None:
    """How good a match is: by its cosine where the encoder has limits for it, else by its relevance."""
    if limits is None:
        return None if judged is None else relevance.strength(judged)
    if score >= limits.strong:
        return "strong"
    if score >= limits.fair:
        return "fair"
    return "weak" if score >= limits.weak else None
