"""Which classes the nouns of a text mean."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from numpy.typing import NDArray

from vporganizer.encoder.starter.lexicon import Lexicon, words
from vporganizer.errors import CheckpointMismatch
from vporganizer.resources import resource


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon(resource("starter", "lexicon.txt.gz"))


def test_confidences_are_the_golden_ones(lexicon: Lexicon, golden: dict[str, NDArray[Any]]) -> None:
    found = [lexicon.read(str(text)).confidence for text in golden["strings"]]
    assert found == pytest.approx([0.6, 1, 0.3, 0, 1, 0.18])


@pytest.mark.parametrize(
    ("text", "lemmas"),
    [
        ("dogs", ["dog"]),
        ("wolves", ["wolf"]),
        ("craftsmen", ["craftsman"]),
        ("a fire engine at a church", ["fire engine", "church"]),
        ("buses and boxes", ["bus", "box"]),
        ("on the in of", []),
        ("a bird of prey", ["bird of prey"]),
        ("", []),
    ],
)
def test_nouns_are_found_in_any_form(lexicon: Lexicon, text: str, lemmas: list[str]) -> None:
    assert [match.lemma for match in lexicon.matches(words(text))] == lemmas


@pytest.mark.parametrize(
    ("text", "confidence"),
    [
        ("dog", 1.0),
        ("nothing near a dog", 0.6),
        ("near a dog", 1.0),
        ("couch near a dog", 1.0),
    ],
)
def test_what_follows_a_preposition_weighs_less(lexicon: Lexicon, text: str, confidence: float) -> None:
    assert lexicon.read(text).confidence == pytest.approx(confidence)


def test_a_modifier_weighs_a_quarter(lexicon: Lexicon) -> None:
    dog, both = lexicon.read("dog").classes, lexicon.read("dog couch").classes
    assert both[dog > 0].sum() == pytest.approx(0.2, abs=1e-6)


def test_classes_add_up_to_one(lexicon: Lexicon) -> None:
    assert lexicon.read("a cat with a guitar on a beach").classes.sum() == pytest.approx(1, abs=1e-5)


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "lexicon.txt.gz"
    file.write_bytes(gzip.compress(b"something else\n"))
    with pytest.raises(CheckpointMismatch):
        Lexicon(file)
