"""Files of vector indexes, and what stands beside each, so that a wrong or damaged one is never loaded."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from vporganizer.library.records import EncoderRow

SPACE = "ip"
"""hnswlib's name of the measure: 1 - cosine for vectors of unit length."""

_FORMAT = 1

NOT_MADE = "it has not been made yet"
"""How the index of an encoder is that has just begun."""


class IndexUnusableError(Exception):
    """Why an index cannot be used; caught by whoever can search exactly or build it again."""


@dataclass(frozen=True, slots=True)
class Sidecar:
    """What stands beside an index file: what it must be, and what it holds."""

    format: int
    space: str
    encoder: str
    identity: str
    dim: int
    count: int
    generation: int
    size: int
    sha256: str


def files(folder: Path, name: str) -> tuple[Path, Path]:
    """Returns where the index of an encoder is, and what stands beside it."""
    plain = "".join(char if char.isalnum() or char in "._@-" else "_" for char in name)
    return folder / f"{plain}.hnsw", folder / f"{plain}.json"


def read_sidecar(folder: Path, encoder: EncoderRow) -> Sidecar:
    """Returns what the index file of an encoder must be.

    Raises:
        IndexUnusableError: there is none, or it is of another encoder or format.
    """
    try:
        facts = Sidecar(**json.loads(files(folder, encoder.name)[1].read_bytes()))
    except FileNotFoundError:
        raise IndexUnusableError(NOT_MADE) from None
    except (OSError, ValueError, TypeError) as error:
        raise IndexUnusableError("what stands beside its file is damaged") from error
    expected = (_FORMAT, SPACE, encoder.identity, encoder.dim)
    if (facts.format, facts.space, facts.identity, facts.dim) != expected:
        raise IndexUnusableError("it is of another model or format")
    numbers = (facts.count, facts.generation, facts.size)
    if not all(isinstance(number, int) and number >= 0 for number in numbers):
        raise IndexUnusableError("what stands beside its file is damaged")
    return facts


def plain(path: Path) -> str:
    """Returns a path as hnswlib takes it; it cannot take names that are no text."""
    text = os.fspath(path)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise IndexUnusableError("the library's folder has a name that hnswlib cannot take") from None
    return text


def keep(partial: Path, folder: Path, encoder: EncoderRow, count: int, generation: int) -> None:
    """Puts a finished file in the place of the encoder's index, and beside it what it is.

    Between the two a reader sees a file that does not fit, and searches exactly.

    Raises:
        OSError: the disk does not take it.
    """
    target, sidecar = files(folder, encoder.name)
    _settle(partial)
    facts = Sidecar(
        _FORMAT, SPACE, encoder.name, encoder.identity, encoder.dim,
        count, generation, partial.stat().st_size, sha256(partial),
    )  # fmt: skip
    os.replace(partial, target)
    _write(sidecar, json.dumps(asdict(facts)))


def sha256(path: Path) -> str:
    """Returns the checksum of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _settle(path: Path) -> None:
    """Makes a file its owner's only, and waits until the disk has it."""
    os.chmod(path, 0o600)
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write(path: Path, text: str) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(partial, path)
