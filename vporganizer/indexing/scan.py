"""Looks through folders and makes the library agree with them; opens only files that are not known.

Nothing is ever forgotten here, and no file is written: a root that cannot be read, that another drive
is mounted in place of, or that is suddenly empty is *offline*, and everything in it stays. A root that
is gone from a drive that is there was renamed if its files turn up in another root: they are those
files, moved, and once none is left the old root leaves the library by itself.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from vporganizer.errors import Cancelled, LibraryError, NotInLibrary
from vporganizer.indexing import volumes
from vporganizer.indexing.identify import Hash
from vporganizer.indexing.reconcile import STAGE, Reconciler, Seen
from vporganizer.indexing.walk import Rules, Tick, walk, why
from vporganizer.library.failures import clear_path_failures, record_path_failure
from vporganizer.library.folders import (
    add_folder,
    ensure_volume,
    folder,
    folder_of,
    folders,
    join,
    relative_to,
    remove_folder,
    set_offline,
    set_scanned,
    set_volume,
    volume,
)
from vporganizer.library.library import Library
from vporganizer.library.pictures import remove_pictures
from vporganizer.library.records import Folder
from vporganizer.library.videos import drop_untagged, purge_orphans, videos_of
from vporganizer.media.fingerprint import fingerprint as media_fingerprint
from vporganizer.media.fingerprint import full_hash as media_full_hash

log = logging.getLogger(__name__)

NOT_THERE = "The folder is not there: its drive may not be connected."


@dataclass(frozen=True, slots=True)
class ScanChanges:
    """What a scan found, in numbers of files.

    Attributes:
        new: files that the library did not know.
        changed: files with other bytes than before at the same place.
        moved: files that were somewhere else before.
        copies: new files with the same bytes as another one.
        missing: files that were there at the scan before and are not any more.
        unchanged: files that are as they were.
        offline: roots that cannot be reached, and why.
        failures: files and folders that could not be read.
    """

    new: int = 0
    changed: int = 0
    moved: int = 0
    copies: int = 0
    missing: int = 0
    unchanged: int = 0
    offline: tuple[tuple[bytes, str], ...] = ()
    failures: int = 0


@dataclass(frozen=True, slots=True)
class _Target:
    """A root, or the part of it that is to be looked through."""

    folder: Folder
    below: bytes


def scan_folders(
    library: Library,
    paths: Sequence[bytes],
    *,
    extra_endings: Iterable[str] = (),
    ignore: Iterable[str] = (),
    fingerprint: Hash = media_fingerprint,
    full_hash: Hash = media_full_hash,
    on_progress: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    confirm_empty: bool = False,
) -> ScanChanges:
    """Looks through folders, which become roots of the library, and records what is there now.

    Args:
        library: where to record it.
        paths: folders, as bytes; inside a root only that part of the root is looked through.
        extra_endings: endings to take for videos beside the usual ones, such as '.vid'.
        ignore: globs of names, or of paths relative to the root, to leave out.
        fingerprint: tells what a file holds from a sample of its bytes.
        full_hash: tells it from all of its bytes.
        on_progress: called with the number of files and folders looked at so far; may raise.
        cancelled: asked often; True ends the scan. What was decided until then is kept.
        confirm_empty: a person says that a root that lists nothing, or that is on another drive
            now, is really so.

    Raises:
        LibraryError: a path is not a folder.
        Cancelled: `cancelled` said so.
        StorageFull: the library's disk is full.
    """
    began = time.time()
    tick = _ticker(on_progress, cancelled)
    rules = Rules(extra_endings, ignore)
    targets = _targets(library, [os.path.abspath(path) for path in paths])
    offline: list[tuple[bytes, str]] = []
    seen: list[Seen] = []
    for target in targets:
        try:
            found = _visit(library, target, rules, tick, confirm_empty=confirm_empty)
        except NotInLibrary:  # the root was removed meanwhile
            continue
        if isinstance(found, Seen):
            seen.append(found)
        else:
            offline.append((target.folder.path, found))
    reconciler = Reconciler(library, fingerprint, full_hash, tick)
    reconciler.run(seen)
    for part in seen:
        try:
            reason = _close(library, part, began)
        except NotInLibrary:
            continue
        if reason is not None:
            offline.append((part.folder.path, reason))
    for folder_id in reconciler.renamed:
        _leave(library, folder_id)
    remove_pictures(library, purge_orphans(library))
    tally = reconciler.tally
    return ScanChanges(
        tally.new, tally.changed, tally.moved, tally.copies, tally.missing, tally.unchanged,
        tuple(offline), tally.failures + sum(len(part.listing.unreadable) for part in seen),
    )  # fmt: skip


def _ticker(on_progress: Callable[[int], None] | None, cancelled: Callable[[], bool] | None) -> Tick:
    count = 0

    def tick() -> None:
        nonlocal count
        count += 1
        if cancelled is not None and cancelled():
            raise Cancelled("The scan was stopped.")
        if on_progress is not None:
            on_progress(count)

    return tick


def _targets(library: Library, paths: Sequence[bytes]) -> list[_Target]:
    """Makes the folders roots where they are not inside one, and returns what is to be looked through."""
    for path in paths:
        known = folder_of(library, path)
        if not os.path.isdir(path) and not (known is not None and _is_away(known[0])):
            _refuse(path)
    paths = [_canonical(library, path) for path in paths]
    for path in paths:
        if os.path.isdir(path):
            here = volumes.volume_of(path)
            with library.write() as db:
                add_folder(db, path, ensure_volume(db, here.uid, here.name).id)
    found: dict[tuple[int, bytes], _Target] = {}
    for path in paths:
        around = folder_of(library, path)
        assert around is not None
        below = b"" if _is_away(around[0]) else around[1]
        found[(around[0].id, below)] = _Target(around[0], below)
    return [target for target in found.values() if not _covered(target, found.values())]


def _refuse(path: bytes) -> None:
    shown = os.fsdecode(path)
    if os.path.lexists(path):
        raise LibraryError(f"{shown} is not a folder.", hint="A scan takes folders: name the one it is in.")
    raise LibraryError(
        f"There is no folder {shown}.", hint="Check its name, and that its drive is connected."
    )


def _is_away(root: Folder) -> bool:
    return not os.path.isdir(root.path)


def _canonical(library: Library, path: bytes) -> bytes:
    """Returns a path as it is called inside a root, where it is in one by another name, as by a link."""
    if folder_of(library, path) is None:
        real = os.path.realpath(path)
        for root in folders(library):
            relative = relative_to(os.path.realpath(root.path), real)
            if relative is not None:
                return join(root.path, relative)
    return path


def _covered(target: _Target, targets: Iterable[_Target]) -> bool:
    return any(
        other is not target
        and other.folder.id == target.folder.id
        and other.below != target.below
        and (not other.below or relative_to(other.below, target.below) is not None)
        for other in targets
    )


def _visit(library: Library, target: _Target, rules: Rules, tick: Tick, *, confirm_empty: bool) -> Seen | str:
    """Looks through a root; returns what is there, or why it is offline, which is then recorded."""
    root = target.folder
    try:
        here = volumes.volume_of(root.path)
        recorded = volume(library, root.volume_id)
        other_roots = [other.path for other in folders(library) if other.id != root.id]
        if here.uid != recorded.uid and not confirm_empty:
            return _away(
                library, root, f"Another drive is there now ({here.name} instead of {recorded.name})."
            )
        listing = walk(root.path, target.below, rules, other_roots, tick)
    except FileNotFoundError:
        return _away(library, root, NOT_THERE)
    except OSError as error:
        return _away(library, root, why(error, "the folder"))
    with library.write() as db:
        set_volume(db, root.id, ensure_volume(db, here.uid, here.name).id)
    held = any(video.availability != "missing" for video in videos_of(library, root.id))
    empty = not target.below and not listing.files and not listing.unreadable
    suspicious = held and empty and not confirm_empty
    if not suspicious:
        set_offline(library, root.id, None)
    return Seen(folder(library, root.id), target.below, listing, suspicious)


def _away(library: Library, root: Folder, reason: str) -> str:
    set_offline(library, root.id, reason)
    log.warning("%r is offline: %s", root.path, reason)
    return reason


def _leave(library: Library, folder_id: int) -> None:
    """Drops a root that was renamed and has nothing left; if something was not met again, it is offline."""
    with library.write() as db:
        empty = [row for row in videos_of(db, folder_id) if row.rating is None and not row.note]
        drop_untagged(db, [row.id for row in empty])  # those that could never be read: nothing is known
        if videos_of(db, folder_id):
            set_offline(db, folder_id, NOT_THERE)
        else:
            remove_folder(db, folder_id)


def _close(library: Library, part: Seen, began: float) -> str | None:
    """Records what could not be read and that the root was scanned; returns why it is offline, if so.

    A root that lists nothing is offline while rows remain whose files were not met elsewhere.
    """
    root = part.folder
    with library.write() as db:
        for each in part.listing.unreadable:
            record_path_failure(db, root.id, each.relative, STAGE, "transient", each.reason)
            log.warning("%r: %s", join(root.path, each.relative), each.reason)
        clear_path_failures(db, root.id, part.below, before=began)
        if part.suspicious and any(video.availability != "missing" for video in videos_of(db, root.id)):
            return _away(library, root, "It held videos and lists none now.")
        set_offline(db, root.id, None)
        if not part.below:
            set_scanned(db, root.id)
    return None
