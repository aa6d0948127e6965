"""The two halves of a video-text model on a device; either is read from the checkpoint when first used."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol

import jax
import numpy as np
from jax import Array
from numpy.typing import NDArray

from vporganizer.encoder import inference
from vporganizer.encoder.videoprism.arithmetic import CPU_BLOCKS, GPU_BLOCKS, Arithmetic
from vporganizer.encoder.videoprism.config import VideoPrismConfig
from vporganizer.encoder.videoprism.packing import Entries, Packer, Weights
from vporganizer.encoder.videoprism.pooler import PoolerParams, pool
from vporganizer.encoder.videoprism.text import TextEncoder, TextParams, token_vectors
from vporganizer.encoder.videoprism.video import VideoEncoder, VideoParams
from vporganizer.errors import EncoderError

log = logging.getLogger(__name__)

Frames = NDArray[Any]
"""(B, T, H, W, 3), uint8, or float32 in [0, 1]."""

# On a CPU one clip at a time is as fast as several, and takes the least memory.
_CLIPS = {"cpu": (1,), "gpu": (1, 4, 16)}
_TEXTS = (1, 8)  # eight at a time: 64 x 64 tokens in one go take 1.2 times as long
_LENGTHS = (8, 12, 16, 32, 64)


class Pooled(NamedTuple):
    """Embeddings of no particular length: `clips` (B, D), `frames` (B, T, D)."""

    clips: NDArray[np.float32]
    frames: NDArray[np.float32]


class VideoSide(Protocol):
    """The video half of a model, on whatever backend."""

    @property
    def precision(self) -> str:
        """Arithmetic of the products: 'float32' or 'bfloat16'."""

    @property
    def label(self) -> str:
        """What it runs on, for people and records."""

    def pooled(self, frames: Frames) -> Pooled:
        """Embeds clips and, from the same pass, each of their frames."""


def embed_clip(
    encoder: VideoEncoder, params: VideoParams, pooler: PoolerParams, clip: Array
) -> tuple[Array, Array]:
    """Embeds a clip and each of its frames, on any backend: (T, H, W, 3) -> (D,), (T, D), of any length."""
    tokens = encoder.clip_tokens(params, clip)
    if params.auxiliary is not None:
        tokens = encoder.auxiliary_tokens(params, tokens)
    return pool(pooler, tokens, encoder.maths)


@functools.partial(jax.jit, static_argnums=0)
def _pooled(encoder: VideoEncoder, params: VideoParams, pooler: PoolerParams, frames: Array) -> Any:
    return _each(lambda clip: embed_clip(encoder, params, pooler, clip), frames)


@functools.partial(jax.jit, static_argnums=0)
def _clip_tokens(encoder: VideoEncoder, params: VideoParams, frames: Array) -> Array:
    tokens: Array = _each(lambda clip: encoder.clip_tokens(params, clip), frames)
    return tokens


@functools.partial(jax.jit, static_argnums=0)
def _padded_tokens(encoder: VideoEncoder, params: VideoParams, frames: Array, paddings: Array) -> Array:
    return jax.vmap(lambda clip, padding: encoder.clip_tokens(params, clip, padding))(frames, paddings)


@functools.partial(jax.jit, static_argnums=0)
def _spatial_tokens(encoder: VideoEncoder, params: VideoParams, frames: Array) -> Array:
    tokens: Array = _each(lambda clip: encoder.spatial_tokens(params, clip), frames)
    return tokens


def _each(function: Callable[[Array], Any], frames: Array) -> Any:
    """Applies a function of one clip to a batch; a batch of one is not mapped, which keeps loops plain."""
    if len(frames) == 1:
        return jax.tree.map(lambda x: x[None], function(frames[0]))
    return jax.vmap(function)(frames)


@functools.partial(jax.jit, static_argnums=0)
def _texts(encoder: TextEncoder, params: TextParams, tokens: Array, paddings: Array) -> Array:
    return encoder.embed(params, tokens, paddings)


PROGRAMS = (_pooled, _clip_tokens, _padded_tokens, _spatial_tokens, _texts)
"""All that is compiled, once for each shape and model."""


class JaxVideoSide:
    """The video half by JAX."""

    def __init__(
        self, entries: Entries, config: VideoPrismConfig, device: jax.Device, weights: Weights, *,
        prefix: str, pooler: str | None,
    ) -> None:  # fmt: skip
        """Reads the video half of a checkpoint.

        Args:
            entries: the checkpoint.
            config: its dimensions.
            device: where it goes.
            weights: type of the weights.
            prefix: of the video encoder's entries.
            pooler: prefix of the attention pooler's; None if there is none.
        """
        packer = Packer(entries, config, device, weights)
        blocks = CPU_BLOCKS if device.platform == "cpu" else GPU_BLOCKS
        self._device = device
        self._encoder = VideoEncoder(config, Arithmetic(weights), blocks)
        self._params = packer.video(prefix)
        self._pooler = None if pooler is None else packer.pooler(pooler)
        self._sizes: tuple[int, ...] = _CLIPS.get(device.platform, _CLIPS["gpu"])
        self.precision: str = weights
        self.label = inference.device_label(device)

    def pooled(self, frames: Frames) -> Pooled:
        """Embeds clips and their frames: (B, T, H, W, 3) -> (B, D), (B, T, D)."""
        assert self._pooler is not None
        clips, each = self._in_batches(
            lambda part: _pooled(self._encoder, self._params, self._pooler, part), frames
        )
        return Pooled(clips, each)

    def clip_tokens(self, frames: Frames, paddings: NDArray[np.float32] | None) -> NDArray[np.float32]:
        """Tokens after the temporal encoder: (B, T, H, W, 3) -> (B, T, N, D)."""
        if paddings is None:
            return self._in_batches(lambda part: _clip_tokens(self._encoder, self._params, part), frames)[0]
        rows = zip(frames, paddings, strict=True)
        found = [
            _padded_tokens(self._encoder, self._params, clip[None], padding[None]) for clip, padding in rows
        ]
        return np.concatenate([np.asarray(one) for one in found])

    def spatial_tokens(self, frames: Frames) -> NDArray[np.float32]:
        """Tokens before the temporal encoder: (B, T, H, W, 3) -> (B, T, N, D)."""
        return self._in_batches(lambda part: _spatial_tokens(self._encoder, self._params, part), frames)[0]

    def _in_batches(self, run: Callable[[Array], Any], frames: Frames) -> list[NDArray[np.float32]]:
        """Runs a program over a batch in parts of few sizes; halves them where the memory is too small."""
        while True:
            try:
                parts = list(self._parts(run, frames))
                break
            except jax.errors.JaxRuntimeError as error:
                if "RESOURCE_EXHAUSTED" not in str(error):
                    raise
                self._halve(inference.bucket(len(frames), self._sizes), error)
        return [np.concatenate(columns) for columns in zip(*parts, strict=True)]

    def _parts(self, run: Callable[[Array], Any], frames: Frames) -> Iterator[list[NDArray[np.float32]]]:
        """Results of the parts; the next part is uploaded and started before one is waited for."""
        waiting: tuple[int, Any] | None = None
        for part, size in inference.chunks(len(frames), self._sizes):
            given = jax.device_put(inference.pad_rows(frames[part], size), self._device)
            started = (part.stop - part.start, run(given))
            if waiting is not None:
                yield _fetched(*waiting)
            waiting = started
        if waiting is not None:
            yield _fetched(*waiting)

    def _halve(self, tried: int, error: Exception) -> None:
        """Goes on with fewer clips at once than were tried, for good."""
        device = inference.device_label(self._device)
        smaller = tuple(size for size in self._sizes if size < tried)
        if not smaller:
            raise EncoderError(
                f"{device} has too little memory for a single clip.",
                hint="Close other programs that use it, or run on the processor: --device cpu",
            ) from error
        log.warning(
            "%s has too little memory for %d clips at once: going on with %d", device, tried, smaller[-1]
        )
        self._sizes = smaller
        self.label = f"{device}, {smaller[-1]} at once for lack of memory"


def _fetched(count: int, made: Any) -> list[NDArray[np.float32]]:
    """Waits for a part's results and leaves out the rows that only filled it up."""
    return [np.asarray(one)[:count] for one in jax.tree.leaves(made)]


class TextSide:
    """The text half, by JAX in float32; of the token table only the rows in use are read."""

    def __init__(self, entries: Entries, config: VideoPrismConfig, device: jax.Device) -> None:
        self._table = entries["params/text_encoder/token_emb/emb_var"]
        self._encoder = TextEncoder(config, Arithmetic())
        self._params = Packer(entries, config, device).text()
        self._device = device

    def embed(self, ids: NDArray[np.int32], paddings: NDArray[np.float32]) -> NDArray[np.float32]:
        """Embeds token ids: (B, L), (B, L), 1 where padded -> (B, D) of no particular length.

        Padding is cut to one of few lengths: exact, since no token sees padded keys, and the class token
        has no position.
        """
        used = _used(paddings)
        order = np.argsort(used, kind="stable")  # texts of like length together: a long one slows only few
        made = np.empty((len(ids), self._encoder.config.model_dim), np.float32)
        started = []
        for part, size in inference.chunks(len(ids), _TEXTS):
            rows = order[part]
            started.append(
                (rows, self._start(ids[rows], paddings[rows], _length(int(used[rows].max())), size))
            )
        for rows, found in started:
            made[rows] = np.asarray(found)[: len(rows)]
        return made

    def _start(self, ids: NDArray[np.int32], paddings: NDArray[np.float32], length: int, size: int) -> Array:
        """Starts a part, its texts cut or filled up to `length`, and itself filled up to `size` texts."""
        kept = min(length, ids.shape[1])
        short = np.zeros((size, length), np.int32)
        padded = np.ones((size, length), np.float32)
        short[: len(ids), :kept], padded[: len(ids), :kept] = ids[:, :kept], paddings[:, :kept]
        given = jax.device_put((token_vectors(self._table, short), padded), self._device)
        made: Array = _texts(self._encoder, self._params, *given)
        return made


def _used(paddings: NDArray[np.float32]) -> NDArray[np.int64]:
    """Tokens of each text up to its last one that is not padded, at least 1: (B, L) -> (B,)."""
    real = paddings < 0.5
    last = real.shape[1] - np.argmax(real[:, ::-1], axis=1)
    found: NDArray[np.int64] = np.where(real.any(axis=1), last, 1)
    return found


def _length(needed: int) -> int:
    """The padded length: one of few, or a multiple of the largest for longer texts."""
    largest = _LENGTHS[-1]
    return inference.bucket(needed, _LENGTHS) if needed <= largest else -(-needed // largest) * largest
