"""The videos of a library as a list to look through, in one query."""

from __future__ import annotations

from dataclasses import dataclass

from vporganizer.library.connection import Source, rows
from vporganizer.library.folders import join
from vporganizer.library.records import Availability


@dataclass(frozen=True, slots=True)
class ListedVideo:
    """A video file with what a list shows of it.

    Attributes:
        date: Unix seconds it was recorded at, where that is known, else of the file's last change.
        duration: seconds; None while unknown.
    """

    id: int
    path: bytes
    content_id: int
    availability: Availability
    date: float
    duration: float | None


def listed_videos(db: Source) -> list[ListedVideo]:
    """Returns the videos that were read and are not missing, newest first."""
    found = rows(
        db,
        """SELECT v.id, f.path, v.relative, v.content_id, v.availability,
        ifnull(c.recorded_at, v.mtime_ns / 1e9) AS date, c.duration
        FROM video v JOIN folder f ON f.id = v.folder_id JOIN content c ON c.id = v.content_id
        WHERE v.availability <> 'missing' AND c.duration IS NOT NULL ORDER BY date DESC, v.id""",
    )
    return [
        ListedVideo(video_id, join(folder, relative), content_id, availability, date, duration)
        for video_id, folder, relative, content_id, availability, date, duration in found
    ]
