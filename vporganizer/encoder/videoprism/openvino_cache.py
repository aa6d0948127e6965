"""Keeps converted graphs, without weights, in the user's cache folder; what goes wrong there does no harm."""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import jax

from vporganizer import __version__
from vporganizer.encoder import inference
from vporganizer.encoder.videoprism import (
    arithmetic,
    attention,
    layers,
    pooler,
    positions,
    sides,
    video,
)

log = logging.getLogger(__name__)

MOST = 16
"""Graphs that are kept, one for each shape of clips."""
_MATHS = (arithmetic, attention, layers, pooler, positions, sides, video)
_DAMAGED = (OSError, RuntimeError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)
_MEMBERS = ("graph.xml", "graph.bin")


@dataclass(frozen=True, slots=True)
class Key:
    """A graph's name in the cache: `versions` of all that makes it, and `what` it is made for."""

    versions: str
    what: str

    @classmethod
    def of(cls, openvino: ModuleType, description: str) -> Key:
        """The key of a graph whose dimensions and shapes are described."""
        versions = hashlib.sha256(f"{openvino.__version__} {jax.__version__} {__version__}".encode())
        for module in _MATHS:
            versions.update(_source(module))
        what = hashlib.sha256(description.encode()).hexdigest()
        return cls(versions.hexdigest()[:16], what[:16])

    @property
    def file(self) -> str:
        """The file's name."""
        return f"{self.versions}-{self.what}.zip"


def _source(module: ModuleType) -> bytes:
    """A module's source, so that a graph does not outlive it; where there is none, the version says it."""
    try:
        return Path(module.__file__ or "").read_bytes()
    except OSError:
        return b""


def folder() -> Path:
    """Where the graphs lie."""
    return inference.cache_folder() / "openvino"


def read(openvino: ModuleType, key: Key) -> Any | None:
    """A graph that was kept, or None; a damaged one is told about and made anew."""
    path = folder() / key.file
    try:
        with zipfile.ZipFile(path) as archive:  # checks what it reads by checksums
            xml, weights = (archive.read(name) for name in _MEMBERS)
        return openvino.Core().read_model(xml, weights)
    except FileNotFoundError:
        return None
    except _DAMAGED as error:
        log.warning("The converted model %s cannot be used and is made anew: %s", path, error)
        return None


def write(openvino: ModuleType, key: Key, graph: Any) -> None:
    """Keeps a graph, and removes those that other versions have made; where that fails, goes without."""
    place = folder()
    try:
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="new-", dir=place) as made:
            xml, weights = (Path(made, name) for name in _MEMBERS)
            openvino.save_model(graph, xml, compress_to_fp16=False)
            packed = Path(made, key.file)
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                for file in (xml, weights):
                    archive.write(file, file.name)
            os.replace(packed, place / key.file)
        _tidy(place, key)
    except (OSError, RuntimeError) as error:
        log.warning("The converted model is not kept in %s, so that it is made in each run: %s", place, error)


def _tidy(place: Path, key: Key) -> None:
    kept = [path for path in place.glob("*-*.zip") if path.name.startswith(f"{key.versions}-")]
    kept.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in set(place.glob("*-*.zip")).difference(kept[:MOST]):
        path.unlink(missing_ok=True)
