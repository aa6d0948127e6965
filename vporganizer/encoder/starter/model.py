"""The starter as a `ClipEncoder`: its two halves, each loaded at its first use."""

from __future__ import annotations

import jax
import numpy as np
from numpy.typing import NDArray

from vporganizer.encoder import inference
from vporganizer.encoder.protocol import EncoderInfo, Knows
from vporganizer.encoder.starter import minilm, network, pins, space, weights, wordpiece
from vporganizer.encoder.starter.frames import squares
from vporganizer.encoder.starter.knowledge import Knowledge
from vporganizer.resources import resource

# On a CPU two frames at a time are fastest (143 frames/s, 120 with 8 or 32): their activations stay in the
# cache. On a GPU the more the better.
_FRAME_BUCKETS = {"cpu": (2,), "gpu": (8, 64)}
_TEXT_BUCKETS = (2, 16)
_LENGTH_BUCKETS = (16, 32, 64, 128, 256)
_PROMPT = "a photo of a "


def load(*, device: str | None = None) -> Starter:
    """Opens the starter; its weights are read when the first frame or text comes.

    Args:
        device: 'cpu', 'gpu', or None for the GPU that JAX finds, else the CPU.

    Raises:
        DeviceUnavailable: the device is not there.
    """
    inference.enable_compile_cache()
    return Starter(inference.pick_device(device))


class _ImageHalf:
    """EfficientNet-Lite0 on a device."""

    def __init__(self, device: jax.Device) -> None:
        self._device = device
        self._params = jax.device_put(weights.image_network(), device)

    def logits(self, frames: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, 224, 224, 3) uint8 -> (N, 1000)."""
        buckets = _FRAME_BUCKETS.get(self._device.platform, _FRAME_BUCKETS["gpu"])
        answers = []
        for part, rows in inference.chunks(len(frames), buckets):
            padded = jax.device_put(inference.pad_rows(frames[part], rows), self._device)
            answers.append(network.logits_jit(self._params, padded)[0])
        # Taken over only now: one part is made ready while the one before runs.
        return np.concatenate([np.asarray(answer) for answer in answers])[: len(frames)]


class _TextHalf:
    """MiniLM and its tokenizer on a device."""

    def __init__(self, device: jax.Device) -> None:
        self._device = device
        self._stored = weights.sentence_encoder()
        self._params = jax.device_put(minilm.network_params(self._stored), device)
        self._tokenizer = wordpiece.WordPiece(resource("starter", "vocab.txt"))

    def sentences(self, texts: list[str]) -> NDArray[np.float32]:
        """N texts -> (N, 384) unit vectors."""
        found = np.empty((len(texts), minilm.WIDTH), np.float32)
        for part, rows in inference.chunks(len(texts), _TEXT_BUCKETS):
            ids = [self._tokenizer.ids(text) for text in texts[part]]
            length = inference.bucket(max(map(len, ids)), _LENGTH_BUCKETS)
            # A padded row keeps one real token, or its mean would be 0 / 0.
            padded = wordpiece.pad([*ids, *[[wordpiece.START]] * (rows - len(ids))], length)
            given = (minilm.embed_ids(self._stored, padded), padded != wordpiece.PAD)
            answer = minilm.sentences_jit(self._params, *jax.device_put(given, self._device))
            found[part] = np.asarray(answer)[: len(ids)]
        return found


class Starter:
    """The small encoder, which finds things of 1000 classes and what is near them: a `ClipEncoder`."""

    precision = "float32"

    def __init__(self, device: jax.Device) -> None:
        self._device = device
        folder = resource("starter")
        self._images = inference.Lazy(lambda: _ImageHalf(device))
        self._texts = inference.Lazy(lambda: _TextHalf(device))
        self._knowledge = inference.Lazy(lambda: Knowledge(folder))
        self._space = inference.Lazy(lambda: space.load(folder / "class_text.npy"))

    @property
    def info(self) -> EncoderInfo:
        """Its facts."""
        return pins.info()

    @property
    def device(self) -> str:
        """What it runs on, for people and records."""
        return inference.device_label(self._device)

    def knows(self, text: str) -> Knows:
        """Says how well it can be expected to understand `text`; needs no weights."""
        return self._knowledge.get().knows(text)

    def embed_clips(self, frames: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Embeds clips: (B, T, H, W, 3) uint8 RGB, any T, H, W -> (B, 1000) float32, unit length.

        Raises:
            ValueError: the frames have another shape or type.
            CheckpointMissing, CheckpointMismatch: the weights are not there or not the ones.
        """
        if frames.ndim != 5 or frames.shape[-1] != 3 or frames.dtype != np.uint8 or 0 in frames.shape[1:]:
            raise ValueError(f"frames must be (B, T, H, W, 3) uint8, not {frames.shape} {frames.dtype}")
        if not len(frames):
            return np.zeros((0, pins.DIM), np.float32)
        clips = [squares(clip) for clip in frames]
        logits = self._images.get().logits(np.concatenate(clips))
        return self._space.get().clip_vectors(logits.reshape(len(clips), len(clips[0]), -1))

    def embed_texts(self, texts: list[str]) -> NDArray[np.float32]:
        """Embeds texts -> (B, 1000) float32, unit length.

        Raises:
            CheckpointMissing, CheckpointMismatch: the weights are not there or not the ones.
        """
        if not texts:
            return np.zeros((0, pins.DIM), np.float32)
        both = self._texts.get().sentences([*texts, *(_PROMPT + text for text in texts)])
        sentences = inference.unit(both[: len(texts)] + both[len(texts) :])
        readings = [self._knowledge.get().lexicon.read(text) for text in texts]
        classes = np.stack([reading.classes for reading in readings])
        confidence = np.array([reading.confidence for reading in readings], np.float32)
        return self._space.get().text_vectors(sentences, classes, confidence)
