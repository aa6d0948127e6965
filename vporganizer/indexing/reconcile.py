"""Makes a library agree with what was found on disk: new, changed, moved, copied and missing files.

A file is the same as before while the file system says the same of it. Else its fingerprint says what
it holds. A row of the library whose path is gone, or holds something else now, is *loose*: a file
with the same content elsewhere is that row's file, moved, and it keeps its tags and vectors. Two files
that exist together share content only if all their bytes are the same.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from vporganizer.errors import MediaError
from vporganizer.indexing.walk import Listing, Tick, stamp_of, why
from vporganizer.library import videos
from vporganizer.library.failures import clear_failures, has_permanent_failure, record_failure
from vporganizer.library.folders import folders
from vporganizer.library.library import Library
from vporganizer.library.records import Content, FailureKind, Folder, Stamp, Video

log = logging.getLogger(__name__)

Hash = Callable[[bytes], str]
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


@dataclass(frozen=True, slots=True)
class _File:
    """A file on disk; `row` is what the library has at its path."""

    folder: Folder
    relative: bytes
    stamp: Stamp
    row: Video | None

    @property
    def path(self) -> bytes:
        return os.path.join(self.folder.path, self.relative)


@dataclass(frozen=True, slots=True)
class _Told:
    """A file and what it holds. `content_id` is None where no known file has the same bytes."""

    file: _File
    fingerprint: str
    content_id: int | None = None
    full_hash: str | None = None


@dataclass(slots=True)
class _Rows:
    """The library's rows by what is known of their files, `living` ones with where they are now."""

    loose: dict[int, Video] = field(default_factory=dict)
    living: dict[int, Video] = field(default_factory=dict)
    unknown: set[int] = field(default_factory=set)


class Reconciler:
    """One comparison of the library with what was seen; every file is written as soon as it is decided."""

    def __init__(self, library: Library, fingerprint: Hash, full_hash: Hash, tick: Tick) -> None:
        self.tally = Tally()
        self._library = library
        self._fingerprint = fingerprint
        self._full_hash = full_hash
        self._tick = tick
        self._rows = _Rows()
        self._hashes: dict[bytes, str | None] = {}
        self._folders = {folder.id: folder for folder in folders(library)}

    def run(self, seen: Sequence[Seen]) -> None:
        """Compares, and writes what changed."""
        fresh, stirred = self._sort_out(seen)
        # All of these first: only then is it known which rows are loose, as in a swap or a chain.
        displaced = [told for file in stirred if (told := self._stirred(file)) is not None]
        for file in fresh:
            self._fresh(file)
        self._settle(displaced)
        for part in seen:
            self._note_gone(part)

    # Looking, without opening a file

    def _sort_out(self, seen: Iterable[Seen]) -> tuple[list[_File], list[_File]]:
        """Returns the new files, and those that are not as they were at their paths."""
        fresh: list[_File] = []
        stirred: list[_File] = []
        back: list[int] = []
        for part in seen:
            known = {
                video.relative: video for video in videos.videos_of(self._library, part.folder.id, part.below)
            }
            for relative, row in known.items():
                if relative not in part.listing.files:
                    if part.listing.hides(relative):
                        self._rows.unknown.add(row.id)
                    else:
                        self._rows.loose[row.id] = row
            for relative, stamp in sorted(part.listing.files.items()):
                found = known.get(relative)
                file = _File(part.folder, relative, stamp, found)
                if found is None:
                    fresh.append(file)
                elif found.stamp == stamp and self._needs_no_look(found):
                    self._rows.living[found.id] = found
                    back += [found.id] if found.availability != "online" else []
                    self.tally.unchanged += 1
                else:
                    stirred.append(file)
        videos.set_availability(self._library, back, "online")
        return fresh, stirred

    def _needs_no_look(self, row: Video) -> bool:
        return row.content_id is not None or has_permanent_failure(self._library, row.id)

    # Files that are not as they were at their paths

    def _stirred(self, file: _File) -> _Told | None:
        """Looks into a file whose path is known; returns it if its bytes are not those of before."""
        row = file.row
        assert row is not None
        told = self._look_into(file)
        if told is None:
            self._rows.unknown.add(row.id)
            return None
        if not self._as_before(told, row):
            self._rows.loose[row.id] = row
            return told
        with self._library.write() as db:
            videos.place_video(db, row.id, file.folder.id, file.relative, file.stamp)
            clear_failures(db, row.id, STAGE)
        self._lives(row, file)
        self.tally.unchanged += 1
        return None

    def _as_before(self, told: _Told, row: Video) -> bool:
        """True if a file at a known path still holds what it held; only what was said of it changed."""
        if row.content_id is None:
            return False
        before = videos.content(self._library, row.content_id)
        if (before.fingerprint, before.size) != (told.fingerprint, told.file.stamp.size):
            return False
        if len(videos.contents_with_fingerprint(self._library, told.fingerprint)) == 1:
            return True
        mine = self._hash(told.file.path)
        return mine is not None and mine == before.full_hash

    def _settle(self, displaced: Sequence[_Told]) -> None:
        """Decides on files at known paths with other bytes: moved there, or changed where they are."""
        moves = [(told, row) for told in displaced if (row := self._claim(self._identify(told))) is not None]
        occupants = {id(told): told.file.row for told in displaced if told.file.row is not None}
        with self._library.write() as db:
            for _, row in moves:  # out of each other's way, for a swap; no name holds a zero byte
                videos.place_video(db, row.id, row.folder_id, b"\0%d" % row.id, row.stamp)
            for told, row in moves:
                occupant = occupants[id(told)]
                if self._rows.loose.pop(occupant.id, None) is not None:  # its file was overwritten
                    videos.absorb_video(db, row.id, occupant.id)
                self._place(told.file, row)
        moved = {id(told) for told, _ in moves}
        for told in displaced:
            if id(told) in moved:
                continue
            occupant = occupants[id(told)]
            if self._rows.loose.pop(occupant.id, None) is None:
                self._add(self._identify(told))
            else:
                self._change(self._identify(told), occupant)

    def _change(self, told: _Told, row: Video) -> None:
        """The same path holds other bytes: what the person said of it stays, the rest is made anew."""
        with self._library.write() as db:
            videos.set_content(db, row.id, self._content(told))
            videos.place_video(db, row.id, told.file.folder.id, told.file.relative, told.file.stamp)
            clear_failures(db, row.id)
        self._lives(row, told.file)
        self.tally.changed += row.content_id is not None
        self.tally.new += row.content_id is None

    # Files at new paths

    def _fresh(self, file: _File) -> None:
        looked = self._look_into(file)
        if looked is None:
            return
        told = self._identify(looked)
        row = self._claim(told)
        if row is None:
            self._add(told)
        else:
            self._place(file, row)

    def _place(self, file: _File, row: Video) -> None:
        """A file was moved: its row follows it."""
        with self._library.write() as db:
            videos.place_video(db, row.id, file.folder.id, file.relative, file.stamp)
            clear_failures(db, row.id, STAGE)
        self._lives(row, file)
        self.tally.moved += 1

    def _add(self, told: _Told) -> None:
        file = told.file
        with self._library.write() as db:
            video_id = videos.add_video(db, file.folder.id, file.relative, file.stamp, self._content(told))
            added = videos.video(db, video_id)
        self._lives(added, file)
        if told.content_id is None:
            self.tally.new += 1
        else:
            self.tally.copies += 1

    def _content(self, told: _Told) -> int:
        if told.content_id is not None:
            return told.content_id
        return videos.create_content(self._library, told.fingerprint, told.file.stamp.size, told.full_hash)

    # What bytes are whose

    def _look_into(self, file: _File) -> _Told | None:
        """Takes a file's fingerprint; where it cannot be read, that is recorded, and None returned."""
        self._tick()
        try:
            return _Told(file, self._fingerprint(file.path))
        except MediaError as error:
            self._failed(file, "permanent" if error.kind == "permanent" else "transient", str(error))
        except OSError as error:
            self._failed(file, "transient", why(error, "this file"))
        return None

    def _identify(self, told: _Told) -> _Told:
        """Finds the content that a file shares with others, or had where it was before.

        The fingerprint proves a move: no other file that is there may be meant. Where one may, or where
        several contents have the fingerprint, only the hash of all bytes proves anything.
        """
        size = told.file.stamp.size
        found = videos.contents_with_fingerprint(self._library, told.fingerprint)
        candidates = [content for content in found if content.size == size]
        if not candidates:
            return told
        if len(candidates) == 1 and self._only_loose(candidates[0]):
            return replace(told, content_id=candidates[0].id)
        hashes = {self._hash_of(content): content.id for content in candidates}
        hashes.pop(None, None)
        mine = self._hash(told.file.path) if hashes else None
        return replace(told, content_id=hashes.get(mine), full_hash=mine)

    def _only_loose(self, content: Content) -> bool:
        return all(self._is_loose(row) for row in videos.videos_with_content(self._library, content.id))

    def _hash_of(self, content: Content) -> str | None:
        """Returns the hash of all bytes of a content, read from a file that holds it if need be."""
        if content.full_hash is not None:
            return content.full_hash
        for row in videos.videos_with_content(self._library, content.id):
            self._look_for(row)
            living = self._rows.living.get(row.id)
            full_hash = self._hash(living.path) if living is not None else None
            if full_hash is not None:
                videos.set_full_hash(self._library, content.id, full_hash)
                return full_hash
        return None

    def _hash(self, path: bytes) -> str | None:
        """Returns the hash of all bytes of a file, or None where it cannot be read to its end."""
        if path not in self._hashes:
            self._tick()
            try:
                self._hashes[path] = self._full_hash(path)
            except (MediaError, OSError) as error:
                log.warning("%r cannot be compared with files like it: %s", path, error)
                self._hashes[path] = None
        return self._hashes[path]

    def _claim(self, told: _Told) -> Video | None:
        """Takes a loose row that had a file's content; of several the one with the same name."""
        if told.content_id is None:
            return None
        name, here = os.path.basename(told.file.relative), told.file.folder.id
        rows = videos.videos_with_content(self._library, told.content_id)
        rows = [row for row in rows if self._is_loose(row)]
        rows.sort(key=lambda row: (os.path.basename(row.relative) != name, row.folder_id != here))
        if not rows:
            return None
        del self._rows.loose[rows[0].id]
        self._lives(rows[0], told.file)
        return rows[0]

    def _lives(self, row: Video, file: _File) -> None:
        self._rows.living[row.id] = replace(
            row, folder_id=file.folder.id, relative=file.relative, path=file.path
        )  # fmt: skip

    def _is_loose(self, row: Video) -> bool:
        self._look_for(row)
        return row.id in self._rows.loose

    def _look_for(self, row: Video) -> None:
        """Finds out about a row outside of what is scanned, once: gone, there as it was, or unknown."""
        known = self._rows
        if row.id in known.loose or row.id in known.living or row.id in known.unknown:
            return
        folder = self._folders.get(row.folder_id)
        try:
            there = stamp_of(os.stat(row.path))
        except FileNotFoundError:
            reachable = folder is not None and not folder.offline and os.path.isdir(folder.path)
            if reachable:
                known.loose[row.id] = row
            else:
                known.unknown.add(row.id)
        except OSError:
            known.unknown.add(row.id)
        else:
            if there == row.stamp:
                known.living[row.id] = row
            else:
                known.unknown.add(row.id)

    # What went wrong, and what is gone

    def _failed(self, file: _File, kind: FailureKind, reason: str) -> None:
        with self._library.write() as db:
            row_id = file.row.id if file.row is not None else None
            if row_id is None:
                row_id = videos.add_video(db, file.folder.id, file.relative, file.stamp, None)
            record_failure(db, row_id, STAGE, kind, reason)
        self._rows.unknown.add(row_id)
        self.tally.failures += 1

    def _note_gone(self, part: Seen) -> None:
        """Marks rows whose files are gone; rows that never had content say nothing and are dropped."""
        if part.suspicious:
            return
        gone = [
            row
            for row in videos.videos_of(self._library, part.folder.id, part.below)
            if row.id in self._rows.loose
        ]
        empty = [row for row in gone if row.content_id is None and row.rating is None and not row.note]
        with self._library.write() as db:
            videos.drop_untagged(db, [row.id for row in empty])
            fresh = [row.id for row in gone if row.availability != "missing"]
            videos.set_availability(db, fresh, "missing")
        self.tally.missing += len(fresh)
