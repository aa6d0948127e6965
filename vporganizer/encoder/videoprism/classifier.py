"""A classifier on a frozen video encoder (section 4.1): attention pooler and projection."""

from __future__ import annotations

import functools

import jax
import numpy as np
from jax import Array
from numpy.typing import NDArray

from vporganizer.encoder.videoprism.arithmetic import Arithmetic
from vporganizer.encoder.videoprism.checks import check_frames, finite
from vporganizer.encoder.videoprism.config import VideoPrismConfig
from vporganizer.encoder.videoprism.layers import Linear
from vporganizer.encoder.videoprism.packing import Entries, Packer, Weights
from vporganizer.encoder.videoprism.sides import Frames, JaxVideoSide


@functools.partial(jax.jit, static_argnums=0)
def _logits(maths: Arithmetic, projection: Linear, pooled: Array) -> Array:
    return maths.linear(pooled, *projection)


class Classifier:
    """Says of clips which classes they show; its numbers are read when it is made."""

    def __init__(
        self, config: VideoPrismConfig, entries: Entries, *, device: jax.Device, weights: Weights
    ) -> None:
        self.config = config
        self._device = device
        self._video = JaxVideoSide(
            entries, config, device, weights, prefix="params/encoder", pooler="params/atten_pooler"
        )
        self._projection = Packer(entries, config, device).projection()

    @property
    def num_classes(self) -> int:
        """C."""
        return len(self._projection.bias)

    def pooled(self, frames: Frames) -> NDArray[np.float32]:
        """What the projection sees of clips: (B, T, H, W, 3) -> (B, D) float32.

        Raises:
            EncoderError: the frames have another shape or type, or the answer is no number.
        """
        check_frames(frames, self.config.patch_size)
        if not len(frames):
            return np.zeros((0, self.config.model_dim), np.float32)
        return finite(self._video.pooled(frames).clips)

    def logits(self, frames: Frames) -> NDArray[np.float32]:
        """Scores of classes: (B, T, H, W, 3) -> (B, C) float32, for a softmax or for sigmoids.

        Raises:
            EncoderError: the frames have another shape or type, or the answer is no number.
        """
        pooled = jax.device_put(self.pooled(frames), self._device)
        return np.asarray(_logits(Arithmetic(), self._projection, pooled))
