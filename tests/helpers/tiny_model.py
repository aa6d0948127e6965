"""The smallest model with texts: its dimensions, weights, and clips for it."""

from __future__ import annotations

from typing import Any

import numpy as np
from helpers import golden
from numpy.typing import NDArray

from vporganizer.encoder import videoprism
from vporganizer.encoder.videoprism.model import VideoPrism

CONFIG = golden.config("tiny_video_text")


def weights() -> golden.Arrays:
    """Its entries by name."""
    return golden.weights("tiny_video_text")


def load_tiny(**options: Any) -> VideoPrism:
    """Loads it; from another checkpoint or in another way where told so."""
    return videoprism.load(CONFIG, checkpoint=options.pop("checkpoint", weights()), device="cpu", **options)


def clips(
    frames: int = 4, height: int = 24, width: int = 24, batch: int = 1, seed: int = 0
) -> NDArray[np.uint8]:
    """Clips of random pixels, uint8 (batch, frames, height, width, 3)."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (batch, frames, height, width, 3), np.uint8)
