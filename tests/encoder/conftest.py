"""The starter, loaded once for each worker, and its golden numbers."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from vporganizer.encoder.starter import model

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture(scope="session")
def encoder() -> model.Starter:
    """The real starter on the CPU, whose numbers are the golden ones' to the last digits."""
    return model.load(device="cpu")


@pytest.fixture(scope="session")
def golden() -> dict[str, NDArray[Any]]:
    """What torch, transformers and the specified formulas answer; see tests/golden/README.md."""
    with np.load(GOLDEN / "starter.npz") as stored:
        return dict(stored)


@pytest.fixture(scope="session")
def golden_frames() -> NDArray[np.uint8]:
    """The one clip of the golden numbers: (1, 4, 224, 224, 3)."""
    spec = importlib.util.spec_from_file_location("golden_recipe", GOLDEN / "recipe.py")
    assert spec and spec.loader
    recipe = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(recipe)
    return np.round(recipe.video("starter", (1, 4, 224, 224, 3)) * 255).astype(np.uint8)
