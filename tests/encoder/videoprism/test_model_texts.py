"""What a model takes of texts and token ids, what it refuses, and what it gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from helpers.standin import recipe
from helpers.tiny_model import clips, load_tiny
from helpers.tokenizers import train_tokenizer

from vporganizer.encoder.videoprism.model import VideoPrism
from vporganizer.errors import (
    EncoderError,
    QueryError,
    TokenizerMissing,
)


def test_padding_of_texts_changes_nothing(model: VideoPrism) -> None:
    ids, paddings = recipe().token_ids("tiny", 3, 16, 200)
    more = np.pad(ids, ((0, 0), (0, 48)))
    padded = np.pad(paddings, ((0, 0), (0, 48)), constant_values=1.0)
    np.testing.assert_allclose(
        model.embed_token_ids(more, padded), model.embed_token_ids(ids, paddings), atol=1e-5
    )


def test_a_text_without_a_token_is_finite(model: VideoPrism) -> None:
    found = model.embed_token_ids(np.zeros((1, 5), np.int32), np.ones((1, 5), np.float32))
    assert np.isfinite(found).all()


def test_many_texts_are_those_one_by_one(model: VideoPrism) -> None:
    texts = [f"a dog and {'a cat ' * n}" for n in range(11)]
    together = model.embed_texts(texts)
    np.testing.assert_allclose(together, np.concatenate([model.embed_texts([t]) for t in texts]), atol=2e-6)


def test_texts_are_normalised_before_they_are_compared(model: VideoPrism) -> None:
    np.testing.assert_array_equal(model.embed_texts(["A Dog, runs!"]), model.embed_texts(["a dog runs"]))


def test_an_empty_text_is_an_error(model: VideoPrism) -> None:
    with pytest.raises(QueryError):
        model.embed_texts(["  "])


def test_a_long_text_is_cut_and_told(model: VideoPrism) -> None:
    text = "a dog runs on the beach " * 40
    assert "too long" in (model.too_long(text) or "")
    assert np.isfinite(model.embed_texts([text])).all()


@pytest.mark.parametrize("ids", [[[200]], [[-1]]])
def test_an_id_outside_the_vocabulary_is_refused(model: VideoPrism, ids: list[list[int]]) -> None:
    with pytest.raises(EncoderError, match="0 to 199"):
        model.embed_token_ids(np.array(ids, np.int32), np.zeros((1, 1), np.float32))


def test_ids_and_paddings_must_fit(model: VideoPrism) -> None:
    with pytest.raises(EncoderError, match="Token ids and paddings"):
        model.embed_token_ids(np.zeros((1, 3), np.int32), np.zeros((1, 4), np.float32))


def test_without_a_tokenizer_only_texts_fail() -> None:
    model = load_tiny()
    with pytest.raises(TokenizerMissing, match="tokenizer"):
        model.embed_texts(["a dog"])
    assert model.embed_clips(clips()).shape == (1, 48)


def test_a_tokenizer_with_more_pieces_than_the_model_is_refused(tmp_path: Path) -> None:
    model = load_tiny(tokenizer=train_tokenizer(tmp_path / "spm.model", 300))
    with pytest.raises(EncoderError, match="300 pieces"):
        model.embed_texts(["a dog"])
