"""The zip and npy formats, as far as a file of numbers needs them, with every stated size checked.

Zip: PKWARE APPNOTE 6.3, sections 4.3.7 (local header) and 4.3.12 (table of contents, read by `zipfile`).
Npy: numpy.lib.format, versions 1.0 and 2.0; version 3.0 only differs for named fields, which are refused.
"""

from __future__ import annotations

import ast
import io
import math
import mmap
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np

_MEMBERS = 10_000  # a model has some dozens; a huge table of contents is no checkpoint's
_HEADER = 10_000  # bytes of an npy header; as numpy's own limit
_AXES = 16
_INFLATES = 1040  # deflate cannot shrink further than 1032:1
_BLOCK = 4 << 20
_ENCRYPTED = 0x1
_ZIP_DAMAGE = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
    OverflowError,
    LookupError,
    struct.error,
)
_NPY_DAMAGE = (ValueError, SyntaxError, TypeError, MemoryError, RecursionError)
_NUMBERS = re.compile(r"[<>=|]?f[24]")


class Damaged(Exception):
    """The file is not what it should be; the text completes a sentence that begins with its name."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file in the zip.

    Attributes:
        name: as it is stored.
        start: where its bytes begin in the zip.
        stored: how many bytes it takes there.
        size: how many bytes it holds; the same unless it is deflated.
        crc: checksum of what it holds.
        deflated: True if the bytes must be inflated.
    """

    name: str
    start: int
    stored: int
    size: int
    crc: int
    deflated: bool


@dataclass(frozen=True, slots=True)
class Header:
    """What an npy file says of its array.

    Attributes:
        dtype: float16 or float32, in the file's byte order.
        shape: of the array.
        fortran: True if the first index varies fastest.
        size: bytes of the header itself, after which the numbers begin.
    """

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    fortran: bool
    size: int

    @property
    def count(self) -> int:
        """Numbers in the array."""
        return math.prod(self.shape)


def members(data: mmap.mmap) -> list[Member]:
    """The files in a zip, from its table of contents.

    Raises:
        Damaged: it is no zip, is cut short, encrypted, compressed otherwise or states impossible sizes.
    """
    if data[:4] != b"PK\x03\x04":
        raise Damaged("is not a checkpoint: it is no npz file")
    try:
        with zipfile.ZipFile(_View(data)) as archive:
            infos = archive.infolist()
    except _ZIP_DAMAGE as error:
        raise Damaged("is cut short or damaged: the table of contents at its end cannot be read") from error
    if len(infos) > _MEMBERS:
        raise Damaged(f"is not a checkpoint: it holds {len(infos):,} entries")
    return [_member(data, info) for info in infos]


def _member(data: mmap.mmap, info: zipfile.ZipInfo) -> Member:
    name = info.filename
    if info.flag_bits & _ENCRYPTED:
        raise Damaged(f"is not a checkpoint: its entry '{name}' is encrypted")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Damaged(f"holds '{name}' in a compression that numpy does not write")
    deflated = info.compress_type == zipfile.ZIP_DEFLATED
    local = data[info.header_offset : info.header_offset + 30]
    if info.header_offset < 0 or len(local) < 30 or local[:4] != b"PK\x03\x04":
        raise Damaged(f"is damaged: its entry '{name}' is not where the table of contents says")
    start = info.header_offset + 30 + sum(struct.unpack("<HH", local[26:30]))
    most = info.compress_size * _INFLATES + 64 if deflated else info.compress_size
    least = 0 if deflated else info.compress_size
    if start + info.compress_size > len(data) or not least <= info.file_size <= most:
        raise Damaged(f"is cut short or damaged: its entry '{name}' has an impossible size")
    return Member(name, start, info.compress_size, info.file_size, info.CRC, deflated)


def header(data: mmap.mmap, member: Member) -> Header:
    """Reads what an npy member says of its array.

    Raises:
        Damaged: it is no npy file, holds no floats of 16 or 32 bits, or its size and shape disagree.
    """
    head = _beginning(data, member, 12)
    if head[:6] != b"\x93NUMPY" or len(head) < 12:
        raise Damaged("is no array that numpy wrote")
    if head[6] == 1:
        offset, length = 10, int.from_bytes(head[8:10], "little")
    elif head[6] == 2:
        offset, length = 12, int.from_bytes(head[8:12], "little")
    else:
        raise Damaged(f"is an array in version {head[6]} of numpy's format, which no checkpoint needs")
    size = offset + length
    text = _beginning(data, member, size)[offset:] if length <= _HEADER else b""
    if len(text) != length:
        raise Damaged("has a damaged header")
    dtype, shape, fortran = _described(text)
    if math.prod(shape) * dtype.itemsize != member.size - size:
        raise Damaged(f"is of shape {shape} but holds another number of bytes")
    return Header(dtype, shape, fortran, size)


def _described(text: bytes) -> tuple[np.dtype[Any], tuple[int, ...], bool]:
    """The header's dictionary: descr, shape, fortran_order."""
    try:
        found = ast.literal_eval(text.decode("latin-1").strip())
        kind, shape, fortran = found["descr"], found["shape"], found["fortran_order"]
    except (*_NPY_DAMAGE, LookupError) as error:
        raise Damaged("has a damaged header") from error
    if isinstance(kind, str) and "O" in kind:
        raise Damaged("holds pickled objects, which are never opened")
    if not isinstance(kind, str) or not _NUMBERS.fullmatch(kind):
        raise Damaged(f"holds numbers of type {str(kind)[:40]!r}, where float32 or float16 is needed")
    if not isinstance(shape, tuple) or len(shape) > _AXES or type(fortran) is not bool:
        raise Damaged("has a damaged header")
    if any(type(length) is not int or length < 0 for length in shape):
        raise Damaged("has an impossible shape")
    return np.dtype(kind), shape, fortran


def content(data: mmap.mmap, member: Member) -> memoryview | bytes:
    """All bytes of a member: a view of the file, or what it inflates to.

    Raises:
        Damaged: it cannot be inflated, or to another size or checksum than stated.
    """
    stored = memoryview(data)[member.start : member.start + member.stored]
    if not member.deflated:
        return stored
    try:
        # One byte more than stated, so that a member that holds more shows.
        inflated = zlib.decompressobj(-zlib.MAX_WBITS).decompress(stored, member.size + 1)
    except zlib.error as error:
        raise Damaged("it cannot be inflated") from error
    if len(inflated) != member.size or zlib.crc32(inflated) != member.crc:
        raise Damaged("its checksum is wrong")
    return inflated


def check_sum(data: mmap.mmap, member: Member) -> None:
    """Compares a member with its checksum.

    Raises:
        Damaged: they differ.
    """
    view = content(data, member)
    crc = 0
    for start in range(0, len(view), _BLOCK):
        crc = zlib.crc32(view[start : start + _BLOCK], crc)
    if crc != member.crc:
        raise Damaged("its checksum is wrong")


def _beginning(data: mmap.mmap, member: Member, count: int) -> bytes:
    """The first bytes of a member, at most `count`."""
    stored = data[member.start : member.start + min(member.stored, count if not member.deflated else _HEADER)]
    if not member.deflated:
        return stored
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(stored, count)
    except zlib.error as error:
        raise Damaged("cannot be inflated") from error


class _View(io.RawIOBase):
    """The mapped file as `zipfile` wants one, without a second handle or a copy."""

    def __init__(self, data: mmap.mmap) -> None:
        super().__init__()
        self._data = data
        self._at = 0

    def readable(self) -> bool:
        """Overrides io.RawIOBase."""
        return True

    def seekable(self) -> bool:
        """Overrides io.RawIOBase."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Overrides io.RawIOBase."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: len(self._data)}[whence]
        if base + offset < 0:
            raise OSError("before the beginning")  # as a file does; `zipfile` counts on it
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        """Overrides io.RawIOBase."""
        return self._at

    def read(self, size: int = -1) -> bytes:
        """Overrides io.RawIOBase."""
        end = len(self._data) if size < 0 else min(self._at + size, len(self._data))
        found = self._data[self._at : end]
        self._at += len(found)
        return found
