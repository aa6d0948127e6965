"""The person takes something out of the library while a scan is at work on it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from helpers.libraries import scan, video_at
from helpers.videos import Shot, make_video, textured
from numpy.typing import NDArray

from vporganizer.app import folders as app_folders
from vporganizer.encoder.protocol import EncoderInfo
from vporganizer.indexing.pipeline import Indexed, find_jobs, index
from vporganizer.indexing.progress import Control
from vporganizer.indexing.scan import ScanChanges
from vporganizer.library import overview, videos
from vporganizer.library.failures import failures
from vporganizer.library.library import Library
from vporganizer.media.fingerprint import fingerprint

INFO = EncoderInfo("mean", 3, 32, None, False, "mean-1")


class MeanColour:
    """An encoder whose vector is a clip's mean colour; `before` is called ahead of each real batch,
    which holds one window since these have so many frames.
    """

    info, device, precision = INFO, "cpu", "float32"

    def __init__(self, before: Callable[[], None]) -> None:
        self._before = before

    def embed_clips(self, frames: NDArray[np.uint8]) -> NDArray[np.float32]:
        if frames.any():
            self._before()
        mean = frames.mean(axis=(1, 2, 3)).astype(np.float32) + 1
        return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True))

    def embed_texts(self, texts: list[str]) -> NDArray[np.float32]:
        raise AssertionError("no text is to be embedded")

    def knows(self, text: str) -> object:
        raise AssertionError("no text is to be embedded")


def run(library: Library, before: Callable[[], None]) -> Indexed:
    encoder_id, jobs = find_jobs(library, INFO)
    return index(library, INFO, lambda: MeanColour(before), encoder_id, jobs, control=Control(), workers=1)  # type: ignore[arg-type, return-value]


@pytest.fixture
def folder(library: Library, tmp_path: Path) -> Path:
    """A scanned folder with three videos of which none is indexed; `first.mp4` comes first."""
    made = tmp_path / "videos"
    made.mkdir()
    for number, name in enumerate(("first.mp4", "second.mp4", "third.mp4")):
        make_video(made / name, [Shot(1.5, textured(3 * number + n)) for n in range(3)], size=(64, 48))
        os.utime(made / name, (100 - number, 100 - number))
    scan(library, made)
    return made


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_a_video_forgotten_while_it_is_indexed_is_dropped_and_the_scan_goes_on(
    library: Library, folder: Path, batch: int
) -> None:
    content = video_at(library, folder / "first.mp4").content_id
    count = 0

    def forget() -> None:
        nonlocal count
        count += 1
        if count == batch:
            app_folders.forget(library, os.fsencode(folder / "first.mp4"))

    done = run(library, forget)
    assert count >= batch and done.failed == 0
    assert (done.files, {os.path.basename(video.path) for video in videos.all_videos(library)}) in [
        (2, {b"second.mp4", b"third.mp4"}),
        (3, {b"second.mp4", b"third.mp4"}),  # where it was through already
    ]
    assert batch > 1 or done.files == 2
    assert {row["path"] for row in overview.export_rows(library)} == {
        str(folder / "second.mp4"), str(folder / "third.mp4"),
    }  # fmt: skip
    assert failures(library) == [] and overview.counts(library).encoders[0].complete
    assert not list(library.thumbs_dir.glob(f"*/{content:07d}"))


def test_a_root_removed_while_it_is_indexed_ends_the_work_in_peace(library: Library, folder: Path) -> None:
    def forget() -> None:
        if videos.all_videos(library):
            app_folders.remove(library, os.fsencode(folder))

    assert run(library, forget).failed == 0
    counted = overview.counts(library)
    assert (counted.videos, counted.clips, counted.failed) == (0, 0, 0)
    assert not list(library.thumbs_dir.glob("*/*"))


def test_a_broken_video_forgotten_before_it_failed_is_no_failure(library: Library, folder: Path) -> None:
    (folder / "bad.mp4").write_bytes(b"\0" * 100_000)
    os.utime(folder / "bad.mp4", (50, 50))
    scan(library, folder)

    def forget() -> None:
        if len(videos.all_videos(library)) == 4:
            app_folders.forget(library, os.fsencode(folder / "bad.mp4"))

    done = run(library, forget)
    assert (done.files, done.failed, failures(library)) == (3, 0, [])


def test_a_root_removed_while_files_are_looked_at_does_not_come_back(
    library: Library, tmp_path: Path
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for root in (one, two):
        root.mkdir()
        for name in ("a.mp4", "b.mp4"):
            (root / name).write_bytes(f"{root.name} {name}".encode() * 50)
    scan(library, one)
    for name in ("a.mp4", "b.mp4"):
        os.utime(one / name, (5, 5))
    (one / "c.mp4").write_bytes(b"new")

    def remove(path: bytes) -> str:
        if videos.videos_of(library, 1):
            app_folders.remove(library, os.fsencode(one))
        return fingerprint(path)

    assert scan(library, one, two, fingerprint=remove) == ScanChanges(new=2)
    assert {video.path for video in videos.all_videos(library)} == {
        os.fsencode(two / "a.mp4"), os.fsencode(two / "b.mp4"),
    }  # fmt: skip
