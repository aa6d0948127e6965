"""The videos of a library to look through before anything is searched."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from vporganizer.app.context import OpenLibrary
from vporganizer.library.browsing import ListedVideo, listed_videos
from vporganizer.library.folders import folders
from vporganizer.library.pictures import any_picture


@dataclass(frozen=True, slots=True)
class VideoEntry:
    """One video: exact copies are one entry.

    Attributes:
        path: absolute, as text that `os.fsencode` turns back into the file's name.
        date: Unix seconds it was recorded at, as far as that is known.
        duration: seconds; None while unknown.
        copies: other files with exactly the same content.
        online: False if the drive of every copy is away.
        video_id, content_id: keys in the library.
    """

    path: str
    date: float
    duration: float | None
    copies: tuple[str, ...]
    online: bool
    video_id: int
    content_id: int

    @property
    def name(self) -> str:
        """The file's name."""
        return os.path.basename(self.path)


@dataclass(frozen=True, slots=True)
class Shelf:
    """All videos of a library, newest first, and whether any folder was added to it."""

    videos: tuple[VideoEntry, ...]
    has_folders: bool


def browse(library: OpenLibrary) -> Shelf:
    """Lists the videos that were read so far, newest first, each content once."""
    groups: dict[int, list[ListedVideo]] = {}
    for video in listed_videos(library.library):
        groups.setdefault(video.content_id, []).append(video)
    return Shelf(tuple(map(_entry, groups.values())), bool(folders(library.library.db)))


def picture(library: OpenLibrary, content_id: int, time: float = 0.0) -> Path | None:
    """A picture of a content that is there already: the still at `time` seconds, else the poster."""
    return any_picture(library.library, content_id, time)


def _entry(files: list[ListedVideo]) -> VideoEntry:
    best, *others = sorted(files, key=lambda file: (file.availability != "online", file.id))
    return VideoEntry(
        path=os.fsdecode(best.path),
        date=max(file.date for file in files),
        duration=best.duration,
        copies=tuple(os.fsdecode(other.path) for other in others),
        online=best.availability == "online",
        video_id=best.id,
        content_id=best.content_id,
    )
