"""The encoding side of the pipeline: one thread that embeds batches of windows and stores them."""

from __future__ import annotations

import itertools
import logging
import queue
import threading
from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from vporganizer.encoder.protocol import ClipEncoder
from vporganizer.errors import DecoderCrashed, Forgotten, MediaError, Unreadable, VPOrganizerError
from vporganizer.indexing.decoding import SHORT_SIDE
from vporganizer.indexing.tally import Tally
from vporganizer.indexing.work import Decoded, Drawn, Facts, Failed, Item, Job, Read, Skipped, take
from vporganizer.library.clips import NewClip, finish_windows, store_vectors, store_windows
from vporganizer.library.failures import attempts, clear_failures, record_failure
from vporganizer.library.library import Library
from vporganizer.library.pictures import save_pictures
from vporganizer.library.records import FailureKind
from vporganizer.library.videos import set_media_facts
from vporganizer.media.records import VideoInfo

log = logging.getLogger(__name__)

BATCH_FRAMES = 32
"""Frames a batch: enough to fill the encoder's compiled shape, few enough to wait for."""
CRASHES = 3  # so often may a file end its decoder before it is not tried any more
IDLE_SECONDS = 0.15  # a batch that is not full goes when nothing has come for this long


class Storing:
    """Takes decoded windows in order, embeds them in batches and is the pipeline's only writer."""

    def __init__(
        self, library: Library, load: Callable[[], ClipEncoder], encoder_id: int,
        items: queue.Queue[Item], tally: Tally, stop: threading.Event,
    ) -> None:  # fmt: skip
        self._library = library
        self._load = load
        self._encoder_id = encoder_id
        self._items = items
        self._tally = tally
        self._stop = stop
        self._broken: dict[int, int] = {}

    def run(self, decoding: Callable[[], bool]) -> None:
        """Works until `decoding()` is False and the queue is empty; the body of the encoder's thread."""
        encoder = self._load()
        # Weights are read and programs compiled while the first video is still being decoded.
        side = encoder.info.frame_size or SHORT_SIDE
        encoder.embed_clips(np.zeros((1, encoder.info.num_frames, side, side, 3), np.uint8))
        self._tally.ready(encoder.device)
        batch_windows = max(1, BATCH_FRAMES // encoder.info.num_frames)
        while not self._stop.is_set():
            more = decoding()
            batch = self._collect(batch_windows, IDLE_SECONDS if more else 0.0)
            if batch:
                self._process(encoder, batch)
            elif not more:
                return

    def _collect(self, windows: int, patience: float) -> list[Item]:
        batch: list[Item] = []
        wanted = windows
        while wanted and (item := take(self._items, patience)) is not None:
            batch.append(item)
            wanted -= isinstance(item, Decoded)
        return batch

    def _process(self, encoder: ClipEncoder, batch: list[Item]) -> None:
        decoded = [item for item in batch if isinstance(item, Decoded)]
        vectors = self._embed(encoder, decoded)
        for job, run in itertools.groupby(batch, key=lambda item: item.job):
            if self._tally.is_dropped(job):
                continue
            group = list(run)
            try:
                if job.pending.content_id not in self._broken:
                    self._store_windows(encoder, job, group, vectors)
                self._note(job, group)
            except Forgotten:
                log.info("%r was forgotten while it was indexed", job.pending.path)
                self._tally.drop(job)

    def _embed(self, encoder: ClipEncoder, decoded: list[Decoded]) -> dict[int, NDArray[np.float32]]:
        """Embeds windows, those of equal frame size together -> {id of item: vector that is usable}."""
        vectors: dict[int, NDArray[np.float32]] = {}
        by_shape: dict[tuple[int, ...], list[Decoded]] = {}
        for item in decoded:
            by_shape.setdefault(item.window.frames.shape, []).append(item)
        for items in by_shape.values():
            made = encoder.embed_clips(np.stack([item.window.frames for item in items]))
            for item, vector in zip(items, made, strict=True):
                if np.isfinite(vector).all():
                    vectors[id(item)] = vector
        return vectors

    def _store_windows(
        self, encoder: ClipEncoder, job: Job, group: Iterable[Item], vectors: dict[int, NDArray[np.float32]]
    ) -> None:
        fresh: list[NewClip] = []
        stored: list[tuple[int, NDArray[np.float32]]] = []
        seconds = 0.0
        decoded = [item for item in group if isinstance(item, Decoded)]
        if any(id(item) not in vectors for item in decoded):
            self._fail(job, Unreadable("The model gave no usable answer for this video."), "encode")
            return
        for item in decoded:
            span = item.window.span
            seconds += span.end - span.start
            if item.clip_id is None:
                fresh.append(NewClip(span.start, span.end, item.window.after_cut, vectors[id(item)]))
            else:
                stored.append((item.clip_id, vectors[id(item)]))
        how = {"precision": encoder.precision, "backend": encoder.device}
        if stored:
            store_vectors(self._library, self._encoder_id, stored, **how)
        if fresh:
            content = job.pending.content_id
            store_windows(self._library, content, self._encoder_id, fresh, complete_to=fresh[-1].end, **how)
            self._tally.reached(job, fresh[-1].end)
        self._tally.stored(job, len(fresh) + len(stored), seconds)

    def _note(self, job: Job, group: Iterable[Item]) -> None:
        for item in group:
            if isinstance(item, Facts):
                self._tally.knows_duration(job, item.opened.info.duration)
                with self._library.write() as db:
                    set_media_facts(db, job.pending.content_id, **_facts(item.opened.info))
            elif isinstance(item, Drawn):
                save_pictures(self._library, job.pending.content_id, item.pictures)
            elif isinstance(item, Failed):
                self._fail(job, item.error, "decode")
                self._tally.ended(job, failed=self._broken[job.pending.content_id])
            elif isinstance(item, Read):
                self._finish(job, item)
            elif isinstance(item, Skipped):
                self._tally.drop(job)

    def _finish(self, job: Job, item: Read) -> None:
        broken = self._broken.get(job.pending.content_id, 0)
        if not broken:
            with self._library.write() as db:
                if item.finished is not None:
                    finish_windows(db, job.pending.content_id, item.finished.duration, item.finished.partial)
                clear_failures(db, job.pending.video_id)
        self._tally.ended(job, failed=broken)

    def _fail(self, job: Job, error: MediaError, stage: str) -> None:
        video_id = job.pending.video_id
        with self._library.write() as db:
            kind = _kind(error, attempts(db, video_id, stage))
            count = record_failure(db, video_id, stage, kind, sentence(error))
        self._broken[job.pending.content_id] = max(1, count)


def _kind(error: MediaError, before: int) -> FailureKind:
    """Whether another scan is to try a file again that failed `before` times ahead of this one.

    A decoder may die of the file, which no other try helps, or since the system had no memory left,
    which has nothing to do with it: only the third time in a row is the file to blame.
    """
    if isinstance(error, DecoderCrashed) and before + 1 < CRASHES:
        return "transient"
    return error.kind


def sentence(error: VPOrganizerError) -> str:
    """The error as recorded for a person: its sentence, and what to do where there is something."""
    return f"{error} {error.hint}".strip()


def _facts(info: VideoInfo) -> dict[str, object]:
    """A video's facts under the names of the content table."""
    return {
        "duration": info.duration,
        "width": info.width,
        "height": info.height,
        "fps": info.fps,
        "variable_fps": info.variable_fps,
        "codec": info.codec,
        "rotation": info.rotation,
        "audio": info.has_audio,
        "recorded_at": info.recorded_at,
        "recorded_zone": info.recorded_zone,
        "recorded_source": info.recorded_source,
        "place": info.place,
        "camera": info.camera,
        "timecode": info.start_timecode,
    }
