"""What a file holds, told from a sample of its bytes, or from all of them."""

from __future__ import annotations

import hashlib
import os
import stat
from typing import BinaryIO

from vporganizer.errors import Unreadable, Vanished

VERSION = "1"

_ENDS = 1024 * 1024
_BLOCK = 64 * 1024
_BLOCKS = 16
_SMALL = 4 * 1024 * 1024
_STEP = 1024 * 1024


def fingerprint(path: bytes) -> str:
    """Returns the fingerprint of a file: BLAKE2b of its size, its ends and 16 blocks spread evenly.

    Files up to 4 MiB are taken whole, and so are files in which a sampled block is constant, as in
    one that is preallocated or sparse: there the sample says too little.

    Raises:
        Unreadable: it is no regular file.
        Vanished: it is not there any more, or shrinks while it is read.
        OSError: the system does not let us read it.
    """
    with _opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        sample = None if size <= _SMALL else _sample(file, size)
        digest = hashlib.blake2b(b"%d:" % size, digest_size=32)
        if sample is None:
            file.seek(0)
            while part := file.read(_STEP):
                digest.update(part)
        else:
            for part in sample:
                digest.update(part)
        return f"{VERSION}:{digest.hexdigest()}"


def full_hash(path: bytes) -> str:
    """Returns the BLAKE2b of all bytes of a file; raises what `fingerprint` does."""
    with _opened(path) as file:
        digest = hashlib.blake2b(digest_size=32)
        while part := file.read(_STEP):
            digest.update(part)
        return digest.hexdigest()


def _sample(file: BinaryIO, size: int) -> list[bytes] | None:
    """Returns the bytes that stand for a file, or None if one of the blocks says nothing."""
    room = size - 2 * _ENDS - _BLOCK
    places = [(0, _ENDS), (size - _ENDS, _ENDS)]
    places += [(_ENDS + room * number // (_BLOCKS - 1), _BLOCK) for number in range(_BLOCKS)]
    parts = []
    for place, length in places:
        file.seek(place)
        part = file.read(length)
        if len(part) != length:
            raise Vanished("The file became shorter while it was read.")
        if part.count(part[:1]) == length:
            return None
        parts.append(part)
    return parts


def _opened(path: bytes) -> BinaryIO:
    try:
        # A pipe would be waited for; O_NONBLOCK and O_BINARY are not known everywhere.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        raise Vanished("The file is not there any more.") from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise Unreadable("It is not a regular file.")
    return os.fdopen(handle, "rb")
