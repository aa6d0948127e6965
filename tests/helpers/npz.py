"""Files of weights in the public format, and files that only look like them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]
WEIGHTS: Arrays = {
    "params/a/w": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
    "params/a/b": np.zeros((0, 3), np.float32),
    "params/scale": np.float32(0.5).reshape(()),
}


def npz(path: Path, arrays: Arrays = WEIGHTS, *, compressed: bool = False) -> Path:
    """Writes the public format."""
    (np.savez_compressed if compressed else np.savez)(path, **arrays)  # type: ignore[arg-type]
    return path


def archive(path: Path, files: list[tuple[str, bytes]], *, method: int = zipfile.ZIP_STORED) -> Path:
    """Writes a zip of any files, the same name twice included."""
    with zipfile.ZipFile(path, "w", method) as made:
        for name, data in files:
            made.writestr(name, data)
    return path


def npy(array: NDArray[Any], *, allow_pickle: bool = False, version: tuple[int, int] | None = None) -> bytes:
    """An array as an npy file."""
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, version=version, allow_pickle=allow_pickle)
    return buffer.getvalue()
