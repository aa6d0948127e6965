"""Windows of time (clips) of contents: stored as they come, complete only when all is there.

Whether a content is pending, partial or complete for an encoder is always computed from the window
set, its clips and their vectors, so a process that was killed leaves nothing that could be wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlite_utils import Database

from vporganizer.errors import Forgotten
from vporganizer.library.connection import Source, database, first, inserted, rows, run, transaction
from vporganizer.library.folders import below, join
from vporganizer.library.records import Clip as Clip
from vporganizer.library.records import ClipTable
from vporganizer.library.records import NewClip as NewClip
from vporganizer.library.records import Pending as Pending
from vporganizer.library.vectors import change_marks as change_marks
from vporganizer.library.vectors import encoder as encoder
from vporganizer.library.vectors import encoders as encoders
from vporganizer.library.vectors import ensure_encoder as ensure_encoder
from vporganizer.library.vectors import generation as generation
from vporganizer.library.vectors import insert_vectors
from vporganizer.library.vectors import vectors as vectors
from vporganizer.library.vectors import vectors_of_clips as vectors_of_clips

POLICY, POLICY_VERSION = "shots", 1
"""How windows are cut now: at shot changes. Another way of cutting is another window set."""

Part = tuple[int, bytes]
"""A root's id, and a path in it: the files there or below; all of the root where the path is empty."""

_IS_POLICY = f"w.policy = '{POLICY}' AND w.version = {POLICY_VERSION}"

_DATE = "ifnull(c.recorded_at, v.mtime_ns / 1e9)"

LACKS_VECTOR = """EXISTS (SELECT 1 FROM clip k WHERE k.window_set_id = w.id AND NOT EXISTS
    (SELECT 1 FROM embedding e WHERE e.encoder_id = ? AND e.clip_id = k.id))"""
"""SQL: true where a clip of window set `w` lacks a vector of the encoder given as parameter."""


def pending(
    db: Source, encoder_id: int, *, retry_failed: bool = False, folder_ids: Iterable[int] | None = None,
    newer_than: float | None = None, parts: Sequence[Part] | None = None,
) -> list[Pending]:  # fmt: skip
    """Returns the contents that are not complete for an encoder, newest video first, each once.

    Only files that are online; a file with a permanent failure is left out unless `retry_failed`.

    Args:
        db: the library.
        encoder_id: the encoder that vectors may be lacking of.
        retry_failed: try files again that are known to fail.
        folder_ids: only files in these roots.
        parts: only files in these parts of roots.
        newer_than: only videos recorded later than this, in Unix seconds; where that is not known, only
            files changed later.
    """
    lacking = f"(w.finished IS NOT 1 OR {LACKS_VECTOR})"
    condition, parameters = _newer(lacking, [encoder_id], newer_than)
    if folder_ids is not None:
        parts = [(int(folder_id), b"") for folder_id in folder_ids]
    return _contents(db, condition, parameters, retry_failed=retry_failed, parts=parts)


def uncut(
    db: Source, *, retry_failed: bool = False, newer_than: float | None = None,
    parts: Sequence[Part] | None = None,
) -> list[Pending]:  # fmt: skip
    """Returns the contents whose windows are not all stored yet, for whatever encoder; else as `pending`."""
    condition, parameters = _newer("w.finished IS NOT 1", [], newer_than)
    return _contents(db, condition, parameters, retry_failed=retry_failed, parts=parts)


def contents_with_windows(db: Source, *, parts: Sequence[Part] | None = None) -> list[Pending]:
    """Returns the contents whose windows are all stored and that have a file online, newest first."""
    return _contents(db, "w.finished = 1", [], retry_failed=False, parts=parts)


def store_windows(
    db: Source,
    content_id: int,
    encoder_id: int,
    clips: Sequence[NewClip],
    *,
    complete_to: float,
    precision: str,
    backend: str,
) -> list[int]:
    """Stores windows with their vectors, and up to where the content is now covered: all or nothing.

    A window that starts where a stored one does is that one, so doing it twice changes nothing.

    Args:
        db: the library.
        content_id: what the windows are of.
        encoder_id: what made the vectors.
        clips: the windows in order of time, vectors (D,) of unit length.
        complete_to: seconds up to which windows are stored once these are.
        precision: arithmetic of the vectors, such as 'float32'.
        backend: what they were made on, such as 'cpu'.

    Returns:
        The clips' ids, in the order given.

    Raises:
        Forgotten: the content has left the library.
    """
    with transaction(db) as connection:
        set_id = _window_set(connection, content_id)
        ids = [_clip(connection, set_id, clip) for clip in clips]
        pairs = zip(ids, (clip.vector for clip in clips), strict=True)
        insert_vectors(connection, encoder_id, pairs, precision, backend)
        run(
            connection,
            "UPDATE window_set SET complete_to = max(complete_to, ?) WHERE id = ?",
            [float(complete_to), set_id],
        )
    return ids


def finish_windows(db: Source, content_id: int, duration: float, partial: str | None) -> None:
    """Says that all windows of a content are stored.

    Args:
        db: the library.
        content_id: the content.
        duration: seconds that they cover; kept as the content's where its file does not say.
        partial: why the rest of the video could not be read, as a sentence; None if all was read.

    Raises:
        Forgotten: the content has left the library.
    """
    with transaction(db) as connection:
        run(
            connection,
            "UPDATE window_set SET finished = 1, partial_reason = ?, complete_to = max(complete_to, ?)"
            " WHERE id = ?",
            [partial, float(duration), _window_set(connection, content_id)],
        )
        run(
            connection,
            "UPDATE content SET duration = ifnull(duration, ?) WHERE id = ?",
            [float(duration), content_id],
        )


def store_vectors(
    db: Source,
    encoder_id: int,
    vectors: Iterable[tuple[int, NDArray[np.floating]]],
    precision: str,
    backend: str,
) -> None:
    """Stores vectors of clips that are there already, as (clip id, (D,) floats): all or nothing.

    Raises:
        Forgotten: a clip has left the library.
    """
    pairs = list(vectors)
    with transaction(db) as connection:
        for clip_id, _ in pairs:
            if first(connection, "SELECT 1 FROM clip WHERE id = ?", [int(clip_id)]) is None:
                raise Forgotten
        insert_vectors(connection, encoder_id, pairs, precision, backend)


def unembedded(db: Source, content_id: int, encoder_id: int) -> list[Clip]:
    """Returns the clips of a content that lack a vector of an encoder, in order of time."""
    return [clip for clip, has in _clips(db, content_id, encoder_id) if not has]


def clips_of(db: Source, content_id: int) -> list[Clip]:
    """Returns the clips of a content, in order of time."""
    return [clip for clip, _ in _clips(db, content_id, 0)]


def is_complete(db: Source, content_id: int, encoder_id: int) -> bool:
    """True if all windows of the content are stored and each has a vector of the encoder."""
    row = first(
        db,
        f"SELECT 1 FROM window_set w WHERE w.content_id = ? AND {_IS_POLICY} AND w.finished = 1"
        f" AND NOT {LACKS_VECTOR}",
        [content_id, encoder_id],
    )
    return row is not None


def clip_table(db: Source) -> ClipTable:
    """Returns all clips as columns; 100,000 take about a tenth of a second."""
    fields = [("id", "i8"), ("content", "i8"), ("start", "f8"), ("end", "f8"), ("after_cut", "?")]
    found = database(db).conn.execute(
        'SELECT k.id, w.content_id, k."start", k."end", k.after_cut'
        " FROM clip k JOIN window_set w ON w.id = k.window_set_id ORDER BY k.id"
    )
    everything = found.fetchall()
    table = np.fromiter(everything, np.dtype(fields), len(everything))
    columns = (np.ascontiguousarray(table[name]) for name, _ in fields)
    return ClipTable(*columns)


def _newer(
    condition: str, parameters: list[float | bytes], newer_than: float | None
) -> tuple[str, list[float | bytes]]:
    if newer_than is None:
        return condition, parameters
    return f"{condition} AND {_DATE} > ?", [*parameters, float(newer_than)]


def _contents(
    db: Source,
    condition: str,
    parameters: list[float | bytes],
    *,
    retry_failed: bool,
    parts: Sequence[Part] | None,
) -> list[Pending]:
    """Returns each content that fits once, with its newest file that is online."""
    if not retry_failed:
        condition += (
            " AND NOT EXISTS (SELECT 1 FROM failure x WHERE x.video_id = v.id AND x.kind = 'permanent')"
        )
    if parts is not None:
        each = [(int(folder_id), *below(relative, "v.relative")) for folder_id, relative in parts]
        condition += (
            f" AND ({' OR '.join(f'(v.folder_id = ? AND {inside})' for _, inside, _ in each) or '0'})"
        )
        for folder_id, _, paths in each:
            parameters += [folder_id, *paths]
    found = rows(
        db,
        f"""SELECT v.content_id, v.id, f.path, v.relative, v.size, c.duration,
            ifnull(w.complete_to, 0.0), ifnull(w.finished, 0), c.width * c.height
        FROM video v JOIN folder f ON f.id = v.folder_id JOIN content c ON c.id = v.content_id
        LEFT JOIN window_set w ON w.content_id = c.id AND {_IS_POLICY}
        WHERE v.availability = 'online' AND {condition} ORDER BY {_DATE} DESC, v.id""",
        parameters,
    )
    result: dict[int, Pending] = {}
    for content_id, video_id, folder, relative, size, duration, complete_to, finished, pixels in found:
        path = join(folder, relative)
        one = Pending(content_id, video_id, path, size, duration, complete_to, bool(finished), pixels)
        result.setdefault(content_id, one)
    return list(result.values())


def _clips(db: Source, content_id: int, encoder_id: int) -> list[tuple[Clip, bool]]:
    found = rows(
        db,
        f"""SELECT k.id, k."start", k."end", k.after_cut,
            EXISTS (SELECT 1 FROM embedding e WHERE e.encoder_id = ? AND e.clip_id = k.id)
        FROM clip k JOIN window_set w ON w.id = k.window_set_id
        WHERE w.content_id = ? AND {_IS_POLICY} ORDER BY k."start" """,
        [encoder_id, content_id],
    )
    return [
        (Clip(clip_id, content_id, start, end, bool(after_cut)), bool(has))
        for clip_id, start, end, after_cut, has in found
    ]


def _window_set(db: Database, content_id: int) -> int:
    select = f"SELECT w.id FROM window_set w WHERE w.content_id = ? AND {_IS_POLICY}"
    row = first(db, select, [content_id])
    if row is not None:
        return int(row[0])
    if first(db, "SELECT 1 FROM content WHERE id = ?", [content_id]) is None:
        raise Forgotten
    return inserted(
        db,
        "INSERT INTO window_set (content_id, policy, version) VALUES (?, ?, ?)",
        [content_id, POLICY, POLICY_VERSION],
    )


def _clip(db: Database, set_id: int, clip: NewClip) -> int:
    start, end = float(clip.start), float(clip.end)
    row = first(db, 'SELECT id FROM clip WHERE window_set_id = ? AND "start" = ?', [set_id, start])
    if row is not None:
        return int(row[0])
    return inserted(
        db,
        'INSERT INTO clip (window_set_id, "start", "end", after_cut) VALUES (?, ?, ?, ?)',
        [set_id, start, end, int(clip.after_cut)],
    )
