from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers.libraries import scan, tag_files, tags_by_name, video_at

from vporganizer.errors import Cancelled, LibraryError, Unreadable
from vporganizer.indexing import volumes
from vporganizer.indexing.scan import ScanChanges
from vporganizer.library import failures, folders, tags, videos
from vporganizer.library.library import Library
from vporganizer.media.fingerprint import fingerprint, full_hash


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with three files."""
    folder = tmp_path / "videos"
    (folder / "sub").mkdir(parents=True)
    for name in ("a.mp4", "b.mp4", "sub/c.mp4"):
        (folder / name).write_bytes(name.encode() * 100)
    return folder


def known(library: Library, root: Path) -> dict[str, str]:
    """Path relative to a folder -> availability."""
    return {
        os.path.relpath(os.fsdecode(video.path), root): video.availability
        for video in videos.all_videos(library)
    }


def test_a_scan_records_the_files_of_a_folder(library: Library, root: Path) -> None:
    seen: list[int] = []
    assert scan(library, root, on_progress=seen.append) == ScanChanges(new=3)
    assert known(library, root) == dict.fromkeys(["a.mp4", "b.mp4", "sub/c.mp4"], "online")
    assert seen == sorted(seen) and seen[-1] >= 6
    [folder] = folders.folders(library)
    assert folder.path == os.fsencode(root) and folder.last_scanned is not None


def test_a_second_scan_of_an_unchanged_folder_opens_nothing(library: Library, root: Path) -> None:
    scan(library, root)
    opened: list[str] = []
    watching = True

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if watching and event == "open" and isinstance(arguments[0], (str, bytes)):
            path = os.fsdecode(arguments[0])
            opened.extend([path] if path.startswith(str(root)) else [])

    def never(path: bytes) -> str:
        raise AssertionError(f"{path!r} was opened")

    sys.addaudithook(hook)
    try:
        assert scan(library, root) == ScanChanges(unchanged=3)
        assert opened == []
        assert scan(library, root, fingerprint=never, full_hash=never) == ScanChanges(unchanged=3)
        (root / "a.mp4").write_bytes(b"new")
        scan(library, root)
        assert set(opened) == {str(root / "a.mp4")}  # the hook does see what is opened
    finally:
        watching = False  # hooks cannot be taken away


def test_a_file_that_was_only_touched_is_the_same(library: Library, root: Path) -> None:
    scan(library, root)
    before = video_at(library, root / "a.mp4")
    os.utime(root / "a.mp4", (1, 1))
    (root / "b.mp4").chmod(0o600)
    assert scan(library, root) == ScanChanges(unchanged=3)
    after = video_at(library, root / "a.mp4")
    assert (after.id, after.content_id, after.mtime_ns) == (before.id, before.content_id, 10**9)


def test_an_edit_in_place_keeps_what_the_person_said_and_redoes_the_rest(
    library: Library, root: Path
) -> None:
    scan(library, root)
    before = video_at(library, root / "a.mp4")
    tag_files(library, [root / "a.mp4"])
    tags.add_tag(library, [before.id], "found", source="zero-shot")
    with open(root / "a.mp4", "r+b") as file:
        file.write(b"another header")
    assert scan(library, root) == ScanChanges(changed=1, unchanged=2)
    after = video_at(library, root / "a.mp4")
    assert after.id == before.id and after.content_id != before.content_id
    assert [tag.name for tag in tags.tags_of(library, after.id)] == ["a.mp4"]


def test_an_edit_that_keeps_size_and_time_is_noticed(library: Library, root: Path) -> None:
    scan(library, root)
    before = (root / "a.mp4").stat()
    with open(root / "a.mp4", "r+b") as file:
        file.write(b"X")
    os.utime(root / "a.mp4", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert scan(library, root).changed == 1


def test_a_copy_shares_the_content_but_not_the_tags(library: Library, root: Path) -> None:
    scan(library, root)
    tag_files(library, [root / "a.mp4"])
    (root / "copy.mp4").write_bytes((root / "a.mp4").read_bytes())
    assert scan(library, root) == ScanChanges(copies=1, unchanged=3)
    original, copy = video_at(library, root / "a.mp4"), video_at(library, root / "copy.mp4")
    assert original.content_id == copy.content_id
    assert tags.tags_of(library, copy.id) == []


def test_a_deleted_file_is_missing_and_comes_back_with_its_tags(library: Library, root: Path) -> None:
    scan(library, root)
    tag_files(library, [root / "a.mp4"])
    data = (root / "a.mp4").read_bytes()
    (root / "a.mp4").unlink()
    assert scan(library, root) == ScanChanges(missing=1, unchanged=2)
    assert known(library, root)["a.mp4"] == "missing"
    assert scan(library, root) == ScanChanges(unchanged=2), "it is told once"
    (root / "elsewhere.mp4").write_bytes(data)
    assert scan(library, root) == ScanChanges(moved=1, unchanged=2)
    assert tags_by_name(library)["elsewhere.mp4"] == ("a.mp4",)


def test_files_with_the_same_sample_share_nothing_unless_all_bytes_are_the_same(
    library: Library, root: Path
) -> None:
    def same(path: bytes) -> str:
        return "the sample of all files"

    for name in ("a.mp4", "b.mp4", "sub/c.mp4"):
        (root / name).write_bytes(name[-5:].encode())
    assert scan(library, root, fingerprint=same) == ScanChanges(new=3)
    contents = {name: video_at(library, root / name).content_id for name in ("a.mp4", "b.mp4", "sub/c.mp4")}
    assert len(set(contents.values())) == 3
    tag_files(library, [root / "a.mp4", root / "b.mp4", root / "sub/c.mp4"])
    (root / "a.mp4").rename(root / "x")
    (root / "b.mp4").rename(root / "a.mp4")
    (root / "x").rename(root / "b.mp4")
    (root / "sub/c.mp4").rename(root / "d.mp4")
    assert scan(library, root, fingerprint=same).moved == 3
    assert tags_by_name(library) == {"a.mp4": ("b.mp4",), "b.mp4": ("a.mp4",), "d.mp4": ("c.mp4",)}


def test_large_files_are_not_read_whole_for_a_content_that_cannot_be_compared(
    library: Library, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan(library, root)
    monkeypatch.setattr(volumes, "is_gone", lambda path, uid: False)  # as of a drive that is away
    root.rename(tmp_path / "away")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.mp4").write_bytes((tmp_path / "away" / "a.mp4").read_bytes())

    def never(path: bytes) -> str:
        raise AssertionError("nothing to compare it with")

    assert scan(library, tmp_path / "other", full_hash=never).new == 1


def test_part_of_a_root_can_be_scanned(library: Library, root: Path) -> None:
    scan(library, root)
    (root / "a.mp4").unlink()
    (root / "sub" / "new.mp4").write_bytes(b"new")
    assert scan(library, root / "sub") == ScanChanges(new=1, unchanged=1)
    assert known(library, root)["a.mp4"] == "online", "that part was not looked at"
    assert len(folders.folders(library)) == 1


def test_a_folder_named_twice_or_around_another_is_looked_through_once(library: Library, root: Path) -> None:
    assert scan(library, root / "sub", root, root / "sub", root) == ScanChanges(new=3)
    assert [folder.path for folder in folders.folders(library)] == [os.fsencode(root)]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_root_by_another_name_is_the_same_root(library: Library, root: Path, tmp_path: Path) -> None:
    scan(library, root)
    (tmp_path / "link").symlink_to(root)
    assert scan(library, tmp_path / "link") == ScanChanges(unchanged=3)
    assert scan(library, tmp_path / "link" / "sub") == ScanChanges(unchanged=1)
    assert len(folders.folders(library)) == 1


def test_a_file_or_a_folder_that_is_not_there_is_a_sentence(library: Library, root: Path) -> None:
    with pytest.raises(LibraryError, match="is not a folder") as caught:
        scan(library, root, root / "a.mp4")
    assert "folder" in caught.value.hint
    with pytest.raises(LibraryError, match="There is no folder"):
        scan(library, root / "none")
    assert videos.all_videos(library) == []


def test_a_scan_that_is_stopped_keeps_what_was_decided_and_goes_on(library: Library, root: Path) -> None:
    with pytest.raises(Cancelled):
        scan(library, root, cancelled=lambda: len(videos.all_videos(library)) == 2)
    assert len(videos.all_videos(library)) == 2
    assert scan(library, root) == ScanChanges(new=1, unchanged=2)


def broken(paths: dict[str, Exception]) -> Callable[[bytes], str]:
    def look(path: bytes) -> str:
        name = os.path.basename(os.fsdecode(path))
        if name in paths:
            raise paths[name]
        return fingerprint(path)

    return look


def test_a_file_that_cannot_be_read_is_recorded_and_tried_again(library: Library, root: Path) -> None:
    look = broken({"a.mp4": PermissionError(errno.EACCES, "x"), "b.mp4": OSError(errno.EIO, "I/O error")})
    assert scan(library, root, fingerprint=look) == ScanChanges(new=1, failures=2)
    told = [
        (os.path.basename(one.path), one.kind, one.stage, one.reason) for one in failures.failures(library)
    ]
    assert told == [
        (b"a.mp4", "transient", "scan", "No permission to read this file."),
        (b"b.mp4", "transient", "scan", "The system cannot read this file (I/O error)."),
    ]
    assert scan(library, root) == ScanChanges(new=2, unchanged=1)
    assert failures.failures(library) == []


def test_a_file_that_fails_for_good_is_opened_again_when_it_changes(library: Library, root: Path) -> None:
    look = broken({"a.mp4": Unreadable("It is odd.")})
    scan(library, root, fingerprint=look)
    assert scan(library, root, fingerprint=look) == ScanChanges(unchanged=3)
    (root / "a.mp4").write_bytes(b"good now")
    assert scan(library, root) == ScanChanges(new=1, unchanged=2)
    assert failures.failures(library) == []


def test_a_file_that_vanishes_meanwhile_is_recorded_and_then_dropped(library: Library, root: Path) -> None:
    def look(path: bytes) -> str:
        if path.endswith(b"a.mp4"):
            os.unlink(path)
        return fingerprint(path)

    assert scan(library, root, fingerprint=look) == ScanChanges(new=2, failures=1)
    [failure] = failures.failures(library)
    assert failure.kind == "transient" and failure.path.endswith(b"a.mp4")
    scan(library, root)
    assert "a.mp4" not in known(library, root)


def test_a_known_file_that_cannot_be_read_now_keeps_its_content(library: Library, root: Path) -> None:
    scan(library, root)
    before = video_at(library, root / "a.mp4")
    os.utime(root / "a.mp4", (1, 1))
    look = broken({"a.mp4": PermissionError(errno.EACCES, "x")})
    assert scan(library, root, fingerprint=look).failures == 1
    after = video_at(library, root / "a.mp4")
    assert (after.content_id, after.availability) == (before.content_id, "online")
    assert scan(library, root) == ScanChanges(unchanged=3)
    assert failures.failures(library) == []


AS_ANOTHER = """
import os, sys
from pathlib import Path
from vporganizer.indexing.scan import scan_folders
from vporganizer.library import failures, videos
from vporganizer.library.library import Library
work = Path(sys.argv[1])
if os.geteuid() == 0:
    os.setuid(65534)
with Library.open(work / "lib") as library:
    def look():
        return scan_folders(library, [os.fsencode(work / "videos")])
    look()
    os.chmod(work / "videos/shut", 0o000)
    os.chmod(work / "videos/a.mp4", 0o000)
    changes = look()
    print(changes.missing, changes.failures, len(videos.all_videos(library)))
    for failure in failures.failures(library):
        print(os.path.basename(failure.path).decode(), failure.kind, failure.reason)
    print(sorted({video.availability for video in videos.all_videos(library)}))
    os.chmod(work / "videos/shut", 0o700)
    os.chmod(work / "videos/a.mp4", 0o600)
    print(look().unchanged, failures.failures(library))
    os.chmod(work / "videos", 0o000)
    print(look().offline[0][1])
    os.chmod(work / "videos", 0o700)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="rights are of Unix")
def test_what_may_not_be_read_is_recorded_and_nothing_in_it_is_missing(tmp_path: Path) -> None:
    for name in ("shut/b.mp4", "a.mp4", "c.mp4"):
        (tmp_path / "videos" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "videos" / name).write_bytes(name.encode())
    if os.geteuid() == 0:
        for path in (tmp_path, *tmp_path.rglob("*")):
            os.chown(path, 65534, 65534)
        for path in tmp_path.parents:
            if path.stat().st_mode & 0o077 == 0:
                path.chmod(0o711)
    command = [sys.executable, "-c", AS_ANOTHER, tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "0 2 3",
        "a.mp4 transient No permission to read this file.",
        "shut transient No permission to read this folder.",
        "['online']",
        "3 []",
        "No permission to read the folder.",
    ]


def test_hashing_functions_of_our_own_are_the_default(library: Library, root: Path) -> None:
    (root / "copy.mp4").write_bytes((root / "a.mp4").read_bytes())
    scan(library, root)
    content = videos.content(library, video_at(library, root / "copy.mp4").content_id or 0)
    assert content.fingerprint == fingerprint(os.fsencode(root / "a.mp4"))
    assert content.full_hash == full_hash(os.fsencode(root / "a.mp4"))


def test_failures_of_what_is_gone_are_gone_with_it(library: Library, root: Path) -> None:
    scan(library, root)
    failures.record_failure(library, video_at(library, root / "a.mp4").id, "decode", "permanent", "Noise.")
    failures.record_path_failure(library, 1, b"folder", "scan", "transient", "No permission.")
    assert len(failures.failures(library)) == 2
    (root / "a.mp4").unlink()
    assert scan(library, root) == ScanChanges(missing=1, unchanged=2)
    assert failures.failures(library) == []
