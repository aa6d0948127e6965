"""The clip function as a graph of OpenVINO's: traced by JAX, converted, kept between runs, given its weights.

The graph is converted with its weights as inputs, so that it is small (a few hundred kilobytes), fits any
checkpoint of the same dimensions, and can be kept in the cache folder. Weights then take the inputs' places
without being copied.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from vporganizer.encoder.videoprism import openvino_cache, positions
from vporganizer.encoder.videoprism.arithmetic import Arithmetic, Blocks
from vporganizer.encoder.videoprism.config import VideoPrismConfig
from vporganizer.encoder.videoprism.packing import Entries, Packer
from vporganizer.encoder.videoprism.pooler import PoolerParams
from vporganizer.encoder.videoprism.sides import embed_clip
from vporganizer.encoder.videoprism.video import VideoEncoder, VideoParams

_ALL = 1 << 30
BLOCKS = Blocks(frames=_ALL, patches=_ALL, attention=_ALL, rows=_ALL)
"""Few large operations: smaller ones were no faster. Only long attention is cut up, for its memory."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a graph is made for: `shape` (T, H, W) of a clip and its `dtype`, 'uint8' or 'float32'."""

    shape: tuple[int, ...]
    dtype: str


class Params(NamedTuple):
    """Parameters as numpy arrays: layers in lists, positions fitted to the clip's shape."""

    video: VideoParams
    pooler: PoolerParams


def parameters(
    entries: Entries, config: VideoPrismConfig, kind: Kind, prefix: str, pooler: str
) -> Params:  # fmt: skip
    """Reads what the clip function needs of a checkpoint.

    Args:
        entries: the checkpoint.
        config: its dimensions.
        kind: of the clips.
        prefix: of the video encoder's entries.
        pooler: of the attention pooler's.
    """
    packer = Packer(entries, config, None)
    video = packer.video(prefix)
    fitted = fitted_to(config, kind)
    frames, *wanted = fitted.pos_emb_shape
    _, rows, columns = config.pos_emb_shape
    spatial = positions.spatial(jnp.asarray(video.spatial_positions), (rows, columns), (wanted[0], wanted[1]))
    temporal = positions.temporal(jnp.asarray(video.temporal_positions), frames)
    lists = {name: _layers(getattr(video, name)) for name in ("spatial", "temporal", "auxiliary")}
    fitting: Any = {"spatial_positions": np.asarray(spatial), "temporal_positions": np.asarray(temporal)}
    video = VideoParams(**{**video._asdict(), **lists, **fitting})
    return Params(video, packer.pooler(pooler))


def fitted_to(config: VideoPrismConfig, kind: Kind) -> VideoPrismConfig:
    """The dimensions as if positions were learned for such clips: none are interpolated in the graph."""
    frames, height, width = kind.shape
    side = config.patch_size
    return replace(config, pos_emb_shape=(frames, height // side, width // side))


def clip_graph(openvino: ModuleType, config: VideoPrismConfig, kind: Kind, params: Params) -> Any:
    """The clip function as an `openvino.Model` of frames and all parameters: from the cache, or converted."""
    fitted = fitted_to(config, kind)
    key = openvino_cache.Key.of(openvino, f"{fitted} {kind} {BLOCKS}")
    shapes = [(*kind.shape, 3), *(leaf.shape for leaf in jax.tree.leaves(params))]
    kept = openvino_cache.read(openvino, key)
    if kept is not None and [tuple(one.shape) for one in kept.inputs] == shapes:
        return kept
    made = openvino.convert_model(_traced(fitted, kind, params))
    openvino_cache.write(openvino, key, made)
    return made


def with_weights(openvino: ModuleType, graph: Any, params: Params) -> Any:
    """Puts weights in the place of a graph's inputs, all but the frames; shares memory with them."""
    leaves = jax.tree.leaves(params)
    for node, leaf in zip(graph.get_parameters()[1:], leaves, strict=True):
        # Only a writable array can be shared, though nothing writes to it.
        array = np.require(leaf, np.float32, ["C", "A", "W"])
        node.output(0).replace(openvino.op.Constant(array, shared_memory=True).output(0))
        graph.remove_parameter(node)
    return openvino.Model(graph.get_results(), graph.get_parameters(), "clip")


def _traced(config: VideoPrismConfig, kind: Kind, params: Params) -> Any:
    """The jaxpr of the clip function, without loops and calls, for which OpenVINO has no conversion."""
    encoder = VideoEncoder(config, Arithmetic(), BLOCKS)
    leaves, tree = jax.tree.flatten(params)

    def run(frames: Array, *given: Array) -> tuple[Array, Array]:
        whole: Params = jax.tree.unflatten(tree, given)
        return embed_clip(encoder, whole.video, whole.pooler, frames)

    frames = np.empty((*kind.shape, 3), kind.dtype)
    with jax.disable_jit():  # unrolls scans and maps, and enters nested functions
        return jax.make_jaxpr(run)(frames, *leaves)  # only their shapes count


def _layers(stack: Any) -> Any:
    """A stack of layers as a list of them, whose arrays are views."""
    if stack is None:
        return None
    arrays: list[NDArray[Any]] = jax.tree.leaves(stack)
    return [jax.tree.map(operator.itemgetter(n), stack) for n in range(len(arrays[0]))]
