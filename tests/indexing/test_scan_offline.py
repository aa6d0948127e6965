from __future__ import annotations

import os
from pathlib import Path

import pytest
from helpers.libraries import scan, tag_files, tags_by_name, video_at

from vporganizer.indexing import volumes
from vporganizer.indexing.scan import ScanChanges
from vporganizer.library import folders, videos
from vporganizer.library.library import Library


@pytest.fixture
def root(library: Library, tmp_path: Path) -> Path:
    """A scanned folder with two tagged files."""
    folder = tmp_path / "videos"
    folder.mkdir()
    for name in ("a.mp4", "b.mp4"):
        (folder / name).write_bytes(name.encode())
    scan(library, folder)
    tag_files(library, [folder / "a.mp4", folder / "b.mp4"])
    return folder


def availabilities(library: Library) -> set[str]:
    return {video.availability for video in videos.all_videos(library)}


def test_a_folder_that_is_not_there_is_offline_until_it_is_back(
    library: Library, root: Path, tmp_path: Path
) -> None:
    root.rename(tmp_path / "away")
    changes = scan(library, root)
    assert changes.offline == (
        (os.fsencode(root), "The folder is not there: its drive may not be connected."),
    )
    assert (changes.missing, availabilities(library)) == (0, {"drive offline"})
    assert tags_by_name(library) == {"a.mp4": ("a.mp4",), "b.mp4": ("b.mp4",)}
    (tmp_path / "away").rename(root)
    assert scan(library, root) == ScanChanges(unchanged=2)
    assert availabilities(library) == {"online"}
    assert folders.folders(library)[0].offline is None


def test_a_part_of_a_folder_that_is_away_is_no_mistake(library: Library, root: Path, tmp_path: Path) -> None:
    root.rename(tmp_path / "away")
    assert len(scan(library, root / "sub").offline) == 1


def test_a_suddenly_empty_folder_is_offline_until_a_person_confirms(library: Library, root: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        (root / name).unlink()
    for _ in range(2):
        changes = scan(library, root)
        assert changes.offline == ((os.fsencode(root), "It held videos and lists none now."),)
        assert (changes.missing, availabilities(library)) == (0, {"drive offline"})
    assert scan(library, root, confirm_empty=True) == ScanChanges(missing=2)
    assert availabilities(library) == {"missing"}
    assert scan(library, root) == ScanChanges(), "a folder known to be empty is not suspicious"


def test_another_drive_in_the_same_place_is_offline(
    library: Library, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "a.mp4").unlink()
    (root / "other.mp4").write_bytes(b"of the other drive")
    monkeypatch.setattr(volumes, "volume_of", lambda path: volumes.VolumeId("uuid:other", "Other"))
    [(path, reason)] = scan(library, root).offline
    assert path == os.fsencode(root) and "Another drive is there now (Other" in reason
    assert {os.path.basename(video.path) for video in videos.all_videos(library)} == {b"a.mp4", b"b.mp4"}
    assert availabilities(library) == {"drive offline"}
    assert scan(library, root, confirm_empty=True) == ScanChanges(new=1, missing=1, unchanged=1)
    assert scan(library, root) == ScanChanges(unchanged=2), "the person's word was kept"


def test_a_root_that_is_away_does_not_keep_others_from_being_scanned(
    library: Library, root: Path, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "c.mp4").write_bytes(b"c")
    scan(library, tmp_path / "other")
    root.rename(tmp_path / "away")
    (tmp_path / "other" / "d.mp4").write_bytes(b"d")
    changes = scan(library, root, tmp_path / "other")
    assert (changes.new, changes.unchanged, len(changes.offline)) == (1, 1, 1)


@pytest.mark.parametrize("inside", ["", "folder/of the drive"])
@pytest.mark.parametrize("asked_for", [True, False])
def test_a_file_like_one_on_a_drive_that_is_away_is_not_taken_for_it(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: str, asked_for: bool
) -> None:
    drive, other = tmp_path / "drive", tmp_path / "other"
    root = drive / inside
    root.mkdir(parents=True)
    other.mkdir()

    def volume_of(path: bytes) -> volumes.VolumeId:
        os.stat(path)
        name = "drive" if path.startswith(os.fsencode(drive)) else "system"
        return volumes.VolumeId(name, name)

    monkeypatch.setattr(volumes, "volume_of", volume_of)
    for name in ("a.mp4", "b.mp4"):
        (root / name).write_bytes(name.encode())
    scan(library, root)
    tag_files(library, [root / "a.mp4", root / "b.mp4"])
    (other / "a.mp4").write_bytes(b"a.mp4")
    drive.rename(tmp_path / "away")
    changes = scan(library, other, *([root] if asked_for else []))
    assert (changes.new, changes.moved) == (1, 0)
    assert len(folders.folders(library)) == 2
    (tmp_path / "away").rename(drive)
    assert scan(library, root) == ScanChanges(unchanged=2)
    assert video_at(library, root / "a.mp4").availability == "online"
    assert tags_by_name(library)["b.mp4"] == ("b.mp4",)


def test_files_that_were_missing_stay_missing_when_the_drive_comes_back(
    library: Library, root: Path, tmp_path: Path
) -> None:
    (root / "a.mp4").unlink()
    scan(library, root)
    root.rename(tmp_path / "away")
    scan(library, root)
    (tmp_path / "away").rename(root)
    scan(library, root)
    found = {os.path.basename(video.path): video.availability for video in videos.all_videos(library)}
    assert found == {b"a.mp4": "missing", b"b.mp4": "online"}
