"""Measures of classifiers, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vporganizer.encoder.videoprism import metrics


def test_single_label_measures() -> None:
    scores = np.array(
        [[9, 0, 0, 0, 0, 0], [0, 9, 8, 7, 6, 5], [9, 8, 7, 6, 5, 0], [0, 0, 0, 0, 0, 9]], np.float32
    )
    found = metrics.single_label(scores, np.array([0, 0, 5, 5]))
    assert found == {"top1": 0.5, "top5": 0.5, "mean_class_accuracy": 0.5}
    found = metrics.single_label(scores, np.array([0, 2, 1, 0]))
    assert found == {"top1": 0.25, "top5": 1.0, "mean_class_accuracy": pytest.approx(1 / 6)}


def test_a_classifier_that_says_the_same_of_all_is_right_for_one_class() -> None:
    scores, labels = np.zeros((10, 10)), np.arange(10)
    assert metrics.single_label(scores, labels) == {"top1": 0.1, "top5": 0.5, "mean_class_accuracy": 0.1}


def test_average_precision_by_hand() -> None:
    scores = np.array([0.9, 0.8, 0.7, 0.6])
    assert metrics.average_precision(scores, np.array([1, 0, 1, 0])) == pytest.approx((1 + 2 / 3) / 2)
    assert metrics.average_precision(scores, np.array([0, 0, 0, 1])) == pytest.approx(1 / 4)
    assert metrics.average_precision(np.zeros(4), np.array([1, 0, 0, 0])) == pytest.approx(1 / 4)


def test_several_labels_leave_out_classes_that_do_not_occur() -> None:
    scores = np.array([[1.0, -1.0, 5.0], [-1.0, 1.0, 5.0]])
    found = metrics.several_labels(scores, np.array([[1, 0, 0], [0, 1, 0]]))
    assert found == {"map": 1.0, "accuracy": pytest.approx(4 / 6)}
    assert metrics.several_labels(scores, np.zeros((2, 3)))["map"] == 0.0


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=1, max_size=30))
def test_average_precision_is_the_mean_over_positives_of_their_precision(
    rows: list[tuple[int, bool]],
) -> None:
    scores = np.array([float(score) for score, _ in rows])
    labels = np.array([label for _, label in rows], np.float32)
    if not labels.any():
        return
    expected = [labels[scores >= scores[i]].mean() for i in np.flatnonzero(labels)]
    assert metrics.average_precision(scores, labels) == pytest.approx(np.mean(expected))
