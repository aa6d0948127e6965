"""Drives and the folders that the person gave us (roots)."""

from __future__ import annotations

import os
import time
from typing import Any

from sqlite_utils import Database

from vporganizer.errors import NotInLibrary
from vporganizer.library.connection import Source, first, inserted, rows, run, transaction
from vporganizer.library.records import Folder, Volume

_COLUMNS = "id, path, volume_id, watched, offline, last_scanned"


def display(path: bytes) -> str:
    """Returns a path as text for people: what is not valid text becomes a question mark."""
    return os.fsdecode(path).encode("utf-8", "replace").decode("utf-8")


def join(folder: bytes, relative: bytes) -> bytes:
    """Returns the absolute path of something `relative` to a root; the root itself for b''."""
    return os.path.join(folder, relative) if relative else folder


def relative_to(folder: bytes, path: bytes) -> bytes | None:
    """Returns `path` relative to `folder` (b'' for the folder itself), or None if it is not inside."""
    if path == folder:
        return b""
    separator = os.fsencode(os.sep)
    prefix = folder if folder.endswith(separator) else folder + separator
    return path[len(prefix) :] if path.startswith(prefix) else None


def below(prefix: bytes, column: str = "relative") -> tuple[str, list[bytes]]:
    """Returns an SQL condition, and its parameters, for what is `prefix` or lies below it.

    Bytes are compared as bytes: a range, which an index answers, and no LIKE, which folds cases.
    """
    if not prefix:
        return "1", []
    separator = os.fsencode(os.sep)
    after = bytes([separator[0] + 1])
    return f"({column} = ? OR ({column} > ? AND {column} < ?))", [prefix, prefix + separator, prefix + after]


def ensure_volume(db: Source, uid: str, name: str) -> Volume:
    """Returns the drive with this `uid`, recorded if new, and notes that it was seen now."""
    with transaction(db):
        run(
            db,
            "INSERT INTO volume (uid, name, last_seen_at) VALUES (?, ?, ?)"
            " ON CONFLICT (uid) DO UPDATE SET name = excluded.name, last_seen_at = excluded.last_seen_at",
            [uid, name, time.time()],
        )
        row = first(db, "SELECT id, uid, name, last_seen_at FROM volume WHERE uid = ?", [uid])
        assert row is not None
        return Volume(*row)


def volume(db: Source, volume_id: int) -> Volume:
    """Returns a drive."""
    row = first(db, "SELECT id, uid, name, last_seen_at FROM volume WHERE id = ?", [volume_id])
    if row is None:
        raise NotInLibrary("The library does not know this drive.")
    return Volume(*row)


def add_folder(db: Source, path: bytes, volume_id: int) -> Folder:
    """Makes `path` (absolute) a root and returns it.

    Inside a root on the same drive, that root is returned. Roots below it on the same drive become
    part of it, and keep their videos; on another drive they stay roots, since that drive can be away
    while this one is not.
    """
    with transaction(db) as connection:
        around = _around(connection, path, volume_id)
        if around is not None:
            return around
        folder_id = inserted(
            connection,
            "INSERT INTO folder (volume_id, path, display, added_at) VALUES (?, ?, ?, ?)",
            [volume_id, path, display(path), time.time()],
        )
        outer = _innermost(connection, path, excluding=folder_id)
        if outer is not None:
            relative = relative_to(outer.path, path)
            assert relative is not None
            _rebase(connection, outer, relative, folder_id, b"")
        for inner in folders(connection):
            prefix = relative_to(path, inner.path)
            if prefix and inner.volume_id == volume_id:
                _rebase(connection, inner, b"", folder_id, prefix)
                run(connection, "DELETE FROM folder WHERE id = ?", [inner.id])
        return folder(connection, folder_id)


def folders(db: Source) -> list[Folder]:
    """Returns all roots, in order of their paths."""
    return [_folder(row) for row in rows(db, f"SELECT {_COLUMNS} FROM folder ORDER BY path")]


def folder(db: Source, folder_id: int) -> Folder:
    """Returns one root.

    Raises:
        NotInLibrary: there is none with this id.
    """
    row = first(db, f"SELECT {_COLUMNS} FROM folder WHERE id = ?", [folder_id])
    if row is None:
        raise NotInLibrary("The library does not know this folder.", hint="See `vporganizer folders list`.")
    return _folder(row)


def folder_of(db: Source, path: bytes) -> tuple[Folder, bytes] | None:
    """Returns the innermost root that `path` lies in and the path relative to it, or None."""
    found = _innermost(db, path)
    if found is None:
        return None
    relative = relative_to(found.path, path)
    assert relative is not None
    return found, relative


def remove_folder(db: Source, folder_id: int) -> None:
    """Forgets a root with its videos and what the person said of them; never touches a file.

    `purge_orphans` is to follow in the same transaction.
    """
    run(db, "DELETE FROM folder WHERE id = ?", [folder_id])


def set_offline(db: Source, folder_id: int, reason: str | None) -> None:
    """Says why a root cannot be reached, or (None) that it can again; nothing in it is forgotten.

    Its videos become 'drive offline' and back 'online'; missing ones stay missing.
    """
    before, after = ("online", "drive offline") if reason else ("drive offline", "online")
    with transaction(db) as connection:
        run(connection, "UPDATE folder SET offline = ? WHERE id = ?", [reason, folder_id])
        run(
            connection,
            "UPDATE video SET availability = ? WHERE folder_id = ? AND availability = ?",
            [after, folder_id, before],
        )


def set_volume(db: Source, folder_id: int, volume_id: int) -> None:
    """Says that a root is on another drive from now on; only a person can know that."""
    run(db, "UPDATE folder SET volume_id = ? WHERE id = ?", [volume_id, folder_id])


def set_scanned(db: Source, folder_id: int) -> None:
    """Notes that a root was scanned now."""
    run(db, "UPDATE folder SET last_scanned = ? WHERE id = ?", [time.time(), folder_id])


def _around(db: Database, path: bytes, volume_id: int) -> Folder | None:
    found = _innermost(db, path)
    if found is not None and (found.path == path or found.volume_id == volume_id):
        return found
    return None


def _innermost(db: Source, path: bytes, excluding: int | None = None) -> Folder | None:
    around = [f for f in folders(db) if f.id != excluding and relative_to(f.path, path) is not None]
    return max(around, key=lambda found: len(found.path), default=None)


def _rebase(db: Database, source: Folder, below_relative: bytes, target_id: int, prefix: bytes) -> None:
    """Moves what lies below `below_relative` in `source` to another root, below `prefix` there."""
    condition, parameters = below(below_relative)
    for table in ("video", "failure"):
        found = rows(
            db,
            f"SELECT id, relative FROM {table} WHERE folder_id = ? AND {condition}",
            [source.id, *parameters],
        )
        for row_id, relative in found:
            rest = relative_to(below_relative, relative) if below_relative else relative
            moved = join(prefix, rest or b"") if prefix else rest
            values: list[Any] = [target_id, moved, row_id]
            run(db, f"UPDATE {table} SET folder_id = ?, relative = ? WHERE id = ?", values)
            if table == "video":
                run(db, "UPDATE video SET display = ? WHERE id = ?", [display(moved or b""), row_id])


def _folder(row: tuple[Any, ...]) -> Folder:
    folder_id, path, volume_id, watched, offline, last_scanned = row
    return Folder(folder_id, path, volume_id, bool(watched), offline, last_scanned)
