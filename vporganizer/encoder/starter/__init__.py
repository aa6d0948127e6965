"""The small encoder for the first minute: an image classifier, a sentence encoder and a lexicon.

    from vporganizer.encoder import starter
    encoder = starter.load()
    encoder.embed_texts(["a dog"])

It finds things; it knows no motion, no actions, no people. Importing it loads neither JAX nor weights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vporganizer.encoder.starter.model import Starter

__all__ = ["load"]


def load(*, device: str | None = None) -> Starter:
    """Opens the starter; its weights are read when the first frame or text comes.

    Args:
        device: 'cpu', 'gpu', or None for the GPU that JAX finds, else the CPU.

    Raises:
        DeviceUnavailable: the device is not there.
    """
    from vporganizer.encoder.starter import model

    return model.load(device=device)
