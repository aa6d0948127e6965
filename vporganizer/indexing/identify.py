"""Whose bytes are whose: which content a file holds, and which row of the library is its own.

A row whose path is gone, or holds something else now, is *loose*; one whose file is there as it was is
*living*; of others nothing can be said, such as those on a drive that is away.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, replace

from vporganizer.errors import MediaError
from vporganizer.indexing import volumes
from vporganizer.indexing.walk import Tick, stamp_of
from vporganizer.library import videos
from vporganizer.library.folders import folders, volume
from vporganizer.library.library import Library
from vporganizer.library.records import Content, Folder, Stamp, Video

log = logging.getLogger(__name__)

Hash = Callable[[bytes], str]


@dataclass(frozen=True, slots=True)
class File:
    """A file on disk; `row` is what the library has at its path."""

    folder: Folder
    relative: bytes
    stamp: Stamp
    row: Video | None

    @property
    def path(self) -> bytes:
        """Where it is."""
        return os.path.join(self.folder.path, self.relative)


@dataclass(frozen=True, slots=True)
class Told:
    """A file and what it holds. `content_id` is None where no known file has the same bytes."""

    file: File
    fingerprint: str
    content_id: int | None = None
    full_hash: str | None = None


class KnownFiles:
    """The library's rows during one scan, by what is known of their files; nothing but hashes is written.

    Attributes:
        loose: rows without a file.
        living: rows with their file, and where it is now.
        unknown: rows of which neither can be said.
        renamed: ids of roots that are gone from drives that are there, and whose files turned up elsewhere.
    """

    def __init__(self, library: Library, full_hash: Hash, tick: Tick) -> None:
        self.loose: dict[int, Video] = {}
        self.living: dict[int, Video] = {}
        self.unknown: set[int] = set()
        self.renamed: set[int] = set()
        self._library = library
        self._full_hash = full_hash
        self._tick = tick
        self._hashes: dict[bytes, str | None] = {}
        self._folders = {folder.id: folder for folder in folders(library)}
        self._gone: dict[int, bool] = {}

    def as_before(self, told: Told, row: Video) -> bool:
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

    def identify(self, told: Told) -> Told:
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
            living = self.living.get(row.id)
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

    def claim(self, told: Told) -> Video | None:
        """Takes a loose row that had a file's content; of several the one with the same name."""
        if told.content_id is None:
            return None
        name, here = os.path.basename(told.file.relative), told.file.folder.id
        rows = videos.videos_with_content(self._library, told.content_id)
        rows = [row for row in rows if self._is_loose(row)]
        rows.sort(key=lambda row: (os.path.basename(row.relative) != name, row.folder_id != here))
        if not rows:
            return None
        del self.loose[rows[0].id]
        if self._is_gone(rows[0].folder_id):
            self.renamed.add(rows[0].folder_id)
        self.lives(rows[0], told.file)
        return rows[0]

    def lives(self, row: Video, file: File) -> None:
        """Notes that a row's file is there, and where."""
        self.living[row.id] = replace(
            row, folder_id=file.folder.id, relative=file.relative, path=file.path
        )  # fmt: skip

    def _is_loose(self, row: Video) -> bool:
        self._look_for(row)
        return row.id in self.loose

    def _look_for(self, row: Video) -> None:
        """Finds out about a row outside of what is scanned, once: gone, there as it was, or unknown."""
        if row.id in self.loose or row.id in self.living or row.id in self.unknown:
            return
        folder = self._folders.get(row.folder_id)
        try:
            there = stamp_of(os.stat(row.path))
        except (FileNotFoundError, NotADirectoryError):
            reachable = folder is not None and not folder.offline and os.path.isdir(folder.path)
            if reachable or self._is_gone(row.folder_id):
                self.loose[row.id] = row
            else:
                self.unknown.add(row.id)
        except OSError:
            self.unknown.add(row.id)
        else:
            if there == row.stamp:
                self.living[row.id] = row
            else:
                self.unknown.add(row.id)

    def _is_gone(self, folder_id: int) -> bool:
        """True if a root was renamed, moved or deleted, rather than its drive being away."""
        if folder_id not in self._gone:
            root = self._folders.get(folder_id)
            self._gone[folder_id] = root is not None and volumes.is_gone(
                root.path, volume(self._library, root.volume_id).uid
            )
        return self._gone[folder_id]
