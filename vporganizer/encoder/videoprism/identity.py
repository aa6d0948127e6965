"""Names and identities of encoders: what tells whether two vectors can be compared; loads no JAX."""

from __future__ import annotations

from vporganizer.encoder.protocol import EncoderInfo
from vporganizer.encoder.videoprism.config import VideoPrismConfig, config
from vporganizer.errors import EncoderError

PREPROCESSING = 1
"""Counts changes of what frames go through before the model."""
MOST_FRAMES = 64
"""Four times what the models were trained with; memory and time grow with the frames."""


def named(model: str) -> tuple[str, VideoPrismConfig, int | None]:
    """Takes 'NAME' or 'NAME@frames' apart -> name, dimensions, frames if they are given.

    Raises:
        EncoderError: there is no such model, or no such number of frames.
    """
    name, mark, frames = model.partition("@")
    dimensions = config(name)
    if not mark:
        return name, dimensions, None
    if not frames.isdecimal() or not 1 <= int(frames) <= MOST_FRAMES:
        raise EncoderError(f"'{model}' asks for no number of frames from 1 to {MOST_FRAMES}.",
                           hint=f"For example: {name}@8")  # fmt: skip
    return name, dimensions, int(frames)


def describe(name: str, config: VideoPrismConfig, sha256: str, num_frames: int) -> EncoderInfo:
    """An encoder's facts; frames other than the model's own are part of its name."""
    base = name.partition("@")[0]
    return EncoderInfo(
        name=base if num_frames == config.num_frames else f"{base}@{num_frames}",
        dim=config.model_dim,
        num_frames=num_frames,
        frame_size=config.frame_size,
        needs_exact_times=True,
        identity=f"{base}-{sha256[:16]}-frames{num_frames}-v{PREPROCESSING}",
    )
