"""The videos of a library before anything is searched."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest
from helpers.videos import Shot, make_video, textured

from vporganizer.app.browse import browse, picture
from vporganizer.app.context import open_library
from vporganizer.indexing.scan import scan_folders
from vporganizer.library.browsing import listed_videos
from vporganizer.library.videos import set_media_facts


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three videos, one of them with a copy, and a file that is none."""
    folder = tmp_path / "videos"
    folder.mkdir()
    for age, name in enumerate(["new.mp4", "middle.mp4", "old.mp4"]):
        make_video(folder / name, [Shot(0.5, textured(age))], size=(64, 48))
        os.utime(folder / name, (1_700_000_000 - age * 1000,) * 2)
    shutil.copy2(folder / "old.mp4", folder / "zz copy of old.mp4")
    (folder / "broken.mp4").write_bytes(b"no video" * 100)
    return folder


def test_videos_are_listed_newest_first_each_content_once(folder: Path, tmp_path: Path) -> None:
    with open_library(tmp_path / "library") as library:
        assert browse(library).videos == () and not browse(library).has_folders
        scan_folders(library.library, [os.fsencode(folder)])
        for video in library.library.db.query("SELECT DISTINCT content_id FROM video"):
            set_media_facts(library.library, video["content_id"], duration=0.5)
        shelf = browse(library)
        assert shelf.has_folders
        names = [entry.name for entry in shelf.videos if entry.name != "broken.mp4"]
        assert names == ["new.mp4", "middle.mp4", "old.mp4"]
        oldest = next(entry for entry in shelf.videos if entry.name == "old.mp4")
        assert oldest.copies == (str(folder / "zz copy of old.mp4"),)
        assert oldest.duration == 0.5 and oldest.online
        assert picture(library, oldest.content_id) is None

        (folder / "middle.mp4").unlink()
        scan_folders(library.library, [os.fsencode(folder)])
        assert "middle.mp4" not in [entry.name for entry in browse(library).videos]
        folder.rename(tmp_path / "unplugged")
        scan_folders(library.library, [os.fsencode(folder)])
        assert [entry.online for entry in browse(library).videos if entry.name == "new.mp4"] == [False]


@pytest.mark.trial
def test_a_hundred_thousand_videos_are_listed_in_a_moment(folder: Path, tmp_path: Path) -> None:
    with open_library(tmp_path / "library") as library:
        scan_folders(library.library, [os.fsencode(folder)])
        with library.library.write() as db:
            db.execute("UPDATE content SET duration = 1")
            db.execute(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)"
                " INSERT INTO video (folder_id, relative, display, size, mtime_ns, ctime_ns, inode,"
                " content_id, added_at) SELECT 1, CAST('v' || i AS BLOB), 'v' || i, 1, i, 1, '1', 1, 1 FROM n"
            )
        began = time.monotonic()
        assert len(listed_videos(library.library)) > 100_000
        assert len(browse(library).videos) >= 1
        assert time.monotonic() - began < 5
