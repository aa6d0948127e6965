"""Scans: look through folders, then index what is new."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vporganizer.app.rules import add_rules
from vporganizer.encoder import catalog
from vporganizer.encoder.protocol import ClipEncoder
from vporganizer.errors import Cancelled, CheckpointMissing, StorageFull
from vporganizer.indexing.pipeline import Indexed, find_jobs, index
from vporganizer.indexing.progress import Control, Listener, Progress
from vporganizer.indexing.scan import ScanChanges, scan_folders
from vporganizer.library.clips import encoders
from vporganizer.library.folders import folder_of, folders
from vporganizer.library.indexes import refresh_index
from vporganizer.library.library import Library

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ScanReport:
    """What a scan found and did.

    Attributes:
        new, changed, moved, copies, missing, unchanged: files, compared with the scan before.
        offline: folders that cannot be reached, with the reason; their videos stay as they are.
        indexed, failed: files that were worked on, and those of them that could not be read.
        clips, video_seconds: what was stored.
        seconds: time the scan took.
        device: what the encoder ran on; empty if nothing had to be embedded.
        encoder: the encoder's name.
        cancelled: True if the scan was stopped early.
    """

    new: int = 0
    changed: int = 0
    moved: int = 0
    copies: int = 0
    missing: int = 0
    unchanged: int = 0
    offline: tuple[tuple[str, str], ...] = ()
    indexed: int = 0
    failed: int = 0
    clips: int = 0
    video_seconds: float = 0.0
    seconds: float = 0.0
    device: str = ""
    encoder: str = ""
    cancelled: bool = False

    @property
    def looked_at(self) -> int:
        """Files that were met."""
        return self.new + self.changed + self.moved + self.unchanged + self.copies


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """How to scan.

    Attributes:
        encoder: name of the encoder to index with.
        retry_failed: whether files that could not be read before are tried again.
        confirm_empty: a person says that folders which list nothing are really empty.
        extra_endings: endings of files to take for videos beside the known ones, such as '.vid';
            remembered with the library (`app.rules`).
        ignore: globs of file and folder names to leave out; remembered as well.
        workers: decode children; None for a sensible number.
    """

    encoder: str = "starter"
    retry_failed: bool = False
    confirm_empty: bool = False
    extra_endings: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    workers: int | None = None


def scan(
    library: Library, paths: Sequence[bytes], load: Callable[[], ClipEncoder], options: ScanOptions, *,
    control: Control | None = None, progress: Listener | None = None,
) -> ScanReport:  # fmt: skip
    """Looks through `paths` (all known folders if there are none) and indexes what is missing.

    A file that cannot be read is recorded with its reason and the scan goes on. Cancelling ends the
    scan early and keeps what was finished.

    Raises:
        LibraryLocked: if another process is indexing into the library.
        LibraryError: if a folder does not exist.
        EncoderError: if the model is missing.
        StorageFull: if there is no room left.
    """
    control = control or Control()
    listener = progress or (lambda _: None)
    info = catalog.info(options.encoder)
    if (problem := catalog.missing(options.encoder)) is not None:
        raise CheckpointMissing(problem)  # before hours of decoding, not after
    began = time.monotonic()
    with library.indexer_lock():
        changes, done = ScanChanges(), Indexed(0, 0, 0, 0.0, "")
        cancelled = False
        try:
            changes = _look(library, paths, options, control, listener)
            encoder_id, jobs = find_jobs(
                library, info, retry_failed=options.retry_failed, folder_ids=_folder_ids(library, paths)
            )
            if jobs:
                done = index(
                    library, info, load, encoder_id, jobs,
                    control=control, listener=listener, workers=options.workers,
                )  # fmt: skip
                cancelled = done.cancelled
        except Cancelled:
            cancelled = True
        refresh_indexes(library)
    report = _report(changes, done, time.monotonic() - began, options.encoder, cancelled=cancelled)
    listener(Progress("done", files_done=done.files, files_total=done.files, files_failed=done.failed,
                      clips=done.clips, video_seconds=done.video_seconds, device=done.device))  # fmt: skip
    return report


def refresh_indexes(library: Library) -> None:
    """Brings the index files up to date: milliseconds after a small scan; searching works without them."""
    for row in encoders(library.db):
        try:
            refresh_index(library, row.id)
        except StorageFull as error:  # the index is only a cache: what was indexed is stored already
            log.warning("The vector index of %s could not be written: %s", row.name, error)


def _look(
    library: Library, paths: Sequence[bytes], options: ScanOptions, control: Control, listener: Listener
) -> ScanChanges:
    roots = list(paths) or [folder.path for folder in folders(library.db)]
    kept = add_rules(library, ignore=options.ignore, endings=options.extra_endings)

    def seen(count: int) -> None:
        listener(Progress("looking", files_seen=count, paused=control.paused))
        control.checkpoint()

    return scan_folders(
        library,
        roots,
        extra_endings=kept.endings,
        ignore=kept.ignore,
        on_progress=seen,
        cancelled=lambda: control.cancelled,
        confirm_empty=options.confirm_empty,
    )


def _folder_ids(library: Library, paths: Sequence[bytes]) -> list[int] | None:
    """The roots that `paths` belong to; None for all."""
    if not paths:
        return None
    known = [folder_of(library.db, path) for path in paths]
    return [found[0].id for found in known if found is not None]


def _report(
    changes: ScanChanges, done: Indexed, seconds: float, encoder: str, *, cancelled: bool
) -> ScanReport:
    return ScanReport(
        new=changes.new,
        changed=changes.changed,
        moved=changes.moved,
        copies=changes.copies,
        missing=changes.missing,
        unchanged=changes.unchanged,
        offline=tuple((os.fsdecode(path), reason) for path, reason in changes.offline),
        indexed=done.files - done.failed,
        failed=done.failed + changes.failures,
        clips=done.clips,
        video_seconds=done.video_seconds,
        seconds=seconds,
        device=done.device,
        encoder=encoder,
        cancelled=cancelled,
    )
