from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers.libraries import add_windows, scan, tag_files, tags_by_name, unit_vectors, video_at

from vporganizer.errors import Unreadable
from vporganizer.indexing.scan import ScanChanges
from vporganizer.library import clips, folders, videos
from vporganizer.library.connection import run
from vporganizer.library.library import Library
from vporganizer.media.fingerprint import fingerprint

NAMES = ("a.mp4", "b.mp4", "c.mp4")


@pytest.fixture
def root(library: Library, tmp_path: Path) -> Path:
    """A scanned folder with three files, each tagged with its name and with windows stored."""
    folder = tmp_path / "videos"
    folder.mkdir()
    for name in NAMES:
        (folder / name).write_bytes(name.encode() * 100)
        os.utime(folder / name, (1, 1))  # all alike, as after a careless copy
    scan(library, folder)
    tag_files(library, [folder / name for name in NAMES])
    encoder = clips.ensure_encoder(library, "tiny", "tiny-1", 8)
    for video in videos.all_videos(library):
        assert video.content_id is not None
        add_windows(library, video.content_id, encoder, unit_vectors(2))
    return folder


def rename(root: Path) -> dict[str, str]:
    (root / "a.mp4").rename(root / "z.mp4")
    return {"z.mp4": "a.mp4", "b.mp4": "b.mp4", "c.mp4": "c.mp4"}


def chain(root: Path) -> dict[str, str]:
    (root / "c.mp4").rename(root / "d.mp4")
    (root / "b.mp4").rename(root / "c.mp4")
    (root / "a.mp4").rename(root / "b.mp4")
    return {"b.mp4": "a.mp4", "c.mp4": "b.mp4", "d.mp4": "c.mp4"}


def swap(root: Path) -> dict[str, str]:
    (root / "a.mp4").rename(root / "x")
    (root / "b.mp4").rename(root / "a.mp4")
    (root / "x").rename(root / "b.mp4")
    return {"a.mp4": "b.mp4", "b.mp4": "a.mp4", "c.mp4": "c.mp4"}


def ring(root: Path) -> dict[str, str]:
    (root / "a.mp4").rename(root / "x")
    (root / "b.mp4").rename(root / "a.mp4")
    (root / "c.mp4").rename(root / "b.mp4")
    (root / "x").rename(root / "c.mp4")
    return {"a.mp4": "b.mp4", "b.mp4": "c.mp4", "c.mp4": "a.mp4"}


def case_only(root: Path) -> dict[str, str]:
    (root / "a.mp4").rename(root / "A.MP4")
    return {"A.MP4": "a.mp4", "b.mp4": "b.mp4", "c.mp4": "c.mp4"}


def folder(root: Path) -> dict[str, str]:
    (root / "new").mkdir()
    for name in NAMES:
        (root / name).rename(root / "new" / name)
    return {name: name for name in NAMES}


def not_text(root: Path) -> dict[str, str]:
    os.rename(root / "a.mp4", os.fsencode(root) + b"/\xff\n.mp4")
    return {"\udcff\n.mp4": "a.mp4", "b.mp4": "b.mp4", "c.mp4": "c.mp4"}


@pytest.mark.parametrize("move", [rename, chain, swap, ring, case_only, folder, not_text])
def test_moved_files_keep_tags_and_vectors_and_nothing_is_embedded_again(
    library: Library, root: Path, move: Callable[[Path], dict[str, str]]
) -> None:
    generation = clips.generation(library, 1)
    expected = move(root)
    changes = scan(library, root)
    assert changes.moved == sum(name != tag for name, tag in expected.items()) or move is folder
    assert (changes.new, changes.changed, changes.missing, changes.copies) == (0, 0, 0, 0)
    assert tags_by_name(library) == {name: (tag,) for name, tag in expected.items()}
    assert clips.pending(library, 1) == []
    assert clips.generation(library, 1) == generation
    assert scan(library, root) == ScanChanges(unchanged=3)


def test_a_file_moved_to_another_root_keeps_its_tags(library: Library, root: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    for name in NAMES:  # the first root is empty then, which alone would look suspicious
        (root / name).rename(tmp_path / "other" / name)
    assert scan(library, root, tmp_path / "other") == ScanChanges(moved=3)
    assert tags_by_name(library) == {name: (name,) for name in NAMES}
    assert clips.pending(library, 1) == []
    assert [found.offline for found in folders.folders(library)] == [None, None]


def test_a_move_is_seen_though_only_the_other_root_is_scanned(
    library: Library, root: Path, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    (root / "a.mp4").rename(tmp_path / "other" / "z.mp4")
    assert scan(library, tmp_path / "other") == ScanChanges(moved=1)
    assert tags_by_name(library) == {"z.mp4": ("a.mp4",), "b.mp4": ("b.mp4",), "c.mp4": ("c.mp4",)}


def test_a_copy_in_another_root_is_a_copy(library: Library, root: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "z.mp4").write_bytes((root / "a.mp4").read_bytes())
    assert scan(library, tmp_path / "other") == ScanChanges(copies=1)
    copy, original = video_at(library, tmp_path / "other" / "z.mp4"), video_at(library, root / "a.mp4")
    assert copy.content_id == original.content_id and copy.id != original.id


def test_a_file_moved_over_another_has_the_tags_of_both(library: Library, root: Path) -> None:
    run(library, "UPDATE video SET note = 'of b' WHERE relative = ?", [b"b.mp4"])
    moved = video_at(library, root / "a.mp4")
    (root / "a.mp4").rename(root / "b.mp4")
    assert scan(library, root) == ScanChanges(moved=1, unchanged=1)
    assert tags_by_name(library) == {"b.mp4": ("a.mp4", "b.mp4"), "c.mp4": ("c.mp4",)}
    after = video_at(library, root / "b.mp4")
    assert (after.content_id, after.note) == (moved.content_id, "of b")


def test_new_bytes_at_the_old_place_of_a_moved_file_are_a_new_file(library: Library, root: Path) -> None:
    (root / "a.mp4").rename(root / "z.mp4")
    (root / "a.mp4").write_bytes(b"something else")
    assert scan(library, root) == ScanChanges(new=1, moved=1, unchanged=2)
    assert tags_by_name(library) == {
        "a.mp4": (), "b.mp4": ("b.mp4",), "c.mp4": ("c.mp4",), "z.mp4": ("a.mp4",),
    }  # fmt: skip


def test_of_two_copies_of_a_file_that_is_gone_one_is_it_and_one_a_copy(library: Library, root: Path) -> None:
    data = (root / "a.mp4").read_bytes()
    (root / "a.mp4").unlink()
    (root / "y.mp4").write_bytes(data)
    (root / "z.mp4").write_bytes(data)
    assert scan(library, root) == ScanChanges(copies=1, moved=1, unchanged=2)
    one, two = video_at(library, root / "y.mp4"), video_at(library, root / "z.mp4")
    assert one.content_id == two.content_id
    assert clips.pending(library, 1) == []


def test_the_same_new_bytes_at_two_known_places_are_one_content(library: Library, root: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        (root / name).write_bytes(b"the same")
    assert scan(library, root) == ScanChanges(changed=2, unchanged=1)
    assert len(clips.pending(library, 1)) == 1
    assert tags_by_name(library)["a.mp4"] == ("a.mp4",)


def test_copies_that_move_stay_copies_with_their_own_tags(library: Library, root: Path) -> None:
    (root / "copy.mp4").write_bytes((root / "a.mp4").read_bytes())
    scan(library, root)
    tag_files(library, [root / "copy.mp4"])
    (root / "sub").mkdir()
    for name in ("a.mp4", "copy.mp4"):
        (root / name).rename(root / "sub" / name)
    assert scan(library, root) == ScanChanges(moved=2, unchanged=2)
    assert tags_by_name(library)["a.mp4"] == ("a.mp4",)
    assert tags_by_name(library)["copy.mp4"] == ("copy.mp4",)


def test_sparse_files_that_differ_in_one_block_are_not_the_same(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "sparse"
    folder.mkdir()
    for name, mark in (("one.mp4", b"1"), ("two.mp4", b"2")):
        with open(folder / name, "wb") as file:
            file.truncate(16 * 1024 * 1024)
            file.seek(2_345_678)
            file.write(mark)
    assert scan(library, folder) == ScanChanges(new=2)
    tag_files(library, [folder / "one.mp4", folder / "two.mp4"])
    (folder / "one.mp4").unlink()
    (folder / "two.mp4").rename(folder / "three.mp4")
    assert scan(library, folder) == ScanChanges(moved=1, missing=1)
    assert tags_by_name(library) == {"three.mp4": ("two.mp4",)}


def test_a_root_that_is_scanned_through_a_folder_around_it_keeps_everything(
    library: Library, root: Path, tmp_path: Path
) -> None:
    outer = tmp_path / "videos" / ".."
    assert scan(library, outer, ignore=["library"]) == ScanChanges(unchanged=3)
    assert [found.path for found in folders.folders(library)] == [os.fsencode(tmp_path)]
    assert tags_by_name(library) == {name: (name,) for name in NAMES}


@pytest.mark.parametrize("missed_before", [False, True])
def test_a_renamed_root_scanned_by_its_new_name_is_the_same_and_the_old_name_leaves(
    library: Library, root: Path, missed_before: bool
) -> None:
    generation = clips.generation(library, 1)
    new = root.rename(root.parent / "renamed")
    if missed_before:
        assert len(scan(library, root).offline) == 1
    assert scan(library, new) == ScanChanges(moved=3)
    assert tags_by_name(library) == {name: (name,) for name in NAMES}
    assert clips.pending(library, 1) == []
    assert clips.generation(library, 1) == generation
    assert [(found.path, found.offline) for found in folders.folders(library)] == [(os.fsencode(new), None)]
    assert scan(library, new) == ScanChanges(unchanged=3)


def test_what_a_renamed_root_lost_on_the_way_stays_with_its_tags(library: Library, root: Path) -> None:
    new = root.rename(root.parent / "renamed")
    (new / "a.mp4").unlink()
    assert scan(library, new) == ScanChanges(moved=2)
    assert tags_by_name(library) == {name: (name,) for name in NAMES}
    assert video_at(library, root / "a.mp4").availability == "drive offline"
    assert {found.path: bool(found.offline) for found in folders.folders(library)} == {
        os.fsencode(root): True, os.fsencode(new): False,
    }  # fmt: skip
    new.rename(root)
    (root / "a.mp4").write_bytes(b"a.mp4" * 100)
    assert scan(library, root) == ScanChanges(moved=2, unchanged=1)
    assert tags_by_name(library) == {name: (name,) for name in NAMES}


def test_a_file_that_was_unreadable_does_not_keep_the_old_name_of_a_renamed_root(
    library: Library, root: Path
) -> None:
    def picky(path: bytes) -> str:
        if path.endswith(b"bad.mp4"):
            raise Unreadable("Noise.")
        return fingerprint(path)

    (root / "bad.mp4").write_bytes(b"x")
    scan(library, root, fingerprint=picky)
    new = root.rename(root.parent / "renamed")
    assert scan(library, new, fingerprint=picky) == ScanChanges(moved=3, failures=1)
    assert [found.path for found in folders.folders(library)] == [os.fsencode(new)]
