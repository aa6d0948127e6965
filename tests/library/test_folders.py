from __future__ import annotations

import pytest
from helpers.libraries import add_file, add_root
from hypothesis import given, settings
from hypothesis import strategies as st

from vporganizer.errors import NotInLibrary
from vporganizer.library import failures, folders, videos
from vporganizer.library.folders import relative_to
from vporganizer.library.library import Library


def paths(library: Library) -> list[bytes]:
    return [video.path for video in videos.all_videos(library)]


def test_the_same_drive_is_one_volume_however_often_it_is_seen(library: Library) -> None:
    before = folders.ensure_volume(library, "uuid:1", "Stick")
    after = folders.ensure_volume(library, "uuid:1", "Renamed")
    assert (after.id, after.name) == (before.id, "Renamed")
    assert after.last_seen_at >= before.last_seen_at


def test_a_folder_inside_a_root_is_that_root(library: Library) -> None:
    outer = add_root(library, b"/videos")
    assert add_root(library, b"/videos/2024/summer") == outer
    assert add_root(library, b"/videos2") != outer


def test_a_root_around_others_takes_them_in_with_their_videos(library: Library) -> None:
    for name in (b"/all/a", b"/all/b/c"):
        add_file(library, add_root(library, name), b"sub/v.mp4")
    failures.record_path_failure(library, 1, b"secret", "scan", "transient", "No permission.")
    video = videos.video_by_path(library, b"/all/a/sub/v.mp4")
    outer = add_root(library, b"/all")
    assert [folder.id for folder in folders.folders(library)] == [outer]
    assert paths(library) == [b"/all/a/sub/v.mp4", b"/all/b/c/sub/v.mp4"]
    same = videos.video_by_path(library, b"/all/a/sub/v.mp4")
    assert video is not None and same is not None
    assert (same.id, same.relative) == (video.id, b"a/sub/v.mp4")
    assert [failure.path for failure in failures.failures(library)] == [b"/all/a/secret"]


def test_another_drive_inside_a_root_stays_a_root_of_its_own(library: Library) -> None:
    outer = add_root(library, b"/videos", "disk")
    add_file(library, outer, b"usb/v.mp4")
    inner = add_root(library, b"/videos/usb", "stick")
    assert inner != outer
    found = folders.folder_of(library, b"/videos/usb/v.mp4")
    assert found is not None and (found[0].id, found[1]) == (inner, b"v.mp4")
    assert paths(library) == [b"/videos/usb/v.mp4"]
    assert videos.videos_of(library, outer) == []


def test_a_root_around_another_drives_root_leaves_it_alone(library: Library) -> None:
    inner = add_root(library, b"/videos/usb", "stick")
    add_root(library, b"/videos", "disk")
    assert inner in {folder.id for folder in folders.folders(library)}


def test_nothing_is_inside_a_folder_that_only_begins_alike(library: Library) -> None:
    add_root(library, b"/video")
    assert folders.folder_of(library, b"/videos/a.mp4") is None


def test_the_root_of_the_file_system_can_be_a_root(library: Library) -> None:
    add_file(library, add_root(library, b"/"), b"a/b.mp4")
    assert videos.video_by_path(library, b"/a/b.mp4") is not None


def test_a_drive_that_is_away_keeps_its_videos_and_gets_them_back(library: Library) -> None:
    root = add_root(library)
    here, _ = add_file(library, root, b"here.mp4")
    gone, _ = add_file(library, root, b"gone.mp4")
    videos.set_availability(library, [gone], "missing")
    folders.set_offline(library, root, "The folder is not there.")
    assert folders.folder(library, root).offline == "The folder is not there."
    assert videos.video(library, here).availability == "drive offline"
    folders.set_offline(library, root, None)
    assert videos.video(library, here).availability == "online"
    assert videos.video(library, gone).availability == "missing"


def test_a_removed_root_takes_its_videos_along_but_not_those_of_others(library: Library) -> None:
    first, second = add_root(library, b"/a"), add_root(library, b"/b")
    _, shared = add_file(library, first, b"v.mp4")
    copy, _ = add_file(library, second, b"v.mp4")
    videos.set_content(library, copy, shared)
    _, lonely = add_file(library, first, b"w.mp4")
    with library.write() as db:
        folders.remove_folder(db, first)
        gone = videos.purge_orphans(db)
    assert paths(library) == [b"/b/v.mp4"]
    assert lonely in gone and shared not in gone
    with pytest.raises(NotInLibrary):
        folders.folder(library, first)


@given(folder=st.binary(min_size=1, max_size=8), path=st.binary(max_size=12).map(lambda path: path + b"x"))
@settings(deadline=None, max_examples=200)
def test_what_is_relative_to_a_folder_leads_back(folder: bytes, path: bytes) -> None:
    inside = folder.rstrip(b"/") + b"/" + path.lstrip(b"/")
    relative = relative_to(folder.rstrip(b"/") or b"/", inside)
    assert relative is not None
    assert folders.join(folder.rstrip(b"/") or b"/", relative) == inside
