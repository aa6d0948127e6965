"""What a model takes of frames and clips, what it refuses, and what it gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from helpers import golden
from helpers.tiny_model import CONFIG, clips

from vporganizer.encoder import videoprism
from vporganizer.encoder.videoprism.model import VideoPrism
from vporganizer.errors import (
    EncoderError,
)


def test_bytes_are_numbers_in_0_to_1(model: VideoPrism) -> None:
    frames = clips()
    np.testing.assert_allclose(
        model.embed_clips(frames), model.embed_clips(frames.astype(np.float32) / 255), atol=1e-5
    )


@pytest.mark.parametrize("frames", [1, 3, 8, 16])
def test_any_number_of_frames(model: VideoPrism, frames: int) -> None:
    found = model.embed_clips(clips(frames))
    assert found.shape == (1, CONFIG.model_dim)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-5)


def test_frames_that_are_not_square(model: VideoPrism) -> None:
    assert model.clip_tokens(clips(3, 24, 36)).shape == (1, 3 * 4 * 6, CONFIG.model_dim)


def test_rows_and_columns_are_not_confused(model: VideoPrism) -> None:
    square = clips(1, 24, 24)
    wide = np.concatenate([square, square], axis=3)
    tall = np.concatenate([square, square], axis=2)
    assert not np.allclose(model.spatial_tokens(wide), model.spatial_tokens(tall), atol=1e-3)


def test_a_clip_does_not_depend_on_its_batch(model: VideoPrism) -> None:
    frames = clips(batch=3)
    together = model.embed_clips(frames)
    apart = np.concatenate([model.embed_clips(frames[n : n + 1]) for n in range(3)])
    np.testing.assert_allclose(together, apart, atol=1e-5)


def test_embeddings_of_frames_come_with_those_of_clips(model: VideoPrism) -> None:
    found = model.embed_frames(clips(5, batch=2))
    assert found.shape == (2, 5, CONFIG.model_dim)
    np.testing.assert_allclose(np.linalg.norm(found, axis=2), 1.0, atol=1e-5)


def test_nothing_gives_nothing(model: VideoPrism) -> None:
    none = clips(batch=0)
    assert model.embed_clips(none).shape == (0, 48)
    assert model.embed_frames(none).shape == (0, 4, 48)
    assert model.clip_tokens(none).shape == (0, 64, 48)
    assert model.embed_texts([]).shape == (0, 48)


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        (clips(height=25), "24 x 25 pixels cannot be cut into patches of 6"),
        (clips()[0], "must be \\(B, T, H, W, 3\\)"),
        (clips()[..., :1], "must be \\(B, T, H, W, 3\\)"),
        (clips().astype(np.float64), "must be uint8, or float32"),
        (clips(frames=0), "must be \\(B, T, H, W, 3\\)"),
    ],
)
def test_other_frames_are_refused_in_a_sentence(model: VideoPrism, frames: Any, words: str) -> None:
    with pytest.raises(EncoderError, match=words):
        model.embed_clips(frames)


def test_paddings_must_fit(model: VideoPrism) -> None:
    with pytest.raises(EncoderError, match=r"Paddings must be \(1, 4\)"):
        model.clip_tokens(clips(), np.zeros((1, 5), np.float32))


def test_a_padded_frame_is_not_seen_by_the_others(model: VideoPrism) -> None:
    frames = clips()
    other = frames.copy()
    other[0, 3] = 255 - other[0, 3]
    paddings = np.array([[0, 0, 0, 1]], np.float32)
    seen = 3 * 16
    np.testing.assert_array_equal(
        model.clip_tokens(frames, paddings)[:, :seen], model.clip_tokens(other, paddings)[:, :seen]
    )


def test_a_clip_of_padded_frames_only_is_still_finite(model: VideoPrism) -> None:
    assert np.isfinite(model.clip_tokens(clips(), np.ones((1, 4), np.float32))).all()


def test_a_video_model_says_that_it_has_no_embedding() -> None:
    model = videoprism.load(
        golden.config("tiny_video"), checkpoint=golden.weights("tiny_video"), device="cpu"
    )
    for call in (lambda: model.embed_clips(clips()), lambda: model.embed_texts(["a dog"])):
        with pytest.raises(EncoderError, match=r"no embedding|no texts"):
            call()
