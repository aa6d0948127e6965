"""What a model reads, when it compiles, and what it does with too little memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jax
import numpy as np
import pytest
from helpers import golden
from helpers.tiny_model import CONFIG, clips, load_tiny, weights
from numpy.typing import NDArray

from vporganizer.encoder.videoprism import sides
from vporganizer.encoder.videoprism.model import VideoPrism
from vporganizer.errors import (
    EncoderError,
)


class Recorder(Mapping[str, NDArray[Any]]):
    """A checkpoint that notes which entries are read."""

    def __init__(self, arrays: golden.Arrays) -> None:
        self.arrays = arrays
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> NDArray[Any]:
        self.read.add(name)
        return self.arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.arrays)

    def __len__(self) -> int:
        return len(self.arrays)


def test_a_search_reads_only_the_text_half_and_a_scan_only_the_video_half() -> None:
    for use, half in (("text", True), ("video", False)):
        seen = Recorder(weights())
        model = VideoPrism(
            CONFIG, seen, name="x", device=jax.devices("cpu")[0], weights="float32",
            tokenizer=lambda: pytest.fail("not needed"), fingerprint=lambda: "0",
        )  # fmt: skip
        if use == "text":
            model.embed_token_ids(np.ones((1, 3), np.int32), np.zeros((1, 3), np.float32))
        else:
            model.embed_clips(clips())
        assert {name.startswith("params/text_encoder") for name in seen.read} == {half}


def test_nothing_is_compiled_anew_while_shapes_are_the_same(model: VideoPrism) -> None:
    def use() -> None:
        for batch in (1, 2, 5):
            model.embed_clips(clips(batch=batch, seed=batch))
            model.embed_frames(clips(batch=batch))
            model.clip_tokens(clips(batch=batch))
        for count in (1, 2, 7, 8, 9, 20):
            model.embed_texts(["a dog runs on the beach at night"] * count)

    use()
    before = [program._cache_size() for program in sides.PROGRAMS]
    use()
    # Whatever their length, texts are filled up to one of five, alone or eight at once.
    model.embed_texts(["a dog", "a dog sleeps on the beach"] * 3)
    model.embed_texts(["a dog"])
    grown = [program._cache_size() - size for program, size in zip(sides.PROGRAMS, before, strict=True)]
    assert grown[:4] == [0, 0, 0, 0]
    assert grown[4] <= 10 - before[4]


def test_too_little_memory_halves_the_batch_and_says_so(
    model: VideoPrism, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    fresh = load_tiny()
    side = fresh._video.get()
    monkeypatch.setattr(side, "_sizes", (1, 4, 16))
    real = sides._pooled
    tried: list[int] = []

    def short_of_memory(encoder: Any, params: Any, pooler: Any, frames: Any) -> Any:
        tried.append(len(frames))
        if len(frames) > 1:
            raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 1 bytes.")
        return real(encoder, params, pooler, frames)

    monkeypatch.setattr(sides, "_pooled", short_of_memory)
    frames = clips(batch=3)
    found = fresh.embed_clips(frames)
    assert tried == [4, 1, 1, 1]
    np.testing.assert_allclose(found, model.embed_clips(frames), atol=1e-5)
    assert "too little memory for 4 clips" in caplog.text
    assert "for lack of memory" in fresh.device


def test_too_little_memory_for_one_clip_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_memory(*_: Any) -> Any:
        raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory")

    monkeypatch.setattr(sides, "_pooled", no_memory)
    with pytest.raises(EncoderError, match="too little memory for a single clip"):
        load_tiny().embed_clips(clips())


def test_other_failures_of_the_device_are_not_taken_for_lack_of_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: Any) -> Any:
        raise jax.errors.JaxRuntimeError("INTERNAL: broken")

    monkeypatch.setattr(sides, "_pooled", broken)
    with pytest.raises(jax.errors.JaxRuntimeError, match="INTERNAL"):
        load_tiny().embed_clips(clips())


def test_in_batches_as_on_a_gpu_the_numbers_are_the_same(
    model: VideoPrism, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = load_tiny()
    monkeypatch.setattr(fresh._video.get(), "_sizes", (1, 4))
    frames = clips(batch=6)
    np.testing.assert_allclose(fresh.embed_clips(frames), model.embed_clips(frames), atol=1e-5)
    np.testing.assert_allclose(fresh.clip_tokens(frames), model.clip_tokens(frames), atol=1e-4)


def test_bfloat16_as_on_a_gpu_has_a_cosine_of_0_999(model: VideoPrism) -> None:
    side = sides.JaxVideoSide(
        weights(), CONFIG, jax.devices("cpu")[0], "bfloat16",
        prefix="params/vision_encoder", pooler="params/contrastive_vision_pooler",
    )  # fmt: skip
    frames = golden.video("tiny", 4, 24, 2)
    found = side.pooled(frames).clips
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    assert ((found * model.embed_clips(frames)).sum(axis=1) >= 0.999).all()
