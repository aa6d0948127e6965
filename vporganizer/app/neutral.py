"""Everyday captions that stand for 'any text': what a query is compared with (see `relevance`)."""

from __future__ import annotations

import hashlib
import logging

import numpy as np
from numpy.typing import NDArray

from vporganizer.encoder.protocol import ClipEncoder
from vporganizer.encoder.videoprism import installed
from vporganizer.errors import StorageFull
from vporganizer.library.kept import keep, kept, let_go
from vporganizer.library.library import Library

log = logging.getLogger(__name__)

TEXTS = (
    "a person walking down a street", "two people talking at a table", "a child playing in a garden",
    "a dog running on grass", "a cat lying on a sofa", "a bird on a branch", "a horse in a field",
    "fish in the water", "a car on a road", "a bus at a stop", "a train arriving at a station",
    "a bicycle leaning against a wall", "an airplane in the sky", "a boat on a lake", "a city at night",
    "a house with a garden", "a kitchen with a stove", "an empty room", "a desk with a computer",
    "a shelf full of books", "a plate of food", "a cup of coffee", "a bowl of fruit", "a birthday cake",
    "hands cutting vegetables", "a bottle on a table", "a forest in autumn", "mountains covered with snow",
    "waves on a beach", "a river between rocks", "clouds moving over hills", "rain on a window",
    "flowers in a meadow", "a fire burning", "people dancing at a party", "a band playing on a stage",
    "a man giving a speech", "a woman reading a book", "a football match", "someone swimming in a pool",
    "children on a playground", "a crowd at a market", "a person riding a bicycle", "someone climbing a rock",
    "a machine in a factory", "tools on a workbench", "a clock on a wall", "a screen with text on it",
)  # fmt: skip
"""Short captions of what people film: things, places, animals and actions, none more than once."""


def forget_neutral_vectors(library: Library, encoder_name: str) -> None:
    """Deletes what is kept for an encoder that a library holds nothing of any more."""
    let_go(library, _name(encoder_name))


def neutral_vectors(library: Library, encoder: ClipEncoder) -> NDArray[np.float32]:
    """Embeds the captions, (J, D), or takes what an earlier process kept beside the library's indexes."""
    info = encoder.info
    told = (info.identity, _tokenizer(info.name), *TEXTS)
    key = hashlib.blake2b("\n".join(told).encode(), digest_size=16).digest()
    size = 2 * len(TEXTS) * info.dim
    name = _name(info.name)
    found = kept(library, name)
    if found is not None and found[:16] == key and len(found) == 16 + size:
        return np.frombuffer(found[16:], "<f2").reshape(len(TEXTS), info.dim).astype(np.float32)
    vectors = encoder.embed_texts(list(TEXTS)).astype("<f2")
    try:
        keep(library, name, key + vectors.tobytes())
    except StorageFull as error:  # only a cache: the next process embeds them again
        log.warning("The vectors of neutral texts could not be kept: %s", error)
    return vectors.astype(np.float32)


def _name(encoder_name: str) -> str:
    return f"{encoder_name}.neutral"


def _tokenizer(encoder_name: str) -> str:
    """The sha256 of an encoder's tokenizer, which is no part of its identity: clips do not depend on it."""
    record = installed.find(encoder_name.partition("@")[0])
    return "" if record is None else record.tokenizer_sha256 or ""
