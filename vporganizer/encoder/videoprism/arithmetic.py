"""How products are computed, how the work is cut into blocks, and loops that can be unrolled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import jax
import jax.numpy as jnp
from jax import Array, lax

Precision = Literal["exact", "fast"]


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """The arithmetic of products; sums, norms and softmax are float32 in any case.

    Attributes:
        weights: type of the weights and of what they are multiplied with: 'float32' or 'bfloat16'.
    """

    weights: Literal["float32", "bfloat16"] = "float32"

    def einsum(self, spec: str, *operands: Array) -> Array:
        """A product of two arrays with float32 sums -> float32.

        In float32 its precision is the highest: a GPU would else round to fewer bits unasked.
        """
        if self.weights == "float32":
            return jnp.einsum(spec, *operands, precision=lax.Precision.HIGHEST)
        rounded = [operand.astype(jnp.bfloat16) for operand in operands]
        return _rounded_einsum(spec, *rounded)

    def linear(self, x: Array, kernel: Array, bias: Array) -> Array:
        """(..., I) @ (I, O) + (O,) -> (..., O)."""
        return self.einsum("...i,io->...o", x, kernel) + bias


def _rounded_einsum(spec: str, *operands: Array) -> Array:
    """A product of bfloat16 arrays with float32 sums.

    A CPU lacks some of these products: there the rounded numbers are multiplied as float32, to the same
    result.
    """

    def as_they_are(*given: Array) -> Array:
        return jnp.einsum(spec, *given, preferred_element_type=jnp.float32)

    def widened(*given: Array) -> Array:
        return jnp.einsum(spec, *(one.astype(jnp.float32) for one in given), precision=lax.Precision.HIGHEST)

    product: Array = lax.platform_dependent(*operands, cpu=widened, default=as_they_are)
    return product


@dataclass(frozen=True, slots=True)
class Blocks:
    """Sizes of the blocks that the work is cut into, so that intermediate results stay in the cache.

    Each is the most that is done at once; what is done at once divides the whole. The sizes are those
    that were fastest on two cores with AVX-512 (`tests/benchmarks/encoder.py`).

    Attributes:
        frames: frames that pass the spatial stack together.
        patches: patches, each over all frames, that pass the temporal stack together.
        attention: frames, or patches over time, of which attention is computed at once: per 256 tokens.
        queries: of a long sequence, queries whose logits are computed at once, for one head.
        rows: tokens that pass the MLP at once.
    """

    frames: int = 4
    patches: int = 64
    attention: int = 4
    queries: int = 1024
    rows: int = 512


CPU_BLOCKS = Blocks()
GPU_BLOCKS = Blocks(frames=64, patches=4096, attention=64, queries=1024, rows=1 << 20)
"""For a GPU, which is kept busy by large pieces: only the logits of the long attention are cut up."""


def block_of(size: int, most: int) -> int:
    """The largest divisor of `size` that is not above `most`."""
    return next(block for block in range(min(size, most), 0, -1) if size % block == 0)


def one_by_one(function: Callable[[Any], Array], x: Any) -> Array:
    """Applies a function to each element of the first axis of `x`, or of its arrays, one after another."""
    done: Array = lax.map(function, x)
    return done


def in_blocks(function: Callable[[Array], Array], x: Array, most: int) -> Array:
    """Applies a function of (n, ...) to equal blocks of the first axis of `x`, one after another."""
    block = block_of(len(x), most)
    if block == len(x):
        return function(x)
    done = one_by_one(function, x.reshape(len(x) // block, block, *x.shape[1:]))
    return done.reshape(len(x), *done.shape[2:])


def through_layers(layer: Callable[[Array, Any], Array], x: Array, stack: Any) -> Array:
    """Passes `x` through layers, whose parameters are stacked along their first axis, or are a list.

    A list makes a program without a loop, in which each layer's parameters are arrays of their own.
    """
    if isinstance(stack, list):
        for one in stack:
            x = layer(x, one)
        return x
    depth = len(jax.tree.leaves(stack)[0])
    if depth == 0:
        return x
    done: Array = lax.scan(lambda carried, one: (layer(carried, one), None), x, stack)[0]
    return done
