"""The space of 1000 dimensions, one for each ImageNet class, in which clips and texts meet.

A clip's vector comes from the probabilities of the classes, a text's from how near it is to the texts of the
classes and from what the lexicon says; to each a part is added that comes from the 384-d space of sentences,
so that near classes lie near each other. `docs/starter.md` says where the constants come from.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vporganizer.encoder.inference import unit

Floats = NDArray[np.float32]

_CLIP_SENTENCE_PART = 0.4
_TEXT_SENTENCE_PART = 0.25
_TEMPERATURE = 0.04
_LEXICON_PART = 0.4
_LEAST_SINGULAR_VALUE = 1e-3


class JointSpace:
    """Turns what the two networks say into vectors of the joint space."""

    def __init__(self, class_text: Floats) -> None:
        """Prepares the space from E (1000, 384), a unit vector for each class's texts."""
        self._classes = class_text
        self._mean = class_text.mean(axis=0)
        self._centred = class_text - self._mean
        # Q = U V^T of the singular value decomposition, the nearest orthogonal map from sentences to
        # classes, by way of the smaller 384 x 384 matrix. 381 of its directions count, past a clean gap.
        exact = self._centred.astype(np.float64)
        squares, directions = np.linalg.eigh(exact.T @ exact)
        keep = squares > _LEAST_SINGULAR_VALUE**2 * squares[-1]
        inverse_root = (directions[:, keep] / np.sqrt(squares[keep])) @ directions[:, keep].T
        self._to_classes = np.ascontiguousarray((exact @ inverse_root).T, np.float32)

    def clip_vectors(self, logits: Floats) -> Floats:
        """(B, S, 1000) logits of S squares each -> (B, 1000) unit vectors.

        The quadratic mean over squares keeps short appearances (a plain mean loses them) and steady ones (a
        maximum does).
        """
        probabilities = _softmax(logits)
        pooled = np.sqrt(np.mean(np.square(probabilities), axis=1))
        seen = unit(np.sqrt(pooled))
        return unit(seen + _CLIP_SENTENCE_PART * unit(seen @ self._centred) @ self._to_classes)

    def text_vectors(self, sentences: Floats, classes: Floats, confidence: Floats) -> Floats:
        """Combines what both readers of a text say.

        Args:
            sentences: t, (B, 384) unit vectors.
            classes: d, (B, 1000) from the lexicon.
            confidence: c, (B,) from the lexicon.

        Returns:
            (B, 1000) unit vectors.
        """
        near = _softmax(sentences @ self._classes.T / np.float32(_TEMPERATURE))
        trust = _LEXICON_PART * confidence[:, None]
        meant = (1 - trust) * near + trust * classes
        return unit(unit(meant) + _TEXT_SENTENCE_PART * unit(sentences - self._mean) @ self._to_classes)


def load(file: Path) -> JointSpace:
    """Reads E (float16 in `file`) and prepares the space."""
    return JointSpace(np.load(file, allow_pickle=False).astype(np.float32))


def _softmax(x: Floats) -> Floats:
    raised = np.exp(x - x.max(axis=-1, keepdims=True))
    total: Floats = raised / raised.sum(axis=-1, keepdims=True)
    return total
