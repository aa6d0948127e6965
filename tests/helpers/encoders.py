"""Encoders that are no models: with planted cosines, or slow on purpose, and how to make them known."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from vporganizer.encoder import catalog
from vporganizer.encoder.protocol import EncoderInfo, Knows, MatchLimits

QUERY = "a red kite over the sea"
Vectors = NDArray[np.float32]


def known(
    monkeypatch: pytest.MonkeyPatch, encoder: Any, *, missing: Callable[[], str | None] = lambda: None,
    limits: MatchLimits | None = None, load: Callable[[], Any] | None = None,
    text_problem: Callable[[], str | None] = lambda: None,
) -> None:  # fmt: skip
    """Makes an encoder one that `--encoder` takes."""
    entry = catalog.Entry(
        info=lambda: encoder.info,
        label=f"search by {encoder.info.name}",
        examples=("kite",),
        limits=limits,
        clip_limits=limits,
        missing=missing,
        load=lambda _device, _backend: load() if load is not None else encoder,
        text_problem=text_problem,
    )
    monkeypatch.setitem(catalog.ENCODERS, encoder.info.name, entry)


def _unit(x: NDArray[Any]) -> NDArray[Any]:
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


NOISES: dict[str, Callable[[np.random.Generator, int], NDArray[Any]]] = {
    "normal": lambda rng, n: rng.normal(size=n),
    "uniform": lambda rng, n: rng.uniform(-1.73, 1.73, n),
    "laplace": lambda rng, n: rng.laplace(size=n) / 1.41,
    "heavy": lambda rng, n: rng.standard_t(4, size=n) / 1.41,
    "skewed": lambda rng, n: rng.exponential(size=n) - 1,
}
"""Noise of mean 0 and standard deviation about 1."""


@dataclass
class Planted:
    """An encoder whose cosines with `QUERY` are planted: `low` where nothing fits, `high` where it does.

    Any two of its texts and clips share a direction, so that all cosines lie about `low`, as of models
    whose vectors fill a narrow cone. `offset` lifts the cosines of this one query with every clip.
    """

    name: str
    dim: int
    low: float
    high: float
    seed: int = 0
    noise: float = 0.15
    shape: str = "normal"
    offset: float = 0.0
    knowing: Knows = "yes"
    device: str = "cpu"
    precision: str = "float32"
    texts_embedded: int = 0
    info: EncoderInfo = field(init=False)

    def __post_init__(self) -> None:
        self.info = EncoderInfo(self.name, self.dim, 4, 32, True, f"{self.name}-1")
        self.rng = np.random.default_rng(self.seed)
        self.common, self.topic = np.linalg.qr(self.rng.normal(size=(self.dim, 2)))[0].T
        self.share = np.sqrt(self.low)

    def knows(self, text: str) -> Knows:
        return self.knowing

    def _text(self, text: str) -> NDArray[Any]:
        if text == QUERY:
            direction = self.topic
        else:
            direction = np.random.default_rng(zlib.crc32(text.encode()) + self.seed).normal(size=self.dim)
            direction = _unit(direction - direction @ self.common * self.common)
        return self.share * self.common + np.sqrt(1 - self.share**2) * direction

    def embed_texts(self, texts: list[str]) -> Vectors:
        self.texts_embedded += len(texts)
        return np.stack([self._text(text) for text in texts]).astype(np.float32)

    def embed_clips(self, frames: NDArray[np.uint8]) -> Vectors:
        return self.clips([False] * len(frames))

    def clips(self, fits: Sequence[bool]) -> Vectors:
        """Vectors of clips, of which some fit the query."""
        count = len(fits)
        noise = NOISES[self.shape](self.rng, count) * self.noise * (self.high - self.low)
        wanted = np.where(fits, self.high, self.low) + self.offset + noise
        rest = self.rng.normal(size=(count, self.dim))
        for axis in (self.common, self.topic):
            rest -= np.outer(rest @ axis, axis)
        along = np.clip((wanted - self.share**2) / np.sqrt(1 - self.share**2), -0.7, 0.7)
        room = np.sqrt(np.clip(1 - self.share**2 - along**2, 0.01, None))
        found = self.share * self.common + along[:, None] * self.topic + room[:, None] * _unit(rest)
        return _unit(found).astype(np.float32)


class Slow:
    """An encoder for real files: its vector is the mean colour; clips are counted and take a while."""

    device, precision = "cpu", "float32"

    def __init__(
        self, name: str, *, exact: bool = True, seconds: float = 0.0, identity: str = "1", frames: int = 16
    ) -> None:
        self.info = EncoderInfo(name, 4, frames, 48 if exact else None, exact, f"{name}-{identity}")
        self.seconds = seconds
        self.embedded = 0

    def knows(self, text: str) -> Knows:
        return "yes"

    def embed_texts(self, texts: list[str]) -> Vectors:
        made = [np.random.default_rng(zlib.crc32(text.encode())).uniform(0.1, 1, 4) for text in texts]
        return _unit(np.stack(made)).astype(np.float32)

    def embed_clips(self, frames: NDArray[np.uint8]) -> Vectors:
        side = self.info.frame_size
        assert frames.shape[1] == self.info.num_frames
        assert side is None or frames.shape[2:4] == (side, side), "the whole picture, squashed"
        real = frames.any(axis=(1, 2, 3, 4))  # the first call of a scan is a blank one
        self.embedded += int(real.sum())
        time.sleep(self.seconds * int(real.sum()))
        colours = frames.mean(axis=(1, 2, 3)) / 255
        return _unit(np.concatenate([colours, np.ones((len(frames), 1))], axis=1)).astype(np.float32)
