"""Libraries with something in them, without decoding a video."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vporganizer.app.context import OpenLibrary
from vporganizer.indexing.scan import ScanChanges, scan_folders
from vporganizer.library import clips, folders, tags, videos
from vporganizer.library.library import Library
from vporganizer.library.records import NewClip, Stamp, Video

DIM = 8


def unit_vectors(count: int, dim: int = DIM, seed: int = 0) -> NDArray[np.float32]:
    """Random directions, (count, dim)."""
    made = np.random.default_rng(seed).normal(size=(count, dim)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def add_root(library: Library, path: bytes = b"/videos", volume: str = "drive") -> int:
    """Adds a root that need not exist, and returns its id."""
    drive = folders.ensure_volume(library, volume, volume)
    return folders.add_folder(library, path, drive.id).id


def add_file(library: Library, folder_id: int, name: bytes, mtime: int = 1) -> tuple[int, int]:
    """Adds a video with a content of its own, and returns the ids of both."""
    content_id = videos.create_content(library, f"print of {name!r}", 10)
    stamp = Stamp(10, mtime)
    return videos.add_video(library, folder_id, name, stamp, content_id), content_id


def add_windows(
    library: Library, content_id: int, encoder_id: int, vectors: NDArray[np.float32], *, finish: bool = True
) -> list[int]:
    """Stores one window of a second for each vector, and returns the clips' ids."""
    made = [NewClip(float(n), n + 1.0, n == 0, vector) for n, vector in enumerate(vectors)]
    ids = clips.store_windows(
        library,
        content_id,
        encoder_id,
        made,
        complete_to=float(len(made)),
        precision="float32",
        backend="cpu",
    )
    if finish:
        clips.finish_windows(library, content_id, float(len(made)), None)
    return ids


def scan(library: Library, *paths: Path, **options: object) -> ScanChanges:
    """Scans folders with what a person would have."""
    return scan_folders(library, [os.fsencode(path) for path in paths], **options)  # type: ignore[arg-type]


def video_at(library: Library, path: Path | bytes) -> Video:
    """The video at a path, which must be known."""
    found = videos.video_by_path(library, os.fsencode(path))
    assert found is not None, path
    return found


def tag_files(library: Library, paths: Sequence[Path]) -> None:
    """Tags each file with its own name."""
    for path in paths:
        tags.add_tag(library, [video_at(library, path).id], path.name)


def tags_by_name(library: Library) -> dict[str, tuple[str, ...]]:
    """Name of each file that is not missing -> its tags."""
    there = [video for video in videos.all_videos(library) if video.availability != "missing"]
    found = tags.tags_of_many(library, [video.id for video in there])
    return {os.path.basename(os.fsdecode(video.path)): found[video.id] for video in there}


def clips_by(library: OpenLibrary) -> dict[str, int]:
    """Name of each encoder that has looked at clips -> at how many."""
    return {one.name: one.clips for one in library.status().encoders if one.clips}
