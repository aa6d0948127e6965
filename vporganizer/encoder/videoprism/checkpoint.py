"""Reads the flat npz of a published checkpoint entry by entry, where it lies; loads no JAX.

An npz is a zip of npy files. The table of contents and the short header of each entry are read when the
file is opened; numbers only when an entry is asked for. An entry that is stored as it is, which is how
`np.savez` writes, is a view of the mapped file; a deflated one is inflated. Nothing in the file is run, and
every size that it states is checked against the file before it is used.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vporganizer.encoder.videoprism import npz
from vporganizer.errors import CheckpointMismatch, CheckpointMissing

OnProgress = Callable[[int], None]
"""Called with the bytes done so far; what it raises ends the work."""

_BLOCK = 4 << 20
_NAMED = 3  # entries that a message names; the rest are counted
_AGAIN = "Fetch or copy the file again."


class Stamp(NamedTuple):
    """What tells a changed file from the same one without reading it: size in bytes, time of change."""

    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class _Entry:
    """One array: where its bytes lie in the file and what they mean."""

    member: npz.Member
    header: npz.Header


class Checkpoint(Mapping[str, NDArray[np.float32]]):
    """The entries of a checkpoint by name, such as 'params/spatial_ln/scale'; each read when asked for.

    An entry is a read-only float32 array. It may be a view of the file, which then must not be
    changed in place while the array is used, and its address need not be a multiple of four.
    """

    def __init__(self, path: Path, data: mmap.mmap, entries: Mapping[str, _Entry]) -> None:
        self.path = path
        self._data = data
        self._entries = entries

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        """Reads one entry.

        Raises:
            CheckpointMismatch: its bytes are damaged.
        """
        entry = self._entries[name]
        header = entry.header
        try:
            raw = npz.content(self._data, entry.member)
        except npz.Damaged as problem:
            raise CheckpointMismatch(
                f"The entry {name} of {self.path} is damaged: {problem}.", hint=_AGAIN
            ) from problem
        flat = np.frombuffer(raw, header.dtype, header.count, entry.header.size)
        array = flat.reshape(header.shape, order="F" if header.fortran else "C")
        if array.dtype != np.float32 or not array.dtype.isnative:
            array = array.astype(np.float32)
            array.flags.writeable = False
        return array

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"Checkpoint({str(self.path)!r}, {len(self)} entries)"

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each entry, without reading numbers."""
        return {name: entry.header.shape for name, entry in self._entries.items()}

    def verify(self, on_progress: OnProgress | None = None) -> None:
        """Reads all: each entry has its checksum, which lazy reading leaves out, and finite numbers.

        Raises:
            CheckpointMismatch: an entry is damaged, or holds a number that is not finite.
        """
        done = 0
        for name, entry in self._entries.items():
            try:
                npz.check_sum(self._data, entry.member)
            except npz.Damaged as problem:
                raise CheckpointMismatch(
                    f"The entry {name} of {self.path} is damaged: {problem}.", hint=_AGAIN
                ) from problem
            if not np.isfinite(self[name]).all():
                raise CheckpointMismatch(
                    f"The entry {name} of {self.path} holds a number that is not finite.", hint=_AGAIN
                )
            done += entry.member.stored
            if on_progress is not None:
                on_progress(done)


def open_checkpoint(path: str | bytes | os.PathLike[str]) -> Checkpoint:
    """Opens a flat npz of float32 or float16 arrays, as the VideoPrism checkpoints are published.

    Args:
        path: the file. It is mapped, not read.

    Raises:
        CheckpointMissing: there is no such file, or it cannot be read.
        CheckpointMismatch: it is no such npz, is cut short or damaged, or holds anything but such arrays.
    """
    file = Path(os.path.abspath(os.fsdecode(path)))
    data = _mapped(file)
    try:
        return Checkpoint(file, data, _entries(file, data))
    except CheckpointMismatch:
        data.close()  # or Windows would not let go of the file while the error is around
        raise


def _entries(file: Path, data: mmap.mmap) -> dict[str, _Entry]:
    """The table of contents, with each entry's header."""
    entries: dict[str, _Entry] = {}
    try:
        members = npz.members(data)
    except npz.Damaged as problem:
        raise CheckpointMismatch(f"{file} {problem}.", hint=_AGAIN) from problem
    for member in members:
        if not member.name.endswith(".npy"):
            raise CheckpointMismatch(
                f"{file} holds '{member.name}', which is no array: it is no checkpoint.", hint=_AGAIN
            )
        name = member.name.removesuffix(".npy")
        if name in entries:
            raise CheckpointMismatch(f"{file} holds the entry {name} twice.", hint=_AGAIN)
        try:
            entries[name] = _Entry(member, npz.header(data, member))
        except npz.Damaged as problem:
            raise CheckpointMismatch(f"The entry {name} of {file} {problem}.", hint=_AGAIN) from problem
    if not entries:
        raise CheckpointMismatch(f"{file} holds no entries.", hint=_AGAIN)
    return entries


def stamp(path: Path, *, what: str = "checkpoint") -> Stamp:
    """Size and time of change of a file of weights.

    Raises:
        CheckpointMissing: there is no such file, or it is no regular file.
    """
    try:
        found = os.stat(path)
    except OSError as error:
        raise _missing(path, error, what) from error
    if not stat.S_ISREG(found.st_mode):  # opening a pipe would wait for ever
        raise CheckpointMissing(f"{path} is not a file, so it cannot be a {what}.")
    return Stamp(found.st_size, found.st_mtime_ns)


def sha256(path: Path, on_progress: OnProgress | None = None) -> str:
    """The sha256 of a file, in hex.

    Raises:
        CheckpointMissing: the file is not there or cannot be read.
    """
    stamp(path, what="model file")
    digest = hashlib.sha256()
    done = 0
    try:
        with open(path, "rb", buffering=0) as file:
            while block := file.read(_BLOCK):
                digest.update(block)
                done += len(block)
                if on_progress is not None:
                    on_progress(done)
    except OSError as error:
        raise _missing(path, error, "model file") from error
    return digest.hexdigest()


def check(found: Mapping[str, tuple[int, ...]], expected: Mapping[str, tuple[int, ...]], what: str) -> None:
    """Compares the entries that are there with those that a model needs.

    Args:
        found: shape by name.
        expected: the same for the model; see `entries.expected`.
        what: what holds them, such as the file's path, as the sentence's subject.

    Raises:
        CheckpointMismatch: entries are missing, not expected or of another shape; names some of each.
    """
    missing = [name for name in expected if name not in found]
    extra = [name for name in found if name not in expected]
    other = [
        f"{name} is {tuple(found[name])}, not {tuple(shape)}"
        for name, shape in expected.items()
        if name in found and tuple(found[name]) != tuple(shape)
    ]
    faults = [("missing", missing), ("not expected", extra), ("of another shape", other)]
    told = "; ".join(f"{kind}: {_some(names)}" for kind, names in faults if names)
    if told:
        raise CheckpointMismatch(
            f"{what} does not hold this model's weights ({told}).",
            hint="See that the file belongs to the model that is named; the models: vporganizer models list",
        )


def _some(names: list[str]) -> str:
    """The first few of a list, and how many more there are."""
    more = len(names) - _NAMED
    return ", ".join(map(str, names[:_NAMED])) + (f" and {more:,} more" if more > 0 else "")


def _mapped(path: Path) -> mmap.mmap:
    if stamp(path).size == 0:
        raise CheckpointMismatch(f"{path} is empty.", hint=_AGAIN)
    try:
        with open(path, "rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:  # ValueError: emptied meanwhile
        raise _missing(path, error, "checkpoint") from error


def _missing(path: Path, error: Exception, what: str) -> CheckpointMissing:
    if isinstance(error, FileNotFoundError):
        return CheckpointMissing(f"There is no {what} at {path}.", hint="See: vporganizer models list")
    reason = getattr(error, "strerror", None) or error
    return CheckpointMissing(f"The {what} {path} cannot be read: {reason}.")
