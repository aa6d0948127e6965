"""What is in a library, for `status` and `export`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from sqlite_utils import Database

from vporganizer.library.clips import LACKS_VECTOR
from vporganizer.library.connection import Source, database, first, rows
from vporganizer.library.folders import folders, join
from vporganizer.library.records import EncoderRow
from vporganizer.library.tags import tags_of_many
from vporganizer.library.vectors import encoders
from vporganizer.library.videos import all_videos

_THERE = """JOIN window_set w ON w.id = k.window_set_id
    WHERE w.content_id IN (SELECT content_id FROM video WHERE availability <> 'missing')"""
"""SQL: of clips `k`, only those of a content with a file that is not missing."""


_LACKING = f"""SELECT 1 FROM video v LEFT JOIN window_set w ON w.content_id = v.content_id
    WHERE v.availability <> 'missing' AND (w.finished IS NOT 1 OR {LACKS_VECTOR})
    AND NOT EXISTS (SELECT 1 FROM failure x WHERE x.video_id = v.id AND x.kind = 'permanent') LIMIT 1"""

_DONE: WeakKeyDictionary[Database, dict[int, tuple[tuple[int, int], bool]]] = WeakKeyDictionary()
"""By connection: encoder -> state of the database, and whether the encoder had seen all of it then."""


@dataclass(frozen=True, slots=True)
class EncoderCount:
    """How far an encoder has come, as to contents with a file that is not missing.

    Attributes:
        clips: those with a vector.
        complete: nothing is left that it could do. What permanently fails is not waited for, so a
            video of which only a part could be stored before it failed does not make this False.
        encoder_id: its key.
        device: what the last of its vectors was made on; empty if it has none.
    """

    name: str
    clips: int
    complete: bool
    encoder_id: int = field(default=0, compare=False)
    device: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Overview:
    """What a library holds.

    Attributes:
        videos: video files known and not missing, those that failed included.
        clips: windows of time of their contents.
        encoders: those used so far, oldest first; of two identities with one name only one.
        failed: those of them with a failure.
        partial: videos read only in part, and why, as a sentence.
        offline: roots that cannot be reached.
        missing: videos whose files are gone, though their root is there.
    """

    videos: int
    clips: int
    encoders: tuple[EncoderCount, ...]
    failed: int
    partial: tuple[tuple[bytes, str], ...]
    offline: tuple[bytes, ...]
    missing: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Pace:
    """What is usual in a library, to guess from where little is known.

    Attributes:
        window_seconds: length of a window of time.
        seconds_per_byte: of video in a file.
    """

    window_seconds: float
    seconds_per_byte: float


UNKNOWN_PACE = Pace(window_seconds=6.0, seconds_per_byte=8 / 12e6)
"""Of a library that holds nothing yet: shots are rarely longer than 10 s, and cameras write 12 Mbit/s."""


def pace(db: Source) -> Pace:
    """Returns what is usual in this library, by what it knows."""
    window = first(db, 'SELECT avg("end" - "start") FROM (SELECT "end", "start" FROM clip LIMIT 20000)')
    known = first(db, "SELECT sum(duration), sum(size) FROM content WHERE duration > 0 AND size > 0")
    assert window is not None and known is not None
    return Pace(
        float(window[0] or UNKNOWN_PACE.window_seconds),
        float(known[0] / known[1]) if known[1] else UNKNOWN_PACE.seconds_per_byte,
    )


def counts(db: Source, current: Iterable[str] = ()) -> Overview:
    """Returns what is in the library.

    Args:
        db: the library.
        current: identities that encoders have now: of two with one name, the one that is meant.
    """
    used: dict[str, EncoderRow] = {}
    now = set(current)
    for row in encoders(db):
        if row.name not in used or used[row.name].identity not in now:
            used[row.name] = row
    missing = rows(
        db,
        "SELECT f.path, v.relative FROM video v JOIN folder f ON f.id = v.folder_id"
        " WHERE v.availability = 'missing'",
    )
    return Overview(
        videos=_number(db, "SELECT count(*) FROM video WHERE availability <> 'missing'"),
        clips=_number(db, f"SELECT count(*) FROM clip k {_THERE}"),
        encoders=tuple(_encoder_count(db, row) for row in used.values()),
        failed=_number(
            db,
            "SELECT count(DISTINCT v.id) FROM failure x JOIN video v ON v.id = x.video_id"
            " WHERE v.availability <> 'missing'",
        ),
        partial=_partial(db),
        offline=tuple(folder.path for folder in folders(db) if folder.offline),
        missing=tuple(sorted(join(folder, relative) for folder, relative in missing)),
    )


def export_rows(db: Source) -> Iterator[dict[str, Any]]:
    """Yields a row for each file, clip and encoder, by path and time; copies have rows of their own.

    A row has `path` (text with surrogates for what is not text), `start`, `end`, `encoder`, `tags`.
    Files that are missing are left out, those on a drive that is away are not.
    """
    videos = [video for video in all_videos(db) if video.availability != "missing"]
    tags = tags_of_many(db, [video.id for video in videos])
    for video in videos:
        if video.content_id is None:
            continue
        found = rows(
            db,
            'SELECT k."start", k."end", n.name FROM window_set w JOIN clip k ON k.window_set_id = w.id'
            " JOIN embedding e ON e.clip_id = k.id JOIN encoder n ON n.id = e.encoder_id"
            # Of a checkpoint that was replaced there may be vectors beside those of the new one.
            ' WHERE w.content_id = ? GROUP BY k.id, n.name ORDER BY k."start", k.id, min(n.id)',
            [video.content_id],
        )
        for start, end, name in found:
            shown = {"path": os.fsdecode(video.path), "start": start, "end": end, "encoder": name}
            yield shown | {"tags": list(tags[video.id])}


def _encoder_count(db: Source, encoder: EncoderRow) -> EncoderCount:
    clips = _number(
        db,
        f"SELECT count(*) FROM embedding e JOIN clip k ON k.id = e.clip_id {_THERE} AND e.encoder_id = ?",
        [encoder.id],
    )
    last = first(
        db, "SELECT backend FROM embedding WHERE encoder_id = ? ORDER BY clip_id DESC LIMIT 1", [encoder.id]
    )
    device = "" if last is None else str(last[0])
    return EncoderCount(encoder.name, clips, is_done(db, encoder.id), encoder.id, device)


def is_done(db: Source, encoder_id: int) -> bool:
    """True if an encoder has seen the whole library: videos on drives that are away included.

    What is missing, or fails for good, is not waited for. The answer is kept until the database changes:
    it takes a tenth of a second for 100,000 clips, and every search asks.
    """
    connection = database(db)
    version = first(connection, "PRAGMA data_version")
    assert version is not None
    mark = (int(version[0]), int(connection.conn.total_changes))
    kept = _DONE.setdefault(connection, {})
    known = kept.get(encoder_id)
    if known is None or known[0] != mark:
        lacking = first(connection, _LACKING, [encoder_id])
        known = kept[encoder_id] = (mark, lacking is None)
    return known[1]


def _partial(db: Source) -> tuple[tuple[bytes, str], ...]:
    found = rows(
        db,
        "SELECT f.path, v.relative, w.partial_reason FROM window_set w"
        " JOIN video v ON v.content_id = w.content_id JOIN folder f ON f.id = v.folder_id"
        " WHERE w.partial_reason IS NOT NULL AND v.availability <> 'missing'",
    )
    return tuple(sorted((join(folder, relative), reason) for folder, relative, reason in found))


def _number(db: Source, sql: str, parameters: list[int] | None = None) -> int:
    row = first(db, sql, parameters or [])
    assert row is not None
    return int(row[0])
