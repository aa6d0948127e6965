"""Cosines -> relevances: what is usual, and how much a clip has to stand out."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.encoders import NOISES, QUERY, Planted
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vporganizer.app import relevance
from vporganizer.app.neutral import TEXTS
from vporganizer.app.relevance import Background, example_background, relevances, text_background


def judged(
    encoder: Planted, fits: list[bool], *, alone: bool = False
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Cosines and relevances of planted clips."""
    vectors = encoder.clips(fits)
    background = text_background(vectors, encoder.embed_texts(list(TEXTS)), len(vectors), len(vectors))
    query = encoder.embed_texts([QUERY])
    scores = (vectors @ query.T)[:, 0]
    usual = None if alone else vectors @ background.neutral
    return scores, relevances(background, query, scores, usual, alone=alone)


def planted(seed: int = 0, **options: object) -> Planted:
    return Planted("planted", 256, 0.05, 0.30, seed=seed, **options)  # type: ignore[arg-type]


def test_neutral_texts_are_many_and_none_comes_twice() -> None:
    assert 30 <= len(TEXTS) == len(set(TEXTS)) <= 60


@pytest.mark.parametrize("shape", NOISES)
def test_matches_stand_out_also_where_many_fit(shape: str) -> None:
    for share in (10, 100):
        _, found = judged(planted(shape=shape, noise=0.1), [True] * share + [False] * (300 - share))
        assert found[:share].min() > 0.5 > np.quantile(found[share:], 0.9)


def test_a_query_that_lifts_everything_changes_nothing() -> None:
    for count in (3, 300):
        fits = [False] * count
        _, plain = judged(planted(), fits)
        _, lifted = judged(planted(offset=0.2), fits)
        assert lifted.max() < 0.5 and lifted == pytest.approx(plain, abs=0.25)


def test_a_clip_near_to_everything_is_not_taken_for_a_match() -> None:
    encoder = planted(noise=0.05)
    vectors = encoder.clips([False] * 3)
    hub = vectors[0] + 0.5 * encoder.common
    vectors[0] = hub / np.linalg.norm(hub)
    background = text_background(vectors, encoder.embed_texts(list(TEXTS)), 3, 3)
    query = encoder.embed_texts([QUERY])
    scores = (vectors @ query.T)[:, 0]
    assert scores[0] > scores[1:].max() + 0.03
    assert relevances(background, query, scores, vectors @ background.neutral, alone=False).max() < 0.2


def test_alone_relevances_rise_with_scores_and_few_clips_may_all_fit() -> None:
    scores, found = judged(planted(), [True] * 3 + [False] * 60, alone=True)
    order = np.argsort(scores)
    assert (np.diff(found[order]) >= 0).all()
    _, few = judged(planted(noise=0.05), [True] * 3, alone=True)
    assert few.min() > relevance.WEAK
    _, none = judged(planted(noise=0.05), [False] * 3, alone=True)
    assert none.max() < relevance.WEAK / 2


def test_an_encoder_to_which_all_texts_are_one_is_judged_by_its_clips() -> None:
    encoder = planted(noise=0.1)
    vectors = encoder.clips([True] * 10 + [False] * 290)
    query = encoder.embed_texts([QUERY])
    background = text_background(vectors, np.repeat(query, len(TEXTS), axis=0), 300, 300)
    scores = (vectors @ query.T)[:, 0]
    found = relevances(background, query, scores, vectors @ background.neutral, alone=False)
    assert found[:10].min() > 0.5 > np.quantile(found[10:], 0.97)


def test_clips_of_the_library_are_the_background_of_an_example() -> None:
    encoder = Planted("planted", 256, 0.05, 0.70, noise=0.05)
    vectors = encoder.clips([True] * 5 + [False] * 195)
    background = example_background(vectors, np.arange(200), 200, 200)
    scores = vectors @ vectors[0]
    found = relevances(background, vectors[:1], scores, vectors @ background.neutral, alone=False)
    assert found[0] > 0.9 and found[:5].min() > np.quantile(found[5:], 0.98)


@given(
    clips=st.integers(0, 60),
    scale=st.floats(1e-4, 1.0),
    seed=st.integers(0, 99),
    alone=st.booleans(),
    same=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_relevances_are_numbers_from_0_to_1_whatever_comes(
    clips: int, scale: float, seed: int, alone: bool, same: bool
) -> None:
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(clips, 8)).astype(np.float32) * np.float32(scale)
    if same and clips:
        vectors[:] = vectors[0]
    texts = rng.normal(size=(1 if same else 40, 8)).astype(np.float32)
    query = rng.normal(size=(1, 8)).astype(np.float32)
    for background in (
        text_background(vectors, texts, clips, clips),
        example_background(vectors, np.arange(clips), clips, clips),
    ):
        found = relevances(
            background, query, (vectors @ query.T)[:, 0], vectors @ background.neutral, alone=alone
        )
        assert found.shape == (clips,) and np.isfinite(found).all()
        assert ((found >= 0) & (found <= 1)).all()


def test_words_follow_the_relevance() -> None:
    words = [relevance.strength(value) for value in (0.0, relevance.WEAK, relevance.FAIR, relevance.STRONG)]
    assert words == [None, "weak", "fair", "strong"]


def test_nothing_is_relevant_where_nothing_is_known() -> None:
    none = Background(np.empty((0, 4), np.float32), 0, 0, np.zeros(4, np.float32), 0.0, None, 0.0)
    query = np.ones((1, 4), np.float32)
    assert not relevances(none, query, np.ones(2, np.float32), None, alone=False).any()
