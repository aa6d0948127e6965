"""Dimensions of VideoPrism models (arXiv 2402.13217, sections 3 and 4); loads no JAX."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from numbers import Real
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
        """Puts the dimensions into their types, so that equal configurations are equal and hashable."""
        for name in (*_POSITIVE, "num_auxiliary_layers"):
            least = 0 if name == "num_auxiliary_layers" else 1
            object.__setattr__(self, name, whole(name, getattr(self, name), least))
        object.__setattr__(self, "pos_emb_shape", _grid(self.pos_emb_shape))
        object.__setattr__(self, "atten_logit_cap", _cap(self.atten_logit_cap))
        for name in ("enable_causal_atten", "has_text"):
            if getattr(self, name) not in (True, False):
                raise EncoderError(f"In a VideoPrism configuration, {name} is true or false.")
            object.__setattr__(self, name, bool(getattr(self, name)))
        if self.model_dim % self.num_heads:
            raise EncoderError("The model_dim of a VideoPrism configuration must divide by num_heads.")

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> VideoPrismConfig:
        """The configuration that a mapping of dimensions describes, whatever its size.

        Keys are the attributes' names; a mapping with the key of a text encoder is a video-text model.
        A classifier's mapping has its backbone under 'encoder'. 'scan' is accepted and changes nothing.

        Raises:
            EncoderError: a key is unknown, a dimension impossible, or a variant that no public model has.
        """
        if not isinstance(values, Mapping):
            raise EncoderError(f"A VideoPrism configuration is a mapping, not {type(values).__name__}.")
        if isinstance(values.get("encoder"), Mapping):
            return cls.from_dict(values["encoder"])
        given = {key: value for key, value in values.items() if key not in _IGNORED}
        if given.pop("norm_policy", "pre") != "pre":
            raise EncoderError("Only VideoPrism models that normalise before a layer are supported.")
        if unknown := sorted(map(str, set(given) - set(cls.__dataclass_fields__))):
            raise EncoderError(f"A VideoPrism configuration has no {', '.join(unknown)}.")
        given.setdefault("has_text", bool(_TEXT_KEYS & set(given)))
        given["atten_logit_cap"] = given.get("atten_logit_cap") or 0.0
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


def whole(name: str, value: Any, least: int) -> int:
    """A dimension as an int.

    Raises:
        EncoderError: it is no whole number, or below `least`.
    """
    number = int(value) if isinstance(value, float) and value.is_integer() else value
    try:
        found = operator.index(number)
    except TypeError as error:
        raise EncoderError(
            f"In a VideoPrism configuration, {name} is a whole number, not {value!r}."
        ) from error
    if found < least:
        raise EncoderError(f"A VideoPrism configuration needs a {name} of {least} or more, not {found}.")
    return found


def _grid(shape: Any) -> tuple[int, int, int]:
    sizes = () if isinstance(shape, (str, bytes)) or not isinstance(shape, Iterable) else tuple(shape)
    if len(sizes) != 3:
        raise EncoderError("A VideoPrism configuration needs three positive numbers in pos_emb_shape.")
    frames, rows, columns = (whole("pos_emb_shape", size, 1) for size in sizes)
    return frames, rows, columns


def _cap(value: Any) -> float:
    """The cap; one below 0 is none, as in the reference."""
    if not isinstance(value, Real) or not math.isfinite(value):
        raise EncoderError(f"In a VideoPrism configuration, atten_logit_cap is a number, not {value!r}.")
    return max(0.0, float(value))


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
