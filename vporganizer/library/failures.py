"""What went wrong with which file: recorded, so that a scan can go on and say so at the end."""

from __future__ import annotations

import time

from vporganizer.errors import Forgotten
from vporganizer.library.connection import Source, first, rows, run, transaction
from vporganizer.library.folders import below, join
from vporganizer.library.records import Failure, FailureKind

_AGAIN = (
    "DO UPDATE SET kind = excluded.kind, reason = excluded.reason, at = excluded.at, attempts = attempts + 1"
)


def record_failure(db: Source, video_id: int, stage: str, kind: FailureKind, reason: str) -> int:
    """Records that a video failed in a stage; a permanent failure is one of its exact copies too.

    'permanent' means that the same bytes will fail again; 'transient' that the next scan tries again.

    Returns:
        How many videos failed by that, those that are missing left out.

    Raises:
        Forgotten: the video has left the library.
    """
    reason = reason.encode("utf-8", "replace").decode("utf-8")
    with transaction(db) as connection:
        if first(connection, "SELECT 1 FROM video WHERE id = ?", [video_id]) is None:
            raise Forgotten
        ids = [video_id]
        if kind == "permanent":
            ids += [other for (other,) in rows(
                connection, "SELECT o.id FROM video v JOIN video o ON o.content_id = v.content_id"
                " WHERE v.id = ? AND o.id <> v.id", [video_id],
            )]  # fmt: skip
        connection.conn.executemany(
            "INSERT INTO failure (video_id, stage, kind, reason, at) VALUES (?, ?, ?, ?, ?)"
            f" ON CONFLICT (video_id, stage) WHERE video_id IS NOT NULL {_AGAIN}",
            [(each, stage, kind, reason, time.time()) for each in ids],
        )
        marks = ",".join("?" * len(ids))
        there = f"SELECT count(*) FROM video WHERE id IN ({marks}) AND availability <> 'missing'"
        row = first(connection, there, ids)
        return int(row[0]) if row is not None else 0


def attempts(db: Source, video_id: int, stage: str) -> int:
    """Returns how often in a row a video failed in a stage; 0 if it did not."""
    row = first(db, "SELECT attempts FROM failure WHERE video_id = ? AND stage = ?", [video_id, stage])
    return 0 if row is None else int(row[0])


def clear_failures(db: Source, video_id: int, stage: str | None = None) -> None:
    """Forgets a video's failures, or those of one stage: it went well, or is another file now."""
    condition, parameters = ("AND stage = ?", [stage]) if stage is not None else ("", [])
    run(db, f"DELETE FROM failure WHERE video_id = ? {condition}", [video_id, *parameters])


def record_path_failure(
    db: Source, folder_id: int, relative: bytes, stage: str, kind: FailureKind, reason: str
) -> None:
    """Records that something in a root that is no video of the library failed, such as a folder.

    Raises:
        Forgotten: the root has left the library.
    """
    if first(db, "SELECT 1 FROM folder WHERE id = ?", [folder_id]) is None:
        raise Forgotten
    run(
        db,
        "INSERT INTO failure (folder_id, relative, stage, kind, reason, at) VALUES (?, ?, ?, ?, ?, ?)"
        f" ON CONFLICT (folder_id, relative, stage) WHERE folder_id IS NOT NULL {_AGAIN}",
        [folder_id, relative, stage, kind, reason, time.time()],
    )


def clear_path_failures(db: Source, folder_id: int, below_relative: bytes = b"", *, before: float) -> None:
    """Forgets failures of paths in a part of a root that were recorded before a time: they are over."""
    condition, parameters = below(below_relative)
    run(
        db,
        f"DELETE FROM failure WHERE folder_id = ? AND at < ? AND {condition}",
        [folder_id, before, *parameters],
    )


def failures(db: Source) -> list[Failure]:
    """Returns all failures, in order of their paths; of a file that is missing there is none to tell."""
    found = rows(
        db,
        "SELECT f.path, ifnull(v.relative, x.relative), x.stage, x.kind, x.reason, x.at, x.attempts,"
        " x.video_id FROM failure x LEFT JOIN video v ON v.id = x.video_id"
        " JOIN folder f ON f.id = ifnull(v.folder_id, x.folder_id)"
        " WHERE v.availability IS NOT 'missing'",
    )
    return sorted(
        (Failure(join(folder, relative), *rest) for folder, relative, *rest in found),
        key=lambda failure: (failure.path, failure.stage),
    )


def has_permanent_failure(db: Source, video_id: int) -> bool:
    """True if trying the file again is known to be useless."""
    row = first(db, "SELECT 1 FROM failure WHERE video_id = ? AND kind = 'permanent' LIMIT 1", [video_id])
    return row is not None
