"""How well a classifier's answers fit the labels; numpy alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.floating[Any]]


def single_label(scores: Scores, labels: NDArray[np.integer[Any]]) -> dict[str, float]:
    """Measures of a classifier whose examples have one class each.

    Args:
        scores: (N, C), the higher the likelier; N >= 1.
        labels: (N,) classes.

    Returns:
        'top1', 'top5' (share of examples whose class is among the k likeliest) and 'mean_class_accuracy'
        (mean of top1 over the classes that occur). Of equal scores the first class's is the likelier.
    """
    own = scores[np.arange(len(labels)), labels][:, None]
    earlier = np.arange(scores.shape[1]) < labels[:, None]
    rank = ((scores > own) | ((scores == own) & earlier)).sum(axis=1)
    right = rank < 1
    per_class = [right[labels == label].mean() for label in np.unique(labels)]
    return {
        "top1": float(right.mean()),
        "top5": float((rank < 5).mean()),
        "mean_class_accuracy": float(np.mean(per_class)),
    }


def several_labels(scores: Scores, labels: NDArray[Any]) -> dict[str, float]:
    """Measures of a classifier whose examples have any number of classes.

    Args:
        scores: (N, C), the higher the likelier; positive means yes.
        labels: (N, C), 0 or 1.

    Returns:
        'map' (mean of the average precision of the classes that occur; 0 if none does) and 'accuracy' (share
        of right answers, yes or no).
    """
    occurring = [c for c in range(labels.shape[1]) if labels[:, c].any()]
    precisions = [average_precision(scores[:, c], labels[:, c]) for c in occurring]
    return {
        "map": float(np.mean(precisions)) if precisions else 0.0,
        "accuracy": float(((scores > 0) == (labels > 0)).mean()),
    }


def average_precision(scores: Scores, labels: NDArray[Any]) -> float:
    """Mean over the positives of the precision at their rank; equal scores share one rank.

    Args:
        scores: (N,).
        labels: (N,), 0 or 1, at least one 1.
    """
    order = np.argsort(-scores, kind="stable")
    positives = np.cumsum(labels[order] > 0)
    last = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))  # the last of each run of equals
    found = positives[last]
    precision = found / (last + 1)
    return float((precision * np.diff(found, prepend=0)).sum() / found[-1])
