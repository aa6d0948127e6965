"""Examples of a classifier, checked, and divided into those to learn from and those to judge by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vporganizer.errors import EncoderError

_CHECKED_AT_ONCE = 64 << 20  # bytes of tokens


@dataclass(frozen=True, slots=True)
class Examples:
    """Tokens and what they show.

    Attributes:
        tokens: (N, S, D) float; may be memory-mapped.
        labels: (N,) int32 classes, or (N, C) float32 of 0 and 1.
        num_classes: C.
    """

    tokens: NDArray[Any]
    labels: NDArray[Any]
    num_classes: int

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def several(self) -> bool:
        """Whether an example may have several labels."""
        return self.labels.ndim == 2


@dataclass(frozen=True, slots=True)
class Batch:
    """Examples of a fixed number; `real` (B,) is 1.0 for each and 0.0 for what fills the batch up."""

    tokens: NDArray[Any]
    labels: NDArray[Any]
    real: NDArray[np.float32]


def gather(
    tokens: NDArray[Any] | Iterable[NDArray[Any]], labels: Any, dim: int, num_classes: int | None = None
) -> Examples:
    """Checks examples.

    Args:
        tokens: (N, S, D), or batches of it, which are then put together in memory.
        labels: (N,) integers, or (N, C) of 0 and 1.
        dim: D.
        num_classes: C; None for the highest class, or the columns.

    Raises:
        EncoderError: there are none, numbers of both differ, tokens are misshapen or not finite, labels are
            out of range, or there is nothing to tell apart.
    """
    if not isinstance(tokens, np.ndarray):
        batches = [np.asarray(batch) for batch in tokens]
        tokens = np.concatenate(batches) if batches else np.zeros((0, 1, dim), np.float32)
    if not len(tokens):
        raise EncoderError("There are no examples to learn from.")
    if tokens.ndim != 3 or tokens.shape[2] != dim or 0 in tokens.shape or tokens.dtype.kind != "f":
        raise EncoderError(
            f"The tokens of examples must be numbers of shape (examples, tokens, {dim}), "
            f"not {tokens.shape} {tokens.dtype}."
        )
    given = np.asarray(labels)
    if given.ndim not in (1, 2) or len(given) != len(tokens):
        raise EncoderError(f"{len(tokens)} examples need as many labels, not {given.shape}.")
    checked = _several(given, num_classes) if given.ndim == 2 else _single(given, num_classes)
    _check_finite(tokens)
    classes = checked.shape[1] if checked.ndim == 2 else num_classes or int(checked.max()) + 1
    return Examples(tokens, checked, classes)


def _single(labels: NDArray[Any], num_classes: int | None) -> NDArray[np.int32]:
    if labels.dtype.kind not in "iu":
        raise EncoderError(f"Classes must be whole numbers, not {labels.dtype}.")
    lowest, highest = int(labels.min()), int(labels.max())
    if lowest < 0 or (num_classes is not None and highest >= num_classes):
        most = "" if num_classes is None else f" and below {num_classes}"
        raise EncoderError(f"Classes must not be below 0{most}, but there are {lowest} to {highest}.")
    if lowest == highest:
        raise EncoderError(
            f"All examples are of class {lowest}, so there is nothing to tell apart.",
            hint="Add examples of what it is not.",
        )
    return labels.astype(np.int32)


def _several(labels: NDArray[Any], num_classes: int | None) -> NDArray[np.float32]:
    if num_classes is not None and labels.shape[1] != num_classes:
        raise EncoderError(f"Labels need {num_classes} columns, one a class, not {labels.shape[1]}.")
    if labels.dtype.kind not in "biuf" or not np.isin(labels, (0, 1)).all():
        raise EncoderError("Labels of several classes must be 0 or 1.")
    if not labels.shape[1] or (labels == labels[:1]).all():
        raise EncoderError(
            "All examples have the same labels, so there is nothing to tell apart.",
            hint="Add examples of what it is not.",
        )
    return labels.astype(np.float32)


def _check_finite(tokens: NDArray[Any]) -> None:
    step = max(1, _CHECKED_AT_ONCE // tokens[0].nbytes)
    for start in range(0, len(tokens), step):
        fine = np.isfinite(tokens[start : start + step]).all(axis=(1, 2))
        if not fine.all():
            raise EncoderError(
                f"The tokens of example {start + int(np.argmin(fine))} are not finite numbers."
            )


def divide(
    examples: Examples, share: float, groups: Any, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Divides examples into those to learn from and those held out, class by class, the rarest first.

    Args:
        examples: all.
        share: of each class to hold out, at least one example where a class has two groups; 0 for none.
        groups: (N,) of whatever kind: examples of one group, such as clips of one video, are never divided;
            None if each stands for itself.
        seed: of the choice.

    Returns:
        Indices of the two parts, each ascending.

    Raises:
        EncoderError: too few examples to hold any out.
    """
    count = len(examples)
    member = np.arange(count) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    if member.shape != (count,):
        raise EncoderError(f"{count} examples need as many groups, not {member.shape}.")
    if share <= 0:
        return np.arange(count), np.arange(0)
    held = _held_groups(examples, share, member, np.random.default_rng(seed))[member]
    if not held.any() or held.all():
        raise EncoderError(
            "There are too few examples to hold some out, by which to see when to stop.",
            hint="Give two of a class at least, of different videos.",
        )
    return np.flatnonzero(~held), np.flatnonzero(held)


def _held_groups(
    examples: Examples, share: float, member: NDArray[np.int64], draws: np.random.Generator
) -> NDArray[np.bool_]:
    """Which groups to hold out: of each class its share, but never a class's last group."""
    groups = int(member.max()) + 1
    held, kept = np.zeros(groups, bool), np.zeros(groups, bool)
    for has in sorted(_classes(examples), key=lambda has: int(has.sum())):
        counts = np.bincount(member[has], minlength=groups)
        own = draws.permutation(np.flatnonzero(counts))
        if not kept[own].any():
            kept[own[~held[own]][:1]] = True
        wanted = max(1, round(share * int(counts.sum())))
        for group in own[~held[own] & ~kept[own]]:
            if counts[held].sum() >= wanted:
                break
            held[group] = True
    return held


def _classes(examples: Examples) -> list[NDArray[np.bool_]]:
    """(N,) bool of each class that occurs; with several labels also those that have none."""
    labels = examples.labels
    if not examples.several:
        return [labels == label for label in np.unique(labels)]
    having = np.column_stack([labels > 0, ~labels.any(axis=1)])
    return [has for has in having.T if has.any()]


def batches(examples: Examples, chosen: NDArray[np.int64], size: int) -> Iterator[Batch]:
    """Cuts the chosen examples, in their order, into batches of one size; the last is filled up."""
    for start in range(0, len(chosen), size):
        part = chosen[start : start + size]
        rows = np.concatenate([part, np.repeat(part[:1], size - len(part))])
        real = (np.arange(size) < len(part)).astype(np.float32)
        yield Batch(examples.tokens[rows], examples.labels[rows], real)
