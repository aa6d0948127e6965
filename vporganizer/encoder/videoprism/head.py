"""What a classifier puts on the frozen video encoder: an attention pooler and a linear projection.

The differentiable form, for training (section 4.1 of arXiv 2402.13217; the pooler: CoCa, arXiv 2205.01917,
section 3.2). Parameters are a dict of checkpoint names as in `entries.head`, without their 'params/'.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Mapping
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from numpy.typing import NDArray

from vporganizer.encoder.videoprism import entries
from vporganizer.encoder.videoprism.checkpoint import check, open_checkpoint
from vporganizer.encoder.videoprism.config import VideoPrismConfig
from vporganizer.encoder.videoprism.layers import Norm, layer_norm
from vporganizer.encoder.videoprism.pooler import SOFTPLUS_OF_0
from vporganizer.errors import CheckpointMismatch

Params = Mapping[str, Array]
Stored = dict[str, NDArray[np.float32]]

_POOLER = "atten_pooler/pooling_attention"
_PREFIX = "params/"


def pooled(params: Params, tokens: Array) -> Array:
    """Pools a clip's tokens into one feature.

    The query is the same for all clips, so it is multiplied with the key projection first, and tokens are
    averaged before they are projected to values: the numbers and gradients of the plain form for a hundredth
    of its work. The key bias adds the same to all scores of a head: it changes nothing and gets no gradient.

    Args:
        params: the head's.
        tokens: (B, S, D), of any float type.

    Returns:
        (B, D) float32, after the layer norm.
    """
    part = {name: params[f"{_POOLER}/{name}"] for name in _ATTENTION}
    tokens = tokens.astype(jnp.float32)
    query = _product("d,dhw->hw", params[f"{_POOLER}_query"][0], part["query/w"]) + part["query/b"]
    scale = SOFTPLUS_OF_0 / math.sqrt(query.shape[-1])
    query = query * scale * jax.nn.softplus(part["per_dim_scale/per_dim_scale"])
    scores = _product("bsd,dh->bhs", tokens, _product("dhw,hw->dh", part["key/w"], query))
    means = _product("bhs,bsd->bhd", jax.nn.softmax(scores, axis=-1), tokens)
    values = _product("bhd,dhw->bhw", means, part["value/w"]) + part["value/b"]
    out = _product("bhw,dhw->bd", values, part["post/w"]) + part["post/b"]
    norm = f"{_POOLER}_layer_norm"
    return layer_norm(out, Norm(params[f"{norm}/scale"] + 1.0, params[f"{norm}/bias"]))


_ATTENTION = (
    "query/w", "query/b", "key/w", "value/w", "value/b", "post/w", "post/b", "per_dim_scale/per_dim_scale",
)  # fmt: skip


def logits(params: Params, tokens: Array) -> Array:
    """(B, S, D) tokens -> (B, classes) float32."""
    kernel, bias = params["projection/linear/kernel"], params["projection/linear/bias"]
    return _product("bd,dc->bc", pooled(params, tokens), kernel) + bias


def _product(spec: str, *operands: Array) -> Array:
    """In full float32: a GPU would else round to fewer bits unasked."""
    return jnp.einsum(spec, *operands, precision=lax.Precision.HIGHEST)


def initial(config: VideoPrismConfig, num_classes: int, seed: int = 0) -> Stored:
    """A head before training: weights normal with a variance of 1 / fan-in, query normal, the rest 0."""
    draws = np.random.default_rng(seed)
    start = {}
    for name, shape in entries.head(config, num_classes).items():
        leaf = name.rsplit("/", 1)[-1]
        if leaf in ("w", "kernel"):
            fan_in = math.prod(shape[1:]) if name.endswith("post/w") else shape[0]
            start[name] = draws.normal(0.0, fan_in**-0.5, shape).astype(np.float32)
        elif leaf == "pooling_attention_query":
            start[name] = draws.normal(0.0, 1.0, shape).astype(np.float32)
        else:
            start[name] = np.zeros(shape, np.float32)
    return start


def save(path: Path, params: Mapping[str, NDArray[np.float32]]) -> None:
    """Writes a head as a flat npz of checkpoint names; replaces the file only once it is whole."""
    content = io.BytesIO()
    np.savez(content, **{_PREFIX + name: np.asarray(value) for name, value in params.items()})  # type: ignore[arg-type]
    unfinished = path.with_name(path.name + ".part")
    unfinished.write_bytes(content.getvalue())
    unfinished.replace(path)


def load(path: Path, config: VideoPrismConfig, num_classes: int | None = None) -> Stored:
    """Reads what `save` wrote.

    Args:
        path: the npz.
        config: dimensions of the video encoder that it belongs to.
        num_classes: how many classes it must have; None for as many as it has.

    Raises:
        CheckpointMissing: it is not there.
        CheckpointMismatch: it is damaged, or is no head for this encoder.
    """
    found = open_checkpoint(path)
    shapes = found.shapes()
    if num_classes is None:
        bias = shapes.get(f"{_PREFIX}projection/linear/bias", ())
        num_classes = bias[0] if len(bias) == 1 else 1
    expected = {_PREFIX + name: shape for name, shape in entries.head(config, num_classes).items()}
    check(shapes, expected, str(path))
    return {name.removeprefix(_PREFIX): np.array(found[name]) for name in expected}


def classifier(
    backbone: Mapping[str, NDArray[np.float32]], params: Mapping[str, NDArray[np.float32]]
) -> Mapping[str, NDArray[np.float32]]:
    """A classifier's checkpoint: the video encoder of any VideoPrism checkpoint, and a head.

    Args:
        backbone: entries of a video or a video-text model; read only when asked for.
        params: the head's.

    Raises:
        CheckpointMismatch: `backbone` holds no video encoder.
    """
    prefix = _PREFIX
    for candidate in (f"{_PREFIX}vision_encoder/", f"{_PREFIX}encoder/"):
        if any(name.startswith(candidate) for name in backbone):
            prefix = candidate
    names = {
        f"{_PREFIX}encoder/{name.removeprefix(prefix)}": name for name in backbone if name.startswith(prefix)
    }
    if not names:
        raise CheckpointMismatch("The checkpoint holds no VideoPrism video encoder.")
    return _Joined(backbone, names, {_PREFIX + name: value for name, value in params.items()})


class _Joined(Mapping[str, NDArray[np.float32]]):
    """Entries of one mapping under other names, and those of another as they are."""

    def __init__(
        self,
        backbone: Mapping[str, NDArray[np.float32]],
        names: Mapping[str, str],
        params: Mapping[str, NDArray[np.float32]],
    ) -> None:
        self._backbone, self._names, self._params = backbone, names, params

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        return self._params[name] if name in self._params else self._backbone[self._names[name]]

    def __iter__(self) -> Iterator[str]:
        yield from self._names
        yield from self._params

    def __len__(self) -> int:
        return len(self._names) + len(self._params)
