"""Dimensions of VideoPrism models (arXiv 2402.13217, sections 3 and 4); loads no JAX."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from vporganizer.errors import EncoderError


@dataclass(frozen=True, slots=True)
class VideoPrismConfig:
    """The dimensions of a model.

    Attributes:
        patch_size: side of a patch in pixels.
        pos_emb_shape: frames, rows and columns of patches that positions were learned for.
        model_dim: D, width of a token.
        num_spatial_layers, num_temporal_layers: of the factorised encoder.
        num_heads: of every attention.
        mlp_dim: hidden width of the vision layers' MLP; that of a text layer is 4 D.
        atten_logit_cap: c in c * tanh(logit / c), in every transformer layer; 0 for none.
        num_auxiliary_layers: over all tokens of a clip, in a video-text model.
        vocabulary_size, num_unimodal_layers: of the text encoder.
        enable_causal_atten: whether a text token sees only those before it.
        has_text: True for a video-text model: auxiliary encoder, attention pooler and text encoder.
    """

    patch_size: int = 18
    pos_emb_shape: tuple[int, int, int] = (16, 16, 16)
    model_dim: int = 768
    num_spatial_layers: int = 12
    num_temporal_layers: int = 4
    num_heads: int = 12
    mlp_dim: int = 3072
    atten_logit_cap: float = 50.0
    num_auxiliary_layers: int = 0
    vocabulary_size: int = 32_000
    num_unimodal_layers: int = 12
    enable_causal_atten: bool = True
    has_text: bool = False

    def __post_init__(self) -> None:
        for name in _POSITIVE:
            if getattr(self, name) < 1:
                raise EncoderError(f"A VideoPrism configuration needs a positive {name}.")
        if len(self.pos_emb_shape) != 3 or min(self.pos_emb_shape) < 1:
            raise EncoderError("A VideoPrism configuration needs three positive numbers in pos_emb_shape.")
        if self.model_dim % self.num_heads or self.model_dim % 2:
            raise EncoderError(
                "The model_dim of a VideoPrism configuration must be even and divide by num_heads."
            )

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> VideoPrismConfig:
        """The configuration that a mapping of dimensions describes, whatever its size.

        Keys are the attributes' names; a mapping with the key of a text encoder is a video-text model.
        A classifier's mapping has its backbone under 'encoder'. 'scan' is accepted and changes nothing.

        Raises:
            EncoderError: a key is unknown, a dimension impossible, or a variant that no public model has.
        """
        if isinstance(values.get("encoder"), Mapping):
            return cls.from_dict(values["encoder"])
        given = {key: value for key, value in values.items() if key not in _IGNORED}
        if given.pop("norm_policy", "pre") != "pre":
            raise EncoderError("Only VideoPrism models that normalise before a layer are supported.")
        if unknown := sorted(set(given) - set(cls.__dataclass_fields__)):
            raise EncoderError(f"A VideoPrism configuration has no {', '.join(unknown)}.")
        if "pos_emb_shape" in given:
            given["pos_emb_shape"] = tuple(int(n) for n in given["pos_emb_shape"])
        given.setdefault("has_text", bool(_TEXT_KEYS & set(given)))
        given["atten_logit_cap"] = float(given.get("atten_logit_cap") or 0.0)
        return cls(**given)

    @property
    def num_frames(self) -> int:
        """T, frames of a clip that positions were learned for."""
        return self.pos_emb_shape[0]

    @property
    def frame_size(self) -> int:
        """Side in pixels of the frames that positions were learned for."""
        return self.pos_emb_shape[1] * self.patch_size

    @property
    def head_dim(self) -> int:
        """Width of a head in a transformer layer."""
        return self.model_dim // self.num_heads

    @property
    def pooler_dim(self) -> int:
        """Hidden width, over all heads, of the video-text model's attention pooler."""
        return 4 * self.model_dim


_POSITIVE = (
    "patch_size", "model_dim", "num_spatial_layers", "num_temporal_layers", "num_heads", "mlp_dim",
    "vocabulary_size", "num_unimodal_layers",
)  # fmt: skip
_TEXT_KEYS = {"num_auxiliary_layers", "vocabulary_size", "num_unimodal_layers"}
_IGNORED = {"scan", "num_classes"}  # how the reference wrote its loops; the classifier's own

_BASE = VideoPrismConfig()
_LARGE = VideoPrismConfig(
    pos_emb_shape=(8, 16, 16), model_dim=1024, num_spatial_layers=24, num_heads=16, mlp_dim=4096
)

CONFIGS: dict[str, VideoPrismConfig] = {
    "videoprism_public_v1_base": _BASE,
    "videoprism_public_v1_large": _LARGE,
    "videoprism_lvt_public_v1_base": replace(_BASE, has_text=True, num_auxiliary_layers=2),
    "videoprism_lvt_public_v1_large": replace(_LARGE, has_text=True, num_auxiliary_layers=2),
}
"""The public models, by the name that `--encoder` takes."""


def config(name: str) -> VideoPrismConfig:
    """The configuration of a public model.

    Raises:
        EncoderError: there is none of that name.
    """
    if name not in CONFIGS:
        raise EncoderError(
            f"There is no VideoPrism model '{name}'.", hint=f"There are: {', '.join(CONFIGS)}."
        )
    return CONFIGS[name]
