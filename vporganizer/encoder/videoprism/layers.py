"""Layers that all of VideoPrism's transformers are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax.numpy as jnp
from jax import Array, lax

from vporganizer.encoder.videoprism.arithmetic import Arithmetic, Blocks, in_blocks, through_layers
from vporganizer.encoder.videoprism.attention import attend

EPSILON = 1e-6


class Norm(NamedTuple):
    """A layer norm: `scale` (D,), which a checkpoint stores less 1, and `bias` (D,)."""

    scale: Array
    bias: Array


class Linear(NamedTuple):
    """`kernel` (I, O) and `bias` (O,)."""

    kernel: Array
    bias: Array


class Layer(NamedTuple):
    """A transformer layer's parameters; in a stack each has the layers as its first axis.

    `qkv` makes queries, keys and values in one product, (D, 3 D), queries scaled by 1 / sqrt(width of a
    head) and by 1 / cap.
    """

    attention_norm: Norm
    qkv: Linear
    post: Linear
    mlp_norm: Norm
    hidden: Linear
    out: Linear


def layer_norm(x: Array, norm: Norm) -> Array:
    """Normalises (..., D) over D."""
    mean = x.mean(axis=-1, keepdims=True)
    centred = x - mean
    variance = (centred * centred).mean(axis=-1, keepdims=True)
    return centred * lax.rsqrt(variance + EPSILON) * norm.scale + norm.bias


def gelu(x: Array) -> Array:
    """The exact GELU, x P(X <= x) for a normal X."""
    return 0.5 * x * (1.0 + lax.erf(x * (0.5**0.5)))


def relu(x: Array) -> Array:
    """max(x, 0)."""
    return jnp.maximum(x, 0.0)


class Transformer(NamedTuple):
    """What a stack of layers is applied with, beside its parameters.

    Attributes:
        heads: heads of attention.
        cap: of logits.
        activation: of the MLP.
        maths: the arithmetic.
        blocks: sizes of blocks.
    """

    heads: int
    cap: float
    activation: Callable[[Array], Array]
    maths: Arithmetic
    blocks: Blocks

    def apply(
        self, x: Array, stack: Layer | list[Layer], keep: Array | None = None, real: Array | None = None
    ) -> Array:  # fmt: skip
        """Passes sequences (S, L, D) through a stack of layers.

        Args:
            x: the tokens.
            stack: parameters, as `through_layers` takes them.
            keep: (S, L or 1, L) bool, which keys a query sees; None for all.
            real: (S, L) float32, 0 at padded tokens, to which the MLP adds nothing; None for none.
        """
        return through_layers(lambda carried, layer: self._layer(carried, layer, keep, real), x, stack)

    def _layer(self, x: Array, layer: Layer, keep: Array | None, real: Array | None) -> Array:
        sequences, length, dim = x.shape
        rows = x.reshape(-1, dim)
        qkv = in_blocks(lambda part: self._qkv(part, layer), rows, 2 * self.blocks.rows)
        qkv = qkv.reshape(sequences, length, 3, self.heads, dim // self.heads)
        seen = attend(qkv, self.cap, self.maths, self.blocks, keep=keep)
        x = x + self.maths.linear(seen.reshape(sequences, length, dim), *layer.post)
        rows = x.reshape(-1, dim)
        if real is None:
            return in_blocks(lambda part: part + self._mlp(part, layer), rows, self.blocks.rows).reshape(
                x.shape
            )
        return x + self._mlp(rows, layer, real.reshape(-1, 1)).reshape(x.shape)

    def _qkv(self, x: Array, layer: Layer) -> Array:
        return self.maths.linear(layer_norm(x, layer.attention_norm), *layer.qkv)

    def _mlp(self, x: Array, layer: Layer, real: Array | None = None) -> Array:
        """(R, D) -> (R, D); padded rows are 0 after either product, their biases included."""
        hidden = self.activation(self.maths.linear(layer_norm(x, layer.mlp_norm), *layer.hidden))
        if real is None:
            return self.maths.linear(hidden, *layer.out)
        return self.maths.linear(hidden * real, *layer.out) * real
