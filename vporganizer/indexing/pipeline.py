"""Decode -> encode -> store, wired: decode threads and children, one encoder thread, bounded queues.

    jobs -> [decode thread + child] x n -> bounded queue -> encoder thread (jitted) -> SQLite

Killed at any instant, what is stored is whole: windows and vectors of a batch go in by one
transaction, and the next run goes on at the end of the last stored window.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vporganizer.encoder.protocol import ClipEncoder, EncoderInfo
from vporganizer.indexing.decoding import Decoder
from vporganizer.indexing.encoding import Storing
from vporganizer.indexing.progress import Control, Listener
from vporganizer.indexing.tally import Tally
from vporganizer.indexing.work import Item, Job
from vporganizer.indexing.workload import Workload
from vporganizer.library.clips import Part, Pending, ensure_encoder, pending, unembedded
from vporganizer.library.library import Library
from vporganizer.library.pictures import contents_without_pictures

log = logging.getLogger(__name__)

QUEUED_WINDOWS = 12  # about 25 MB of frames: enough to keep the encoder busy, flat however long the scan
REPORT_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Indexed:
    """What a run of the pipeline did; `cancelled` if it was stopped early.

    `read` and `broken` are the contents that it is done with, and those that failed.
    """

    files: int = 0
    failed: int = 0
    clips: int = 0
    video_seconds: float = 0.0
    device: str = ""
    cancelled: bool = False
    read: frozenset[int] = frozenset()
    broken: frozenset[int] = frozenset()


def jobs_of(library: Library, encoder_id: int, found: Sequence[Pending]) -> list[Job]:
    """Makes jobs of contents that lack something of an encoder, in their order."""
    return [Job(one, tuple(unembedded(library.db, one.content_id, encoder_id))) for one in found]


def find_jobs(
    library: Library,
    info: EncoderInfo,
    *,
    retry_failed: bool = False,
    parts: Sequence[Part] | None = None,
    newer_than: float | None = None,
) -> tuple[int, list[Job]]:
    """Asks the database what is missing for the encoder -> (encoder id, jobs), newest video first."""
    with library.write() as db:
        encoder_id = ensure_encoder(db, info.name, info.identity, info.dim)
    found = pending(library.db, encoder_id, retry_failed=retry_failed, parts=parts, newer_than=newer_than)
    jobs = jobs_of(library, encoder_id, found)
    busy = {one.content_id for one in found}
    bare = contents_without_pictures(library, parts)
    jobs += [Job(one, pictures_only=True) for one in bare if one.content_id not in busy]
    return encoder_id, jobs


def index(
    library: Library,
    info: EncoderInfo,
    load: Callable[[], ClipEncoder],
    encoder_id: int,
    jobs: list[Job],
    *,
    control: Control,
    listener: Listener | None = None,
    workers: int | None = None,
    newer_than: float | None = None,
) -> Indexed:
    """Works through `jobs`; returns when all are done, or early if `control` is cancelled.

    Reports through `listener` in this thread. What was stored is kept, however it ends. A file that turns
    out, once opened, to be recorded before `newer_than` (Unix seconds) is left alone.

    Raises:
        VPOrganizerError: what stops the whole work, such as a full disk or a missing model.
    """
    tally = Tally(jobs, Workload.of(library, jobs) if info.needs_exact_times else None)
    stop = threading.Event()
    items: queue.Queue[Item] = queue.Queue(maxsize=QUEUED_WINDOWS)
    decoder = Decoder(info, jobs, items, control, tally, stop, newer_than)
    storing = Storing(library, load, encoder_id, items, tally, stop)
    threads = _Threads(stop)
    count = min(workers or default_workers(), len(jobs))
    decoders = [threads.start(decoder.run, f"decode-{n}") for n in range(count)]
    threads.start(lambda: storing.run(lambda: any(t.is_alive() for t in decoders)), "encode")
    try:
        while threads.alive() and not control.cancelled:
            if listener is not None:
                listener(tally.progress(control))
            threads.wait(REPORT_SECONDS)
    finally:
        if threads.alive():
            stop.set()
        threads.join()
    if listener is not None:
        listener(tally.progress(control))
    return Indexed(
        tally.files_done,
        tally.files_failed,
        tally.clips,
        tally.video_seconds,
        tally.device,
        control.cancelled and tally.files_done < len(jobs),
        frozenset(tally.read),
        frozenset(tally.broken),
    )


def default_workers() -> int:
    """Decode children to run: the encoder and its libraries use the cores as well."""
    return max(1, min(4, (os.cpu_count() or 2) - 1))


class _Threads:
    """Threads whose first exception stops the others and travels to whoever joins them."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._threads: list[threading.Thread] = []
        self._errors: list[BaseException] = []
        self._ended = threading.Condition()

    def start(self, body: Callable[[], None], name: str) -> threading.Thread:
        def run() -> None:
            try:
                body()
            except BaseException as error:  # noqa: BLE001 - it is raised again by join()
                self._errors.append(error)
                self._stop.set()
            finally:
                with self._ended:
                    self._ended.notify_all()

        thread = threading.Thread(target=run, name=f"vporganizer-{name}")
        self._threads.append(thread)
        thread.start()
        return thread

    def alive(self) -> bool:
        return not self._stop.is_set() and any(thread.is_alive() for thread in self._threads)

    def wait(self, seconds: float) -> None:
        """Waits until a thread ends, at most `seconds`."""
        with self._ended:
            self._ended.wait(seconds)

    def join(self) -> None:
        for thread in self._threads:
            thread.join()
        if self._errors:
            raise self._errors[0]
