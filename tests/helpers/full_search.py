"""A full search that is none: a model of a few numbers, and its download without a network."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from vporganizer.app.models import FetchProgress, Installed, Model, OnFetch
from vporganizer.encoder.catalog import Entry
from vporganizer.encoder.protocol import EncoderInfo, Knows
from vporganizer.errors import Cancelled, VPOrganizerError
from vporganizer.indexing.progress import Control

BASE, LARGE = "videoprism_fake_base", "videoprism_fake_large"
SIZE = 991_000_000
LONG_WAIT = 20.0  # seconds after which a download that nobody lets go on gives up


def model(name: str = BASE, size: int = SIZE) -> Model:
    """A model of full search that is not here."""
    return Model(
        name, "full search", "full search by text", size, "Apache-2.0", "VideoPrism, Google DeepMind",
        True, False, f"{name} is not installed. Get it: vporganizer models fetch {name}",
    )  # fmt: skip


class Shop:
    """Stands in for the models and their download: it goes on step by step, as a test lets it."""

    def __init__(self) -> None:
        self.models = {BASE: model(), LARGE: model(LARGE, 2_300_000_000)}
        self.asked: list[str] = []
        self.installed_from: list[str] = []
        self.failure: VPOrganizerError | None = None
        self.tokenizer = True
        self._steps = threading.Semaphore(0)

    def listed(self) -> list[Model]:
        """In place of `models.models`."""
        return list(self.models.values())

    def let_go_on(self, steps: int = 1) -> None:
        """Lets the download go on, a quarter a step."""
        for _ in range(steps):
            self._steps.release()

    def fetch(
        self, name: str, *, progress: OnFetch | None = None, control: Control | None = None
    ) -> Installed:
        """In place of `models.fetch`."""
        assert progress is not None and control is not None
        self.asked.append(name)
        size, done = self.models[name].size, self.models[name].partial
        while done < size:
            self._wait(control, name)
            if self.failure is not None:
                raise self.failure
            done = min(size, done + size // 4 + 1)
            self.models[name] = replace(self.models[name], partial=done)
            progress(FetchProgress("downloading", "weights", done, size, 8_100_000.0, (size - done) / 8.1e6))
        return self._here(name)

    def install(
        self, name: str, files: Sequence[str], *, progress: OnFetch | None = None,
        control: Control | None = None,
    ) -> Installed:  # fmt: skip
        """In place of `models.install`."""
        assert progress is not None
        self.installed_from = list(files)
        progress(FetchProgress("checking", "weights", 10, 20))
        if self.failure is not None:
            raise self.failure
        return self._here(name)

    def _wait(self, control: Control, name: str) -> None:
        for _ in range(int(LONG_WAIT / 0.02)):
            if control.cancelled:
                raise Cancelled(f"The download of {name} was stopped.")
            if self._steps.acquire(timeout=0.02):
                return
        raise TimeoutError("no test let the download go on")

    def _here(self, name: str) -> Installed:
        file = Path("/models/weights.npz")
        tokenizer = Path("/models/words.model") if self.tokenizer else None
        self.models[name] = replace(
            self.models[name], installed=self.tokenizer, problem=None if self.tokenizer else "No tokenizer.",
            partial=0, checkpoint=file, tokenizer=tokenizer,
        )  # fmt: skip
        return Installed(name, file, "0" * 64, SIZE, 0, tokenizer=tokenizer)


class FakeFull:
    """An encoder of eight numbers that knows every text."""

    device = "gpu: NVIDIA Test 1"
    precision = "float32"

    def __init__(self, name: str, frames: int, *, exact: bool = False) -> None:
        self.info = info(name, frames, exact=exact)

    def knows(self, text: str) -> Knows:
        """It does."""
        return "yes"

    def embed_clips(self, frames: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The mean of parts of the pictures."""
        parts = frames.reshape(len(frames), 8, -1).mean(2).astype(np.float32) + 1
        return np.asarray(parts / np.linalg.norm(parts, axis=1, keepdims=True), np.float32)

    def embed_texts(self, texts: list[str]) -> NDArray[np.float32]:
        """The same for all."""
        return np.full((len(texts), 8), 8**-0.5, np.float32)


def held_up(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Makes full search wait with its next clips -> what lets it go on once set."""
    go_on = threading.Event()
    embed_clips = FakeFull.embed_clips

    def wait_and_embed(encoder: FakeFull, frames: NDArray[np.uint8]) -> NDArray[np.float32]:
        if not go_on.wait(LONG_WAIT):
            raise TimeoutError("no test let full search go on")
        return embed_clips(encoder, frames)

    monkeypatch.setattr(FakeFull, "embed_clips", wait_and_embed)
    return go_on


def info(name: str, frames: int, *, exact: bool = False) -> EncoderInfo:
    """The facts of a fake encoder."""
    return EncoderInfo(name, 8, frames, 32, exact, f"{name}-{frames}")


def entry(name: str, frames: int = 16, *, exact: bool = False) -> Entry:
    """Its entry for the catalog; as `exact` as a real one, quick search goes first over new videos."""
    return Entry(
        info=lambda: info(name, frames, exact=exact), label="full search", examples=("people dancing",),
        limits=None, clip_limits=None, missing=lambda: None,
        load=lambda device, backend: FakeFull(name, frames, exact=exact),
    )  # fmt: skip
