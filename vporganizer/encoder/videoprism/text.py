"""The text encoder: causal, with a class token at the end (section 3.3; CoCa, arXiv 2205.01917)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from vporganizer.encoder.videoprism import positions
from vporganizer.encoder.videoprism.arithmetic import CPU_BLOCKS, Arithmetic
from vporganizer.encoder.videoprism.config import VideoPrismConfig
from vporganizer.encoder.videoprism.layers import Layer, Norm, Transformer, layer_norm, relu


class TextParams(NamedTuple):
    """Parameters of the text encoder but the token table, whose few rows are picked on the host.

    Attributes:
        class_token: (D,), scaled as tokens are.
        layers: stack of layers.
        norm: after it.
    """

    class_token: Array
    layers: Layer
    norm: Norm


@dataclass(frozen=True, slots=True)
class TextEncoder:
    """The text encoder as a function of its parameters; hashable, for jit."""

    config: VideoPrismConfig
    maths: Arithmetic

    def embed(self, params: TextParams, tokens: Array, paddings: Array) -> Array:
        """Embeds texts: the class token's output.

        Args:
            params: parameters.
            tokens: (B, L, D) of `token_vectors`.
            paddings: (B, L) float32, 1 where padded.

        Returns:
            (B, D) float32, of no particular length.
        """
        batch, length, dim = tokens.shape
        last = jnp.broadcast_to(params.class_token, (batch, 1, dim))
        x = jnp.concatenate([tokens, last], axis=1)
        seen = jnp.concatenate([paddings, jnp.zeros((batch, 1), paddings.dtype)], axis=1) < 0.5
        keep = jnp.broadcast_to(seen[:, None, :], (batch, length + 1, length + 1))
        if self.config.enable_causal_atten:
            keep = keep & jnp.tril(jnp.ones((length + 1, length + 1), bool))
        transformer = Transformer(
            self.config.num_heads, self.config.atten_logit_cap, relu, self.maths, CPU_BLOCKS
        )
        x = transformer.apply(x, params.layers, keep)
        return layer_norm(x[:, -1], params.norm)


def token_vectors(table: NDArray[np.float32], ids: NDArray[np.int32]) -> NDArray[np.float32]:
    """Rows of the token table, scaled by sqrt(D), plus positions: (V, D), (B, L) -> (B, L, D)."""
    dim = table.shape[1]
    rows = np.asarray(table[ids], np.float32) * np.float32(np.sqrt(dim))
    vectors: NDArray[np.float32] = rows + positions.sinusoids(ids.shape[1], dim)
    return vectors
