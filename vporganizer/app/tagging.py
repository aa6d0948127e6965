"""Tags that a person gives."""

from __future__ import annotations

from collections.abc import Sequence

from vporganizer.app.files import PathLike, known_video
from vporganizer.library import tags
from vporganizer.library.library import Library
from vporganizer.library.records import TagOnVideo


def tag(library: Library, files: Sequence[PathLike], name: str) -> int:
    """Gives `name` to every file in one step -> how many did not have it.

    Raises:
        NotInLibrary: if one of the files is unknown; nothing is changed then.
        LibraryError: if the name is empty.
    """
    return tags.add_tag(library, [known_video(library, file).id for file in files], name)


def untag(library: Library, files: Sequence[PathLike], name: str) -> int:
    """Takes `name` from every file in one step -> how many had it.

    Raises:
        NotInLibrary: if one of the files is unknown; nothing is changed then.
    """
    return tags.remove_tag(library, [known_video(library, file).id for file in files], name)


def tags_of(library: Library, file: PathLike) -> list[TagOnVideo]:
    """The tags of a file with where they come from.

    Raises:
        NotInLibrary: if the file is unknown.
    """
    return tags.tags_of(library.db, known_video(library, file).id)
