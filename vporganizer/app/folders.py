"""The folders of a library, and taking things out of it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from vporganizer.errors import LibraryError, NotInLibrary
from vporganizer.indexing.volumes import volume_of
from vporganizer.library.clips import Part
from vporganizer.library.folders import add_folder, ensure_volume, folder_of, folders, remove_folder
from vporganizer.library.library import Library
from vporganizer.library.pictures import remove_pictures
from vporganizer.library.videos import forget_path, purge_orphans, videos_of


@dataclass(frozen=True, slots=True)
class FolderStatus:
    """A folder of the library: `offline` says why it cannot be reached, None if it can."""

    path: str
    videos: int
    offline: str | None


def folder_statuses(library: Library) -> list[FolderStatus]:
    """Lists the library's folders."""
    return [
        FolderStatus(os.fsdecode(one.path), len(videos_of(library.db, one.id)), one.offline)
        for one in folders(library.db)
    ]


def add(library: Library, path: bytes) -> None:
    """Adds a folder.

    Raises:
        LibraryError: if it is not a folder.
    """
    if not os.path.isdir(path):
        raise LibraryError(f"{os.fsdecode(path)} is not a folder.", hint="Name a folder that holds videos.")
    volume = volume_of(path)
    with library.write(durable=True) as db:
        add_folder(db, path, ensure_volume(db, volume.uid, volume.name).id)


def remove(library: Library, path: bytes) -> int:
    """Takes a folder out of the library; no file is touched -> videos forgotten.

    Raises:
        NotInLibrary: if it is not one of the library's folders.
    """
    for folder in folders(library.db):
        if folder.path == path:
            count = len(videos_of(library.db, folder.id))
            with library.write(durable=True) as db:
                remove_folder(db, folder.id)
                gone = purge_orphans(db)
            remove_pictures(library, gone)
            return count
    raise NotInLibrary(
        f"{os.fsdecode(path)} is not one of this library's folders.", hint="See: vporganizer folders"
    )


def forget(library: Library, path: bytes) -> int:
    """Takes a file, or all below a folder, out of the library; no file is touched -> videos forgotten.

    Raises:
        NotInLibrary: if the library knows nothing there.
    """
    if any(folder.path == path for folder in folders(library.db)):
        return remove(library, path)
    with library.write(durable=True) as db:
        count = forget_path(db, path)
        gone = purge_orphans(db)
    if not count:
        raise NotInLibrary(f"{os.fsdecode(path)} is not in this library.", hint="See: vporganizer status")
    remove_pictures(library, gone)
    return count


def parts(library: Library, paths: Sequence[bytes]) -> list[Part] | None:
    """The parts of roots that `paths` are; None, which means everything, if there are no paths."""
    if not paths:
        return None
    known = [folder_of(library.db, os.path.abspath(path)) for path in paths]
    return [(found[0].id, found[1]) for found in known if found is not None]
