"""File URLs and paths: names that are not valid UTF-8 survive the way through Qt."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote_from_bytes, unquote_to_bytes

from PySide6.QtCore import QMimeData, QUrl


def url_of(path: str) -> QUrl:
    """The file URL of a path, whose undecodable bytes are lone surrogates as `os.fsdecode` makes them."""
    if sys.platform == "win32":
        return QUrl.fromLocalFile(path)
    return QUrl.fromEncoded(("file://" + quote_from_bytes(os.fsencode(path))).encode())


def path_of(url: QUrl) -> bytes:
    """The path that a file URL names."""
    if sys.platform == "win32":
        return os.fsencode(url.toLocalFile())
    encoded = url.toEncoded(QUrl.ComponentFormattingOption.FullyEncoded).data()
    return unquote_to_bytes(bytes(encoded).removeprefix(b"file://").removeprefix(b"localhost"))


@dataclass(frozen=True, slots=True)
class Dropped:
    """What was dropped on the window: folders to add, files to find the like of."""

    folders: tuple[bytes, ...] = ()
    files: tuple[bytes, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.folders or self.files)


def dropped(data: QMimeData) -> Dropped:
    """Sorts the local files and folders of a drag."""
    return sorted_paths(path_of(url) for url in data.urls() if url.isLocalFile())


def sorted_paths(paths: Iterable[bytes]) -> Dropped:
    """Sorts paths into folders and files; what does not exist counts as a file and fails later, by name."""
    folders: list[bytes] = []
    files: list[bytes] = []
    for path in paths:
        (folders if os.path.isdir(path) else files).append(os.path.abspath(path))
    return Dropped(tuple(folders), tuple(files))
