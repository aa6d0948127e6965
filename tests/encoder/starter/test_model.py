"""Clips and texts meet in one space, as specified; and few programs are compiled for it."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vporganizer.encoder.starter import minilm, network, space
from vporganizer.encoder.starter.model import Starter
from vporganizer.resources import resource


def test_class_texts_are_the_golden_ones(golden: dict[str, NDArray[Any]]) -> None:
    stored = np.load(resource("starter", "class_text.npy"))[:8]
    # Half a unit in the last place of float16, plus the golden numbers' own 1e-5.
    np.testing.assert_allclose(stored, golden["class_text"], atol=1.4e-4, rtol=0)


def test_a_clip_of_four_frames_is_the_golden_one(
    encoder: Starter, golden_frames: NDArray[np.uint8], golden: dict[str, NDArray[Any]]
) -> None:
    np.testing.assert_allclose(encoder.embed_clips(golden_frames), golden["clip_vector"], atol=1e-4, rtol=0)


def test_clips_of_one_frame_are_the_golden_ones(
    encoder: Starter, golden_frames: NDArray[np.uint8], golden: dict[str, NDArray[Any]]
) -> None:
    found = encoder.embed_clips(golden_frames[0][:, None])
    np.testing.assert_allclose(found, golden["frame_vectors"], atol=1e-4, rtol=0)


def test_texts_are_near_the_golden_ones(encoder: Starter, golden: dict[str, NDArray[Any]]) -> None:
    found = encoder.embed_texts([str(text) for text in golden["strings"]])
    np.testing.assert_allclose(found, golden["text_vectors"], atol=0.03, rtol=0)
    assert ((found * golden["text_vectors"]).sum(axis=1) > 0.999).all()


def test_texts_are_made_by_the_formula(golden: dict[str, NDArray[Any]]) -> None:
    """The golden texts are compared loosely, since our weights are int8: here the formula, written out."""
    e = np.load(resource("starter", "class_text.npy")).astype(np.float64)
    u, s, vt = np.linalg.svd(e - e.mean(axis=0), full_matrices=False)
    q = u[:, s > 1e-3 * s[0]] @ vt[s > 1e-3 * s[0]]
    t, d, c = golden["text"][0].astype(np.float64), np.eye(1000)[7], 0.6
    g = np.exp(t @ e.T / 0.04) / np.exp(t @ e.T / 0.04).sum()
    g = (1 - 0.4 * c) * g + 0.4 * c * d
    part = t - e.mean(axis=0)
    w = g / np.linalg.norm(g) + 0.25 * q @ part / np.linalg.norm(part)
    joint = space.load(resource("starter", "class_text.npy"))
    found = joint.text_vectors(golden["text"][:1], d[None].astype(np.float32), np.array([c], np.float32))
    np.testing.assert_allclose(found[0], w / np.linalg.norm(w), atol=1e-5)


def test_pictures_of_a_size_that_needs_scaling_give_nearly_the_same(
    encoder: Starter, golden_frames: NDArray[np.uint8]
) -> None:
    twice = golden_frames.repeat(2, axis=2).repeat(2, axis=3)
    assert (encoder.embed_clips(golden_frames) * encoder.embed_clips(twice)).sum() > 0.97


@settings(deadline=None, max_examples=8)
@given(st.integers(1, 3), st.integers(1, 5), st.integers(1, 300), st.integers(1, 300))
def test_clips_of_any_size_give_unit_vectors(
    encoder: Starter, batch: int, count: int, height: int, width: int
) -> None:
    found = encoder.embed_clips(np.full((batch, count, height, width, 3), 200, np.uint8))
    assert found.shape == (batch, 1000) and found.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)


def test_a_clip_has_the_same_vector_in_any_company(
    encoder: Starter, golden_frames: NDArray[np.uint8]
) -> None:
    frames = golden_frames[0][:3, None]
    together = encoder.embed_clips(frames)
    alone = np.concatenate([encoder.embed_clips(frame[None]) for frame in frames])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_a_text_has_the_same_vector_in_any_company(encoder: Starter) -> None:
    texts = [f"{thing} number {i}" for i in range(4) for thing in ("dog", "guitar", "a long red boat")]
    alone = np.concatenate([encoder.embed_texts([text]) for text in texts])
    np.testing.assert_allclose(encoder.embed_texts(texts), alone, atol=1e-5)


@pytest.mark.parametrize("text", ["", "   ", "собака", "🦫", "a" * 3000, "\udcff", "-"])
def test_odd_texts_give_unit_vectors(encoder: Starter, text: str) -> None:
    np.testing.assert_allclose(np.linalg.norm(encoder.embed_texts([text])), 1, atol=1e-5)


def test_nothing_gives_nothing(encoder: Starter) -> None:
    assert encoder.embed_texts([]).shape == (0, 1000)
    assert encoder.embed_clips(np.zeros((0, 4, 224, 224, 3), np.uint8)).shape == (0, 1000)


@pytest.mark.parametrize(
    "frames",
    [
        np.zeros((4, 8, 8, 3), np.uint8),
        np.zeros((1, 4, 8, 8, 3), np.float32),
        np.zeros((1, 0, 8, 8, 3), np.uint8),
    ],
)
def test_frames_of_another_shape_are_refused(encoder: Starter, frames: NDArray[Any]) -> None:
    with pytest.raises(ValueError, match="must be"):
        encoder.embed_clips(frames)


def test_calls_of_other_sizes_compile_nothing_new(encoder: Starter) -> None:
    encoder.embed_clips(np.zeros((1, 4, 224, 224, 3), np.uint8))
    encoder.embed_texts(["a dog"])
    before = network.logits_jit._cache_size(), minilm.sentences_jit._cache_size()
    encoder.embed_clips(np.zeros((3, 5, 90, 160, 3), np.uint8))
    encoder.embed_texts(["a cat on a sofa"])
    assert (network.logits_jit._cache_size(), minilm.sentences_jit._cache_size()) == before


def test_texts_need_no_image_network() -> None:
    code = """
from vporganizer.encoder import starter
encoder = starter.load(device="cpu")
encoder.knows("a dog")
assert not encoder._texts._made, "knowing needs no weights"
encoder.embed_texts(["a dog"])
assert encoder._texts._made and not encoder._images._made
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_plural_and_singular_lie_together(encoder: Starter) -> None:
    assert (encoder.embed_texts(["a dog"]) * encoder.embed_texts(["dogs"])).sum() > 0.8
