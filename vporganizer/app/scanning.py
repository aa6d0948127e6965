"""Scans: look through folders, then index what is new."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from vporganizer.app.choice import choose, chosen_encoder, settle
from vporganizer.app.dates import moment_of
from vporganizer.app.folders import parts
from vporganizer.app.neutral import neutral_vectors
from vporganizer.app.passes import Done, Passes, refresh_indexes
from vporganizer.app.rules import add_rules
from vporganizer.encoder import catalog
from vporganizer.encoder.protocol import ClipEncoder
from vporganizer.errors import Cancelled, CheckpointMissing, EncoderError
from vporganizer.indexing.pipeline import Indexed
from vporganizer.indexing.progress import Control, Listener, Progress
from vporganizer.indexing.scan import ScanChanges, scan_folders
from vporganizer.library.clips import encoders
from vporganizer.library.folders import folders
from vporganizer.library.library import Library
from vporganizer.library.vectors import has_vectors

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ScanReport:
    """What a scan found and did.

    Attributes:
        new, changed, moved, copies, missing, unchanged: files, compared with the scan before.
        offline: folders that cannot be reached, with the reason; their videos stay as they are.
        indexed, failed: files that the encoder is done with, and those that could not be read.
        clips, video_seconds: what was stored of the encoder that was asked for.
        seconds: time the scan took.
        device: what the encoder ran on; empty if nothing had to be embedded.
        encoder: the encoder's name.
        cancelled: True if the scan was stopped early.
        notes: sentences for the person: that the encoder was switched, what was dropped.
        quick_files, quick_clips: what was indexed with quick search first, to be found at once; the files
            are those of `indexed`, as far as the scan came.
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
    notes: tuple[str, ...] = ()
    quick_files: int = 0
    quick_clips: int = 0

    @property
    def looked_at(self) -> int:
        """Files that were met."""
        return self.new + self.changed + self.moved + self.unchanged + self.copies


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """How to scan.

    Attributes:
        encoder: name of the encoder to index with, which becomes the library's.
        retry_failed: whether files that could not be read before are tried again.
        confirm_empty: a person says that folders which list nothing are really empty.
        extra_endings: endings of files to take for videos beside the known ones, such as '.vid';
            remembered with the library (`app.rules`).
        ignore: globs of file and folder names to leave out; remembered as well.
        workers: decode children; None for a sensible number.
        newer_than: index only videos recorded later than this (where that is not known: changed later):
            Unix seconds, or a text as `dates.moment_of` takes it, such as '12m' or '2024-05-01'.
    """

    encoder: str = "starter"
    retry_failed: bool = False
    confirm_empty: bool = False
    extra_endings: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    workers: int | None = None
    newer_than: float | str | None = None


def scan(
    library: Library, paths: Sequence[bytes], load: Callable[[str], ClipEncoder], options: ScanOptions, *,
    control: Control | None = None, progress: Listener | None = None,
) -> ScanReport:  # fmt: skip
    """Looks through `paths` (all known folders if there are none) and indexes what is missing.

    Where the encoder takes seconds a clip, quick search goes over new videos first. A file that cannot be
    read is recorded with its reason and the scan goes on. Cancelling ends the scan early and keeps what was
    finished. `load` opens an encoder by its name.

    Raises:
        LibraryLocked: if another process is indexing into the library.
        LibraryError: if a folder does not exist.
        EncoderError: if the model is missing.
        StorageFull: if there is no room left.
    """
    control = control or Control()
    listener = progress or (lambda _: None)
    newer_than = moment_of(options.newer_than)
    if (problem := catalog.missing(options.encoder)) is not None:
        raise CheckpointMissing(problem)  # before hours of decoding, not after
    began = time.monotonic()
    with library.indexer_lock():
        notes = _opening(library, options.encoder, load, listener)
        changes, done = ScanChanges(), Done()
        cancelled = False
        try:
            changes = _look(library, paths, options, control, listener)
            passes = Passes(
                library, load, control, listener, retry_failed=options.retry_failed,
                parts=parts(library, paths), newer_than=newer_than, workers=options.workers,
            )  # fmt: skip
            done = passes.run(options.encoder)
            cancelled = done.asked.cancelled
        except Cancelled:
            cancelled = True
        if done.asked.clips and not cancelled:
            _prepare_search(library, load(options.encoder))
        notes += done.notes
        end = _end(done.asked)
        for note in settle(library, options.encoder):
            listener(replace(end, stage="indexing", note=note))
            notes += (note,)
        refresh_indexes(library)
    listener(end)
    report = _report(changes, done, time.monotonic() - began, options.encoder, cancelled=cancelled)
    return replace(report, notes=notes)


def look(library: Library, paths: Sequence[bytes]) -> ScanChanges:
    """Looks through folders as a scan does, and indexes nothing.

    Raises:
        LibraryLocked: if another process is indexing into the library.
        LibraryError: if a folder does not exist.
    """
    with library.indexer_lock():
        return _look(library, paths, ScanOptions(), Control(), lambda _: None)


def _opening(
    library: Library, name: str, load: Callable[[str], ClipEncoder], listener: Listener
) -> tuple[str, ...]:
    """Makes `name` the library's encoder -> what a person is told of that, and has been told."""
    notes = []
    before = chosen_encoder(library)
    if before != name:
        load(name)  # what cannot be opened, for lack of a device for example, is not switched to
        choose(library, name)
        held = {row.name for row in encoders(library.db) if has_vectors(library.db, row.id)}
        told = f"This library is indexed with {name} from now on"
        also = f"; what {before} has indexed is searched as well until {name} has seen everything"
        notes.append(f"{told}, until now with {before}{also}." if before in held else f"{told}.")
    if (problem := catalog.text_problem(name)) is not None:
        notes.append(f"Videos can be indexed, but {name} cannot be asked by text yet: {problem}")
    for note in notes:
        listener(Progress("looking", note=note))
    return tuple(notes)


def _prepare_search(library: Library, encoder: ClipEncoder) -> None:
    """Embeds what queries are compared with while the encoder is loaded, so that a search need not."""
    if not encoder.info.needs_exact_times:  # a quick one needs no preparation
        return
    try:
        neutral_vectors(library, encoder)
    except EncoderError as error:  # clips can be indexed without what texts need; a search will say so
        log.warning("%s cannot be asked by text yet: %s", encoder.info.name, error)


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


def _end(done: Indexed) -> Progress:
    return Progress(
        "done", files_done=done.files, files_total=done.files, files_failed=done.failed, clips=done.clips,
        video_seconds=done.video_seconds, device=done.device,
    )  # fmt: skip


def _report(changes: ScanChanges, done: Done, seconds: float, encoder: str, *, cancelled: bool) -> ScanReport:
    asked, quick = done.asked, done.quick
    return ScanReport(
        new=changes.new,
        changed=changes.changed,
        moved=changes.moved,
        copies=changes.copies,
        missing=changes.missing,
        unchanged=changes.unchanged,
        offline=tuple((os.fsdecode(path), reason) for path, reason in changes.offline),
        indexed=asked.files - asked.failed,
        failed=asked.failed + changes.failures,
        clips=asked.clips,
        video_seconds=asked.video_seconds,
        seconds=seconds,
        device=asked.device,
        encoder=encoder,
        cancelled=cancelled,
        quick_files=quick.files - quick.failed,
        quick_clips=quick.clips,
    )
