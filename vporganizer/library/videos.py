"""Video files and what is in them (contents)."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from vporganizer.errors import Forgotten, NotInLibrary
from vporganizer.library.connection import Source, database, first, inserted, rows, run, transaction
from vporganizer.library.folders import below, display, folder_of, folders, join, relative_to
from vporganizer.library.records import Availability, Content, Stamp, Video

_VIDEO = """SELECT v.id, v.folder_id, f.path, v.relative, v.size, v.mtime_ns, v.content_id, v.availability,
    v.rating, v.note, v.added_at, v.ctime_ns, v.inode FROM video v JOIN folder f ON f.id = v.folder_id"""

_FACTS = (
    "duration", "width", "height", "fps", "variable_fps", "codec", "container", "rotation", "audio",
    "recorded_at", "recorded_zone", "recorded_source", "place", "camera", "timecode",
)  # fmt: skip
_CONTENT_COLUMNS = ", ".join(
    ["id", "fingerprint", "full_hash", "size", *(f for f in _FACTS if f != "place"), "latitude", "longitude"]
)


def video(db: Source, video_id: int) -> Video:
    """Returns one video.

    Raises:
        NotInLibrary: there is none with this id.
    """
    row = first(db, f"{_VIDEO} WHERE v.id = ?", [video_id])
    if row is None:
        raise NotInLibrary("The library does not know this video.")
    return _video(row)


def video_by_path(db: Source, path: bytes) -> Video | None:
    """Returns the video at an absolute path, or None if the library does not know it."""
    found = folder_of(db, path)
    if found is None:
        return None
    row = first(db, f"{_VIDEO} WHERE v.folder_id = ? AND v.relative = ?", [found[0].id, found[1]])
    return None if row is None else _video(row)


def all_videos(db: Source) -> list[Video]:
    """Returns every video, in order of their paths."""
    return sorted((_video(row) for row in rows(db, _VIDEO)), key=lambda video: video.path)


def videos_of(db: Source, folder_id: int, below_relative: bytes = b"") -> list[Video]:
    """Returns the videos of a root, or of one of its sub-folders."""
    condition, parameters = below(below_relative, "v.relative")
    return [
        _video(row)
        for row in rows(db, f"{_VIDEO} WHERE v.folder_id = ? AND {condition}", [folder_id, *parameters])
    ]


def videos_with_content(db: Source, content_id: int) -> list[Video]:
    """Returns the videos that hold a content: exact copies of each other."""
    return [_video(row) for row in rows(db, f"{_VIDEO} WHERE v.content_id = ? ORDER BY v.id", [content_id])]


def videos_by_content(db: Source) -> dict[int, list[Video]]:
    """Returns all videos that have a content, grouped by it: for lists over a whole library."""
    grouped: dict[int, list[Video]] = {}
    for row in rows(db, f"{_VIDEO} WHERE v.content_id IS NOT NULL ORDER BY v.id"):
        found = _video(row)
        assert found.content_id is not None
        grouped.setdefault(found.content_id, []).append(found)
    return grouped


def add_video(db: Source, folder_id: int, relative: bytes, stamp: Stamp, content_id: int | None) -> int:
    """Records a new video file and returns its id.

    Raises:
        Forgotten: the root has left the library.
    """
    if first(db, "SELECT 1 FROM folder WHERE id = ?", [folder_id]) is None:
        raise Forgotten
    return inserted(
        db,
        "INSERT INTO video (folder_id, relative, display, size, mtime_ns, ctime_ns, inode, content_id,"
        " added_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [folder_id, relative, display(relative), *_stamp(stamp), content_id, time.time()],
    )


def place_video(db: Source, video_id: int, folder_id: int, relative: bytes, stamp: Stamp) -> None:
    """Says where a video file is now and what the file system says of it; it is online."""
    run(
        db,
        "UPDATE video SET folder_id = ?, relative = ?, display = ?, size = ?, mtime_ns = ?, ctime_ns = ?,"
        " inode = ?, availability = 'online' WHERE id = ?",
        [folder_id, relative, display(relative), *_stamp(stamp), video_id],
    )


def set_content(db: Source, video_id: int, content_id: int | None) -> None:
    """Says that a file holds another content now: what the person said of it stays, the rest goes.

    Tags that the program gave, and failures, belong to the old content and are deleted.
    """
    with transaction(db) as connection:
        before = first(connection, "SELECT content_id FROM video WHERE id = ?", [video_id])
        if before == (content_id,):
            return
        run(connection, "UPDATE video SET content_id = ? WHERE id = ?", [content_id, video_id])
        if before is not None and before[0] is not None:
            run(connection, "DELETE FROM video_tag WHERE video_id = ? AND source <> 'manual'", [video_id])
            run(connection, "DELETE FROM failure WHERE video_id = ?", [video_id])


def set_availability(db: Source, video_ids: Iterable[int], availability: Availability) -> None:
    """Says of videos whether their files can be reached."""
    with transaction(db) as connection:
        connection.conn.executemany(
            "UPDATE video SET availability = ? WHERE id = ?",
            [(availability, video_id) for video_id in video_ids],
        )


def drop_untagged(db: Source, video_ids: Iterable[int]) -> None:
    """Drops videos that nothing is known of: files that vanished before they could be read once."""
    database(db).conn.executemany(
        "DELETE FROM video WHERE id = ? AND content_id IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM video_tag t WHERE t.video_id = video.id)",
        [(video_id,) for video_id in video_ids],
    )


def absorb_video(db: Source, survivor_id: int, other_id: int) -> None:
    """Gives one video what the person said of another, then deletes that other's row.

    For a file that was moved over another one: the file that was there is gone, but tags, rating and
    note that were given to this place stay.
    """
    with transaction(db) as connection:
        for table in ("moment", "collection_item"):
            run(connection, f"UPDATE {table} SET video_id = ? WHERE video_id = ?", [survivor_id, other_id])
        run(
            connection,
            "UPDATE OR IGNORE video_tag SET video_id = ? WHERE video_id = ? AND source = 'manual'",
            [survivor_id, other_id],
        )
        run(
            connection,
            "UPDATE video SET rating = ifnull(video.rating, other.rating),"
            " note = ifnull(video.note, other.note) FROM video AS other WHERE other.id = ? AND video.id = ?",
            [other_id, survivor_id],
        )
        run(connection, "DELETE FROM video WHERE id = ?", [other_id])


def forget_path(db: Source, path: bytes) -> int:
    """Forgets a file, or everything under a folder, and returns how many videos that were.

    Never touches a file; roots stay. `purge_orphans` is to follow in the same transaction.
    """
    count = 0
    with transaction(db) as connection:
        for root in folders(connection):
            inside, around = relative_to(root.path, path), relative_to(path, root.path)
            if inside is None and around is None:
                continue
            condition, parameters = below(inside or b"")
            where = f"WHERE folder_id = ? AND {condition}"
            run(connection, f"DELETE FROM failure {where}", [root.id, *parameters])
            count += run(connection, f"DELETE FROM video {where}", [root.id, *parameters]).rowcount
    return count


def purge_orphans(db: Source) -> list[int]:
    """Deletes contents that no video has, with their clips and vectors; returns their ids."""
    with transaction(db) as connection:
        orphans = [content_id for (content_id,) in rows(
            connection,
            "SELECT id FROM content c WHERE NOT EXISTS (SELECT 1 FROM video v WHERE v.content_id = c.id)",
        )]  # fmt: skip
        connection.conn.executemany("DELETE FROM content WHERE id = ?", [(orphan,) for orphan in orphans])
    return orphans


def create_content(db: Source, fingerprint: str, size: int, full_hash: str | None = None) -> int:
    """Records a content that no known file has, and returns its id."""
    return inserted(
        db,
        "INSERT INTO content (fingerprint, size, full_hash) VALUES (?, ?, ?)",
        [fingerprint, size, full_hash],
    )


def contents_with_fingerprint(db: Source, fingerprint: str) -> list[Content]:
    """Returns the contents with a fingerprint; more than one where a full hash told them apart."""
    found = rows(
        db, f"SELECT {_CONTENT_COLUMNS} FROM content WHERE fingerprint = ? ORDER BY id", [fingerprint]
    )
    return [_content(row) for row in found]


def content(db: Source, content_id: int) -> Content:
    """Returns one content.

    Raises:
        NotInLibrary: there is none with this id.
    """
    row = first(db, f"SELECT {_CONTENT_COLUMNS} FROM content WHERE id = ?", [content_id])
    if row is None:
        raise NotInLibrary("The library does not know this content.")
    return _content(row)


def has_content(db: Source, content_id: int) -> bool:
    """True if the library still knows a content."""
    return first(db, "SELECT 1 FROM content WHERE id = ?", [content_id]) is not None


def set_full_hash(db: Source, content_id: int, full_hash: str) -> None:
    """Keeps the hash of all bytes of a content."""
    run(db, "UPDATE content SET full_hash = ? WHERE id = ?", [full_hash, content_id])


def set_media_facts(db: Source, content_id: int, **facts: Any) -> None:
    """Keeps what was found out about a content; facts that are not named stay.

    Args:
        db: the library.
        content_id: the content.
        **facts: any of duration, width, height, fps, variable_fps, codec, container, rotation, audio,
            recorded_at, recorded_zone, recorded_source, place (latitude, longitude), camera, timecode.

    Raises:
        ValueError: a fact of another name.
        Forgotten: the content has left the library.
    """
    unknown = sorted(set(facts) - set(_FACTS))
    if unknown:
        raise ValueError(f"not facts of a content: {', '.join(unknown)}")
    if "place" in facts:
        facts["latitude"], facts["longitude"] = facts.pop("place") or (None, None)
    if not facts:
        return
    values = [None if value is None else _plain(name, value) for name, value in facts.items()]
    assignments = ", ".join(f"{name} = ?" for name in facts)
    changed = run(db, f"UPDATE content SET {assignments} WHERE id = ?", [*values, content_id])
    if not changed.rowcount:
        raise Forgotten


def _plain(name: str, value: Any) -> Any:
    """Makes numbers of numpy and fractions plain: SQLite would keep them as bytes, or refuse."""
    if name in ("codec", "container", "recorded_source", "camera", "timecode"):
        return str(value).encode("utf-8", "replace").decode("utf-8")
    if name in ("width", "height", "variable_fps", "rotation", "audio", "recorded_zone"):
        return int(value)
    return float(value)


def _stamp(stamp: Stamp) -> list[Any]:
    return [stamp.size, stamp.mtime_ns, stamp.ctime_ns, str(stamp.inode)]  # an inode may have 128 bits


def _video(row: tuple[Any, ...]) -> Video:
    video_id, folder_id, folder_path, relative, size, mtime_ns, content_id, availability, *rest = row
    rating, note, added_at, ctime_ns, inode = rest
    return Video(
        video_id, folder_id, join(folder_path, relative), relative, size, mtime_ns, content_id, availability,
        rating, note, added_at, ctime_ns, int(inode),
    )  # fmt: skip


def _content(row: tuple[Any, ...]) -> Content:
    values = dict(zip(_CONTENT_COLUMNS.split(", "), row, strict=True))
    latitude, longitude = values.pop("latitude"), values.pop("longitude")
    values["place"] = None if latitude is None else (latitude, longitude)
    for name in ("audio", "variable_fps"):
        values[name] = None if values[name] is None else bool(values[name])
    return Content(**values)
