"""Which checkpoints, names and dimensions make a model, and what is said of others."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import golden
from helpers.standin import recipe, write_checkpoint
from helpers.tiny_model import CONFIG, clips, load_tiny, weights

from vporganizer.encoder import videoprism
from vporganizer.encoder.videoprism import VideoPrismConfig, entries, identity
from vporganizer.encoder.videoprism.model import VideoPrism
from vporganizer.errors import (
    CheckpointMismatch,
    CheckpointMissing,
    EncoderError,
)


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
        load_tiny(checkpoint=arrays)


@pytest.mark.parametrize("kind", [np.float64, np.float16, ">f4"])
def test_arrays_of_other_floats_are_taken(kind: Any, model: VideoPrism) -> None:
    ids = np.array([[5, 6, 7]])
    other = load_tiny(checkpoint={name: array.astype(kind) for name, array in weights().items()})
    paddings = np.zeros((1, 3), bool)
    np.testing.assert_allclose(
        other.embed_token_ids(ids, paddings), model.embed_token_ids(ids, paddings), atol=2e-3
    )


@pytest.mark.parametrize("kind", [object, str, complex, int])
def test_arrays_of_no_floats_are_refused_by_name(kind: Any) -> None:
    name = "params/text_encoder/unimodal_ln/scale"
    with pytest.raises(CheckpointMismatch, match=name):
        load_tiny(checkpoint={**weights(), name: weights()[name].astype(kind)})


def test_what_is_no_model_and_no_checkpoint_is_refused() -> None:
    wrong: Any = {"patch_size": 6}
    with pytest.raises(EncoderError, match="name or its dimensions"):
        videoprism.load(wrong, checkpoint=weights())
    wrong = 5
    with pytest.raises(EncoderError, match="path or arrays by name"):
        load_tiny(checkpoint=wrong)
    with pytest.raises(EncoderError, match="num_classes"):
        videoprism.load_classifier(CONFIG, checkpoint=weights(), num_classes=wrong - 5)


def test_embeddings_that_are_no_numbers_are_never_given() -> None:
    name = "params/text_encoder/unimodal_ln/scale"
    damaged = load_tiny(checkpoint={**weights(), name: np.full_like(weights()[name], np.nan)})
    with pytest.raises(EncoderError, match="not a finite number"):
        damaged.embed_token_ids(np.array([[5, 6, 7]]), np.zeros((1, 3)))


def test_the_checkpoint_of_another_model_is_refused() -> None:
    with pytest.raises(CheckpointMismatch):
        videoprism.load(golden.config("tiny_video"), checkpoint=weights(), device="cpu")


def test_a_file_gives_the_numbers_of_its_arrays(tmp_path: Path, model: VideoPrism) -> None:
    path = write_checkpoint(tmp_path / "tiny.npz", entries.expected(CONFIG))
    np.testing.assert_array_equal(load_tiny(checkpoint=path).embed_clips(clips()), model.embed_clips(clips()))


def test_a_model_that_is_not_installed_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VPORGANIZER_MODELS_DIR", str(tmp_path))
    with pytest.raises(CheckpointMissing, match="models fetch videoprism_lvt_public_v1_base"):
        videoprism.load("videoprism_lvt_public_v1_base")
    with pytest.raises(CheckpointMissing):
        videoprism.load(CONFIG)
    with pytest.raises(CheckpointMissing):
        load_tiny(checkpoint=tmp_path / "nothing.npz")


@pytest.mark.parametrize("options", [{"precision": "quick"}, {"backend": "torch"}])
def test_unknown_choices_are_refused(options: dict[str, str]) -> None:
    with pytest.raises(EncoderError, match="There is no"):
        load_tiny(**options)


def test_the_identity_tells_weights_and_frames_apart() -> None:
    here = load_tiny()
    assert here.info == load_tiny().info
    other = load_tiny(checkpoint=golden.weights("tiny_video_text", seed=1))
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
    assert not np.allclose(model.embed_clips(clips()), load_tiny().embed_clips(clips()), atol=1e-3)


def test_importing_loads_no_jax() -> None:
    code = "import sys, vporganizer.encoder.videoprism; assert 'jax' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
