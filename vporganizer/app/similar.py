"""Look-up by example: moments like a clip, from the library or from anywhere."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vporganizer.app.decoder import SharedDecoder
from vporganizer.app.hits import SearchResult
from vporganizer.app.ranking import Voice, Wanted, rank
from vporganizer.app.search import Asked, heard, nothing_yet
from vporganizer.app.windows import Windows
from vporganizer.encoder.protocol import ClipEncoder, EncoderInfo
from vporganizer.errors import QueryError, Unreadable
from vporganizer.library.clips import clips_of, vectors_of_clips
from vporganizer.library.library import Library
from vporganizer.library.videos import video_by_path
from vporganizer.media.records import Analyse, SampleWindows, TimeSpan, Window

MOST_WINDOWS = 24  # of a long example: more would only blur what is asked for
MOST_EXACT_WINDOWS = 6  # for an encoder that takes seconds for each
SHORT_SIDE = 224


def similar(
    library: Library, windows: Windows, asked: Sequence[Asked], decoder: SharedDecoder, path: bytes,
    wanted: Wanted, *, start: float | None = None, end: float | None = None, notes: Sequence[str] = (),
) -> SearchResult:  # fmt: skip
    """Finds moments like a clip of `path`, or like any part of it where no times are given.

    A moment's score is the cosine to the nearest window of the example. The example's own video is
    left out of the hits.

    Raises:
        QueryError: if the times make no span.
        MediaError: if the file cannot be read.
    """
    _check_times(start, end)
    wanted.check()
    example = _Example(library, decoder, path, start, end)
    skip = frozenset() if example.content_id is None else frozenset({example.content_id})

    def ask(one: Asked) -> Voice | None:
        if not one.searcher.ready() and len(asked) > 1:
            return None
        encoder = one.load()
        stored = example.stored(one.searcher.encoder_id)
        queries = stored if stored is not None else encoder.embed_clips(example.frames(encoder))
        return Voice(one.searcher, encoder, queries)

    voices, failed = heard(asked, ask)
    said = [*notes, *failed]
    hits, compared = (
        rank(library, windows, voices, replace(wanted, skip=skip, by_example=True)) if voices else ((), 0)
    )
    if not compared:
        said.append(nothing_yet(library, asked))
    names = tuple(voice.searcher.name for voice in voices)
    return SearchResult(hits, "yes", " ".join(said), compared, names)


def _check_times(start: float | None, end: float | None) -> None:
    """Raises QueryError if the times that are given make no span."""
    if not all(time is None or math.isfinite(time) for time in (start, end)):
        raise QueryError("The start and the end of the example must be numbers of seconds.")
    first = start or 0.0
    if first < 0:
        raise QueryError("The example cannot start before the video does.", hint="Give seconds from 0 on.")
    if end is not None and end <= first:
        raise QueryError("The end of the example must come after its start.")


class _Example:
    """A clip to be embedded by one encoder or several: read once for all that need the same frames."""

    def __init__(
        self, library: Library, decoder: SharedDecoder, path: bytes, start: float | None, end: float | None
    ) -> None:
        self._library = library
        self._decoder = decoder
        self._path = path
        self._start, self._end = start, end
        self._spans: list[TimeSpan] | None = None
        own = video_by_path(library.db, path)
        self.content_id = None if own is None else own.content_id

    @property
    def _whole(self) -> bool:
        return self._start is None and self._end is None

    def stored(self, encoder_id: int | None) -> NDArray[np.float32] | None:
        """Vectors that the library holds of it, (Q, D); None if it holds none or a part is asked for."""
        if encoder_id is None or self.content_id is None or not self._whole:
            return None
        clips = clips_of(self._library.db, self.content_id)
        if not clips:
            return None
        step = -(-len(clips) // MOST_WINDOWS)
        vectors = vectors_of_clips(self._library.db, encoder_id, [clip.id for clip in clips[::step]])
        return vectors.astype(np.float32) if len(vectors) else None

    def frames(self, encoder: ClipEncoder) -> NDArray[np.uint8]:
        """Its windows as an encoder takes them, (Q, T, H, W, 3).

        Raises:
            MediaError: the file cannot be read.
        """
        info = encoder.info
        if self._whole and not info.needs_exact_times:
            windows = self._analysed(info.num_frames)
        else:
            windows = self._sampled(info)
        if not windows:
            name = os.fsdecode(os.path.basename(self._path))
            raise Unreadable(f"No picture of {name!r} could be read at the times asked for.")
        return np.stack([window.frames for window in windows])

    def _analysed(self, frames: int) -> list[Window]:
        request = Analyse(self._path, frames, SHORT_SIDE, pictures=False)
        answers = self._decoder.run(request)
        windows = _thinned(answer for answer in answers if isinstance(answer, Window))
        self._spans = [window.span for window in windows]
        return windows

    def _sampled(self, info: EncoderInfo) -> list[Window]:
        spans = self._chosen_spans()
        if self._whole:
            spans = spans[:: -(-len(spans) // MOST_EXACT_WINDOWS)] if spans else []
        if not spans:
            return []
        side, exact = info.frame_size, info.needs_exact_times
        size = (side, side) if side is not None else None
        request = SampleWindows(self._path, tuple(spans), info.num_frames, SHORT_SIDE, size, exact)
        return [answer for answer in self._decoder.run(request) if isinstance(answer, Window)]

    def _chosen_spans(self) -> list[TimeSpan]:
        """The part that is asked for, else the file's windows: as stored, or found now."""
        if not self._whole:
            first = self._start or 0.0
            return [TimeSpan(first, self._end if self._end is not None else first + 10.0)]
        if self._spans is None and self.content_id is not None:
            clips = clips_of(self._library.db, self.content_id)
            self._spans = [TimeSpan(clip.start, clip.end) for clip in clips] or None
        if self._spans is None:
            self._analysed(1)
        return self._spans or []


def _thinned(windows: Iterable[Window]) -> list[Window]:
    """Keeps at most `MOST_WINDOWS`, evenly spread, in flat memory however many there are."""
    kept: list[Window] = []
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
