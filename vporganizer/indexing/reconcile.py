"""Makes a library agree with what was found on disk: new, changed, moved, copied and missing files.

A file is the same as before while the file system says the same of it. Else its fingerprint says what
it holds. A row of the library whose path is gone, or holds something else now, is *loose*: a file
with the same content elsewhere is that row's file, moved, and it keeps its tags and vectors. Two files
that exist together share content only if all their bytes are the same.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from vporganizer.errors import MediaError, NotInLibrary
from vporganizer.indexing.identify import File, Hash, KnownFiles, Told
from vporganizer.indexing.walk import Listing, Tick, why
from vporganizer.library import videos
from vporganizer.library.failures import clear_failures, has_permanent_failure, record_failure
from vporganizer.library.library import Library
from vporganizer.library.records import FailureKind, Folder, Video

log = logging.getLogger(__name__)

STAGE = "scan"


@dataclass(frozen=True, slots=True)
class Seen:
    """A root, or its part `below`, as it was found: `suspicious` where it may be empty only for now."""

    folder: Folder
    below: bytes
    listing: Listing
    suspicious: bool = False


@dataclass(slots=True)
class Tally:
    """How many files there were of each kind."""

    new: int = 0
    changed: int = 0
    moved: int = 0
    copies: int = 0
    missing: int = 0
    unchanged: int = 0
    failures: int = 0


class Reconciler:
    """One comparison of the library with what was seen; every file is written as soon as it is decided."""

    def __init__(self, library: Library, fingerprint: Hash, full_hash: Hash, tick: Tick) -> None:
        self.tally = Tally()
        self._library = library
        self._fingerprint = fingerprint
        self._tick = tick
        self._known = KnownFiles(library, full_hash, tick)

    def run(self, seen: Sequence[Seen]) -> None:
        """Compares, and writes what changed."""
        fresh, stirred = self._sort_out(seen)
        # All of these first: only then is it known which rows are loose, as in a swap or a chain.
        displaced: list[Told] = []
        for file in stirred:
            with _unless_forgotten(file):
                told = self._stirred(file)
                displaced += [told] if told is not None else []
        for file in fresh:
            with _unless_forgotten(file):
                self._fresh(file)
        self._settle(displaced)
        for part in seen:
            self._note_gone(part)

    @property
    def renamed(self) -> frozenset[int]:
        """Ids of roots that are gone, though their drives are there, and whose files were met elsewhere."""
        return frozenset(self._known.renamed)

    # Looking, without opening a file

    def _sort_out(self, seen: Iterable[Seen]) -> tuple[list[File], list[File]]:
        """Returns the new files, and those that are not as they were at their paths."""
        fresh: list[File] = []
        stirred: list[File] = []
        back: list[int] = []
        for part in seen:
            known = {
                video.relative: video for video in videos.videos_of(self._library, part.folder.id, part.below)
            }
            for relative, row in known.items():
                if relative not in part.listing.files:
                    if part.listing.hides(relative):
                        self._known.unknown.add(row.id)
                    else:
                        self._known.loose[row.id] = row
            for relative, stamp in sorted(part.listing.files.items()):
                found = known.get(relative)
                file = File(part.folder, relative, stamp, found)
                if found is None:
                    fresh.append(file)
                elif found.stamp == stamp and self._needs_no_look(found):
                    self._known.living[found.id] = found
                    back += [found.id] if found.availability != "online" else []
                    self.tally.unchanged += 1
                else:
                    stirred.append(file)
        videos.set_availability(self._library, back, "online")
        return fresh, stirred

    def _needs_no_look(self, row: Video) -> bool:
        return row.content_id is not None or has_permanent_failure(self._library, row.id)

    # Files that are not as they were at their paths

    def _stirred(self, file: File) -> Told | None:
        """Looks into a file whose path is known; returns it if its bytes are not those of before."""
        row = file.row
        assert row is not None
        told = self._look_into(file)
        if told is None:
            self._known.unknown.add(row.id)
            return None
        if not self._known.as_before(told, row):
            self._known.loose[row.id] = row
            return told
        with self._library.write() as db:
            videos.place_video(db, row.id, file.folder.id, file.relative, file.stamp)
            clear_failures(db, row.id, STAGE)
        self._known.lives(row, file)
        self.tally.unchanged += 1
        return None

    def _settle(self, displaced: Sequence[Told]) -> None:
        """Decides on files at known paths with other bytes: moved there, or changed where they are."""
        claims = [(told, self._known.claim(self._known.identify(told))) for told in displaced]
        moves = [(told, row) for told, row in claims if row is not None]
        occupants = {id(told): told.file.row for told in displaced if told.file.row is not None}
        with self._library.write() as db:
            for _, row in moves:  # out of each other's way, for a swap; no name holds a zero byte
                videos.place_video(db, row.id, row.folder_id, b"\0%d" % row.id, row.stamp)
            for told, row in moves:
                occupant = occupants[id(told)]
                if self._known.loose.pop(occupant.id, None) is not None:  # its file was overwritten
                    videos.absorb_video(db, row.id, occupant.id)
                self._place(told.file, row)
        moved = {id(told) for told, _ in moves}
        for told in displaced:
            if id(told) in moved:
                continue
            occupant = occupants[id(told)]
            with _unless_forgotten(told.file):
                if self._known.loose.pop(occupant.id, None) is None:
                    self._add(self._known.identify(told))
                else:
                    self._change(self._known.identify(told), occupant)

    def _change(self, told: Told, row: Video) -> None:
        """The same path holds other bytes: what the person said of it stays, the rest is made anew."""
        with self._library.write() as db:
            videos.set_content(db, row.id, self._content(told))
            videos.place_video(db, row.id, told.file.folder.id, told.file.relative, told.file.stamp)
            clear_failures(db, row.id)
        self._known.lives(row, told.file)
        self.tally.changed += row.content_id is not None
        self.tally.new += row.content_id is None

    # Files at new paths

    def _fresh(self, file: File) -> None:
        looked = self._look_into(file)
        if looked is None:
            return
        told = self._known.identify(looked)
        row = self._known.claim(told)
        if row is None:
            self._add(told)
        else:
            self._place(file, row)

    def _place(self, file: File, row: Video) -> None:
        """A file was moved: its row follows it."""
        with self._library.write() as db:
            videos.place_video(db, row.id, file.folder.id, file.relative, file.stamp)
            clear_failures(db, row.id, STAGE)
        self._known.lives(row, file)
        self.tally.moved += 1

    def _add(self, told: Told) -> None:
        file = told.file
        with self._library.write() as db:
            video_id = videos.add_video(db, file.folder.id, file.relative, file.stamp, self._content(told))
            added = videos.video(db, video_id)
        self._known.lives(added, file)
        if told.content_id is None:
            self.tally.new += 1
        else:
            self.tally.copies += 1

    def _content(self, told: Told) -> int:
        if told.content_id is not None and videos.has_content(self._library, told.content_id):
            return told.content_id
        return videos.create_content(self._library, told.fingerprint, told.file.stamp.size, told.full_hash)

    # What went wrong, and what is gone

    def _look_into(self, file: File) -> Told | None:
        """Takes a file's fingerprint; where it cannot be read, that is recorded, and None returned."""
        self._tick()
        try:
            return Told(file, self._fingerprint(file.path))
        except MediaError as error:
            self._failed(file, "permanent" if error.kind == "permanent" else "transient", str(error))
        except OSError as error:
            self._failed(file, "transient", why(error, "this file"))
        return None

    def _failed(self, file: File, kind: FailureKind, reason: str) -> None:
        with self._library.write() as db:
            row_id = file.row.id if file.row is not None else None
            if row_id is None:
                row_id = videos.add_video(db, file.folder.id, file.relative, file.stamp, None)
            record_failure(db, row_id, STAGE, kind, reason)
        self._known.unknown.add(row_id)
        self.tally.failures += 1

    def _note_gone(self, part: Seen) -> None:
        """Marks rows whose files are gone; rows that never had content say nothing and are dropped."""
        if part.suspicious:
            return
        gone = [
            row
            for row in videos.videos_of(self._library, part.folder.id, part.below)
            if row.id in self._known.loose
        ]
        empty = [row for row in gone if row.content_id is None and row.rating is None and not row.note]
        with self._library.write() as db:
            videos.drop_untagged(db, [row.id for row in empty])
            fresh = [row.id for row in gone if row.availability != "missing"]
            videos.set_availability(db, fresh, "missing")
        self.tally.missing += len(fresh)


@contextmanager
def _unless_forgotten(file: File) -> Iterator[None]:
    """Leaves a file alone whose row, or root, the person has taken out of the library meanwhile."""
    try:
        yield
    except NotInLibrary:
        log.info("%r was forgotten while it was looked at", file.path)
