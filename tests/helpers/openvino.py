"""The tiny model on the optional backend, and what it is to answer."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest
from helpers import golden

from vporganizer.encoder import videoprism
from vporganizer.encoder.videoprism.model import VideoPrism

EMBEDDING = 1e-5  # as for JAX


def tiny(**options: Any) -> VideoPrism:
    """The tiny model, its video half on this backend unless told otherwise."""
    name = "tiny_video_text"
    options = {"backend": "openvino", "device": "cpu", **options}
    return videoprism.load(golden.config(name), checkpoint=golden.weights(name), **options)


def clips_and_answer(frames: int = 4, side: int = 24) -> tuple[Any, Any]:
    """Two clips, and their golden embeddings."""
    wanted = golden.expected("tiny_video_text")[f"video_t{frames}_s{side}"]
    return golden.video("tiny", frames, side, 2), wanted


NEEDS_OPENVINO = [
    pytest.mark.skipif(
        importlib.util.find_spec("openvino") is None, reason="the extra 'openvino' is not installed"
    ),
    pytest.mark.usefixtures("no_graphs_of_the_user"),
]
"""Marks of a file that tests it: skipped without it; graphs go to a folder of the tests."""
