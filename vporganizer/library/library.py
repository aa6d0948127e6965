"""A library on disk: opening, checking, migrating, writing, locking and closing it."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout
from sqlite_utils import Database

from vporganizer.errors import LibraryDamaged, LibraryError, LibraryLocked, LibraryTooNew, NotInLibrary
from vporganizer.library.connection import APPLICATION_ID, PAGE_SIZE, connect, first, rows, transaction
from vporganizer.library.migrations import migrations
from vporganizer.library.mounts import mount_of
from vporganizer.library.private import (
    create_private,
    is_there,
    prepare_folder,
    private_folder,
    write_private,
)

log = logging.getLogger(__name__)

_SMALL_DATABASE = 32 * 1024 * 1024
"""Up to this size, in bytes, the whole database is checked when it is opened; it takes milliseconds."""


class Library:
    """A folder with `library.db`, `index/` and `thumbs/`, and a connection for each thread that asks.

    Open it with `Library.open`, close it with `close()` or by leaving its `with` block.

    Attributes:
        path: the folder.
        warnings: sentences about circumstances that may harm it, such as a network share.
    """

    def __init__(self, path: Path, warnings: tuple[str, ...] = ()) -> None:
        self.path = path
        self.warnings = warnings
        self._connections: dict[threading.Thread, Database] = {}
        self._guard = threading.Lock()
        self._closed = False

    @classmethod
    def open(cls, path: Path, *, create: bool = True) -> Library:
        """Opens the library in the folder `path`, and makes it first if `create` says so.

        Raises:
            NotInLibrary: there is none and `create` is False.
            LibraryTooNew: a newer version of the program wrote it.
            LibraryDamaged: its database is damaged, or not a library's.
            LibraryError: the folder cannot be made, read or written.
        """
        path = Path(os.path.abspath(path))
        file = path / "library.db"
        if not create and not is_there(file):
            raise NotInLibrary(
                f"There is no library in {path}.", hint="Scan a folder first, which makes one."
            )
        prepare_folder(path)
        library = cls(path, _warnings_for(path))
        for sentence in library.warnings:
            log.warning("%s", sentence)
        try:
            library._make_ready()
        except BaseException:
            library.close()
            raise
        return library

    @property
    def file(self) -> Path:
        """The database."""
        return self.path / "library.db"

    @property
    def thumbs_dir(self) -> Path:
        """Where pictures of videos are kept; they can be made again."""
        return private_folder(self.path / "thumbs")

    @property
    def index_dir(self) -> Path:
        """Where vector indexes are kept; they can be made again."""
        return private_folder(self.path / "index")

    @property
    def db(self) -> Database:
        """The calling thread's connection; opened when first asked for, closed with the library."""
        thread = threading.current_thread()
        db = self._connections.get(thread)
        if db is not None:
            return db
        with self._guard:
            if self._closed:
                raise LibraryError("The library was closed.")
            for ended in [other for other in self._connections if not other.is_alive()]:
                self._connections.pop(ended).close()
            db = connect(self.file)
            self._connections[thread] = db
        return db

    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[Database]:
        """All or nothing: what is written inside is kept together, or not at all where it raises.

        Args:
            durable: wait until the disk has it, so that a power cut cannot take it away: for what a
                person entered. Without it, a power cut may lose the last seconds, never more.
        """
        db = self.db
        if not durable or db.conn.in_transaction:
            with transaction(db):
                yield db
            return
        db.conn.execute("PRAGMA synchronous = FULL")  # not possible inside a transaction
        try:
            with transaction(db):
                yield db
        finally:
            db.conn.execute("PRAGMA synchronous = NORMAL")

    @contextmanager
    def indexer_lock(self) -> Iterator[None]:
        """Makes this the one process that indexes into the library, until the block ends.

        The operating system lets go of the lock when a process dies, however it dies.

        Raises:
            LibraryLocked: another process (or thread) is indexing; the sentence names its pid.
        """
        lock_file = self.path / "indexer.lock"
        holder = _read_pid(lock_file)  # before trying: that may empty the file
        lock = FileLock(lock_file, mode=0o600, thread_local=False)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            named = holder or _read_pid(self.path / "indexer.pid")
            who = f" (process {named})" if named else ""
            raise LibraryLocked(
                f"Another process{who} is indexing into this library.",
                hint="Wait until it is done, or stop it. Searching and tagging work meanwhile.",
            ) from None
        except OSError as error:
            raise LibraryError(f"The library cannot be locked ({error.strerror}).") from error
        try:
            write_private(self.path / "indexer.pid", str(os.getpid()))
            with suppress(OSError):  # Windows forbids writing to a locked file: there the .pid serves
                write_private(lock_file, str(os.getpid()))
            yield
        finally:
            lock.release()

    def close(self) -> None:
        """Closes the connections of all threads. Threads must have stopped using them."""
        with self._guard:
            self._closed = True
            connections, self._connections = list(self._connections.values()), {}
        for db in connections:
            db.close()

    def __enter__(self) -> Library:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _make_ready(self) -> None:
        """Makes or checks the database, and brings it to this version's schema."""
        create_private(self.file)
        db = self.db
        if self._is_new(db):
            with self._schema_lock():
                if self._is_new(db):
                    db.conn.execute(f"PRAGMA page_size = {PAGE_SIZE}")
                    db.conn.execute("PRAGMA journal_mode = WAL")
                    migrations.apply(db)
                    db.conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        _check(db, self.file)
        if migrations.pending(db):
            with self._schema_lock():
                self._migrate(db)
        db.conn.execute("PRAGMA journal_mode = WAL")

    def _migrate(self, db: Database) -> None:
        pending = migrations.pending(db)
        if not pending:  # another process was quicker
            return
        copy = self.path / f"library-before-{pending[0].name}.db"
        if not copy.exists():
            partial = copy.with_suffix(".part")
            partial.unlink(missing_ok=True)
            db.conn.execute("VACUUM INTO ?", [os.fspath(partial)])
            os.chmod(partial, 0o600)
            os.replace(partial, copy)
        log.warning("Bringing the library to a newer format; the old one is kept as %s", copy)
        migrations.apply(db)

    @staticmethod
    def _is_new(db: Database) -> bool:
        """True if nothing is in the database yet, or its making was interrupted."""
        return first(db, "PRAGMA application_id") == (0,) and not rows(
            db, "SELECT 1 FROM sqlite_master WHERE name NOT LIKE '\\_sqlite\\_migrations' ESCAPE '\\'"
            " AND tbl_name <> '_sqlite_migrations' LIMIT 1"
        )  # fmt: skip

    @contextmanager
    def _schema_lock(self) -> Iterator[None]:
        with FileLock(self.path / "schema.lock", mode=0o600):
            yield


def _check(db: Database, file: Path) -> None:
    """Refuses a database that is damaged, of another program, or of a newer version of this one."""
    damaged = LibraryDamaged(
        f"The library's database {file} is damaged.",
        hint="Move it aside and scan again, or put back a copy. Videos are never touched.",
    )
    if first(db, "PRAGMA application_id") not in ((APPLICATION_ID,), (0,)):
        raise LibraryDamaged(f"{file} is a database, but not a library's.", hint="Choose another folder.")
    known = {migration.name for migration in migrations._migrations}
    applied = {migration.name for migration in migrations.applied(db)}
    if not applied:
        raise LibraryDamaged(f"{file} is a database, but not a library's.", hint="Choose another folder.")
    if applied - known:
        raise LibraryTooNew(
            "The library was written by a newer version of VP Organizer.", hint="Update the program."
        )
    if first(db, "PRAGMA application_id") == (0,):  # its making was interrupted at the last step
        db.conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    if file.stat().st_size <= _SMALL_DATABASE and rows(db, "PRAGMA quick_check(1)") != [("ok",)]:
        raise damaged


def _warnings_for(path: Path) -> tuple[str, ...]:
    mount = mount_of(os.fsencode(path))
    if mount is None or not mount.is_network:
        return ()
    return (
        f"The library lies on a network share ({mount.fstype}), where its database can be damaged: "
        "keep it on a disk of this machine.",
    )


def _read_pid(file: Path) -> int | None:
    try:
        return int(file.read_text("ascii"))
    except (OSError, ValueError):
        return None
