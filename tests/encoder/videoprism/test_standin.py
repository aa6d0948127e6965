"""Stand-in checkpoints are as the published ones are written."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
from helpers.standin import recipe, write_checkpoint

from vporganizer.encoder.videoprism import config, entries


def test_a_stand_in_checkpoint_is_what_numpy_would_write(tmp_path: Path) -> None:
    shapes = {"params/projection/linear/kernel": (3, 5), "params/projection/linear/bias": (5,)}
    path = write_checkpoint(tmp_path / "x.npz", shapes, seed=3)
    values = {name: recipe().tensor(name, shape, 3) for name, shape in shapes.items()}
    by_numpy = io.BytesIO()
    np.savez(by_numpy, **values)
    with zipfile.ZipFile(path) as ours, zipfile.ZipFile(by_numpy) as theirs:
        assert [(m.filename, m.compress_type) for m in ours.infolist()] == [
            (m.filename, m.compress_type) for m in theirs.infolist()
        ]
        for name in ours.namelist():
            assert ours.read(name) == theirs.read(name)


def test_every_entry_of_every_public_model_has_a_stand_in() -> None:
    for public in config.CONFIGS.values():
        for name, shape in entries.expected(public).items():
            small = (*(1 for _ in shape[:-1]), 2)
            assert recipe().tensor(name, small).shape == small
