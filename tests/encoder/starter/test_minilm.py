"""The sentence encoder with int8 weights answers nearly as the one with float32 weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from vporganizer.encoder.starter import minilm, weights
from vporganizer.encoder.starter.model import Starter
from vporganizer.errors import CheckpointMismatch


@pytest.fixture(scope="module")
def sentences(encoder: Starter, golden: dict[str, NDArray[Any]]) -> NDArray[np.float32]:
    return encoder._texts.get().sentences([str(text) for text in golden["strings"]])


def test_sentences_are_near_those_of_transformers(
    sentences: NDArray[np.float32], golden: dict[str, NDArray[Any]]
) -> None:
    np.testing.assert_allclose(sentences, golden["text"], atol=1e-2, rtol=0)


def test_sentences_point_the_way_of_those_of_transformers(
    sentences: NDArray[np.float32], golden: dict[str, NDArray[Any]]
) -> None:
    assert ((sentences * golden["text"]).sum(axis=1) > 0.999).all()


def test_padding_changes_nothing(encoder: Starter) -> None:
    half = encoder._texts.get()
    alone = half.sentences(["a dog"])
    beside_a_long_one = half.sentences(["a dog", "a dog " * 12])[:1]
    np.testing.assert_allclose(alone, beside_a_long_one, atol=1e-5)


def test_int8_values_come_with_their_scales() -> None:
    stored = weights.sentence_encoder()
    kernel = stored["encoder.layer.5.intermediate.dense.kernel"]
    scale = stored["encoder.layer.5.intermediate.dense.kernel.scale"]
    params = minilm.network_params(stored)
    assert kernel.dtype == np.int8 and scale.shape == (1, 1536)
    np.testing.assert_array_equal(params["layer.5.intermediate.dense.kernel"], kernel * scale)


def test_missing_arrays_are_named() -> None:
    stored = weights.sentence_encoder()
    del stored["embeddings.LayerNorm.bias"]
    with pytest.raises(CheckpointMismatch, match=r"embeddings\.LayerNorm\.bias"):
        minilm.check_shapes(stored)
