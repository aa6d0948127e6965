"""From a path that a person names to a video of the library."""

from __future__ import annotations

import os

from vporganizer.errors import LibraryError, NotInLibrary
from vporganizer.library.library import Library
from vporganizer.library.records import Video
from vporganizer.library.videos import video_by_path

PathLike = str | bytes | os.PathLike[str]


def as_bytes(path: PathLike) -> bytes:
    """The absolute path as bytes, `~` left to the shell; links are not followed.

    Raises:
        LibraryError: if the path is empty, as that of a shell's unset variable.
    """
    if not os.fsencode(path):
        raise LibraryError("The path is empty.", hint="Name a file or a folder.")
    return os.path.abspath(os.fsencode(path))


def known_video(library: Library, path: PathLike) -> Video:
    """Finds a video by the path that a person named, through links where that helps.

    Raises:
        NotInLibrary: if the library does not know it.
    """
    named = as_bytes(path)
    for candidate in (named, os.path.realpath(named)):
        if (video := video_by_path(library.db, candidate)) is not None:
            return video
    raise NotInLibrary(
        f"{os.fsdecode(named)} is not in this library.",
        hint="Scan the folder that holds it first: vporganizer scan FOLDER",
    )
