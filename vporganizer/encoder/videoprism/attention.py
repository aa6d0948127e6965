"""Self-attention of the transformer layers, with capped logits (section 3.1).

The cap c bounds a logit to +-c, so that exp() of it cannot overflow in float32 (e^50 x 4096 keys = 2e25):
no maximum is taken from the logits, the exponentials are summed up and the small result is divided by
the sum. 1/c and 1/sqrt(head width) are folded into the query weights when they are loaded.
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

from vporganizer.encoder.videoprism.arithmetic import Arithmetic, Blocks, block_of, in_blocks, one_by_one

LONG = 1024
"""Keys from which on the logits of a single head are too many to be kept at once."""
MOST_CAP = 60.0
"""Caps up to which sums of exponentials stay far from float32's largest number, 3e38 = e^88."""


def attend(
    qkv: Array, cap: float, maths: Arithmetic, blocks: Blocks, *, keep: Array | None = None
) -> Array:  # fmt: skip
    """Self-attention of sequences.

    Args:
        qkv: (S, L, 3, heads, width), queries scaled by 1 / sqrt(width), and by 1 / cap if there is one.
        cap: c of c * tanh(logit / c); 0 for none.
        maths: the arithmetic.
        blocks: sizes of blocks.
        keep: (S, L or 1, L) bool, which keys a query sees; None for all. A query that sees none gets the
            average of all values, as in the reference.

    Returns:
        (S, L, heads, width).
    """
    length = qkv.shape[1]
    if keep is None and length > LONG:
        return one_by_one(lambda one: _long(one, cap, maths, blocks), qkv)
    if keep is None:
        together = max(1, blocks.attention * 256 // length)
        return in_blocks(lambda part: _short(part, cap, maths, None), qkv, together)
    return _short(qkv, cap, maths, keep)


def _short(qkv: Array, cap: float, maths: Arithmetic, keep: Array | None) -> Array:
    q, k, v = (qkv[:, :, n].transpose(0, 2, 1, 3) for n in range(3))  # (S, heads, L, width)
    logits = maths.einsum("shqd,shkd->shqk", q, k)
    mask = None if keep is None else keep[:, None]
    weights = _weights(logits, cap, mask)
    return _average(weights, v, maths).transpose(0, 2, 1, 3)


def _long(qkv: Array, cap: float, maths: Arithmetic, blocks: Blocks) -> Array:
    """Attention of one long sequence: (L, 3, heads, width) -> (L, heads, width)."""
    length, _, heads, width = qkv.shape
    block = block_of(length, blocks.queries)
    q, k, v = (qkv[:, n].transpose(1, 0, 2) for n in range(3))  # (heads, L, width)

    def of_head(head: tuple[Array, Array, Array]) -> Array:
        queries, keys, values = head

        def some(part: Array) -> Array:
            logits = maths.einsum("qd,kd->qk", part, keys)
            return _average(_weights(logits, cap, None), values, maths)

        return one_by_one(some, queries)

    parts = q.reshape(heads, length // block, block, width)
    done = one_by_one(of_head, (parts, k, v))  # (heads, blocks, block, width)
    return done.reshape(heads, length, width).transpose(1, 0, 2)


def _weights(logits: Array, cap: float, keep: Array | None) -> Array:
    """Weights of keys, not yet divided by their sum."""
    if 0 < cap <= MOST_CAP:
        weights = jnp.exp(cap * jnp.tanh(logits))
    elif cap:
        weights = _with_maximum(cap * jnp.tanh(logits), keep)
    else:
        weights = _with_maximum(logits, keep)
    if keep is None:
        return weights
    return jnp.where(keep.any(axis=-1, keepdims=True), jnp.where(keep, weights, 0.0), 1.0)


def _with_maximum(logits: Array, keep: Array | None) -> Array:
    seen = logits if keep is None else jnp.where(keep, logits, -jnp.inf)
    highest = seen.max(axis=-1, keepdims=True)
    highest = jnp.where(jnp.isfinite(highest), highest, 0.0)
    return jnp.exp(jnp.minimum(logits - highest, 0.0))


def _average(weights: Array, values: Array, maths: Arithmetic) -> Array:
    """Values (..., K, width) averaged by weights (..., Q, K) -> (..., Q, width)."""
    total = weights.sum(axis=-1, keepdims=True)
    return maths.einsum("...qk,...kd->...qd", weights, values) / total


def masked(paddings: Array) -> Array:
    """Paddings (S, L), 1 where padded -> keys that may be seen, (S, 1, L) bool."""
    return (paddings < 0.5)[:, None, :]
