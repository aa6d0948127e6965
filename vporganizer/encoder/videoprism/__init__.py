"""VideoPrism (Google DeepMind, ICML 2024, arXiv 2402.13217): its public models, re-implemented.

    from vporganizer.encoder import videoprism
    encoder = videoprism.load("videoprism_lvt_public_v1_base")
    encoder.embed_texts(["a dog jumping into a lake"])

Importing it loads neither JAX nor weights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vporganizer.encoder.videoprism.config import CONFIGS, VideoPrismConfig

if TYPE_CHECKING:
    from vporganizer.encoder.videoprism.classifier import Classifier
    from vporganizer.encoder.videoprism.model import VideoPrism

__all__ = ["CONFIGS", "VideoPrismConfig", "load", "load_classifier"]


def load(model: str | VideoPrismConfig, **options: Any) -> VideoPrism:
    """Opens a model; see `loading.load` for its options and errors."""
    from vporganizer.encoder.videoprism import loading

    return loading.load(model, **options)


def load_classifier(model: str | VideoPrismConfig, **options: Any) -> Classifier:
    """Opens a classifier; see `loading.load_classifier` for its options and errors."""
    from vporganizer.encoder.videoprism import loading

    return loading.load_classifier(model, **options)
