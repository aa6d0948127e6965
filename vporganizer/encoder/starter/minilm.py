"""The sentence encoder all-MiniLM-L6-v2 as a pure function: token ids in, unit vectors out.

Source: Wang et al., MiniLM (NeurIPS 2020), as trained by sentence-transformers; layers as in BERT.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from numpy.typing import NDArray

from vporganizer.encoder.starter.stored import OnnxGraph
from vporganizer.errors import CheckpointMismatch

Params = dict[str, Array]
"""Weights under the checkpoint's names without `inner.`; kernels (in, out) as `NAME.kernel`."""

WIDTH = 384
_LAYERS = 6
_HEADS = 12
_NORM_EPSILON = 1e-12
_DENSE = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)
_PREFIX = "inner."


def from_onnx(graph: OnnxGraph) -> dict[str, NDArray[Any]]:
    """Gives the int8 model's arrays their published names.

    The dense kernels are anonymous (`val_49_q`) in the file: they are told apart by the order in which the
    graph multiplies by them.

    Returns:
        Float arrays as they are; int8 ones as `NAME` with `NAME.scale` (value = NAME * scale).

    Raises:
        CheckpointMismatch: something is missing or of another shape.
    """
    makers = {output: node for node in graph.nodes for output in node.outputs}
    kernels = [
        source
        for node in graph.nodes
        if node.kind == "MatMul" and (source := _int8_source(node.inputs[1], makers)) is not None
    ]
    names = [f"encoder.layer.{i}.{dense}.kernel" for i in range(_LAYERS) for dense in _DENSE]
    if len(kernels) != len(names):
        raise CheckpointMismatch(f"The sentence encoder has {len(kernels)} kernels instead of {len(names)}.")
    stored = {name.removeprefix(_PREFIX): value for name, value in graph.arrays.items()}
    published: dict[str, NDArray[Any]] = {
        name: value
        for name, value in stored.items()
        if value.dtype == np.float32 and "." in name and not name.endswith("_scale")
    }
    tables = [f"embeddings.{table}_embeddings.weight" for table in ("word", "position")]
    sources = dict(zip(names, kernels, strict=True)) | {table: f"{table}_q" for table in tables}
    try:
        for name, source in sources.items():
            published[name] = stored[source]
            published[f"{name}.scale"] = stored[source.removesuffix("_q") + "_scale"]
    except KeyError as error:
        raise CheckpointMismatch(f"The sentence encoder's weights lack {error}.") from error
    check_shapes(published)
    return published


def _int8_source(name: str, makers: dict[str, Any]) -> str | None:
    """Follows Cast and Mul backwards from a MatMul's input to the int8 array it is made from."""
    for _ in range(4):
        if name.endswith("_q"):
            return name
        maker = makers.get(name)
        if maker is None or maker.kind not in ("Cast", "Mul"):
            return None
        name = maker.inputs[0]
    return None


def shapes() -> dict[str, tuple[int, ...]]:
    """The shape of every array that `from_onnx` gives, by name."""
    expected: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (30522, WIDTH),
        "embeddings.word_embeddings.weight.scale": (30522, 1),
        "embeddings.position_embeddings.weight": (512, WIDTH),
        "embeddings.position_embeddings.weight.scale": (512, 1),
        "embeddings.token_type_embeddings.weight": (2, WIDTH),
        "embeddings.LayerNorm.weight": (WIDTH,),
        "embeddings.LayerNorm.bias": (WIDTH,),
    }
    sizes = dict.fromkeys(_DENSE, (WIDTH, WIDTH))
    sizes |= {"intermediate.dense": (WIDTH, 4 * WIDTH), "output.dense": (4 * WIDTH, WIDTH)}
    for i in range(_LAYERS):
        layer = f"encoder.layer.{i}"
        for dense, shape in sizes.items():
            expected[f"{layer}.{dense}.kernel"] = shape
            expected[f"{layer}.{dense}.kernel.scale"] = (1, shape[1])
            expected[f"{layer}.{dense}.bias"] = (shape[1],)
        for norm in ("attention.output.LayerNorm", "output.LayerNorm"):
            expected |= {f"{layer}.{norm}.weight": (WIDTH,), f"{layer}.{norm}.bias": (WIDTH,)}
    return expected


def check_shapes(published: dict[str, NDArray[Any]]) -> None:
    """Refuses arrays that are not exactly the model's.

    Raises:
        CheckpointMismatch: lists what is missing, extra or of another shape.
    """
    found = {name: tuple(value.shape) for name, value in published.items()}
    expected = shapes()
    wrong = sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
    if wrong:
        raise CheckpointMismatch(f"The sentence encoder's weights do not fit: {', '.join(wrong)}.")


def network_params(published: dict[str, NDArray[Any]]) -> dict[str, NDArray[np.float32]]:
    """The float32 arrays that `sentences` needs: all but the word table, of which only a few rows are used.

    The three projections of a layer become one matrix (384, 1152), scaled so that attention need not divide.
    """
    kernels = {
        name.removesuffix(".kernel"): value.astype(np.float32) * published[f"{name}.scale"]
        for name, value in published.items()
        if name.endswith(".kernel")
    }
    params: dict[str, NDArray[np.float32]] = {
        name.removeprefix("encoder."): value
        for name, value in published.items()
        if value.dtype == np.float32 and not name.endswith(".scale")
    }
    for i in range(_LAYERS):
        theirs, ours = f"encoder.layer.{i}.attention.self", f"layer.{i}.attention.self"
        scales = (np.float32((WIDTH / _HEADS) ** -0.5), np.float32(1), np.float32(1))
        parts = list(zip(("query", "key", "value"), scales, strict=True))
        params[f"{ours}.kernel"] = np.concatenate([kernels[f"{theirs}.{p}"] * s for p, s in parts], axis=1)
        params[f"{ours}.bias"] = np.concatenate([params.pop(f"{ours}.{p}.bias") * s for p, s in parts])
        for dense in _DENSE[3:]:
            params[f"layer.{i}.{dense}.kernel"] = kernels[f"encoder.layer.{i}.{dense}"]
    return params


def embed_ids(published: dict[str, NDArray[Any]], ids: NDArray[np.int32]) -> NDArray[np.float32]:
    """Word plus position embeddings of token ids: (B, L) -> (B, L, 384).

    Looked up here, so that the table of 30,522 words stays int8 and never goes to the device.
    """

    def rows(name: str, which: NDArray[Any]) -> NDArray[np.float32]:
        table = f"embeddings.{name}_embeddings.weight"
        values: NDArray[np.float32] = published[table][which] * published[f"{table}.scale"][which]
        return values

    return rows("word", ids) + rows("position", np.arange(ids.shape[1]))


def sentences(params: Params, words: Array, real: Array) -> Array:
    """Runs the sentence encoder.

    Args:
        params: what `network_params` gives.
        words: (B, L, 384) float32 from `embed_ids`.
        real: (B, L) bool, False where padded.

    Returns:
        (B, 384) float32, unit length: the mean of the last layer over the real tokens.
    """
    x = _norm(params, "embeddings.LayerNorm", words + params["embeddings.token_type_embeddings.weight"][0])
    mask = jnp.where(real, 0.0, -1e9)[:, None, None, :]
    for i in range(_LAYERS):
        layer = f"layer.{i}"
        x = _norm(params, f"{layer}.attention.output.LayerNorm", x + _attention(params, layer, x, mask))
        inner = jax.nn.gelu(_dense(params, f"{layer}.intermediate.dense", x), approximate=False)
        x = _norm(params, f"{layer}.output.LayerNorm", x + _dense(params, f"{layer}.output.dense", inner))
    mean: Array = jnp.sum(x * real[..., None], axis=1) / jnp.sum(real, axis=1, keepdims=True)
    length: Array = jnp.linalg.norm(mean, axis=-1, keepdims=True)
    return mean / length


def _attention(params: Params, layer: str, x: Array, mask: Array) -> Array:
    """(B, L, 384) -> (B, L, 384); queries are already scaled by 1/sqrt(32)."""
    batch, length, _ = x.shape
    qkv = _dense(params, f"{layer}.attention.self", x).reshape(batch, length, 3, _HEADS, WIDTH // _HEADS)
    query, key, value = qkv[:, :, 0], qkv[:, :, 1], qkv[:, :, 2]
    highest = lax.Precision.HIGHEST
    weights = jax.nn.softmax(jnp.einsum("bqhd,bkhd->bhqk", query, key, precision=highest) + mask, axis=-1)
    mixed = jnp.einsum("bhqk,bkhd->bqhd", weights, value, precision=highest).reshape(batch, length, WIDTH)
    return _dense(params, f"{layer}.attention.output.dense", mixed)


def _dense(params: Params, name: str, x: Array) -> Array:
    return jnp.matmul(x, params[f"{name}.kernel"], precision=lax.Precision.HIGHEST) + params[f"{name}.bias"]


def _norm(params: Params, name: str, x: Array) -> Array:
    mean = jnp.mean(x, axis=-1, keepdims=True)
    var = jnp.mean(jnp.square(x - mean), axis=-1, keepdims=True)
    return (x - mean) * lax.rsqrt(var + _NORM_EPSILON) * params[f"{name}.weight"] + params[f"{name}.bias"]


sentences_jit = jax.jit(sentences)
