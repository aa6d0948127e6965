"""The tokenizer gives the ids of the reference."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vporganizer.encoder.starter import wordpiece
from vporganizer.resources import resource


@pytest.fixture(scope="module")
def tokenizer() -> wordpiece.WordPiece:
    return wordpiece.WordPiece(resource("starter", "vocab.txt"))


def test_ids_are_those_of_transformers(
    tokenizer: wordpiece.WordPiece, golden: dict[str, NDArray[Any]]
) -> None:
    ids = [tokenizer.ids(str(text)) for text in golden["strings"]]
    np.testing.assert_array_equal(wordpiece.pad(ids, 16), golden["token_ids"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Naïve  café\t", ["naive", "cafe"]),
        ("don't-stop", ["don", "'", "t", "-", "stop"]),
        ("two\u00a0words\u200b\x00", ["two", "words"]),
        ("犬と猫", ["犬", "と", "猫"]),
        ("$5 `x`", ["$", "5", "`", "x", "`"]),
        ("«oui»…", ["«", "oui", "»", "…"]),
        ("lone \udc80 half", ["lone", "half"]),
    ],
)
def test_words_are_cut_as_by_bert(text: str, expected: list[str]) -> None:
    assert wordpiece.words(text) == expected


def test_a_word_in_no_piece_is_unknown(tokenizer: wordpiece.WordPiece) -> None:
    assert tokenizer.ids("🦫") == [101, 100, 102]


def test_a_word_of_over_100_letters_is_unknown(tokenizer: wordpiece.WordPiece) -> None:
    assert tokenizer.ids("a" * 101) == [101, 100, 102]


def test_what_a_long_text_loses_is_logged(
    tokenizer: wordpiece.WordPiece, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        ids = tokenizer.ids("dog " * 300)
    assert len(ids) == 256 and ids[-1] == wordpiece.END
    assert "300 word pieces" in caplog.text


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=80))
def test_any_text_gives_ids_of_the_vocabulary(text: str) -> None:
    tokenizer = wordpiece.WordPiece(resource("starter", "vocab.txt")) if not _KEPT else _KEPT[0]
    _KEPT[:] = [tokenizer]
    ids = tokenizer.ids(text)
    assert ids[0] == 101 and ids[-1] == 102 and all(0 < i < 30522 for i in ids)


_KEPT: list[wordpiece.WordPiece] = []
