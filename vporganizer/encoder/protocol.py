"""The contract between a model and everything that uses one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Knows = Literal["yes", "partly", "no"]


@dataclass(frozen=True, slots=True)
class EncoderInfo:
    """What the rest of the program needs to know about an encoder, without loading it.

    Attributes:
        name: stable name, as in `--encoder` and JSON.
        dim: D, the length of its vectors.
        num_frames: T, frames of a clip that it looks at.
        frame_size: side in pixels that frames must have; None where any size will do.
        needs_exact_times: True if the T frames must be those nearest to evenly spaced times;
            False if whatever frames are cheap to decode (key frames) serve as well.
        identity: changes whenever vectors stop being comparable: name, checkpoint hash, frames per
            clip and pre-processing version.
    """

    name: str
    dim: int
    num_frames: int
    frame_size: int | None
    needs_exact_times: bool
    identity: str


@dataclass(frozen=True, slots=True)
class MatchLimits:
    """Least cosines for a match's words; below `weak` nothing is called a match."""

    strong: float
    fair: float
    weak: float


class ClipEncoder(Protocol):
    """Embeds clips and texts into one space, where a cosine says how well they fit."""

    @property
    def info(self) -> EncoderInfo:
        """The encoder's facts."""

    @property
    def device(self) -> str:
        """What it runs on, for people and records, such as 'cpu' or 'cuda: NVIDIA H100'."""

    @property
    def precision(self) -> str:
        """Arithmetic that vectors are made with, such as 'float32'."""

    def knows(self, text: str) -> Knows:
        """Says how well the encoder can be expected to understand `text`."""

    def embed_clips(self, frames: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Embeds clips: (B, T, H, W, 3) uint8 RGB -> (B, D) float32, unit length."""

    def embed_texts(self, texts: list[str]) -> NDArray[np.float32]:
        """Embeds texts -> (B, D) float32, unit length."""


@runtime_checkable
class Cuts(Protocol):
    """What an encoder has beside, if it takes only the beginning of a long text."""

    def too_long(self, text: str) -> str | None:
        """What to tell a person about a text that will lose words; None about one that will not."""
