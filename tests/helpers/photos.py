"""Photographs with known content, carried by scikit-image, and films of them."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
from helpers.videos import Shot, make_video, pan
from numpy.typing import NDArray
from PIL import Image


def photo(name: str) -> NDArray[np.uint8]:
    """A photograph of scikit-image, such as 'coffee.png', (H, W, 3) uint8."""
    spec = importlib.util.find_spec("skimage")
    assert spec is not None and spec.submodule_search_locations
    with Image.open(Path(spec.submodule_search_locations[0], "data", name)) as picture:
        return np.asarray(picture.convert("RGB"))


def film(path: Path, names: list[str], *, seconds: float = 4.0, **options: Any) -> Path:
    """A film of one shot for each photograph, panned over."""
    options.setdefault("size", (320, 180))
    options.setdefault("fps", 10)
    return make_video(path, [Shot(seconds, pan(photo(name))) for name in names], **options)
