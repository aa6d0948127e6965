"""What a newcomer types first, and whether quick search can know it."""

from __future__ import annotations

import json

import pytest

from vporganizer.encoder import catalog
from vporganizer.encoder.starter.knowledge import Knowledge
from vporganizer.resources import resource

YES, PARTLY, NO = "yes", "partly", "no"

NEWCOMERS = [
    # things that are a class, or stand for some
    ("dog", YES),
    ("a cat", YES),
    ("the beavers", YES),  # a class that the lexicon lacks
    ("monitor", YES),  # so is this one
    ("guitar", YES),
    ("a red car", YES),
    ("horses", YES),
    ("beach", YES),
    ("mountain", YES),
    ("school bus", YES),
    ("Golden Retriever", YES),
    ("pizza", YES),
    ("flowers", YES),
    ("church", YES),
    ("dog on a beach", YES),
    ("a glass of wine", YES),
    ("T-shirt", YES),
    # people, whom it does not know
    ("people", NO),
    ("a man", NO),
    ("baby", NO),
    ("bride", NO),
    ("children playing", NO),
    ("birthday party", NO),
    ("people dancing", NO),
    # actions, moods, weather, places that no class shows
    ("sunset", NO),
    ("dancing", NO),
    ("city at night", NO),
    ("fireworks", NO),
    ("snow", NO),
    ("something funny", NO),
    ("Hund", NO),
    ("собака", NO),
    # something known beside something that is not, or a distant relative
    ("dog jumping into a lake", PARTLY),
    ("birds flying", PARTLY),
    ("cat sleeping on a sofa", PARTLY),
    ("riding a bike", PARTLY),
    ("football", PARTLY),
    ("christmas tree", PARTLY),
    ("tree", PARTLY),
    ("the ocean", PARTLY),
]


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return Knowledge(resource("starter"))


def test_forty_texts_are_tried() -> None:
    assert len(dict(NEWCOMERS)) == 40


@pytest.mark.parametrize(("text", "expected"), NEWCOMERS)
def test_it_says_what_it_knows(knowledge: Knowledge, text: str, expected: str) -> None:
    assert knowledge.knows(text) == expected


def test_it_knows_the_name_of_every_class(knowledge: Knowledge) -> None:
    names = [entry["name"] for entry in json.loads(resource("starter", "classes.json").read_text("utf-8"))]
    assert [name for name in names if knowledge.knows(name) != YES] == []


def test_the_lexicon_lacks_thirteen_classes(knowledge: Knowledge) -> None:
    names = [entry["name"] for entry in json.loads(resource("starter", "classes.json").read_text("utf-8"))]
    assert sum(knowledge.lexicon.read(name).confidence == 0 for name in names) == 13


def test_it_knows_the_examples_given_to_people(knowledge: Knowledge) -> None:
    assert [knowledge.knows(text) for text in catalog.examples("starter")] == [YES] * 3
