from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from helpers.libraries import add_file, add_root
from sqlite_utils.migrations import Migrations

from vporganizer.errors import (
    LibraryDamaged,
    LibraryError,
    LibraryLocked,
    LibraryTooNew,
    NotInLibrary,
    StorageFull,
)
from vporganizer.library import connection, folders, overview, tags, videos
from vporganizer.library import library as module
from vporganizer.library.connection import first, rows, run
from vporganizer.library.library import Library
from vporganizer.library.migrations import m001_first_schema

STORED = Path(__file__).parent / "stored" / "v1.db"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_only_its_owner_can_look_into_a_library(library: Library) -> None:
    add_root(library)
    with library.indexer_lock():
        names = [library.path, library.thumbs_dir, library.index_dir]
        assert {mode(path) for path in names} == {0o700}
        files = [path for path in library.path.iterdir() if path.is_file()]
        assert {"library.db", "library.db-wal", "indexer.lock"} <= {path.name for path in files}
        assert {path.name: mode(path) for path in files} == {path.name: 0o600 for path in files}


def test_a_library_that_was_closed_opens_again_with_what_was_in_it(tmp_path: Path) -> None:
    with Library.open(tmp_path / "lib") as library:
        add_file(library, add_root(library), b"a.mp4")
    with Library.open(tmp_path / "lib", create=False) as library:
        assert [video.path for video in videos.all_videos(library)] == [b"/videos/a.mp4"]


def test_settings_of_every_connection(library: Library) -> None:
    pragmas = {
        name: first(library, f"PRAGMA {name}") for name in ("journal_mode", "foreign_keys", "page_size")
    }
    assert pragmas == {"journal_mode": ("wal",), "foreign_keys": (1,), "page_size": (16384,)}
    assert first(library, "PRAGMA busy_timeout") == (10_000,)


def test_every_table_is_strict(library: Library) -> None:
    loose = rows(library, "SELECT name FROM pragma_table_list WHERE schema = 'main' AND NOT strict")
    assert {name for (name,) in loose} <= {"_sqlite_migrations", "sqlite_schema", "sqlite_sequence"}


def test_without_create_a_folder_without_a_library_is_refused_and_left_alone(tmp_path: Path) -> None:
    with pytest.raises(NotInLibrary, match="There is no library"):
        Library.open(tmp_path / "none", create=False)
    assert not (tmp_path / "none").exists()


def test_a_file_in_the_place_of_the_folder_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(LibraryError, match="is a file, not a folder"):
        Library.open(tmp_path / "file")


def test_a_folder_with_other_things_keeps_its_rights(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "mine.txt").write_text("x")
    Library.open(tmp_path).close()
    assert mode(tmp_path) == 0o755


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: os.urandom(len(data)),
        lambda data: b"this is no database " * 1000,
        lambda data: data[: len(data) // 2],
        lambda data: data[:20_000] + bytes(b ^ 0xFF for b in data[20_000:200_000]) + data[200_000:],
    ],
    ids=["noise", "text", "half", "flipped"],
)
def test_a_damaged_database_is_a_sentence(tmp_path: Path, damage: object) -> None:
    with Library.open(tmp_path) as library:
        folder = add_root(library)
        for number in range(50):
            add_file(library, folder, b"%d.mp4" % number)
    file = tmp_path / "library.db"
    file.write_bytes(damage(file.read_bytes()))  # type: ignore[operator]
    with pytest.raises(LibraryDamaged, match="damaged"):
        Library.open(tmp_path)


def test_damage_that_shows_only_while_reading_is_a_sentence(library: Library) -> None:
    folder = add_root(library)
    for number in range(2000):
        add_file(library, folder, b"%d.mp4" % number)
    library.db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    pages = rows(library, "SELECT pageno FROM dbstat WHERE name = 'video' AND pagetype = 'leaf'")
    with open(library.file, "r+b") as file:
        for (page,) in pages:
            file.seek((page - 1) * 16384)
            file.write(b"\xff" * 16384)
    result: list[BaseException] = []

    def read() -> None:  # another thread has a connection without pages in its cache
        try:
            videos.all_videos(library)
        except LibraryDamaged as error:
            result.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
    assert len(result) == 1


def test_the_database_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "library.db")
    other.execute("CREATE TABLE theirs (x)")
    other.close()
    before = (tmp_path / "library.db").read_bytes()
    with pytest.raises(LibraryDamaged, match="not a library's"):
        Library.open(tmp_path)
    assert (tmp_path / "library.db").read_bytes() == before


def test_a_library_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    with Library.open(tmp_path) as library:
        run(
            library,
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('vporganizer', 'm999', '')",
        )
    with pytest.raises(LibraryTooNew, match="newer version") as caught:
        Library.open(tmp_path)
    assert caught.value.hint == "Update the program."


def test_a_copy_is_kept_before_an_older_library_is_migrated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Library.open(tmp_path) as library:
        add_root(library, b"/before")
    newer = Migrations("vporganizer")
    newer()(m001_first_schema)
    newer(name="m002_next")(lambda db: db.conn.execute("ALTER TABLE folder ADD COLUMN colour TEXT"))
    monkeypatch.setattr(module, "migrations", newer)
    with Library.open(tmp_path) as library:
        assert first(library, "SELECT path, colour FROM folder") == (b"/before", None)
    copy = tmp_path / "library-before-m002_next.db"
    assert mode(copy) == 0o600
    kept = sqlite3.connect(copy)
    assert kept.execute("SELECT path FROM folder").fetchall() == [(b"/before",)]
    kept.close()


def test_a_stored_library_of_schema_1_opens_with_everything_in_it(tmp_path: Path) -> None:
    shutil.copy(STORED, tmp_path / "library.db")
    with Library.open(tmp_path, create=False) as library:
        told = [
            (row["path"], row["start"], row["encoder"], row["tags"]) for row in overview.export_rows(library)
        ]
        assert told == [
            ("/stored/\udcff not text.mp4", 0.0, "tiny", ["Lake"]),
            ("/stored/\udcff not text.mp4", 1.0, "tiny", ["Lake"]),
        ]
        video = videos.all_videos(library)[1]
        assert (video.rating, video.note) == (4, "Ferien")
        assert tags.all_tags(library) == {"Lake": 1}


def test_nothing_stays_of_a_write_that_raises(library: Library) -> None:
    with pytest.raises(ZeroDivisionError), library.write() as db:
        add_file(library, add_root(library), b"a.mp4")
        with library.write():  # part of the outer one
            run(db, "INSERT INTO setting VALUES ('a', 'b')")
        raise ZeroDivisionError
    assert rows(library, "SELECT * FROM folder") == rows(library, "SELECT * FROM setting") == []


def test_an_inner_write_that_raises_takes_only_itself_back(library: Library) -> None:
    with library.write() as db:
        run(db, "INSERT INTO setting VALUES ('outer', '')")
        with pytest.raises(ZeroDivisionError), library.write():
            run(db, "INSERT INTO setting VALUES ('inner', '')")
            raise ZeroDivisionError
    assert rows(library, "SELECT key FROM setting") == [("outer",)]


def test_what_a_person_entered_waits_for_the_disk(library: Library) -> None:
    with library.write(durable=True) as db:
        assert first(db, "PRAGMA synchronous") == (2,)
    assert first(library, "PRAGMA synchronous") == (1,)


def test_a_number_of_numpy_is_refused_and_not_kept_as_bytes(library: Library) -> None:
    import numpy as np

    with pytest.raises(sqlite3.IntegrityError):
        run(library, "INSERT INTO content (fingerprint, size) VALUES ('a', ?)", [np.int64(3)])


def test_a_full_disk_is_a_sentence_and_what_was_there_stays(library: Library) -> None:
    folder = add_root(library)
    add_file(library, folder, b"kept.mp4")
    pages = first(library, "PRAGMA page_count")
    assert pages is not None
    library.db.conn.execute(f"PRAGMA max_page_count = {pages[0]}")
    with pytest.raises(StorageFull, match="no room left"), library.write():
        for number in range(100):
            add_file(library, folder, b"%d" % number * 1000)
    assert [video.relative for video in videos.all_videos(library)] == [b"kept.mp4"]


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are of Unix")
def test_a_disk_that_refuses_to_write_is_a_sentence(tmp_path: Path) -> None:
    program = """
import resource, sys
from pathlib import Path
from vporganizer.errors import LibraryError
from vporganizer.library import videos
from vporganizer.library.library import Library
library = Library.open(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, -1))
try:
    with library.write():
        for number in range(100_000):
            videos.create_content(library, "x" * 1000, number)
except LibraryError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=True
    )
    assert "The disk that holds the library" in done.stdout or "no room left" in done.stdout


def test_each_thread_has_a_connection_and_closing_ends_all(library: Library) -> None:
    mine = library.db
    assert library.db is mine
    theirs: list[object] = []
    start, end = threading.Event(), threading.Event()

    def other() -> None:
        theirs.append(library.db)
        start.set()
        end.wait()

    thread = threading.Thread(target=other)
    thread.start()
    start.wait()
    assert theirs[0] is not mine
    library.close()
    end.set()
    thread.join()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        theirs[0].conn.execute("SELECT 1")  # type: ignore[attr-defined]
    with pytest.raises(LibraryError, match="closed"):
        _ = library.db


def test_a_reader_sees_one_moment_while_another_writes(library: Library, tmp_path: Path) -> None:
    add_root(library)
    with Library.open(tmp_path / "library") as other, connection.reading(library) as db:
        assert len(rows(db, "SELECT * FROM folder")) == 1
        add_root(other, b"/second")
        assert len(rows(db, "SELECT * FROM folder")) == 1
    assert len(rows(library, "SELECT * FROM folder")) == 2


def test_the_indexer_lock_names_its_holder(library: Library, tmp_path: Path) -> None:
    with (
        library.indexer_lock(),
        Library.open(tmp_path / "library") as other,
        pytest.raises(LibraryLocked, match=f"process {os.getpid()}"),
        other.indexer_lock(),
    ):
        pass
    with library.indexer_lock():
        assert (library.path / "indexer.lock").read_text() == str(os.getpid())


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is of Unix")
def test_the_lock_of_a_process_that_was_killed_is_free(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from vporganizer.library.library import Library\n"
        "with Library.open(Path(sys.argv[1])) as library, library.indexer_lock():\n"
        "    print('held', flush=True); time.sleep(60)"
    )
    child = subprocess.Popen([sys.executable, "-c", program, tmp_path], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None and child.stdout.readline() == "held\n"
    with Library.open(tmp_path) as library:
        with pytest.raises(LibraryLocked, match=f"process {child.pid}"), library.indexer_lock():
            pass
        child.send_signal(signal.SIGKILL)
        child.communicate()
        with library.indexer_lock():
            assert (tmp_path / "indexer.lock").read_text() == str(os.getpid())


def test_many_openers_at_once_make_one_library(tmp_path: Path) -> None:
    failed: list[BaseException] = []

    def opener(number: int) -> None:
        try:
            with Library.open(tmp_path / "lib") as library:
                add_root(library, b"/root%d" % number)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=opener, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with Library.open(tmp_path / "lib") as library:
        assert len(rows(library, "SELECT * FROM folder")) == 8


@pytest.mark.parametrize("where", ["video", "folder", "schema", "migrations"])
def test_text_that_is_none_is_damage(tmp_path: Path, where: str) -> None:
    with Library.open(tmp_path) as library:
        add_file(library, add_root(library), b"a.mp4")
        library.db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    plain = sqlite3.connect(tmp_path / "library.db")
    if where == "schema":
        plain.execute("PRAGMA writable_schema = ON")
        plain.execute("UPDATE sqlite_master SET name = CAST(x'ff61' AS TEXT) WHERE name = 'video_by_tag'")
        plain.execute("UPDATE sqlite_master SET sql = CAST(x'ff61' AS TEXT) WHERE name = 'edit'")
    elif where == "migrations":
        plain.execute("UPDATE _sqlite_migrations SET name = CAST(x'ff61' AS TEXT)")
    elif where == "folder":
        plain.execute("UPDATE folder SET offline = CAST(x'ff61' AS TEXT)")
    else:
        plain.execute("UPDATE video SET note = CAST(x'ff61' AS TEXT)")
    plain.commit()
    plain.close()
    with pytest.raises(LibraryDamaged, match="damaged"), Library.open(tmp_path) as library:
        folders.folders(library)
        videos.all_videos(library)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="rights as on Unix")
def test_a_folder_that_cannot_be_written_or_read_is_said_to_be_just_that() -> None:
    program = """
import os, sys
from pathlib import Path
from vporganizer.errors import LibraryError
from vporganizer.library.library import Library
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    Library.open(Path(sys.argv[1]), create=sys.argv[2] == "create")
except LibraryError as error:
    print(error)
"""

    def told(create: str) -> str:
        command = [sys.executable, "-P", "-c", program, str(folder), create]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    folder = Path(tempfile.mkdtemp())
    try:
        for stored in (False, True):
            if stored:
                Library.open(folder).close()
            folder.chmod(0o555)
            for path in folder.iterdir():
                path.chmod(0o444)
            assert f"The library in {folder} cannot be written (Permission denied)." in told("create")
            folder.chmod(0o755)
        folder.chmod(0)
        assert f"The library in {folder} cannot be read (Permission denied)." in told("do not create")
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)
