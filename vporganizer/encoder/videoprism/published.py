"""The models as they are published: where, how large, under which licence; loads no JAX."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from vporganizer.errors import EncoderError


@dataclass(frozen=True, slots=True)
class Published:
    """One published model.

    Attributes:
        name: what `--encoder` and `models fetch` take.
        repo, filename: on the Hugging Face hub.
        size: of the file in bytes, rounded as its publisher states it.
        parameters: how many numbers it has.
        purpose: what it is for, as a phrase.
        licence: of the weights.
        credit: who made them.
        has_text: True if it needs the tokenizer to understand texts.
    """

    name: str
    repo: str
    filename: str
    size: int
    parameters: int
    purpose: str
    licence: str
    credit: str
    has_text: bool


_LICENCE = "Apache-2.0"
_CREDIT = "VideoPrism (Zhao et al., ICML 2024), Google DeepMind"

PUBLISHED: dict[str, Published] = {
    one.name: one
    for one in (
        Published(
            "videoprism_lvt_public_v1_base", "google/videoprism-lvt-base-f16r288",
            "flax_lvt_base_f16r288_repeated.npz", 991_000_000, 248_000_000,
            "full search by text: things, actions, scenes", _LICENCE, _CREDIT, True,
        ),
        Published(
            "videoprism_lvt_public_v1_large", "google/videoprism-lvt-large-f8r288",
            "flax_lvt_large_f8r288_repeated.npz", 2_300_000_000, 580_000_000,
            "full search by text, larger and slower", _LICENCE, _CREDIT, True,
        ),
        Published(
            "videoprism_public_v1_base", "google/videoprism-base-f16r288",
            "flax_base_f16r288_repeated.npz", 458_000_000, 114_000_000,
            "video features to train on; no search by text", _LICENCE, _CREDIT, False,
        ),
        Published(
            "videoprism_public_v1_large", "google/videoprism-large-f8r288",
            "flax_large_f8r288_repeated.npz", 1_420_000_000, 354_000_000,
            "video features to train on, larger; no search by text", _LICENCE, _CREDIT, False,
        ),
    )
}  # fmt: skip
"""The public models by name, as in `config.CONFIGS`."""

ALIASES = {"base": "videoprism_lvt_public_v1_base", "large": "videoprism_lvt_public_v1_large"}
"""Short names for people."""


def published(name: str) -> Published:
    """A published model by its name, by a short one, or by that of an encoder such as 'NAME@8'.

    Raises:
        EncoderError: there is none of that name.
    """
    short = name.partition("@")[0]
    whole = ALIASES.get(short, short)
    if whole in PUBLISHED:
        return PUBLISHED[whole]
    if name == "starter":
        raise EncoderError("The starter comes with the program: there is nothing to fetch or to remove.")
    known = [*ALIASES, *PUBLISHED]
    close = difflib.get_close_matches(name, known, n=1)
    raise EncoderError(
        f"There is no model called '{name}'.",
        hint=f"Did you mean '{close[0]}'?" if close else f"There are: {', '.join(known)}.",
    )
