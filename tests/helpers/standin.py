"""Checkpoints with stand-in weights in the published format: `python -m helpers.standin NAME FILE`.

The weights are those of the golden numbers (`tests/golden/recipe.py`): a function of names and shapes.
"""

from __future__ import annotations

import functools
import importlib.util
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import numpy as np

from vporganizer.encoder.videoprism import config, entries

Shapes = Mapping[str, tuple[int, ...]]


@functools.cache
def recipe() -> ModuleType:
    """The module `tests/golden/recipe.py`."""
    path = Path(__file__).parents[1] / "golden" / "recipe.py"
    spec = importlib.util.spec_from_file_location("golden_recipe", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write_checkpoint(path: Path, what: str | Shapes, seed: int = 0) -> Path:
    """Writes a checkpoint as `np.savez` would, entry by entry, so that only one is in memory.

    Args:
        path: the .npz file to write.
        what: a public model's name (`videoprism_lvt_public_v1_base`: 1 GB, about 5 s), or entries and shapes.
        seed: other weights for another seed; the golden numbers are of 0.
    """
    shapes = entries.expected(config.config(what)) if isinstance(what, str) else what
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, shape in shapes.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, recipe().tensor(name, shape, seed), allow_pickle=False)
    return path


if __name__ == "__main__":
    write_checkpoint(Path(sys.argv[2]), sys.argv[1])
