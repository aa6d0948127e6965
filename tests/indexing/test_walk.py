from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from vporganizer.indexing.walk import Listing, Rules, stamp_of, walk

linux = pytest.mark.skipif(sys.platform != "linux", reason="such names and files exist on Linux only")


def looked(
    root: Path, below: bytes = b"", rules: Rules | None = None, others: tuple[Path, ...] = ()
) -> Listing:
    return walk(os.fsencode(root), below, rules or Rules(), [os.fsencode(o) for o in others], lambda: None)


def names(root: Path, *args: object, **options: object) -> set[str]:
    return {os.fsdecode(name) for name in looked(root, *args, **options).files}  # type: ignore[arg-type]


def touch(root: Path, *paths: str | bytes) -> None:
    for path in paths:
        full = os.path.join(os.fsencode(root), os.fsencode(path))
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb"):
            pass


def test_files_with_a_videos_ending_are_found_in_any_case(tmp_path: Path) -> None:
    touch(
        tmp_path, "a.mp4", "B.MOV", "c.gif", "d.Mkv", "deep/er/e.m2ts", "f.txt", "mp4", "g.mp4.txt", "h.jpg"
    )
    assert names(tmp_path) == {"a.mp4", "B.MOV", "c.gif", "d.Mkv", "deep/er/e.m2ts"}


def test_the_person_can_add_endings(tmp_path: Path) -> None:
    touch(tmp_path, "a.vid", "b.XYZ", "c.mp4", "d")
    assert names(tmp_path, rules=Rules([".vid", "xyz", ""])) == {"a.vid", "b.XYZ", "c.mp4"}


@pytest.mark.parametrize(
    "left",
    [
        "._a.mp4", ".hidden.mp4", ".folder/a.mp4", "@eaDir/a.mp4", "#recycle/a.mp4", "$RECYCLE.BIN/a.mp4",
        "$Recycle.Bin/a.mp4", ".Trash-1000/files/a.mp4", ".Trashes/a.mp4", "lost+found/a.mp4",
        "System Volume Information/a.mp4", "a.mp4.part", "a.mp4.crdownload", "a.mp4.download/a.mp4",
    ],
)  # fmt: skip
def test_what_systems_and_browsers_leave_behind_is_left_out(tmp_path: Path, left: str) -> None:
    touch(tmp_path, left, "good.mp4")
    found = looked(tmp_path)
    assert (set(found.files), found.unreadable) == ({b"good.mp4"}, [])


@pytest.mark.parametrize(
    ("glob", "left"),
    [
        ("*.gif", {"a.mp4", "sub/c.mp4", "sub/sub/d.mp4"}),
        ("sub", {"a.mp4", "b.gif"}),
        ("sub/", {"a.mp4", "b.gif"}),
        ("sub/sub", {"a.mp4", "b.gif", "sub/c.mp4"}),
        ("sub/*", {"a.mp4", "b.gif"}),
        ("?.mp4", {"b.gif"}),
        ("[ab].*", {"sub/c.mp4", "sub/sub/d.mp4"}),
        ("", {"a.mp4", "b.gif", "sub/c.mp4", "sub/sub/d.mp4"}),
    ],
)
def test_the_persons_globs_leave_out_names_and_paths(tmp_path: Path, glob: str, left: set[str]) -> None:
    touch(tmp_path, "a.mp4", "b.gif", "sub/c.mp4", "sub/sub/d.mp4")
    assert names(tmp_path, rules=Rules(ignore=[glob])) == left


@linux
def test_any_name_is_a_name(tmp_path: Path) -> None:
    odd = [b"new\nline.mp4", b"quo\"te's.mp4", "🎬.mp4".encode(), b"100%.mp4", b"-rf.mp4", b"\xff\xfe.mp4"]
    odd += [b"x" * 196 + b".mp4", b"d/" * 60 + b"deep.mp4", b" .mp4", b"back\\slash.mp4"]
    touch(tmp_path, *odd)
    assert set(looked(tmp_path).files) == set(odd)


@linux
def test_pipes_sockets_and_dangling_links_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    (tmp_path / "dangling.mp4").symlink_to(tmp_path / "nowhere")
    (tmp_path / "self.mp4").symlink_to("self.mp4")
    os.symlink("/dev/zero", tmp_path / "device.mp4")
    monkeypatch.chdir(tmp_path)  # the name of a socket has at most 108 bytes
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s.mp4")
        found = looked(tmp_path)
    assert (found.files, found.unreadable) == ({}, [])


@linux
def test_circles_of_links_end_and_each_file_is_met_once_at_its_real_place(tmp_path: Path) -> None:
    touch(tmp_path, "z/real.mp4")
    (tmp_path / "a").symlink_to("z")
    (tmp_path / "z" / "up").symlink_to("..")
    (tmp_path / "b.mp4").symlink_to("z/real.mp4")
    (tmp_path / "z" / "round").symlink_to(tmp_path / "z")
    assert names(tmp_path) == {"z/real.mp4"}


@linux
def test_links_that_lead_out_are_followed_once(tmp_path: Path) -> None:
    touch(tmp_path, "out/a.mp4", "out/loop/b.mp4", "single.mp4", "root/c.mp4")
    root = tmp_path / "root"
    (tmp_path / "out" / "loop" / "back").symlink_to(tmp_path / "out")
    (root / "first").symlink_to(tmp_path / "out")
    (root / "second").symlink_to(tmp_path / "out")
    (root / "one.mp4").symlink_to(tmp_path / "single.mp4")
    (root / "two.mp4").symlink_to(tmp_path / "single.mp4")
    found = {name.replace("second", "first").replace("two", "one") for name in names(root)}
    assert found == {"c.mp4", "first/a.mp4", "first/loop/b.mp4", "one.mp4"}
    assert len(looked(root).files) == 4


@linux
def test_links_to_files_in_hidden_folders_are_videos(tmp_path: Path) -> None:
    touch(tmp_path, ".store/objects/123.mp4")
    (tmp_path / "holiday.mp4").symlink_to(".store/objects/123.mp4")
    assert names(tmp_path) == {"holiday.mp4"}


@linux
def test_other_roots_are_left_to_themselves(tmp_path: Path) -> None:
    touch(tmp_path, "a.mp4", "inner/b.mp4", "outer/c.mp4")
    (tmp_path / "inner" / "link").symlink_to(tmp_path / "outer")
    others = (tmp_path / "inner", tmp_path / "outer")
    assert names(tmp_path, others=others) == {"a.mp4"}
    assert names(tmp_path / "inner", others=(tmp_path / "outer",)) == {"b.mp4"}


def test_hard_links_are_two_files(tmp_path: Path) -> None:
    touch(tmp_path, "a.mp4")
    os.link(tmp_path / "a.mp4", tmp_path / "b.mp4")
    assert names(tmp_path) == {"a.mp4", "b.mp4"}


def test_a_part_of_a_root_is_told_relative_to_the_root(tmp_path: Path) -> None:
    touch(tmp_path, "a.mp4", "sub/b.mp4", "sub/c/d.mp4")
    assert names(tmp_path, b"sub") == {"sub/b.mp4", "sub/c/d.mp4"}


def test_a_root_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        looked(tmp_path / "none")


def test_the_walk_can_be_stopped(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{number}.mp4" for number in range(10)))
    left = [1, 2, 3]
    with pytest.raises(IndexError):
        walk(os.fsencode(tmp_path), b"", Rules(), [], lambda: left.pop() and None)


def test_absurd_times_are_cut_to_what_a_database_holds() -> None:
    class Found:
        st_size, st_mtime_ns, st_ctime_ns, st_ino = 5, 2**70, -(2**70), 2**100

    stamp = stamp_of(Found())  # type: ignore[arg-type]
    assert (stamp.size, stamp.mtime_ns, stamp.ctime_ns) == (5, 2**63 - 1, -(2**63 - 1))
