"""Look-up by example: moments like a clip, from the library or from anywhere."""

from __future__ import annotations

import os
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from vporganizer.app.decoder import SharedDecoder
from vporganizer.app.hits import SearchResult
from vporganizer.app.search import PER_VIDEO, Searcher
from vporganizer.encoder import catalog
from vporganizer.encoder.protocol import ClipEncoder
from vporganizer.errors import QueryError, Unreadable
from vporganizer.library.clips import clips_of, encoders, vectors_of_clips
from vporganizer.library.library import Library
from vporganizer.library.videos import video_by_path
from vporganizer.media.records import Analyse, SampleWindows, TimeSpan, Window

MOST_WINDOWS = 24  # of a long example: more would only blur what is asked for
SHORT_SIDE = 224


def similar(
    library: Library, searcher: Searcher, encoder: ClipEncoder, decoder: SharedDecoder, path: bytes, *,
    start: float | None = None, end: float | None = None, limit: int = 10, per_video: int = PER_VIDEO,
) -> SearchResult:  # fmt: skip
    """Finds moments like a clip of `path`, or like any part of it where no times are given.

    A moment's score is the cosine to the nearest window of the example. The example's own video is
    left out of the hits.

    Raises:
        QueryError: if the times make no span.
        MediaError: if the file cannot be read.
    """
    if (start is not None or end is not None) and not (end or float("inf")) > (start or 0.0) >= 0:
        raise QueryError("The end of the example must come after its start.")
    own = video_by_path(library.db, path)
    stored = None
    if own is not None and own.content_id is not None and start is None and end is None:
        stored = _stored_vectors(library, own.content_id, searcher.encoder_name)
    queries = stored if stored is not None else _read(encoder, decoder, path, start, end)
    skip = frozenset({own.content_id}) if own is not None and own.content_id is not None else frozenset()
    hits, compared = searcher.search(queries, limit=limit, per_video=per_video, skip=skip, by_example=True)
    note = "" if compared else "Nothing is indexed yet. Start with: vporganizer scan FOLDER"
    return SearchResult(hits, "yes", note, compared)


def _stored_vectors(library: Library, content_id: int, encoder_name: str) -> NDArray[np.float32] | None:
    identity = catalog.info(encoder_name).identity
    rows = [row for row in encoders(library.db) if row.identity == identity]
    clips = clips_of(library.db, content_id)
    if not rows or not clips:
        return None
    step = -(-len(clips) // MOST_WINDOWS)
    vectors = vectors_of_clips(library.db, rows[0].id, [clip.id for clip in clips[::step]])
    return vectors.astype(np.float32) if len(vectors) else None


def _read(
    encoder: ClipEncoder, decoder: SharedDecoder, path: bytes, start: float | None, end: float | None
) -> NDArray[np.float32]:
    frames = encoder.info.num_frames
    request: Analyse | SampleWindows
    if start is None and end is None:
        request = Analyse(path, frames, SHORT_SIDE, pictures=False)
    else:
        first = start or 0.0
        span = TimeSpan(first, end if end is not None else first + 10.0)
        request = SampleWindows(path, (span,), frames, SHORT_SIDE)
    windows = _thinned(answer.frames for answer in decoder.run(request) if isinstance(answer, Window))
    if not windows:
        name = os.fsdecode(os.path.basename(path))
        raise Unreadable(f"No picture of {name!r} could be read at the times asked for.")
    return encoder.embed_clips(np.stack(windows))


def _thinned(windows: Iterable[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
    """Keeps at most `MOST_WINDOWS`, evenly spread, in flat memory however many there are."""
    kept: list[NDArray[np.uint8]] = []
    stride = 1
    for number, window in enumerate(windows):
        if number % stride:
            continue
        if len(kept) == MOST_WINDOWS:
            kept, stride = kept[::2], stride * 2
            if number % stride:
                continue
        kept.append(window)
    return kept
