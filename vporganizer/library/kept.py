"""Small results that can be made again, as files beside the library's vector indexes."""

from __future__ import annotations

import os
from pathlib import Path

from vporganizer.errors import StorageFull
from vporganizer.library.index_files import files
from vporganizer.library.library import Library


def kept(library: Library, name: str) -> bytes | None:
    """Returns what was kept under a name; None if there is nothing that can be read."""
    try:
        return _file(library, name).read_bytes()
    except OSError:
        return None


def keep(library: Library, name: str, data: bytes) -> None:
    """Keeps `data` under a name, for the owner only; a reader sees the old or the new, never half of it.

    Raises:
        StorageFull: the disk does not take it.
    """
    path = _file(library, name)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        binary = getattr(os, "O_BINARY", 0)  # known to Windows only
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | binary, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(partial, path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise StorageFull(f"{path} cannot be written ({error.strerror}).", hint="Make some room.") from error


def let_go(library: Library, name: str) -> None:
    """Deletes what was kept under a name, if anything."""
    _file(library, name).unlink(missing_ok=True)


def _file(library: Library, name: str) -> Path:
    return files(library.index_dir, name)[0].with_suffix("")
