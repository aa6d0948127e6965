"""The folders and files of a library on disk, for their owner only."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from vporganizer.errors import LibraryError


def prepare_folder(path: Path) -> None:
    """Makes the library's folder, for its owner only; one with other things in it is left as it is.

    Raises:
        LibraryError: it cannot be made.
    """
    try:
        made = not path.is_dir()
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if made or (path / "library.db").exists():
            with suppress(OSError):  # somebody else's, shared with us on purpose, or not to be written
                path.chmod(0o700)
    except FileExistsError as error:
        raise LibraryError(
            f"{path} is a file, not a folder.", hint="Name a folder for the library."
        ) from error
    except OSError as error:
        raise LibraryError(
            f"The library's folder {path} cannot be made ({error.strerror}).",
            hint="Choose another with --library.",
        ) from error


def private_folder(path: Path) -> Path:
    """Makes a folder for its owner only where there is none, and returns it."""
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def is_there(file: Path) -> bool:
    """True if there is a database.

    Raises:
        LibraryError: its folder cannot be read.
    """
    try:
        return file.is_file()
    except OSError as error:
        raise _refused(file, "read", error) from error


def create_private(file: Path) -> None:
    """Makes an empty database for its owner only; SQLite gives the same rights to the files beside it.

    Raises:
        LibraryError: it cannot be made or written.
    """
    try:
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
        with suppress(PermissionError):
            file.chmod(0o600)
    except OSError as error:
        raise _refused(file, "written", error) from error


def _refused(file: Path, what: str, error: OSError) -> LibraryError:
    return LibraryError(
        f"The library in {file.parent} cannot be {what} ({error.strerror}).",
        hint="Check who owns the folder and its files, and that its disk is not mounted read-only.",
    )


def write_private(file: Path, text: str) -> None:
    """Writes a short ASCII text into a file for its owner only."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as out:
        out.write(text)
