"""What a scan embeds, and in which order: quick search goes over new videos first where that is worth it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from vporganizer.app.choice import DEFAULT_ENCODER
from vporganizer.encoder import catalog
from vporganizer.encoder.protocol import ClipEncoder, EncoderInfo
from vporganizer.errors import EncoderError, StorageFull
from vporganizer.indexing.pipeline import Indexed, find_jobs, index, jobs_of
from vporganizer.indexing.progress import Control, Listener, Phase, Progress
from vporganizer.indexing.work import Job
from vporganizer.library.clips import Part, encoders, ensure_encoder, uncut
from vporganizer.library.indexes import refresh_index
from vporganizer.library.library import Library
from vporganizer.library.vectors import has_vectors

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Done:
    """What the passes of a scan did.

    Attributes:
        asked: by the encoder that was asked for; files that quick search could not read are counted here.
        quick: by quick search before it.
        notes: sentences for the person.
    """

    asked: Indexed = field(default_factory=Indexed)
    quick: Indexed = field(default_factory=Indexed)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Passes:
    """Embeds what is pending in a library; the fields are those of a scan and its options.

    `load` opens an encoder by its name, in a thread of the pipeline and only where there is work for it.
    """

    library: Library
    load: Callable[[str], ClipEncoder]
    control: Control
    listener: Listener
    retry_failed: bool = False
    parts: Sequence[Part] | None = None
    newer_than: float | None = None
    workers: int | None = None

    def run(self, name: str) -> Done:
        """Embeds with the encoder `name`; if that takes seconds a clip, new videos go by quick search first.

        So they are found within minutes, have their pictures, and the windows of time that `name` needs.

        Raises:
            VPOrganizerError: what stops the whole work, such as a full disk or a missing model.
        """
        info = catalog.info(name)
        slow = info.needs_exact_times and name != DEFAULT_ENCODER
        quick, notes = self._quick_first() if slow else (Indexed(), ())
        if self.control.cancelled:
            return Done(Indexed(failed=quick.failed, files=quick.failed, cancelled=True), quick, notes)
        encoder_id, found = find_jobs(
            self.library, info, retry_failed=self.retry_failed, parts=self.parts, newer_than=self.newer_than
        )
        jobs = [job for job in found if job.pending.content_id not in quick.broken]
        done = self._index(info, encoder_id, jobs, "full" if slow else "", failed=quick.failed)
        # What quick search has read and the other has no work with, since there is no moment in it.
        empty = len(quick.read - {job.pending.content_id for job in jobs})
        files, failed = done.files + empty + quick.failed, done.failed + quick.failed
        return Done(replace(done, files=files, failed=failed), quick, notes)

    def _quick_first(self) -> tuple[Indexed, tuple[str, ...]]:
        """Quick search goes over the videos that were never cut into windows -> (what it did, notes)."""
        new = uncut(
            self.library.db, retry_failed=self.retry_failed, parts=self.parts, newer_than=self.newer_than
        )
        if not new:
            return Indexed(), ()
        if (problem := catalog.missing(DEFAULT_ENCODER)) is not None:
            return Indexed(), (self._without_quick(problem),)
        info = catalog.info(DEFAULT_ENCODER)
        with self.library.write() as db:
            encoder_id = ensure_encoder(db, info.name, info.identity, info.dim)
        try:
            done = self._index(info, encoder_id, jobs_of(self.library, encoder_id, new), "quick")
        except EncoderError as error:
            return Indexed(), (self._without_quick(f"{error} {error.hint}".strip()),)
        refresh_indexes(self.library)  # the other pass may take hours
        return done, ()

    def _without_quick(self, problem: str) -> str:
        note = f"New videos are not looked at by quick search first: {problem}"
        log.warning(note)
        self.listener(Progress("indexing", note=note))
        return note

    def _index(
        self, info: EncoderInfo, encoder_id: int, jobs: list[Job], phase: Phase, *, failed: int = 0
    ) -> Indexed:
        if not jobs:
            return Indexed()

        def tell(progress: Progress) -> None:
            self.listener(replace(progress, phase=phase, files_failed=progress.files_failed + failed))

        return index(
            self.library, info, lambda: self.load(info.name), encoder_id, jobs, control=self.control,
            listener=tell, workers=self.workers, newer_than=self.newer_than,
        )  # fmt: skip


def refresh_indexes(library: Library) -> None:
    """Brings the index files up to date: milliseconds after a small scan; searching works without them."""
    last = {row.name: row for row in encoders(library.db)}  # of two checkpoints of one name
    for row in last.values():
        if len(last) > 1 and not has_vectors(library.db, row.id):
            continue
        try:
            refresh_index(library, row.id)
        except StorageFull as error:  # the index is only a cache: what was indexed is stored already
            log.warning("The vector index of %s could not be written: %s", row.name, error)
