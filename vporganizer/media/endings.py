"""Whether a file ends before its end, told from the few bytes that state how long its parts are.

Containers that state how long the video is need none of this: the pass sees that pictures are missing.
MPEG transport streams state nothing at all, so for them it cannot be told.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import BinaryIO

_MOST_PARTS = 200_000
"""Far more than the fragments of a day's recording; damaged files may hold endless tiny parts."""
_UNKNOWN_LENGTH = 0xFFFFFFFF
_GIF_TRAILER = b"\x3b"
_PADDING = b"\x00\r\n "
_TAIL_BYTES = 4096


def cut_short(path: bytes, container: str) -> bool:
    """Whether a file's last part is stated to reach beyond the end of the file.

    Args:
        path: a file that can be read.
        container: FFmpeg's name of its container, such as `mov,mp4,m4a,3gp,3g2,mj2`.

    Raises:
        OSError: it cannot be read any more.
    """
    names = container.split(",")
    with open(path, "rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        if "mp4" in names:
            return any(position + length > size for _, position, length in boxes(file, size))
        if "avi" in names:
            return _riff_end(file, size) > size
        return "gif" in names and not _has_trailer(file, size)


def boxes(file: BinaryIO, size: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, position and stated length of each outermost box of an MP4 or QuickTime file.

    Ends before what cannot be a box. A box of length 0, which reaches to the end, gets its true one.
    """
    position = 0
    for _ in range(_MOST_PARTS):
        file.seek(position)
        head = file.read(16)
        kind, length = head[4:8], int.from_bytes(head[:4], "big")
        if len(head) < 8 or not kind.isascii() or not kind.decode("ascii").isprintable():
            return
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        elif length == 0:
            length = size - position
        if length < 8:
            return
        yield kind, position, length
        position += length


def _riff_end(file: BinaryIO, size: int) -> int:
    """Where the last RIFF chunk is stated to end; an AVI of more than a gigabyte has several."""
    end = 0
    for _ in range(_MOST_PARTS):
        file.seek(end)
        head = file.read(8)
        length = int.from_bytes(head[4:8], "little")
        # A recorder that was switched off has left the length open.
        if len(head) < 8 or head[:4] != b"RIFF" or length in (0, _UNKNOWN_LENGTH):
            break
        end += 8 + length
        if end >= size:
            break
        end += end % 2
    return end


def _has_trailer(file: BinaryIO, size: int) -> bool:
    file.seek(max(0, size - _TAIL_BYTES))
    return file.read(_TAIL_BYTES).rstrip(_PADDING).endswith(_GIF_TRAILER)
