"""The golden numbers of VideoPrism: manifests, expected outputs, stand-in weights and inputs."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import numpy as np
from helpers.standin import recipe
from numpy.typing import NDArray

from vporganizer.encoder.videoprism import VideoPrismConfig

FOLDER = Path(__file__).parents[1] / "golden"

Arrays = dict[str, NDArray[Any]]


@functools.cache
def expected(name: str) -> Arrays:
    """What the reference answers."""
    with np.load(FOLDER / f"{name}.npz") as stored:
        return dict(stored)


@functools.cache
def weights(name: str, seed: int = 0) -> Arrays:
    """The stand-in weights of a tiny model."""
    manifest = json.loads((FOLDER / f"{name}.json").read_text())["params"]
    return {entry: recipe().tensor(entry, tuple(shape), seed) for entry, shape in manifest.items()}


@functools.cache
def config(name: str) -> VideoPrismConfig:
    """The dimensions of a tiny model."""
    return VideoPrismConfig.from_dict(json.loads((FOLDER / f"{name}.json").read_text())["config"])


def video(kind: str, frames: int, side: int, batch: int) -> NDArray[np.float32]:
    """A golden input: `kind` is 'tiny' or 'full'."""
    made: NDArray[np.float32] = recipe().video(f"{kind}{frames}x{side}", (batch, frames, side, side, 3))
    return made


def worst(found: NDArray[Any], wanted: NDArray[Any]) -> float:
    """The largest difference; shapes must be equal."""
    assert found.shape == wanted.shape
    return float(np.abs(found - wanted).max())
