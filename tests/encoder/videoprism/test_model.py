"""What a model takes and refuses, what it reads and when it compiles."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from helpers import golden
from helpers.standin import recipe, write_checkpoint
from helpers.tokenizers import train_tokenizer
from numpy.typing import NDArray

from vporganizer.encoder import videoprism
from vporganizer.encoder.videoprism import VideoPrismConfig, entries, identity, sides
from vporganizer.encoder.videoprism.model import VideoPrism
from vporganizer.errors import (
    CheckpointMismatch,
    CheckpointMissing,
    EncoderError,
    QueryError,
    TokenizerMissing,
)

CONFIG = golden.config("tiny_video_text")


def weights() -> golden.Arrays:
    return golden.weights("tiny_video_text")


def load(**options: Any) -> VideoPrism:
    return videoprism.load(CONFIG, checkpoint=options.pop("checkpoint", weights()), device="cpu", **options)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> VideoPrism:
    path = train_tokenizer(tmp_path_factory.mktemp("tokenizer") / "spm.model", CONFIG.vocabulary_size)
    return load(tokenizer=path)


def clips(
    frames: int = 4, height: int = 24, width: int = 24, batch: int = 1, seed: int = 0
) -> NDArray[np.uint8]:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (batch, frames, height, width, 3), np.uint8)


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


def test_padding_of_texts_changes_nothing(model: VideoPrism) -> None:
    ids, paddings = recipe().token_ids("tiny", 3, 16, 200)
    more = np.pad(ids, ((0, 0), (0, 48)))
    padded = np.pad(paddings, ((0, 0), (0, 48)), constant_values=1.0)
    np.testing.assert_allclose(
        model.embed_token_ids(more, padded), model.embed_token_ids(ids, paddings), atol=1e-5
    )


def test_a_text_without_a_token_is_finite(model: VideoPrism) -> None:
    found = model.embed_token_ids(np.zeros((1, 5), np.int32), np.ones((1, 5), np.float32))
    assert np.isfinite(found).all()


def test_many_texts_are_those_one_by_one(model: VideoPrism) -> None:
    texts = [f"a dog and {'a cat ' * n}" for n in range(11)]
    together = model.embed_texts(texts)
    np.testing.assert_allclose(together, np.concatenate([model.embed_texts([t]) for t in texts]), atol=2e-6)


def test_texts_are_normalised_before_they_are_compared(model: VideoPrism) -> None:
    np.testing.assert_array_equal(model.embed_texts(["A Dog, runs!"]), model.embed_texts(["a dog runs"]))


def test_an_empty_text_is_an_error(model: VideoPrism) -> None:
    with pytest.raises(QueryError):
        model.embed_texts(["  "])


def test_a_long_text_is_cut_and_told(model: VideoPrism) -> None:
    text = "a dog runs on the beach " * 40
    assert "too long" in (model.too_long(text) or "")
    assert np.isfinite(model.embed_texts([text])).all()


@pytest.mark.parametrize("ids", [[[200]], [[-1]]])
def test_an_id_outside_the_vocabulary_is_refused(model: VideoPrism, ids: list[list[int]]) -> None:
    with pytest.raises(EncoderError, match="0 to 199"):
        model.embed_token_ids(np.array(ids, np.int32), np.zeros((1, 1), np.float32))


def test_ids_and_paddings_must_fit(model: VideoPrism) -> None:
    with pytest.raises(EncoderError, match="Token ids and paddings"):
        model.embed_token_ids(np.zeros((1, 3), np.int32), np.zeros((1, 4), np.float32))


def test_without_a_tokenizer_only_texts_fail() -> None:
    model = load()
    with pytest.raises(TokenizerMissing, match="tokenizer"):
        model.embed_texts(["a dog"])
    assert model.embed_clips(clips()).shape == (1, 48)


def test_a_tokenizer_with_more_pieces_than_the_model_is_refused(tmp_path: Path) -> None:
    model = load(tokenizer=train_tokenizer(tmp_path / "spm.model", 300))
    with pytest.raises(EncoderError, match="300 pieces"):
        model.embed_texts(["a dog"])


def test_a_video_model_says_that_it_has_no_embedding() -> None:
    model = videoprism.load(
        golden.config("tiny_video"), checkpoint=golden.weights("tiny_video"), device="cpu"
    )
    for call in (lambda: model.embed_clips(clips()), lambda: model.embed_texts(["a dog"])):
        with pytest.raises(EncoderError, match=r"no embedding|no texts"):
            call()


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
    fresh = load()
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
        load().embed_clips(clips())


def test_other_failures_of_the_device_are_not_taken_for_lack_of_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: Any) -> Any:
        raise jax.errors.JaxRuntimeError("INTERNAL: broken")

    monkeypatch.setattr(sides, "_pooled", broken)
    with pytest.raises(jax.errors.JaxRuntimeError, match="INTERNAL"):
        load().embed_clips(clips())


def test_in_batches_as_on_a_gpu_the_numbers_are_the_same(
    model: VideoPrism, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = load()
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


@pytest.mark.parametrize("change", ["missing", "extra", "shape"])
def test_a_foreign_checkpoint_is_refused_by_the_names_at_fault(change: str) -> None:
    arrays = dict(weights())
    name = "params/text_encoder/unimodal_ln/scale"
    if change == "missing":
        del arrays[name]
    elif change == "extra":
        arrays[name := "params/other"] = np.zeros(3, np.float32)
    else:
        arrays[name] = np.zeros(47, np.float32)
    with pytest.raises(CheckpointMismatch, match=name):
        load(checkpoint=arrays)


@pytest.mark.parametrize("kind", [np.float64, np.float16, ">f4"])
def test_arrays_of_other_floats_are_taken(kind: Any, model: VideoPrism) -> None:
    ids = np.array([[5, 6, 7]])
    other = load(checkpoint={name: array.astype(kind) for name, array in weights().items()})
    paddings = np.zeros((1, 3), bool)
    np.testing.assert_allclose(
        other.embed_token_ids(ids, paddings), model.embed_token_ids(ids, paddings), atol=2e-3
    )


@pytest.mark.parametrize("kind", [object, str, complex, int])
def test_arrays_of_no_floats_are_refused_by_name(kind: Any) -> None:
    name = "params/text_encoder/unimodal_ln/scale"
    with pytest.raises(CheckpointMismatch, match=name):
        load(checkpoint={**weights(), name: weights()[name].astype(kind)})


def test_what_is_no_model_and_no_checkpoint_is_refused() -> None:
    wrong: Any = {"patch_size": 6}
    with pytest.raises(EncoderError, match="name or its dimensions"):
        videoprism.load(wrong, checkpoint=weights())
    wrong = 5
    with pytest.raises(EncoderError, match="path or arrays by name"):
        load(checkpoint=wrong)
    with pytest.raises(EncoderError, match="num_classes"):
        videoprism.load_classifier(CONFIG, checkpoint=weights(), num_classes=wrong - 5)


def test_embeddings_that_are_no_numbers_are_never_given() -> None:
    name = "params/text_encoder/unimodal_ln/scale"
    damaged = load(checkpoint={**weights(), name: np.full_like(weights()[name], np.nan)})
    with pytest.raises(EncoderError, match="not a finite number"):
        damaged.embed_token_ids(np.array([[5, 6, 7]]), np.zeros((1, 3)))


def test_the_checkpoint_of_another_model_is_refused() -> None:
    with pytest.raises(CheckpointMismatch):
        videoprism.load(golden.config("tiny_video"), checkpoint=weights(), device="cpu")


def test_a_file_gives_the_numbers_of_its_arrays(tmp_path: Path, model: VideoPrism) -> None:
    path = write_checkpoint(tmp_path / "tiny.npz", entries.expected(CONFIG))
    np.testing.assert_array_equal(load(checkpoint=path).embed_clips(clips()), model.embed_clips(clips()))


def test_a_model_that_is_not_installed_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VPORGANIZER_MODELS_DIR", str(tmp_path))
    with pytest.raises(CheckpointMissing, match="models fetch videoprism_lvt_public_v1_base"):
        videoprism.load("videoprism_lvt_public_v1_base")
    with pytest.raises(CheckpointMissing):
        videoprism.load(CONFIG)
    with pytest.raises(CheckpointMissing):
        load(checkpoint=tmp_path / "nothing.npz")


@pytest.mark.parametrize("options", [{"precision": "quick"}, {"backend": "torch"}])
def test_unknown_choices_are_refused(options: dict[str, str]) -> None:
    with pytest.raises(EncoderError, match="There is no"):
        load(**options)


def test_the_identity_tells_weights_and_frames_apart() -> None:
    here = load()
    assert here.info == load().info
    other = load(checkpoint=golden.weights("tiny_video_text", seed=1))
    assert other.info.identity != here.info.identity
    large = videoprism.CONFIGS["videoprism_lvt_public_v1_large"]
    eight = identity.describe("videoprism_lvt_public_v1_large", large, "ab" * 32, 8)
    sixteen = identity.describe("videoprism_lvt_public_v1_large", large, "ab" * 32, 16)
    assert (eight.name, sixteen.name) == (
        "videoprism_lvt_public_v1_large",
        "videoprism_lvt_public_v1_large@16",
    )
    assert eight.identity != sixteen.identity


@pytest.mark.parametrize("name", ["clip", *(f"videoprism_lvt_public_v1_base@{n}" for n in ("", "65", "x"))])
def test_names_of_no_model_are_refused(name: str) -> None:
    with pytest.raises(EncoderError):
        identity.named(name)


@pytest.mark.parametrize(
    "values",
    [
        {"model_dim": 47}, {"colour": 1}, {"num_heads": 0}, {"pos_emb_shape": [4, 4]},
        {"norm_policy": "post"}, {"model_dim": "48"}, {"mlp_dim": [96]}, {"mlp_dim": 9.5},
        {"vocabulary_size": None},
        {"pos_emb_shape": "444"},
        {"pos_emb_shape": None}, {"pos_emb_shape": [4, 4.5, 4]}, {"num_auxiliary_layers": -1},
        {"atten_logit_cap": "x"}, {"atten_logit_cap": float("nan")},
        {"enable_causal_atten": "false"}, {5: 1}, [],
    ],
)  # fmt: skip
def test_impossible_configurations_are_refused(values: Any) -> None:
    with pytest.raises(EncoderError, match="VideoPrism"):
        VideoPrismConfig.from_dict(values)


def test_dimensions_of_other_number_types_make_the_same_configuration() -> None:
    values = {"model_dim": np.int64(48), "num_heads": 4.0, "pos_emb_shape": np.array([4, 4, 4])}
    found = VideoPrismConfig.from_dict({**values, "atten_logit_cap": -1})
    wanted = VideoPrismConfig(model_dim=48, num_heads=4, pos_emb_shape=(4, 4, 4), atten_logit_cap=0.0)
    assert found == wanted
    assert hash(found) == hash(wanted)


def test_a_model_without_a_cap_and_without_auxiliary_layers() -> None:
    config = replace(CONFIG, atten_logit_cap=0.0, num_auxiliary_layers=0)
    arrays = {name: recipe().tensor(name, shape) for name, shape in entries.expected(config).items()}
    model = videoprism.load(config, checkpoint=arrays, device="cpu")
    assert np.isfinite(model.embed_clips(clips())).all()
    assert not np.allclose(model.embed_clips(clips()), load().embed_clips(clips()), atol=1e-3)


def test_importing_loads_no_jax() -> None:
    code = "import sys, vporganizer.encoder.videoprism; assert 'jax' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
