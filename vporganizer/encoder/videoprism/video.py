"""The video encoder, factorised into space and time (section 3.1), and the auxiliary encoder (3.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from vporganizer.encoder.videoprism import positions
from vporganizer.encoder.videoprism.arithmetic import Arithmetic, Blocks, block_of, one_by_one
from vporganizer.encoder.videoprism.attention import masked
from vporganizer.encoder.videoprism.config import VideoPrismConfig
from vporganizer.encoder.videoprism.layers import Layer, Linear, Norm, Transformer, gelu, layer_norm


class VideoParams(NamedTuple):
    """Parameters of the video encoder.

    Attributes:
        patch: projection of a patch's pixels.
        spatial_positions: (rows * columns, D).
        temporal_positions: (frames, D).
        spatial, temporal: stacks of layers, or lists of them.
        spatial_norm, temporal_norm: after them.
        auxiliary: stack of layers over all tokens; None in a video-only model.
    """

    patch: Linear
    spatial_positions: Array
    temporal_positions: Array
    spatial: Layer | list[Layer]
    temporal: Layer | list[Layer]
    spatial_norm: Norm
    temporal_norm: Norm
    auxiliary: Layer | list[Layer] | None


@dataclass(frozen=True, slots=True)
class VideoEncoder:
    """The video encoder as functions of its parameters and one clip; hashable, for jit.

    Attributes:
        config: dimensions.
        maths: the arithmetic.
        blocks: sizes of blocks.
    """

    config: VideoPrismConfig
    maths: Arithmetic
    blocks: Blocks

    def clip_tokens(self, params: VideoParams, frames: Array, paddings: Array | None = None) -> Array:
        """Tokens after the temporal encoder.

        Args:
            params: parameters.
            frames: (T, H, W, 3), uint8, or float32 in [0, 1]; sides are multiples of the patch size.
            paddings: (T,) float32, 1 for a frame that is not there; None for none.

        Returns:
            (T, N, D) float32.
        """
        spatial = self.spatial_tokens(params, frames, paddings)
        return self._temporal(params, spatial, paddings)

    def spatial_tokens(self, params: VideoParams, frames: Array, paddings: Array | None = None) -> Array:
        """Tokens before the temporal encoder, each frame seen alone: (T, H, W, 3) -> (T, N, D)."""
        group = block_of(len(frames), self.blocks.frames)
        if paddings is not None:
            return self._spatial(params, frames, paddings)
        if group == len(frames):
            return self._spatial(params, frames, None)
        groups = frames.reshape(len(frames) // group, group, *frames.shape[1:])
        done = one_by_one(lambda part: self._spatial(params, part, None), groups)
        return done.reshape(len(frames), *done.shape[2:])

    def auxiliary_tokens(self, params: VideoParams, tokens: Array) -> Array:
        """The auxiliary encoder of a video-text model, over a clip's tokens: (T, N, D) -> (T, N, D)."""
        assert params.auxiliary is not None
        frames, count, dim = tokens.shape
        return self._stack(tokens.reshape(1, frames * count, dim), params.auxiliary).reshape(tokens.shape)

    def _spatial(self, params: VideoParams, frames: Array, paddings: Array | None) -> Array:
        _, rows, columns = self.config.pos_emb_shape
        side = self.config.patch_size
        wanted = (frames.shape[1] // side, frames.shape[2] // side)
        # A uint8 frame travels as such and becomes numbers in [0, 1] only on the device.
        pixels = frames / jnp.float32(255.0) if frames.dtype == jnp.uint8 else frames
        tokens = self.maths.linear(positions.patches(pixels, side), *params.patch)
        tokens = tokens + positions.spatial(params.spatial_positions, (rows, columns), wanted)
        spread = None if paddings is None else jnp.broadcast_to(paddings[:, None], tokens.shape[:2])
        return layer_norm(self._stack(tokens, params.spatial, spread), params.spatial_norm)

    def _temporal(self, params: VideoParams, tokens: Array, paddings: Array | None) -> Array:
        """(T, N, D) -> (T, N, D); the T tokens of one patch see each other."""
        frames, count, _ = tokens.shape
        here = positions.temporal(params.temporal_positions, frames)
        by_patch = tokens.transpose(1, 0, 2) + here  # (N, T, D)
        if paddings is None:
            group = block_of(count, self.blocks.patches)
            parts = by_patch.reshape(count // group, group, *by_patch.shape[1:])
            done = one_by_one(lambda part: self._stack(part, params.temporal), parts).reshape(by_patch.shape)
        else:
            done = self._stack(by_patch, params.temporal, jnp.broadcast_to(paddings, (count, frames)))
        return layer_norm(done, params.temporal_norm).transpose(1, 0, 2)

    def _stack(self, tokens: Array, stack: Layer | list[Layer], paddings: Array | None = None) -> Array:
        """(S, L, D) -> (S, L, D), paddings (S, L)."""
        transformer = Transformer(
            self.config.num_heads, self.config.atten_logit_cap, gelu, self.maths, self.blocks
        )
        if paddings is None:
            return transformer.apply(tokens, stack)
        return transformer.apply(tokens, stack, masked(paddings), 1.0 - paddings)
