"""The head's formulas are those of the reference, and its files are checkpoints."""

from __future__ import annotations

import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from helpers.standin import recipe

from vporganizer.encoder import videoprism
from vporganizer.encoder.videoprism import entries, head, pooler
from vporganizer.encoder.videoprism.arithmetic import Arithmetic
from vporganizer.encoder.videoprism.config import CONFIGS, VideoPrismConfig
from vporganizer.errors import CheckpointMismatch, CheckpointMissing

SMALL = VideoPrismConfig(
    patch_size=6, pos_emb_shape=(4, 4, 4), model_dim=48, num_spatial_layers=3, num_temporal_layers=2,
    num_heads=4, mlp_dim=96,
)  # fmt: skip
CLASSES = 7
GOLDEN = Path(__file__).parents[2] / "golden"


def stand_in() -> head.Stored:
    shapes = entries.head(SMALL, CLASSES)
    return {name: recipe().tensor(f"params/{name}", shape) for name, shape in shapes.items()}


pooled, logits = jax.jit(head.pooled), jax.jit(head.logits)


def some_tokens(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(*shape, 48)).astype(np.float32)


def plain(params: head.Stored, tokens: np.ndarray) -> np.ndarray:
    """Attention pooling written out step by step, in float64."""
    p = {name.removeprefix("atten_pooler/"): np.float64(value) for name, value in params.items()}
    a = {name.removeprefix("pooling_attention/"): value for name, value in p.items()}
    query = np.einsum("d,dnh->nh", p["pooling_attention_query"][0], a["query/w"]) + a["query/b"]
    query *= 1.442695041 / np.sqrt(query.shape[-1]) * np.log1p(np.exp(a["per_dim_scale/per_dim_scale"]))
    key = np.einsum("bsd,dnh->bsnh", tokens, a["key/w"]) + a["key/b"]
    value = np.einsum("bsd,dnh->bsnh", tokens, a["value/w"]) + a["value/b"]
    weights = np.exp(np.einsum("nh,bsnh->bns", query, key))
    weights /= weights.sum(axis=-1, keepdims=True)
    out = np.einsum("bns,bsnh,dnh->bd", weights, value, a["post/w"]) + a["post/b"]
    out = (out - out.mean(-1, keepdims=True)) / np.sqrt(out.var(-1, keepdims=True) + 1e-6)
    norm = "pooling_attention_layer_norm"
    return out * (1 + p[f"{norm}/scale"]) + p[f"{norm}/bias"]


def test_pooling_is_that_of_the_plain_formulas() -> None:
    params, tokens = stand_in(), some_tokens(3, 64)
    expected = plain(params, tokens)
    np.testing.assert_allclose(pooled(params, tokens), expected, atol=1e-5)
    kernel, bias = params["projection/linear/kernel"], params["projection/linear/bias"]
    np.testing.assert_allclose(logits(params, tokens), expected @ kernel + bias, atol=3e-5)


def test_pooling_for_training_is_that_for_inference() -> None:
    params, tokens = stand_in(), some_tokens(64)
    entries_of_pooler = {
        name.removeprefix("atten_pooler/"): value
        for name, value in params.items()
        if name.startswith("atten_pooler/")
    }
    folded = pooler.fold(entries_of_pooler, lambda array: jnp.asarray(array, jnp.float32))
    clip, _ = jax.jit(pooler.pool, static_argnums=2)(folded, tokens.reshape(4, 16, 48), Arithmetic())
    np.testing.assert_allclose(pooled(params, tokens[None])[0], clip, atol=1e-5)


def test_gradients_are_those_of_differences() -> None:
    params, tokens = stand_in(), some_tokens(2, 8)
    wanted = np.random.default_rng(1).normal(size=(2, CLASSES))

    def by_hand(changed: head.Stored) -> float:
        kernel, bias = changed["projection/linear/kernel"], changed["projection/linear/bias"]
        return float(((plain(changed, tokens) @ np.float64(kernel) + bias) * wanted).sum())

    gradients = jax.jit(jax.grad(lambda p: (head.logits(p, tokens) * wanted).sum()))(params)
    for name, value in params.items():
        direction = np.random.default_rng(2).normal(size=value.shape)
        near = [by_hand({**params, name: np.float64(value) + step * direction}) for step in (1e-5, -1e-5)]
        slope = (near[0] - near[1]) / 2e-5
        assert float((gradients[name] * direction).sum()) == pytest.approx(slope, rel=2e-3, abs=2e-4), name


def test_float16_tokens_are_computed_in_float32() -> None:
    params, tokens = stand_in(), some_tokens(2, 8).astype(np.float16)
    np.testing.assert_allclose(logits(params, tokens), logits(params, tokens.astype(np.float32)), atol=1e-6)


@pytest.mark.parametrize("name", ["videoprism_public_v1_base", "videoprism_public_v1_large"])
def test_a_start_has_the_entries_of_a_checkpoint(name: str) -> None:
    start = head.initial(CONFIGS[name], 5)
    assert {n: v.shape for n, v in start.items()} == entries.head(CONFIGS[name], 5)
    assert all(value.dtype == np.float32 and np.isfinite(value).all() for value in start.values())


def test_a_start_is_the_same_for_a_seed() -> None:
    one, again, other = (head.initial(SMALL, 3, seed) for seed in (1, 1, 2))
    assert all((one[name] == again[name]).all() for name in one)
    assert any((one[name] != other[name]).any() for name in one)


def test_a_saved_head_comes_back(tmp_path: Path) -> None:
    params, path = stand_in(), tmp_path / "head.npz"
    head.save(path, params)
    with np.load(path) as stored:
        assert set(stored.files) == {f"params/{name}" for name in entries.head(SMALL, CLASSES)}
    for found in (head.load(path, SMALL), head.load(path, SMALL, CLASSES)):
        assert found.keys() == params.keys()
        assert all((found[name] == params[name]).all() for name in params)
    assert [p.name for p in tmp_path.iterdir()] == ["head.npz"]


def test_a_head_of_another_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "head.npz"
    head.save(path, stand_in())
    with pytest.raises(CheckpointMismatch, match="of another shape"):
        head.load(path, CONFIGS["videoprism_public_v1_base"])
    with pytest.raises(CheckpointMismatch, match="projection/linear/bias"):
        head.load(path, SMALL, 8)
    head.save(path, {"projection/linear/kernel": np.zeros((48, 7), np.float32)})
    with pytest.raises(CheckpointMismatch, match="missing"):
        head.load(path, SMALL)
    with pytest.raises(CheckpointMissing):
        head.load(tmp_path / "none.npz", SMALL)


@pytest.mark.parametrize("has_text", [False, True])
def test_a_head_and_a_backbone_are_a_classifiers_checkpoint(has_text: bool) -> None:
    config = VideoPrismConfig.from_dict(
        {"patch_size": 6, "pos_emb_shape": [4, 4, 4], "model_dim": 48, "num_spatial_layers": 3,
         "num_temporal_layers": 2, "num_heads": 4, "mlp_dim": 96, "has_text": has_text}
    )  # fmt: skip
    backbone = {name: np.zeros(shape, np.float32) for name, shape in entries.expected(config).items()}
    joined = head.classifier(backbone, stand_in())
    assert len(joined) == len(list(joined))
    assert {name: joined[name].shape for name in joined} == entries.expected_classifier(SMALL, CLASSES)
    whole = {name: joined[name] for name in joined}  # a classifier's own encoder may get another head
    assert (
        head.classifier({n: v for n, v in whole.items() if "encoder" in n}, stand_in()).keys() == whole.keys()
    )


def test_a_backbone_without_a_video_encoder_is_refused() -> None:
    with pytest.raises(CheckpointMismatch, match="no VideoPrism video encoder"):
        head.classifier({}, stand_in())


def test_the_shapes_are_those_of_the_golden_classifier() -> None:
    manifest = json.loads((GOLDEN / "tiny_classifier.json").read_text())
    assert VideoPrismConfig.from_dict(manifest["config"]) == SMALL
    expected = {
        n.removeprefix("params/"): tuple(s) for n, s in manifest["params"].items() if "/encoder/" not in n
    }
    assert entries.head(SMALL, CLASSES) == expected


def golden_classifier() -> tuple[head.Stored, head.Stored]:
    """The golden classifier's video encoder, as a checkpoint of its own, and its head."""
    manifest = json.loads((GOLDEN / "tiny_classifier.json").read_text())
    weights = {name: recipe().tensor(name, tuple(shape)) for name, shape in manifest["params"].items()}
    backbone = {name.replace("/encoder/", "/", 1): weights[name] for name in weights if "/encoder/" in name}
    return backbone, {
        name.removeprefix("params/"): weights[name] for name in weights if "/encoder/" not in name
    }


def test_the_head_on_the_video_encoder_gives_the_golden_numbers() -> None:
    backbone, params = golden_classifier()
    frames = recipe().video("tiny4x24", (2, 4, 24, 24, 3))
    tokens = videoprism.load(SMALL, checkpoint=backbone, device="cpu").clip_tokens(frames)
    with np.load(GOLDEN / "tiny_classifier.npz") as golden:
        np.testing.assert_allclose(pooled(params, tokens), golden["pooled"], atol=1e-5)
        np.testing.assert_allclose(logits(params, tokens), golden["logits"], atol=1e-5)
        joined = head.classifier(backbone, params)
        whole = videoprism.load_classifier(SMALL, checkpoint=joined, num_classes=CLASSES, device="cpu")
        np.testing.assert_allclose(whole.logits(frames), golden["logits"], atol=1e-5)
