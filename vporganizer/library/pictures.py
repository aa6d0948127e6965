"""Poster, storyboard and stills of each content, as files in the library's `thumbs/`.

They are a cache: any of them may be deleted at any moment and is made again.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from vporganizer.errors import Forgotten
from vporganizer.library.clips import Part, contents_with_windows
from vporganizer.library.library import Library
from vporganizer.library.records import Pending
from vporganizer.library.videos import has_content

STILL_STEP = 0.5  # seconds: two moments that start this close share a still


class PictureSet(Protocol):
    """What a decode pass draws of a video."""

    @property
    def poster(self) -> bytes:
        """JPEG."""

    @property
    def storyboard(self) -> bytes:
        """JPEG sheet of `columns` x `rows` tiles."""

    @property
    def columns(self) -> int:
        """Tiles in a row."""

    @property
    def rows(self) -> int:
        """Rows of tiles."""

    @property
    def tile_times(self) -> tuple[float, ...]:
        """Seconds of each tile."""


@dataclass(frozen=True, slots=True)
class Storyboard:
    """A sheet of small pictures: `columns` x `rows` tiles at `times` seconds."""

    path: Path
    columns: int
    rows: int
    times: tuple[float, ...]


def save_pictures(library: Library, content_id: int, pictures: PictureSet) -> None:
    """Stores poster and storyboard; the poster last, since its presence says that both are there.

    Raises:
        Forgotten: the content has left the library; nothing stays of its pictures.
    """
    folder = _folder(library, content_id)
    facts = {"columns": pictures.columns, "rows": pictures.rows, "times": pictures.tile_times}
    try:
        _write(folder / "storyboard.jpg", pictures.storyboard)
        _write(folder / "storyboard.json", json.dumps(facts).encode())
        _write(folder / "poster.jpg", pictures.poster)
    except FileNotFoundError:  # the folder went while we wrote into it
        if has_content(library, content_id):
            raise
    # Asked afterwards: whoever forgets a content later than this deletes its pictures later, too.
    if not has_content(library, content_id):
        remove_pictures(library, [content_id])
        raise Forgotten


def poster(library: Library, content_id: int) -> Path | None:
    """The content's poster, or None."""
    path = _folder(library, content_id) / "poster.jpg"
    return path if path.exists() else None


def storyboard(library: Library, content_id: int) -> Storyboard | None:
    """The content's storyboard, or None."""
    folder = _folder(library, content_id)
    try:
        facts = json.loads((folder / "storyboard.json").read_bytes())
        board = Storyboard(
            folder / "storyboard.jpg", int(facts["columns"]), int(facts["rows"]), tuple(facts["times"])
        )
    except (OSError, ValueError, KeyError):
        return None
    return board if board.path.exists() else None


def still_path(library: Library, content_id: int, time: float) -> Path:
    """Where the still at `time` seconds is or would be."""
    return _folder(library, content_id) / f"still-{round(time / STILL_STEP):06d}.jpg"


def save_still(library: Library, content_id: int, time: float, jpeg: bytes) -> Path:
    """Stores a still and returns its path."""
    path = still_path(library, content_id, time)
    _write(path, jpeg)
    return path


def any_picture(library: Library, content_id: int, time: float) -> Path | None:
    """The still at `time` if it is there, else the poster, else None."""
    kept = still_path(library, content_id, time)
    return kept if kept.exists() else poster(library, content_id)


def contents_without_pictures(library: Library, parts: Sequence[Part] | None = None) -> list[Pending]:
    """Contents that were read to their end but have no poster, with a file that is at hand."""
    found = contents_with_windows(library.db, parts=parts)
    return [one for one in found if poster(library, one.content_id) is None]


def remove_pictures(library: Library, content_ids: Sequence[int]) -> None:
    """Deletes the pictures of contents that left the library."""
    for content_id in content_ids:
        folder = _folder(library, content_id)
        for path in list(folder.glob("*")):
            path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            folder.rmdir()


def _folder(library: Library, content_id: int) -> Path:
    """One folder a content, a thousand of them a parent, since file managers dislike huge folders."""
    return library.thumbs_dir / f"{content_id // 1000:04d}" / f"{content_id:07d}"


def _write(path: Path, data: bytes) -> None:
    for folder in (path.parent.parent, path.parent):  # `parents=True` leaves the outer one open
        folder.mkdir(mode=0o700, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    temporary.replace(path)
