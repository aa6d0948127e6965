"""Examples are checked before they are learned from, and divided fairly."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vporganizer.encoder.videoprism import examples
from vporganizer.errors import EncoderError

DIM = 4


def tokens(count: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(count, 3, DIM)).astype(np.float32)


def gathered(labels: Any, **options: Any) -> examples.Examples:
    return examples.gather(tokens(len(labels)), np.asarray(labels), DIM, **options)


def test_classes_are_counted() -> None:
    assert gathered([0, 2]).num_classes == 3
    assert gathered([0, 2], num_classes=5).num_classes == 5
    assert gathered([[0, 1], [1, 1]]).num_classes == 2
    assert not gathered([0, 2]).several and gathered([[0, 1], [1, 1]]).several


def test_batches_of_tokens_are_put_together() -> None:
    whole = tokens(5)
    found = examples.gather(iter([whole[:2], whole[2:]]), [0, 1, 0, 1, 1], DIM)
    np.testing.assert_array_equal(found.tokens, whole)


@pytest.mark.parametrize(
    ("labels", "options", "told"),
    [
        ([], {}, "no examples"),
        ([0, -1], {}, "must not be below 0, but there are -1 to 0"),
        ([0, 3], {"num_classes": 3}, "below 3, but there are 0 to 3"),
        ([1, 1, 1], {}, "All examples are of class 1"),
        ([0.0, 1.0], {}, "whole numbers, not float64"),
        ([True, False], {}, "whole numbers, not bool"),
        ([[0, 2], [1, 1]], {}, "must be 0 or 1"),
        ([[0, np.nan], [1, 1]], {}, "must be 0 or 1"),
        ([["a"], ["b"]], {}, "must be 0 or 1"),
        ([[0, 1], [0, 1]], {}, "the same labels"),
        ([[0, 1], [1, 1]], {"num_classes": 3}, "need 3 columns, one a class, not 2"),
        ([[[0]], [[1]]], {}, "as many labels"),
    ],
)
def test_labels_that_cannot_be_learned_are_refused(labels: Any, options: Any, told: str) -> None:
    with pytest.raises(EncoderError, match=told):
        gathered(labels, **options)


@pytest.mark.parametrize("shape", [(2, 3, 5), (2, 4), (2, 0, 4)])
def test_misshapen_tokens_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(EncoderError, match="must be numbers of shape"):
        examples.gather(np.zeros(shape, np.float32), [0, 1], DIM)


def test_tokens_of_whole_numbers_are_refused() -> None:
    with pytest.raises(EncoderError, match="uint8"):
        examples.gather(np.zeros((2, 3, DIM), np.uint8), [0, 1], DIM)


def test_as_many_labels_as_tokens_are_needed() -> None:
    with pytest.raises(EncoderError, match="3 examples need as many labels"):
        examples.gather(tokens(3), [0, 1], DIM)
    with pytest.raises(EncoderError, match="no examples"):
        examples.gather([], [], DIM)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_tokens_that_are_not_finite_are_refused(value: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examples, "_CHECKED_AT_ONCE", 100)  # so that the example is in a later part
    wrong = tokens(9)
    wrong[7, 1, 2] = value
    with pytest.raises(EncoderError, match="example 7 are not finite"):
        examples.gather(wrong, np.arange(9), DIM)


def test_each_class_has_its_share_held_out() -> None:
    labels = np.array([0] * 50 + [1] * 10 + [2] * 2 + [3])
    found = gathered(labels)
    learned, held = examples.divide(found, 0.2, None, seed=0)
    assert np.bincount(labels[held], minlength=4).tolist() == [10, 2, 1, 0]
    assert sorted([*learned, *held]) == list(range(len(labels)))


def test_nothing_is_held_out_if_not_wanted() -> None:
    learned, held = examples.divide(gathered([0, 1]), 0.0, None, seed=0)
    assert learned.tolist() == [0, 1] and not len(held)


def test_what_is_held_out_depends_on_the_seed_alone() -> None:
    found = gathered([0, 1] * 20)
    one, again, other = (examples.divide(found, 0.3, None, seed)[1].tolist() for seed in (1, 1, 2))
    assert one == again != other


@pytest.mark.parametrize(("labels", "groups"), [([0, 1, 2], None), ([0, 0, 1, 1], ["a", "a", "b", "b"])])
def test_too_few_examples_to_hold_some_out_are_refused(labels: list[int], groups: Any) -> None:
    with pytest.raises(EncoderError, match="too few examples"):
        examples.divide(gathered(labels), 0.2, groups, seed=0)


def test_as_many_groups_as_examples_are_needed() -> None:
    with pytest.raises(EncoderError, match="as many groups"):
        examples.divide(gathered([0, 1, 0]), 0.2, [1, 2], seed=0)


@settings(deadline=None, max_examples=60)
@given(
    rows=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 8)), min_size=2, max_size=40),
    share=st.floats(0.05, 0.6),
    seed=st.integers(0, 5),
)
def test_groups_are_not_divided_and_no_class_is_lost(
    rows: list[tuple[int, int]], share: float, seed: int
) -> None:
    labels, groups = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    if len(set(labels.tolist())) < 2:
        return
    found = gathered(labels)
    try:
        learned, held = examples.divide(found, share, groups, seed)
    except EncoderError:
        # Only where no class could spare a group.
        assert all(
            len(set(groups[labels == label])) == 1 or _shared(labels, groups, label) for label in labels
        )
        return
    assert not set(groups[learned]) & set(groups[held])
    assert len(learned) and len(held) and len(learned) + len(held) == len(rows)


def _shared(labels: np.ndarray, groups: np.ndarray, label: int) -> bool:
    """Whether groups of a class hold another class too, so that they may be kept for that."""
    return any(len(set(labels[groups == group])) > 1 for group in groups[labels == label])


def test_the_last_batch_is_filled_up() -> None:
    found = gathered(np.arange(5))
    cut = list(examples.batches(found, np.array([4, 3, 2]), 2))
    assert [batch.tokens.shape for batch in cut] == [(2, 3, DIM)] * 2
    assert [batch.real.tolist() for batch in cut] == [[1, 1], [1, 0]]
    assert [batch.labels.tolist() for batch in cut] == [[4, 3], [2, 2]]
