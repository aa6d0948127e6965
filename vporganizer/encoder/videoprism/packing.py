"""From a checkpoint's entries to the parameters that the layers want; each half is read by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, cast

import jax
import ml_dtypes
import numpy as np
from numpy.typing import NDArray

from vporganizer.encoder.videoprism.config import VideoPrismConfig
from vporganizer.encoder.videoprism.layers import Layer, Linear, Norm
from vporganizer.encoder.videoprism.pooler import PoolerParams, fold
from vporganizer.encoder.videoprism.text import TextParams
from vporganizer.encoder.videoprism.video import VideoParams

Entries = Mapping[str, NDArray[Any]]
"""A checkpoint: arrays by name, read when asked for."""
Weights = Literal["float32", "bfloat16"]


class Packer:
    """Reads entries of a checkpoint and puts them on a device, one stack after another.

    So that no more than one stack lies twice in memory.
    """

    def __init__(
        self,
        entries: Entries,
        config: VideoPrismConfig,
        device: jax.Device | None,
        weights: Weights = "float32",
    ) -> None:
        """Takes a checkpoint; without a device, arrays stay numpy's, for other backends than JAX."""
        self._entries = entries
        self._config = config
        self._device = device
        self._weights = weights

    def video(self, prefix: str) -> VideoParams:
        """The video encoder under `prefix`, and the auxiliary encoder of a video-text model."""
        auxiliary = self._config.has_text and self._config.num_auxiliary_layers > 0
        return VideoParams(
            patch=self._linear(f"{prefix}/patch_projection/linear"),
            spatial_positions=self._put(f"{prefix}/spatial_pos_emb/emb_var"),
            temporal_positions=self._put(f"{prefix}/temporal_pos_emb/emb_var"),
            spatial=self._stack(f"{prefix}/spatial_encoder/transformers_stack"),
            temporal=self._stack(f"{prefix}/temporal_encoder/transformers_stack"),
            spatial_norm=self._norm(f"{prefix}/spatial_ln"),
            temporal_norm=self._norm(f"{prefix}/temporal_ln"),
            auxiliary=self._stack("params/auxiliary_encoder/transformers_stack") if auxiliary else None,
        )

    def pooler(self, prefix: str) -> PoolerParams:
        """The pooler under `prefix`, folded; its few weights stay float32."""
        inside = {
            name.removeprefix(f"{prefix}/"): self._float(name)
            for name in self._entries
            if name.startswith(f"{prefix}/")
        }
        return fold(inside, lambda x: self._on_device(np.asarray(x, np.float32)))

    def text(self) -> TextParams:
        """The text encoder, but for its token table."""
        prefix = "params/text_encoder"
        token = self._float(f"{prefix}/cls_emb")[0, 0] * np.float32(np.sqrt(self._config.model_dim))
        return TextParams(
            class_token=self._on_device(token),
            layers=self._stack(f"{prefix}/unimodal_transformer"),
            norm=self._norm(f"{prefix}/unimodal_ln"),
        )

    def projection(self) -> Linear:
        """A classifier's last layer."""
        return self._linear("params/projection/linear")

    def _stack(self, prefix: str) -> Layer:
        inside = f"{prefix}/x_layers"
        attention = f"{inside}/self_attention"
        return Layer(
            attention_norm=self._norm(f"{inside}/layer_norm"),
            qkv=self._qkv(attention),
            post=self._post(attention),
            mlp_norm=self._norm(f"{inside}/ff_layer/layer_norm"),
            hidden=self._linear(f"{inside}/ff_layer/ffn_layer1/linear"),
            out=self._linear(f"{inside}/ff_layer/ffn_layer2/linear"),
        )

    def _qkv(self, prefix: str) -> Linear:
        """One product for queries, keys and values: (layers, D, 3 D); queries carry their scale."""
        scale = np.float32(1.0 / np.sqrt(self._config.head_dim))
        if self._config.atten_logit_cap:
            scale /= np.float32(self._config.atten_logit_cap)
        parts = [(name, scale if name == "query" else np.float32(1.0)) for name in ("query", "key", "value")]
        depth, dim, heads, width = self._entries[f"{prefix}/query/w"].shape
        kernel = np.empty((depth, dim, 3 * heads * width), np.float32)
        bias = np.empty((depth, 3 * heads * width), np.float32)
        for n, (name, factor) in enumerate(parts):
            part = slice(n * heads * width, (n + 1) * heads * width)
            np.multiply(
                self._float(f"{prefix}/{name}/w").reshape(depth, dim, -1), factor, out=kernel[..., part]
            )
            np.multiply(self._float(f"{prefix}/{name}/b").reshape(depth, -1), factor, out=bias[..., part])
        return Linear(self._kernel(kernel), self._on_device(bias))

    def _post(self, prefix: str) -> Linear:
        """(layers, D, heads, width) -> (layers, heads * width, D)."""
        stored = self._float(f"{prefix}/post/w")
        depth, dim = stored.shape[:2]
        kernel = np.ascontiguousarray(stored.reshape(depth, dim, -1).transpose(0, 2, 1))
        return Linear(self._kernel(kernel), self._put(f"{prefix}/post/b"))

    def _linear(self, prefix: str) -> Linear:
        return Linear(self._kernel(self._float(f"{prefix}/kernel")), self._put(f"{prefix}/bias"))

    def _norm(self, prefix: str) -> Norm:
        scale = self._float(f"{prefix}/scale") + np.float32(1.0)
        return Norm(self._on_device(scale), self._put(f"{prefix}/bias"))

    def _kernel(self, kernel: NDArray[np.float32]) -> jax.Array:
        rounded = kernel.astype(ml_dtypes.bfloat16) if self._weights == "bfloat16" else kernel
        return self._on_device(rounded)

    def _put(self, name: str) -> jax.Array:
        return self._on_device(self._float(name))

    def _on_device(self, array: NDArray[Any]) -> jax.Array:
        placed: Any = array if self._device is None else jax.device_put(array, self._device)
        return cast("jax.Array", placed)

    def _float(self, name: str) -> NDArray[np.float32]:
        """The entry at an address that JAX can take: within a file it may be odd."""
        return np.require(self._entries[name], np.float32, ["C", "A"])
