"""What is given is put into the form that is computed with, or refused in a sentence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from vporganizer.encoder.videoprism import checks
from vporganizer.errors import EncoderError


@pytest.mark.parametrize("given", [[[0, 1]], np.array([[False, True]]), np.array([[0, 1]], np.uint8)])
def test_paddings_of_any_numbers(given: Any) -> None:
    found = checks.paddings_of(given, (1, 2))
    assert found.dtype == np.float32
    assert found.tolist() == [[0.0, 1.0]]


@pytest.mark.parametrize(
    "given", [[[0, 0.5]], [[0, 2]], [[0, np.nan]], [["0", "1"]], [[0], [0, 1]], [[0]], None]
)
def test_other_paddings_are_refused(given: Any) -> None:
    with pytest.raises(EncoderError, match="Paddings"):
        checks.paddings_of(given, (1, 2))


def test_a_text_of_no_tokens_is_one_of_padding() -> None:
    ids, paddings = checks.token_ids_of(np.zeros((2, 0), np.int32), np.zeros((2, 0)), 10)
    assert (ids.tolist(), paddings.tolist()) == ([[0], [0]], [[1.0], [1.0]])


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        ([[1.0, 2.0]], "whole numbers"),
        ([[True, True]], "whole numbers"),
        ([[1], [1, 2]], "rows of one length"),
        ([1, 2], "must both be"),
        (np.array([[1, 2**63]], np.uint64), "0 to 9"),
    ],
)
def test_other_token_ids_are_refused(ids: Any, words: str) -> None:
    with pytest.raises(EncoderError, match=words):
        checks.token_ids_of(ids, [[0, 0]], 10)


@pytest.mark.parametrize("given", [["a", "b"], ("a", "b"), np.array(["a", "b"]), (text for text in "ab")])
def test_texts_in_any_sequence(given: Any) -> None:
    assert checks.texts_of(given) == ["a", "b"]


@pytest.mark.parametrize("given", ["a dog", b"a dog", None, 5, ["a", None], [b"a"]])
def test_what_is_no_list_of_texts_is_refused(given: Any) -> None:
    with pytest.raises(EncoderError, match="list of strings"):
        checks.texts_of(given)


def test_a_masked_array_is_no_batch_of_frames() -> None:
    with pytest.raises(EncoderError, match="MaskedArray"):
        checks.check_frames(np.ma.masked_array(np.zeros((1, 1, 6, 6, 3), np.uint8)), 6)
