"""The numbers of the reference are reproduced: within 1e-5 on embeddings of unit length, 1e-4 on tokens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import golden
from helpers.standin import recipe, write_checkpoint

from vporganizer.encoder import videoprism
from vporganizer.encoder.videoprism.classifier import Classifier
from vporganizer.encoder.videoprism.model import VideoPrism

EMBEDDING = 1e-5
TOKENS = 1e-4
TINY_SIZES = [(4, 24), (7, 24), (4, 36), (1, 24)]


def tiny(name: str) -> VideoPrism:
    return videoprism.load(golden.config(name), checkpoint=golden.weights(name), device="cpu")


@pytest.fixture(scope="module")
def video_model() -> VideoPrism:
    return tiny("tiny_video")


@pytest.fixture(scope="module")
def text_model() -> VideoPrism:
    return tiny("tiny_video_text")


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return videoprism.load_classifier(
        golden.config("tiny_classifier"),
        checkpoint=golden.weights("tiny_classifier"),
        num_classes=7,
        device="cpu",
    )


@pytest.mark.parametrize(("frames", "side"), TINY_SIZES)
def test_tokens_of_a_video_model(video_model: VideoPrism, frames: int, side: int) -> None:
    wanted = golden.expected("tiny_video")
    clips = golden.video("tiny", frames, side, 2)
    assert golden.worst(video_model.clip_tokens(clips), wanted[f"tokens_t{frames}_s{side}"]) < TOKENS
    assert golden.worst(video_model.spatial_tokens(clips), wanted[f"spatial_t{frames}_s{side}"]) < TOKENS


def test_tokens_where_frames_are_padded(video_model: VideoPrism) -> None:
    clips = recipe().video("tinypad", (2, 4, 24, 24, 3))
    paddings = np.array([[0, 0, 0, 1], [0, 0, 1, 1]], np.float32)
    found = video_model.clip_tokens(clips, paddings)
    assert golden.worst(found, golden.expected("tiny_video")["tokens_padded"]) < TOKENS


@pytest.mark.parametrize(("frames", "side"), TINY_SIZES[:3])
def test_embeddings_of_clips_and_frames(text_model: VideoPrism, frames: int, side: int) -> None:
    wanted = golden.expected("tiny_video_text")
    clips = golden.video("tiny", frames, side, 2)
    size = f"t{frames}_s{side}"
    assert golden.worst(text_model.embed_clips(clips), wanted[f"video_{size}"]) < EMBEDDING
    assert golden.worst(text_model.embed_clips(clips, normalize=False), wanted[f"video_raw_{size}"]) < TOKENS
    assert golden.worst(text_model.embed_frames(clips), wanted[f"frames_{size}"]) < EMBEDDING


def test_embeddings_of_texts(text_model: VideoPrism) -> None:
    ids, paddings = recipe().token_ids("tiny", 3, 16, 200)
    wanted = golden.expected("tiny_video_text")
    assert golden.worst(text_model.embed_token_ids(ids, paddings), wanted["text"]) < EMBEDDING
    assert (
        golden.worst(text_model.embed_token_ids(ids, paddings, normalize=False), wanted["text_raw"]) < TOKENS
    )


def wide(name: str, **changes: Any) -> VideoPrism:
    """A model of other dimensions and weights: a grid of 3 x 5, no cap, an odd width for texts."""
    return videoprism.load(
        replace(golden.config(name), **changes), checkpoint=golden.weights(name, seed=1), device="cpu"
    )


def test_frames_that_are_not_square_on_a_grid_that_is_not() -> None:
    model, wanted = wide("tiny_wide"), golden.expected("tiny_wide")
    clips = recipe().video("wide5x24x36", (2, 5, 24, 36, 3))
    assert golden.worst(model.clip_tokens(clips), wanted["tokens_t5_24x36"]) < TOKENS
    assert golden.worst(model.spatial_tokens(clips), wanted["spatial_t5_24x36"]) < TOKENS
    clips = recipe().video("wide2x18x12", (2, 2, 18, 12, 3))
    assert golden.worst(model.clip_tokens(clips), wanted["tokens_t2_18x12"]) < TOKENS


def test_tokens_where_the_first_frame_or_all_are_padded() -> None:
    clips = recipe().video("widepad", (3, 5, 12, 18, 3))
    paddings = [[1, 0, 0, 1, 0], [1, 1, 1, 1, 1], [0, 1, 0, 0, 0]]
    found = wide("tiny_wide").clip_tokens(clips, paddings)
    assert golden.worst(found, golden.expected("tiny_wide")["tokens_padded"]) < TOKENS


def test_clips_of_more_frames_without_a_cap() -> None:
    model, wanted = wide("tiny_wide_text"), golden.expected("tiny_wide_text")
    clips = recipe().video("wide9x12", (2, 9, 12, 12, 3))
    assert golden.worst(model.embed_clips(clips), wanted["video_t9_s12"]) < EMBEDDING
    assert golden.worst(model.embed_frames(clips), wanted["frames_t9_s12"]) < EMBEDDING


@pytest.mark.parametrize(("causal", "key"), [(False, "text"), (True, "text_causal")])
def test_texts_with_holes_and_beyond_64_tokens(causal: bool, key: str) -> None:
    ids, paddings = recipe().token_ids("wide", 4, 70, 50)
    paddings[1, 3:9] = paddings[2, 0] = paddings[3] = 1.0
    found = wide("tiny_wide_text", enable_causal_atten=causal).embed_token_ids(ids, paddings)
    assert golden.worst(found, golden.expected("tiny_wide_text")[key]) < EMBEDDING


def test_a_classifier(classifier: Classifier) -> None:
    wanted = golden.expected("tiny_classifier")
    clips = golden.video("tiny", 4, 24, 2)
    assert golden.worst(classifier.pooled(clips), wanted["pooled"]) < TOKENS
    assert golden.worst(classifier.logits(clips), wanted["logits"]) < TOKENS


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The full-size base video-text model with stand-in weights: 1 GB, in the published format."""
    path = tmp_path_factory.mktemp("full") / "base.npz"
    yield write_checkpoint(path, "videoprism_lvt_public_v1_base")
    path.unlink()


def test_the_full_size_base_model(checkpoint: Path) -> None:
    full_text_model("videoprism_lvt_public_v1_base", checkpoint, (16, 8))


@pytest.mark.golden
def test_the_full_size_large_model(tmp_path: Path) -> None:
    path = write_checkpoint(tmp_path / "large.npz", "videoprism_lvt_public_v1_large")
    full_text_model("videoprism_lvt_public_v1_large", path, (8,))
    path.unlink()


def full_text_model(name: str, path: Path, counts: tuple[int, ...]) -> None:
    model = videoprism.load(name, checkpoint=path, device="cpu")
    wanted = golden.expected(name)
    ids, paddings = recipe().token_ids("full", 4, 64, 32000)
    assert golden.worst(model.embed_token_ids(ids, paddings), wanted["text"]) < EMBEDDING
    for frames in counts:
        clips = golden.video("full", frames, 288, 1)
        assert golden.worst(model.embed_clips(clips), wanted[f"video_t{frames}_s288"]) < EMBEDDING


@pytest.mark.golden
@pytest.mark.parametrize(
    ("name", "sizes"),
    [("videoprism_public_v1_base", [(16, 288), (4, 360)]), ("videoprism_public_v1_large", [(8, 288)])],
)
def test_the_full_size_video_models(tmp_path: Path, name: str, sizes: list[tuple[int, int]]) -> None:
    path = write_checkpoint(tmp_path / "video.npz", name)
    model = videoprism.load(name, checkpoint=path, device="cpu")
    wanted = golden.expected(name)
    for frames, side in sizes:
        tokens = model.clip_tokens(golden.video("full", frames, side, 1))
        size = f"t{frames}_s{side}"
        assert golden.worst(tokens.mean(axis=1), wanted[f"tokens_mean_{size}"]) < TOKENS
        assert golden.worst(tokens.std(axis=1), wanted[f"tokens_std_{size}"]) < TOKENS
        assert golden.worst(tokens[:, :3], wanted[f"tokens_first_{size}"]) < 10 * TOKENS
        assert golden.worst(tokens[:, -3:], wanted[f"tokens_last_{size}"]) < 10 * TOKENS
    path.unlink()
