"""The decoding side of the pipeline: threads that each drive one decode child."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
from collections.abc import Iterator
from dataclasses import replace

from vporganizer.encoder.protocol import EncoderInfo
from vporganizer.errors import Cancelled, MediaError
from vporganizer.indexing.progress import Control
from vporganizer.indexing.tally import Tally
from vporganizer.indexing.work import Decoded, Drawn, Facts, Failed, Item, Job, Read, Skipped, put
from vporganizer.media.child import DecodeChild
from vporganizer.media.records import (
    Analyse,
    Answer,
    Finished,
    Heartbeat,
    MakePictures,
    Opened,
    Pictures,
    Request,
    SampleWindows,
    TimeSpan,
    Window,
)

log = logging.getLogger(__name__)

SHORT_SIDE = 224
HEAVY_PIXELS = 4096 * 2304  # above 4K one file at a time, or two 8K decoders would fill the memory


class Decoder:
    """Takes jobs from a list and puts what the children answer into a bounded queue, in order per job."""

    def __init__(
        self, info: EncoderInfo, jobs: list[Job], items: queue.Queue[Item], control: Control,
        tally: Tally, stop: threading.Event, newer_than: float | None = None,
    ) -> None:  # fmt: skip
        self._newer_than = newer_than
        self._info = info
        self._jobs = iter(jobs)
        self._jobs_lock = threading.Lock()
        self._heavy = threading.RLock()  # a job may ask for it twice: for stored clips, then for the rest
        self._items = items
        self._control = control
        self._tally = tally
        self._stop = stop

    def run(self) -> None:
        """Works until the jobs run out or the work is stopped; the body of one thread."""
        with contextlib.closing(DecodeChild()) as child:
            while not self._stop.is_set():
                with self._jobs_lock:
                    job = next(self._jobs, None)
                if job is None:
                    return
                try:
                    self._decode(child, job)
                except Cancelled:
                    return

    def _decode(self, child: DecodeChild, job: Job) -> None:
        self._tally.started(job)
        with contextlib.ExitStack() as held:
            try:
                for item in self._items_of(child, job, held):
                    self._control.checkpoint()
                    if self._tally.is_dropped(job) or not put(self._items, item, self._stop):
                        return
            except MediaError as error:
                log.warning("%r could not be read: %s", job.pending.path, error)
                put(self._items, Failed(job, error), self._stop)

    def _items_of(self, child: DecodeChild, job: Job, held: contextlib.ExitStack) -> Iterator[Item]:
        path = job.pending.path
        if job.pictures_only:
            for answer in self._answers(child, MakePictures(path)):
                if isinstance(answer, Pictures):
                    yield Drawn(job, answer)
            yield Read(job, None)
            return
        if job.clips:
            if (job.pending.pixels or 0) > HEAVY_PIXELS:
                held.enter_context(self._heavy)
            yield from self._stored_clips(child, job)
        if job.pending.windows_complete:
            yield Read(job, None)
            return
        yield from self._fresh_windows(child, job, held)

    def _fresh_windows(self, child: DecodeChild, job: Job, held: contextlib.ExitStack) -> Iterator[Item]:
        """The decode pass, from where the last one ended; for exact times the windows are read again."""
        exact = self._info.needs_exact_times
        found: list[Window] = []
        end: Finished | None = None
        frames = 1 if exact else self._info.num_frames
        request = Analyse(job.pending.path, frames, SHORT_SIDE, start=job.pending.complete_to)
        for answer in self._answers(child, request):
            if isinstance(answer, Opened):
                if answer.info.width * answer.info.height > HEAVY_PIXELS:
                    held.enter_context(self._heavy)
                yield Facts(job, answer)
                if self._too_old(answer):
                    yield Skipped(job)
                    return
            elif isinstance(answer, Window) and exact:
                found.append(replace(answer, frames=answer.frames[:0]))
            elif isinstance(answer, Window):
                yield Decoded(job, answer)
            elif isinstance(answer, Pictures):
                yield Drawn(job, answer)
            elif isinstance(answer, Heartbeat):
                self._tally.reached(job, answer.position)
            elif isinstance(answer, Finished):
                end = answer
        if exact:
            self._tally.found(job, len(found))
        after_cut = {window.span.start: window.after_cut for window in found}
        for window in self._sampled(child, job, tuple(window.span for window in found)):
            yield Decoded(job, replace(window, after_cut=after_cut[window.span.start]))
        yield Read(job, end)

    def _too_old(self, opened: Opened) -> bool:
        """True for a new file that only now tells that it was recorded before what is asked for."""
        recorded = opened.info.recorded_at
        return self._newer_than is not None and recorded is not None and recorded <= self._newer_than

    def _stored_clips(self, child: DecodeChild, job: Job) -> Iterator[Item]:
        by_start = {clip.start: clip.id for clip in job.clips}
        for window in self._sampled(child, job, tuple(TimeSpan(clip.start, clip.end) for clip in job.clips)):
            yield Decoded(job, window, by_start[window.span.start])

    def _sampled(self, child: DecodeChild, job: Job, spans: tuple[TimeSpan, ...]) -> Iterator[Window]:
        """Windows with the distinct frames nearest to evenly spaced times, in order of time."""
        if not spans:
            return
        side = self._info.frame_size
        size = (side, side) if side is not None else None
        exact = self._info.needs_exact_times
        request = SampleWindows(job.pending.path, spans, self._info.num_frames, SHORT_SIDE, size, exact)
        for answer in self._answers(child, request):
            if isinstance(answer, Window):
                yield answer

    def _answers(self, child: DecodeChild, request: Request) -> Iterator[Answer]:
        return child.run(request, cancelled=lambda: self._stop.is_set() or self._control.cancelled)
