"""Connections to a library's database, and the one way to write through them.

`sqlite3` reports a full disk, a damaged file and a misspelt column by the same two classes. Here the
errors of the outside world become errors that a person can act on, whether they show up while a
statement is prepared, stepped or committed; bugs stay bugs.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from sqlite_utils import Database

from vporganizer.errors import LibraryDamaged, LibraryError, LibraryLocked, StorageFull, VPOrganizerError

APPLICATION_ID = 0x56504F72
"""'VPOr', in the header of every library's database, so that another program's file is not taken for one."""

PAGE_SIZE = 16384
"""A page holds several vectors: the file is a fifth smaller than with SQLite's 4096."""

BUSY_TIMEOUT_MS = 10_000

Row = tuple[Any, ...]


class HasDatabase(Protocol):
    """Whatever has a connection for the calling thread, such as a `Library`."""

    @property
    def db(self) -> Database:
        """The calling thread's connection."""


Source = Database | HasDatabase
"""What queries are asked of: a connection of the calling thread, or the library itself."""


def _damaged() -> LibraryDamaged:
    return LibraryDamaged(
        "The library's database is damaged.",
        hint="Move library.db aside and scan again, or put back a copy. Videos are never touched.",
    )


def translated(error: sqlite3.Error) -> VPOrganizerError | None:
    """Returns what to tell a person about `error`, or None if it is a bug of ours."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:  # raised by sqlite3 itself
        return _damaged() if "decode to UTF-8" in str(error) else None
    primary = code & 0xFF  # the upper bits say more than anyone here needs
    if primary == sqlite3.SQLITE_FULL:
        return StorageFull(
            "There is no room left on the disk that holds the library.",
            hint="Make some room and try again; everything that was finished is kept.",
        )
    if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return _damaged()
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return LibraryLocked(
            "Another program has been writing to the library for too long.", hint="Try again in a moment."
        )
    if primary in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN):
        return LibraryError(
            "The library cannot be opened or written.", hint="Check who owns its folder and its files."
        )
    if primary == sqlite3.SQLITE_IOERR:
        return LibraryError(
            f"The disk that holds the library reported an error ({error}).",
            hint="Check that it is connected and has room.",
        )
    return None


@contextmanager
def translate_errors() -> Iterator[None]:
    """Turns errors of the outside world that SQLite reports into errors for a person.

    Raises:
        StorageFull, LibraryDamaged, LibraryLocked, LibraryError: instead of the `sqlite3.Error`.
    """
    try:
        yield
    except UnicodeDecodeError as error:  # names and messages of a database whose text is none
        raise _damaged() from error
    except sqlite3.Error as error:
        told = translated(error)
        if told is None:
            raise
        raise told from error


class _Cursor(sqlite3.Cursor):
    """A cursor that reports errors of the outside world as `VPOrganizerError`."""

    def execute(self, sql: str, parameters: Any = (), /) -> _Cursor:
        with translate_errors():
            super().execute(sql, parameters)
        return self

    def executemany(self, sql: str, parameters: Any, /) -> _Cursor:
        with translate_errors():
            super().executemany(sql, parameters)
        return self

    def fetchone(self) -> Any:
        with translate_errors():
            return super().fetchone()

    def fetchmany(self, size: int | None = None) -> list[Any]:
        with translate_errors():
            return super().fetchmany(size)

    def fetchall(self) -> list[Any]:
        with translate_errors():
            return super().fetchall()

    def __next__(self) -> Any:
        try:
            return super().__next__()
        except UnicodeDecodeError as error:
            raise _damaged() from error
        except sqlite3.Error as error:
            told = translated(error)
            if told is None:
                raise
            raise told from error


class _Connection(sqlite3.Connection):
    """A connection whose cursors report errors of the outside world as `VPOrganizerError`."""

    def cursor(self, factory: Any = _Cursor) -> Any:
        return super().cursor(factory)

    # sqlite3's own shortcuts make plain cursors, whatever `cursor` returns.
    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        cursor: _Cursor = self.cursor()
        return cursor.execute(sql, parameters)

    def executemany(self, sql: str, parameters: Any, /) -> sqlite3.Cursor:
        cursor: _Cursor = self.cursor()
        return cursor.executemany(sql, parameters)

    def executescript(self, script: str, /) -> sqlite3.Cursor:
        with translate_errors():
            return super().executescript(script)


def connect(path: Path) -> Database:
    """Opens a connection with the settings that every connection to a library has.

    It may be closed from another thread, but is otherwise to be used in the calling thread only.
    Transactions are begun and ended in words (`isolation_level=None`), never by sqlite3's guesses.
    """
    with translate_errors():
        conn = sqlite3.connect(
            path,
            factory=_Connection,
            isolation_level=None,
            check_same_thread=False,
            timeout=BUSY_TIMEOUT_MS / 1000,
        )
    try:
        db = Database(conn, execute_plugins=False)
        conn.execute("PRAGMA foreign_keys = ON")
        conn.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        conn.close()
        raise
    return db


def database(source: Source) -> Database:
    """Returns the calling thread's connection of `source`."""
    return source if isinstance(source, Database) else source.db


def rows(source: Source, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
    """Returns all rows that a query gives, as plain tuples (twice as fast as dictionaries)."""
    result: list[Row] = database(source).conn.execute(sql, parameters).fetchall()
    return result


def first(source: Source, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
    """Returns the first row that a query gives, or None."""
    result: Row | None = database(source).conn.execute(sql, parameters).fetchone()
    return result


def run(source: Source, sql: str, parameters: Sequence[Any] = ()) -> sqlite3.Cursor:
    """Runs one statement; its cursor knows `rowcount` and `lastrowid`."""
    return database(source).conn.execute(sql, parameters)


def inserted(source: Source, sql: str, parameters: Sequence[Any] = ()) -> int:
    """Runs an INSERT and returns the new row's id."""
    return int(run(source, sql, parameters).lastrowid or 0)


@contextmanager
def reading(source: Source) -> Iterator[Database]:
    """Several queries that see the library as it was at one moment, whoever writes meanwhile."""
    db = database(source)
    if db.conn.in_transaction:
        yield db
        return
    db.conn.execute("BEGIN")
    try:
        yield db
    finally:
        db.rollback()


@contextmanager
def transaction(source: Source) -> Iterator[Database]:
    """All or nothing: commits at the end, rolls back on any exception; inside another it is part of it.

    BEGIN IMMEDIATE waits for its turn to write; a deferred transaction that has read first fails at
    once where another connection wrote in between, whatever the timeout.
    """
    db = database(source)
    if db.conn.in_transaction:
        with db.atomic():
            yield db
        return
    db.conn.execute("BEGIN IMMEDIATE")
    try:
        yield db
        db.conn.execute("COMMIT")
    except BaseException:
        db.rollback()  # does nothing where a full disk has ended it already
        raise
