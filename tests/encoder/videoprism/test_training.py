"""Training finds what only attention can find, stops in time, and is the same for a seed."""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path
from typing import Any

import numpy as np
import optax
import pytest
from helpers.standin import write_checkpoint

from vporganizer.encoder import videoprism
from vporganizer.encoder.videoprism import entries, head, training
from vporganizer.encoder.videoprism.checkpoint import open_checkpoint
from vporganizer.encoder.videoprism.config import VideoPrismConfig
from vporganizer.errors import EncoderError

DIM, LENGTH, CLASSES = 32, 48, 4
SMALL = VideoPrismConfig(model_dim=DIM, num_heads=4, mlp_dim=64)
OPTIONS = training.Options(epochs=60, patience=10, learning_rate=1e-2, batch_size=32)


def clips(count: int, seed: int, several: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Tokens of which few are marked; the marked ones tell the class, and their mean over a clip does not.

    A marked token points in its class's direction. Unmarked tokens make up for it: together they point the
    opposite way, so that the mean of a clip's tokens is noise.
    """
    draws = np.random.default_rng(seed)
    tokens = draws.normal(0, 0.5, (count, LENGTH, DIM)).astype(np.float32)
    labels = (
        draws.random((count, CLASSES)) < 0.4
        if several
        else np.eye(CLASSES)[draws.integers(0, CLASSES, count)]
    )
    for clip, own in zip(tokens, labels > 0, strict=True):
        before = clip.mean(axis=0)
        for label in np.flatnonzero(own):
            place = draws.integers(0, LENGTH)
            clip[place] = 0
            clip[place, [0, 1 + label]] = 4.0  # dimension 0: the mark
        clip[clip[:, 0] < 3] += (before - clip.mean(axis=0)) * LENGTH / (clip[:, 0] < 3).sum()
    return tokens, labels.astype(np.float32) if several else labels.argmax(axis=1)


@functools.cache
def trained() -> training.TrainedHead:
    tokens, labels = clips(400, seed=0)
    return training.train(SMALL, tokens, labels, options=OPTIONS)


def scores(found: training.TrainedHead, tokens: np.ndarray) -> np.ndarray:
    return np.asarray(head.logits(found.params, tokens))


def linear_on_means(tokens: np.ndarray, labels: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The classes that least squares on mean tokens gives to others."""
    means, others = (np.column_stack([t.mean(axis=1), np.ones(len(t))]) for t in (tokens, other))
    return (others @ np.linalg.lstsq(means, np.eye(CLASSES)[labels], rcond=None)[0]).argmax(axis=1)


def test_what_attention_alone_can_tell_is_learned() -> None:
    fresh, labels = clips(200, seed=1)
    assert (scores(trained(), fresh).argmax(axis=1) == labels).mean() > 0.95
    assert trained().metrics["top1"] > 0.95 and trained().metrics["mean_class_accuracy"] > 0.95
    assert trained().metrics["top5"] == 1.0
    assert not trained().several
    baseline = linear_on_means(*clips(400, seed=0), fresh)
    assert (baseline == labels).mean() < 0.5


def test_several_labels_are_learned() -> None:
    found = training.train(SMALL, *clips(400, seed=0, several=True), options=OPTIONS)
    fresh, labels = clips(200, seed=1, several=True)
    assert found.several and found.metrics["map"] > 0.95
    assert ((scores(found, fresh) > 0) == labels).mean() > 0.95


def test_a_tag_is_one_class_of_yes_or_no() -> None:
    tokens, labels = clips(200, seed=0)
    found = training.train(SMALL, tokens, (labels == 2)[:, None], options=OPTIONS)
    fresh, others = clips(100, seed=1)
    assert ((scores(found, fresh)[:, 0] > 0) == (others == 2)).mean() > 0.9


def test_it_stops_when_what_is_held_out_gets_no_better_and_gives_the_best_back() -> None:
    """Labels are noise: the longer it learns, the worse it does on others."""
    draws = np.random.default_rng(0)
    tokens, labels = draws.normal(size=(80, LENGTH, DIM)).astype(np.float32), draws.integers(0, CLASSES, 80)
    options = dataclasses.replace(OPTIONS, patience=4, held_out=0.5)
    found = training.train(SMALL, tokens, labels, options=options)
    losses = [epoch.held_out_loss for epoch in found.history]
    assert found.best_epoch == int(np.argmin(losses))
    assert len(found.history) == found.best_epoch + 1 + 4 < options.epochs
    assert found.metrics == found.history[found.best_epoch].metrics
    # The weights are those of that epoch: they have its loss on what was held out.
    _, held = training.data.divide(training.data.gather(tokens, labels, DIM), 0.5, None, options.seed)
    answers = head.logits(found.params, tokens[held])
    each = optax.losses.softmax_cross_entropy_with_integer_labels(answers, labels[held])
    assert float(each.mean()) == pytest.approx(losses[found.best_epoch], abs=1e-5)


def test_without_a_held_out_part_all_epochs_are_trained() -> None:
    tokens, labels = clips(40, seed=0)
    found = training.train(
        SMALL, tokens, labels, options=dataclasses.replace(OPTIONS, epochs=3, held_out=0.0)
    )
    assert (len(found.history), found.best_epoch, found.metrics) == (3, 2, {})
    assert found.history[2].loss < found.history[0].loss


def test_a_seed_gives_the_same_head() -> None:
    tokens, labels = clips(60, seed=0)
    options = dataclasses.replace(OPTIONS, epochs=3)
    one, again, other = (
        training.train(SMALL, tokens, labels, options=dataclasses.replace(options, seed=seed))
        for seed in (1, 1, 2)
    )
    assert all((one.params[name] == again.params[name]).all() for name in one.params)
    assert one.history == again.history
    assert any((one.params[name] != other.params[name]).any() for name in one.params)


def test_batches_and_half_precision_are_accepted() -> None:
    tokens, labels = clips(50, seed=0)
    tokens = tokens.astype(np.float16)
    options = dataclasses.replace(OPTIONS, epochs=2)
    in_parts = training.train(SMALL, iter(np.array_split(tokens, 3)), labels, options=options)
    whole = training.train(SMALL, tokens.astype(np.float32), labels, options=options)
    assert in_parts.history[1].loss == pytest.approx(whole.history[1].loss, rel=1e-5)


def test_a_training_like_the_one_before_compiles_nothing() -> None:
    options = dataclasses.replace(OPTIONS, epochs=2)
    training.train(SMALL, *clips(50, seed=0), options=options)
    before = training._step._cache_size(), training._judge._cache_size()
    training.train(SMALL, *clips(70, seed=1), options=dataclasses.replace(options, seed=1))
    assert (training._step._cache_size(), training._judge._cache_size()) == before


def test_balanced_weights_do_not_forget_a_rare_class() -> None:
    """The tokens tell nothing: what is left is how often a class is expected."""
    labels = np.array([0] * 190 + [1] * 10)
    tokens = np.random.default_rng(0).normal(size=(1, LENGTH, DIM)).astype(np.float32).repeat(200, axis=0)
    options = dataclasses.replace(OPTIONS, epochs=8, held_out=0.0)
    for weights, low, high in ((None, 0.0, 0.2), ("balanced", 0.3, 0.7), ((1.0, 19.0, 1.0, 1.0), 0.3, 0.7)):
        answers = scores(_trained(tokens, labels, options, weights), tokens)
        odds = np.exp(answers - answers.max(axis=1, keepdims=True))
        assert low < (odds[:, 1] / odds.sum(axis=1)).mean() < high, weights


def _trained(tokens: np.ndarray, labels: np.ndarray, options: training.Options, weights: Any) -> Any:
    return training.train(
        SMALL,
        tokens,
        labels,
        num_classes=CLASSES,
        options=dataclasses.replace(options, class_weights=weights),
    )


@pytest.mark.parametrize(
    "weights", ["fair", (1.0,), (1.0, 1.0, 1.0, -1.0), (0.0,) * 4, (1.0, 1.0, 1.0, np.nan)]
)
def test_senseless_class_weights_are_refused(weights: Any) -> None:
    tokens = np.zeros((4, 2, DIM), np.float32)
    with pytest.raises(EncoderError, match="Class weights"):
        _trained(tokens, np.array([0, 1, 0, 1]), OPTIONS, weights)


@pytest.mark.parametrize(
    "options", [{"epochs": 0}, {"batch_size": 0}, {"held_out": 1.0}, {"learning_rate": 0.0}, {"patience": -1}]
)
def test_senseless_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(EncoderError, match="Training needs"):
        training.Options(**options)


def test_bad_examples_are_a_sentence() -> None:
    tokens, labels = clips(8, seed=0)
    tokens[3, 2, 1] = np.nan
    with pytest.raises(EncoderError, match="example 3 are not finite"):
        training.train(SMALL, tokens, labels)
    with pytest.raises(EncoderError, match="tokens, 32"):
        training.train(SMALL, tokens[:, :, :8], labels)


def test_a_loss_without_bound_is_a_sentence() -> None:
    tokens, labels = clips(80, seed=0)
    with pytest.raises(EncoderError, match="grew without bound") as failed:
        _trained(tokens, labels, OPTIONS, (3e38,) * CLASSES)
    assert "lower" in failed.value.hint


def test_whoever_watches_can_end_it() -> None:
    seen: list[int] = []

    def watch(number: int, epoch: training.Epoch) -> None:
        seen.append(number)
        if number == 1:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        training.train(SMALL, *clips(80, seed=0), options=OPTIONS, on_epoch=watch)
    assert seen == [0, 1]


def test_a_trained_head_is_saved(tmp_path: Path) -> None:
    trained().save(tmp_path / "head.npz")
    found = head.load(tmp_path / "head.npz", SMALL, CLASSES)
    assert all((found[name] == value).all() for name, value in trained().params.items())


def test_a_head_learned_from_frames_is_a_classifier_of_frames(tmp_path: Path) -> None:
    """Bright and dark clips, through a video-text model whose weights mean nothing."""
    config = VideoPrismConfig(
        patch_size=6, pos_emb_shape=(4, 4, 4), model_dim=48, num_spatial_layers=3, num_temporal_layers=2,
        num_heads=4, mlp_dim=96, num_auxiliary_layers=1, vocabulary_size=10, num_unimodal_layers=1,
        has_text=True,
    )  # fmt: skip
    path = write_checkpoint(tmp_path / "model.npz", entries.expected(config))
    draws = np.random.default_rng(0)
    labels = np.arange(40) % 2
    frames = draws.integers(0, 150, (40, 4, 24, 24, 3)) + 100 * labels[:, None, None, None, None]
    frames = frames.astype(np.uint8)
    tokens = videoprism.load(config, checkpoint=path, device="cpu").clip_tokens(frames)
    found = training.train(config, tokens, labels, options=dataclasses.replace(OPTIONS, epochs=20))
    found.save(tmp_path / "head.npz")
    joined = head.classifier(open_checkpoint(path), head.load(tmp_path / "head.npz", config))
    classifier = videoprism.load_classifier(config, checkpoint=joined, num_classes=2, device="cpu")
    answers = classifier.logits(frames)
    assert (answers.argmax(axis=1) == labels).mean() > 0.95
    np.testing.assert_allclose(answers, scores(found, tokens), atol=1e-4)
