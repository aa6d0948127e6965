"""Trains a classifier's head, attention pooler and projection alone, on tokens of the frozen video encoder.

As the paper evaluates its encoder (arXiv 2402.13217, section 4.1): softmax cross-entropy where an example has
one class, sigmoid cross-entropy where it may have several. Only training imports this, since it loads optax.

    tokens = encoder.clip_tokens(frames)                      # (N, T * patches, D)
    trained = training.train(config, tokens, classes)
    trained.save(path)
    videoprism.load_classifier(config, checkpoint=head.classifier(backbone, trained.params), num_classes=C)
"""

from __future__ import annotations

import functools
import logging
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax.training.early_stopping import EarlyStopping
from flax.training.train_state import TrainState
from jax import Array
from numpy.typing import NDArray

from vporganizer.encoder import inference
from vporganizer.encoder.videoprism import examples as data
from vporganizer.encoder.videoprism import head, metrics
from vporganizer.encoder.videoprism.config import VideoPrismConfig
from vporganizer.encoder.videoprism.examples import Batch, Examples
from vporganizer.errors import EncoderError

log = logging.getLogger(__name__)

_WARM_UP = 20  # steps


@dataclass(frozen=True, slots=True)
class Options:
    """How to train; the defaults suit a few dozen to some ten thousand examples.

    Attributes:
        epochs: passes over the examples, at most.
        patience: epochs without a lower held-out loss after which it stops.
        held_out: share of the examples that it does not learn from but judges by; 0 trains all epochs.
        batch_size: examples of a step; 16 clips of the base model take 0.6 GB beside their tokens.
        learning_rate, weight_decay: of AdamW.
        class_weights: 'balanced' gives rare classes as much weight as frequent ones; or a weight for each
            class, with several labels the weight of its positives; None for the same for all.
        seed: of the start, the order and what is held out.
    """

    epochs: int = 100
    patience: int = 10
    held_out: float = 0.2
    batch_size: int = 16
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    class_weights: Literal["balanced"] | Sequence[float] | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch_size < 1 or self.patience < 0:
            raise EncoderError(
                "Training needs at least one epoch, one example a batch, and patience of 0 or more."
            )
        if not (0 <= self.held_out < 1 and self.learning_rate > 0 and self.weight_decay >= 0):
            raise EncoderError("Training needs a held-out share below 1 and a positive learning rate.")


@dataclass(frozen=True, slots=True)
class Epoch:
    """One pass over the examples.

    Attributes:
        loss: mean over the examples learned from, while they were learned from.
        held_out_loss: of those held out, after the pass; None if none are.
        metrics: of those held out, see `metrics`.
    """

    loss: float
    held_out_loss: float | None
    metrics: dict[str, float]


@dataclass(frozen=True, slots=True)
class TrainedHead:
    """What training gives: the head as it was after its best epoch.

    Attributes:
        params: by checkpoint name without 'params/', see `entries.head`.
        several: whether it gives yes or no for each class (sigmoid) or one class of all (softmax).
        history: of all epochs.
        best_epoch: counted from 0, whose `params` these are: that of the lowest held-out loss, else the last.
        metrics: of the held-out examples after it; empty if none were.
    """

    params: head.Stored
    several: bool
    history: tuple[Epoch, ...]
    best_epoch: int
    metrics: dict[str, float]

    def save(self, path: Path) -> None:
        """Writes the parameters as a flat npz that `head.load` reads."""
        head.save(path, self.params)


def train(
    config: VideoPrismConfig,
    tokens: NDArray[Any] | Iterable[NDArray[Any]],
    labels: Any,
    *,
    num_classes: int | None = None,
    groups: Any = None,
    options: Options | None = None,
    device: str | None = None,
    on_epoch: Callable[[int, Epoch], None] | None = None,
) -> TrainedHead:
    """Trains a head.

    Args:
        config: dimensions of the video encoder that the tokens come from.
        tokens: (N, S, D) float32 or float16, memory-mapped if they are many; or batches of it.
        labels: (N,) integers where an example has one class, (N, C) of 0 and 1 where it may have several.
        num_classes: C; None for what the labels show.
        groups: (N,), such as each clip's video: no group is both learned from and judged by.
        options: how.
        device: 'cpu', 'gpu', or None for the GPU that JAX finds, else the CPU.
        on_epoch: called with each epoch's number and figures; what it raises ends the training.

    Raises:
        EncoderError: the examples cannot be learned from, or the loss grew without bound.
        DeviceUnavailable: the device is not there.
    """
    options = options or Options()
    inference.enable_compile_cache()
    examples = data.gather(tokens, labels, config.model_dim, num_classes)
    learned, held = data.divide(examples, options.held_out, groups, options.seed)
    trainer = _Trainer(config, examples, learned, options, inference.pick_device(device))
    stop = EarlyStopping(patience=max(0, options.patience - 1))
    best, best_epoch = trainer.params, -1
    history: list[Epoch] = []
    for number in range(options.epochs):
        epoch = trainer.epoch(number, held)
        history.append(epoch)
        if on_epoch is not None:
            on_epoch(number, epoch)
        if epoch.held_out_loss is not None:
            stop = stop.update(epoch.held_out_loss)  # type: ignore[no-untyped-call]
        if epoch.held_out_loss is None or stop.has_improved:
            best, best_epoch = trainer.params, number
        if stop.should_stop:
            break
    log.info("Trained a head in %d epochs; that of epoch %d is kept.", len(history), best_epoch + 1)
    params = {name: np.asarray(value) for name, value in best.items()}
    return TrainedHead(params, examples.several, tuple(history), best_epoch, history[best_epoch].metrics)


class _Trainer:
    """The state of a training: parameters, optimiser, order of the examples."""

    def __init__(
        self,
        config: VideoPrismConfig,
        examples: Examples,
        learned: NDArray[np.int64],
        options: Options,
        device: jax.Device,
    ) -> None:
        self._examples, self._learned, self._device = examples, learned, device
        self._size = min(options.batch_size, len(learned))
        self._draws = np.random.default_rng(options.seed)
        self._weights = jax.device_put(_class_weights(examples, learned, options.class_weights), device)
        start = TrainState.create(  # type: ignore[no-untyped-call]
            apply_fn=head.logits,
            params=head.initial(config, examples.num_classes, options.seed),
            tx=_optimiser(options.learning_rate, options.weight_decay),
        )
        # All on the device, the counter of steps too, as later states are: else a step is compiled twice.
        self._state: TrainState = jax.device_put(start.replace(step=np.int32(0)), device)

    @property
    def params(self) -> dict[str, Array]:
        """The parameters as they are now; later steps do not change them."""
        return dict(self._state.params)

    def epoch(self, number: int, held: NDArray[np.int64]) -> Epoch:
        """Learns from each example once, then looks at those held out."""
        total = 0.0
        for batch in data.batches(self._examples, self._draws.permutation(self._learned), self._size):
            self._state, loss = _step(self._state, *self._put(batch), self._weights)
            # Waited for, or the batches of many steps would be in memory at once.
            total += float(loss) * float(batch.real.sum())
        held_out_loss, measured = self._judge(held) if len(held) else (None, {})
        if not math.isfinite(total + (held_out_loss or 0.0)):
            raise EncoderError(
                f"Training failed in epoch {number + 1}: its loss grew without bound.",
                hint="Train with a lower learning rate.",
            )
        return Epoch(total / len(self._learned), held_out_loss, measured)

    def _judge(self, held: NDArray[np.int64]) -> tuple[float, dict[str, float]]:
        losses, answers = 0.0, []
        for batch in data.batches(self._examples, held, self._size):
            loss, scores = _judge(self.params, *self._put(batch), self._weights)
            losses += float(loss) * float(batch.real.sum())
            answers.append(np.asarray(scores))
        scores, labels = np.concatenate(answers)[: len(held)], self._examples.labels[held]
        measure = metrics.several_labels if self._examples.several else metrics.single_label
        return losses / len(held), measure(scores, labels)

    def _put(self, batch: Batch) -> tuple[Array, Array, Array]:
        put: tuple[Array, Array, Array] = jax.device_put(
            (batch.tokens, batch.labels, batch.real), self._device
        )
        return put


@functools.lru_cache(maxsize=8)
def _optimiser(learning_rate: float, weight_decay: float) -> optax.GradientTransformation:
    """AdamW with a short warm-up; weights decay, biases, scales and the query do not.

    The same object for the same numbers: a compiled step belongs to it.
    """
    rate = optax.linear_schedule(learning_rate / 10, learning_rate, _WARM_UP)

    def decays(params: head.Params) -> dict[str, bool]:
        return {name: name.rsplit("/", 1)[-1] in ("w", "kernel") for name in params}

    return optax.chain(
        optax.clip_by_global_norm(1.0),
        optax.adamw(rate, weight_decay=weight_decay, mask=decays),
    )


def _class_weights(examples: Examples, learned: NDArray[np.int64], wanted: Any) -> NDArray[np.float32]:
    """(C,) the weight of a class's examples; with several labels, of its positives against its negatives."""
    count, labels = examples.num_classes, examples.labels[learned]
    if wanted is None:
        return np.ones(count, np.float32)
    if isinstance(wanted, str):
        if wanted != "balanced":
            raise EncoderError(f"Class weights are 'balanced' or numbers, not '{wanted}'.")
        own = labels.sum(axis=0) if examples.several else np.bincount(labels, minlength=count)
        others = len(labels) - own if examples.several else len(labels) / max(1, int((own > 0).sum()))
        return np.where((own > 0) & (others > 0), others / np.maximum(own, 1), 1.0).astype(np.float32)
    given = np.asarray(wanted, np.float32)
    if given.shape != (count,) or not np.isfinite(given).all() or (given < 0).any() or not given.any():
        raise EncoderError(f"Class weights must be {count} numbers, none below 0 and not all 0.")
    return given


def _loss(
    params: head.Params, tokens: Array, labels: Array, real: Array, weights: Array
) -> tuple[Array, Array]:
    """The mean loss of the real examples of a batch, and the logits (B, C) of all."""
    scores = head.logits(params, tokens)
    if labels.ndim == 1:
        each = optax.losses.softmax_cross_entropy_with_integer_labels(scores, labels) * weights[labels]
    else:
        each = optax.losses.sigmoid_binary_cross_entropy(scores, labels)
        each = (each * jnp.where(labels > 0, weights, 1.0)).mean(axis=1)
    return (each * real).sum() / real.sum(), scores


@jax.jit
def _step(
    state: TrainState, tokens: Array, labels: Array, real: Array, weights: Array
) -> tuple[TrainState, Array]:
    (loss, _), gradients = jax.value_and_grad(_loss, has_aux=True)(
        state.params, tokens, labels, real, weights
    )
    return state.apply_gradients(grads=gradients), loss  # type: ignore[no-untyped-call]


_judge = jax.jit(_loss)
