"""Encoders, and the vectors that they gave clips: float16, in a table of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlite_utils import Database

from vporganizer.errors import LibraryDamaged, NotInLibrary
from vporganizer.library.connection import Source, database, first, rows, run, transaction
from vporganizer.library.records import EncoderRow

PART = 256
"""Vectors handled at once: they stay in the processor's cache, and numpy multiplies so few in one thread.

With more it starts threads, which wait for each other where the machine is busy, as while indexing: a
product with 60,000 vectors then takes three to five times as long (measured with 256 and 512).
"""

Vectors = tuple[NDArray[np.int64], NDArray[np.float16]]
"""Clip ids, (N,), ascending where nothing else is said, and their vectors, (N, D)."""


def ensure_encoder(db: Source, name: str, identity: str, dim: int) -> int:
    """Returns the id of the encoder with this identity, recorded if new.

    Vectors of another identity are not comparable: that is another encoder, even of the same name.
    """
    with transaction(db) as connection:
        row = first(connection, "SELECT id, dim FROM encoder WHERE identity = ?", [identity])
        if row is None:
            run(
                connection,
                "INSERT INTO encoder (name, identity, dim) VALUES (?, ?, ?)",
                [name, identity, int(dim)],
            )
            row = first(connection, "SELECT id, dim FROM encoder WHERE identity = ?", [identity])
            assert row is not None
        if row[1] != dim:
            raise ValueError(f"encoder {identity} has {row[1]} dimensions in the library, not {dim}")
        return int(row[0])


def encoders(db: Source) -> list[EncoderRow]:
    """Returns all encoders that the library has ever used, oldest first."""
    return [EncoderRow(*row) for row in rows(db, "SELECT id, name, identity, dim FROM encoder ORDER BY id")]


def encoder(db: Source, encoder_id: int) -> EncoderRow:
    """Returns one encoder.

    Raises:
        NotInLibrary: there is none with this id.
    """
    row = first(db, "SELECT id, name, identity, dim FROM encoder WHERE id = ?", [encoder_id])
    if row is None:
        raise NotInLibrary("The library does not know this encoder.")
    return EncoderRow(*row)


def generation(db: Source, encoder_id: int) -> int:
    """Returns a number that grows with every change of an encoder's set of vectors."""
    return change_marks(db, encoder_id)[0]


def change_marks(db: Source, encoder_id: int) -> tuple[int, int]:
    """Returns `generation`, and a number that grows only when vectors were removed or replaced."""
    row = first(db, "SELECT generation, removals FROM encoder WHERE id = ?", [encoder_id])
    if row is None:
        raise NotInLibrary("The library does not know this encoder.")
    return int(row[0]), int(row[1])


def insert_vectors(
    db: Database,
    encoder_id: int,
    vectors: Iterable[tuple[int, NDArray[np.floating]]],
    precision: str,
    backend: str,
) -> None:
    """Stores (clip id, (D,) floats) as float16; a clip that has a vector of the encoder keeps it.

    Raises:
        ValueError: a vector of another length, or with a number that is not finite.
    """
    dim = encoder(db, encoder_id).dim
    db.conn.executemany(
        "INSERT INTO embedding (clip_id, encoder_id, vector, precision, backend) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (encoder_id, clip_id) DO NOTHING",
        [
            (int(clip_id), encoder_id, _packed(vector, dim), precision, backend)
            for clip_id, vector in vectors
        ],
    )  # fmt: skip


def vectors(db: Source, encoder_id: int, after_clip_id: int = 0) -> Vectors:
    """Returns an encoder's vectors of clips with ids above `after_clip_id`, in order of the ids."""
    dim = encoder(db, encoder_id).dim
    cursor = database(db).conn.execute(
        "SELECT clip_id, vector FROM embedding WHERE encoder_id = ? AND clip_id > ? ORDER BY clip_id",
        [encoder_id, after_clip_id],
    )
    return _matrix(cursor.fetchall(), dim)


def read_added(db: Source, row: EncoderRow, after_row: int) -> Iterator[tuple[int, Vectors]]:
    """Yields vectors of an encoder in the order in which they were stored, some thousand at a time.

    With each comes a mark: given back as `after_row`, only what was stored later is read. It is
    worthless once vectors were removed (`change_marks`), since SQLite may use their row numbers again.
    """
    cursor = database(db).conn.execute(
        "SELECT rowid, clip_id, vector FROM embedding WHERE rowid > ? AND +encoder_id = ? ORDER BY rowid",
        [after_row, row.id],
    )
    while found := cursor.fetchmany(PART):
        yield int(found[-1][0]), _matrix([each[1:] for each in found], row.dim)


def vectors_of_clips(
    db: Source, encoder_id: int, clip_ids: Sequence[int] | NDArray[np.int64]
) -> NDArray[np.float16]:
    """Returns the vectors of some clips, (M, D) in the order given; clips without one are left out."""
    return vectors_by_id(db, encoder_id, clip_ids)[1]


def vectors_by_id(db: Source, encoder_id: int, clip_ids: Sequence[int] | NDArray[np.int64]) -> Vectors:
    """Returns those of the clips that have a vector, in the order given, and their vectors."""
    dim = encoder(db, encoder_id).dim
    wanted = [int(clip_id) for clip_id in clip_ids]
    found: dict[int, bytes] = {}
    for begin in range(0, len(wanted), 900):  # SQLite takes some thousands of parameters, older ones 999
        part = wanted[begin : begin + 900]
        marks = ",".join("?" * len(part))
        sql = f"SELECT clip_id, vector FROM embedding WHERE encoder_id = ? AND clip_id IN ({marks})"
        found.update(rows(db, sql, [encoder_id, *part]))
    return _matrix([(clip_id, found[clip_id]) for clip_id in wanted if clip_id in found], dim)


def clip_ids_with_vectors(db: Source, encoder_id: int) -> NDArray[np.int64]:
    """Returns the ids of the clips that have a vector, ascending, without reading the vectors."""
    found = rows(db, "SELECT clip_id FROM embedding WHERE encoder_id = ? ORDER BY clip_id", [encoder_id])
    return np.fromiter((clip_id for (clip_id,) in found), np.int64, len(found))


def _packed(vector: NDArray[np.floating], dim: int) -> bytes:
    packed = np.asarray(vector, dtype="<f2")
    if packed.shape != (dim,):
        raise ValueError(f"a vector of shape {packed.shape}, where ({dim},) is expected")
    if not np.isfinite(packed).all():
        raise ValueError("a vector with a number that is not finite")
    return packed.tobytes()


def _matrix(found: list[tuple[int, bytes]], dim: int) -> Vectors:
    ids = np.fromiter((clip_id for clip_id, _ in found), np.int64, len(found))
    joined = b"".join([blob for _, blob in found])
    if len(joined) != len(found) * dim * 2:
        raise LibraryDamaged(
            "The library holds a vector of the wrong length.", hint="Move library.db aside and scan again."
        )
    return ids, np.frombuffer(joined, "<f2").reshape(len(found), dim)


def has_vectors(db: Source, encoder_id: int) -> bool:
    """True if a clip has a vector of the encoder."""
    return first(db, "SELECT 1 FROM embedding WHERE encoder_id = ? LIMIT 1", [encoder_id]) is not None


def remove_vectors(db: Source, encoder_id: int) -> int:
    """Removes all vectors of an encoder, some at a time so that others can write in between -> how many."""
    removed = 0
    while True:
        with transaction(db) as connection:
            count = run(
                connection,
                "DELETE FROM embedding WHERE rowid IN"
                " (SELECT rowid FROM embedding WHERE encoder_id = ? LIMIT 2000)",
                [encoder_id],
            ).rowcount
        removed += count
        if not count:
            return removed
