"""The attention pooler, folded: one fixed query pools all tokens (section 3.3; CoCa, arXiv 2205.01917).

The query never changes, so for each head query times key projection is one vector of D: scores are
tokens @ (D, heads). Tokens are pooled first and projected to values after. The key bias adds the same to
every score of a head and drops out; there is no cap here. 38.7 GFLOP a clip become 0.2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from vporganizer.encoder.videoprism.arithmetic import Arithmetic
from vporganizer.encoder.videoprism.layers import Linear, Norm, layer_norm

SOFTPLUS_OF_0 = 1.442695041  # 1 / ln 2: a per-dim scale of 0 leaves a query as it is


class PoolerParams(NamedTuple):
    """A folded pooler.

    Attributes:
        scores: (D, heads).
        values: (heads, D, width).
        value_bias: (heads, width).
        post: (heads * width, D) and (D,).
        norm: layer norm after it.
    """

    scores: Array
    values: Array
    value_bias: Array
    post: Linear
    norm: Norm


def fold(entries: Mapping[str, NDArray[np.float32]], put: Callable[[NDArray[Any]], Array]) -> PoolerParams:
    """Folds a pooler, in float64.

    Args:
        entries: the pooler's, without its prefix, such as 'pooling_attention/key/w'.
        put: rounds an array to float32 and puts it on a device.
    """
    attention = {name: np.asarray(entries[f"pooling_attention/{name}"], np.float64) for name in _ATTENTION}
    width = attention["query/w"].shape[-1]
    query = np.asarray(entries["pooling_attention_query"], np.float64)[0]
    per_head = np.einsum("d,dhw->hw", query, attention["query/w"]) + attention["query/b"]
    per_head *= SOFTPLUS_OF_0 / np.sqrt(width) * np.logaddexp(0.0, attention["per_dim_scale/per_dim_scale"])
    scores = np.einsum("dhw,hw->dh", attention["key/w"], per_head)
    post = attention["post/w"].transpose(1, 2, 0).reshape(-1, len(query))
    norm = "pooling_attention_layer_norm"
    return PoolerParams(
        scores=put(scores),
        values=put(attention["value/w"].transpose(1, 0, 2)),
        value_bias=put(attention["value/b"]),
        post=Linear(put(post), put(attention["post/b"])),
        norm=Norm(put(entries[f"{norm}/scale"] + np.float32(1.0)), put(entries[f"{norm}/bias"])),
    )


_ATTENTION = (
    "query/w", "query/b", "key/w", "value/w", "value/b", "post/w", "post/b", "per_dim_scale/per_dim_scale",
)  # fmt: skip


def pool(params: PoolerParams, tokens: Array, maths: Arithmetic) -> tuple[Array, Array]:
    """Pools a clip as a whole, and each frame of it, with the same scores.

    Args:
        params: the folded pooler.
        tokens: (T, N, D).
        maths: the arithmetic.

    Returns:
        (D,) of the clip and (T, D) of its frames, after the layer norm, of no particular length.
    """
    scores = maths.einsum("tnd,dh->tnh", tokens, params.scores)
    highest = scores.max(axis=1, keepdims=True)  # (T, 1, heads)
    weights = jnp.exp(scores - highest)
    totals = weights.sum(axis=1)  # (T, heads)
    sums = maths.einsum("tnh,tnd->thd", weights, tokens)
    shares = jnp.exp(highest[:, 0] - highest.max(axis=0))  # of each frame in the clip
    clip = (shares[..., None] * sums).sum(axis=0) / (shares * totals).sum(axis=0)[:, None]
    pooled = jnp.concatenate([clip[None], sums / totals[..., None]])  # (1 + T, heads, D)
    values = maths.einsum("phd,hdw->phw", pooled, params.values) + params.value_bias
    out = layer_norm(maths.linear(values.reshape(len(values), -1), *params.post), params.norm)
    return out[0], out[1:]
