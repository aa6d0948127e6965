"""The encoders there are. Asking about one loads neither JAX nor weights; only `load` does."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from vporganizer.encoder import starter, videoprism
from vporganizer.encoder.protocol import ClipEncoder, EncoderInfo, MatchLimits
from vporganizer.encoder.starter import limits, pins
from vporganizer.encoder.videoprism import identity, installed
from vporganizer.encoder.videoprism.published import ALIASES
from vporganizer.errors import CheckpointMissing, EncoderError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """One encoder.

    Attributes:
        info: gives its facts; raises CheckpointMissing where they depend on files that are not there.
        label: what it is called in sentences for people.
        examples: texts that it knows, for messages.
        limits: from which cosine of a text and a clip on a match is called strong, fair, weak; None
            where no cosine says so by itself, and only a background does (`app.relevance`).
        clip_limits: the same for two clips.
        missing: why it cannot be used now; None if it can.
        text_problem: why texts cannot be understood now, though clips can be embedded; None if they can.
        load: opens it on a device ('cpu', 'gpu', None: what is there) with a backend ('jax',
            'openvino', None: what is fastest there).
    """

    info: Callable[[], EncoderInfo]
    label: str
    examples: tuple[str, ...]
    limits: MatchLimits | None
    clip_limits: MatchLimits | None
    missing: Callable[[], str | None]
    load: Callable[[str | None, str | None], ClipEncoder]
    text_problem: Callable[[], str | None] = lambda: None


def _load_starter(device: str | None, backend: str | None) -> ClipEncoder:
    if backend not in (None, "auto", "jax"):
        log.info("Quick search runs on JAX only; the backend %s is for full search", backend)
    return starter.load(device=device)


ENCODERS: dict[str, Entry] = {
    pins.NAME: Entry(
        info=pins.info,
        label="quick search",
        examples=("dog", "guitar", "car"),
        limits=limits.LIMITS,
        clip_limits=limits.CLIP_LIMITS,
        missing=pins.missing,
        load=_load_starter,
    ),
}
"""By name. Those of VideoPrism are found by `_entry`, since frames may be part of their names."""


def _videoprism(name: str) -> Entry:
    """The entry of a VideoPrism model, 'NAME' or 'NAME@frames'.

    Raises:
        EncoderError: there is no such model, or no such number of frames.
    """
    base, dimensions, frames = identity.named(name)

    def info() -> EncoderInfo:
        if (problem := installed.problem(base)) is not None:
            raise CheckpointMissing(problem)
        record = installed.find(base)
        assert record is not None
        return identity.describe(base, dimensions, record.sha256, frames or dimensions.num_frames)

    def load(device: str | None, backend: str | None) -> ClipEncoder:
        return videoprism.load(name, precision="fast", device=device, backend=backend)

    return Entry(
        info=info,
        label="full search" if base == FULL else "full search (large)",
        examples=("a dog jumping into a lake", "people dancing", "snow falling at night"),
        limits=None,
        clip_limits=None,
        missing=lambda: installed.problem(base),
        load=load,
        text_problem=lambda: installed.tokenizer_problem(base),
    )


FULL = "videoprism_lvt_public_v1_base"
"""The encoder that people are offered as full search."""
FULL_LARGE = "videoprism_lvt_public_v1_large"


def names() -> tuple[str, ...]:
    """The names that `--encoder` takes."""
    return (*ENCODERS, FULL, FULL_LARGE)


def info(name: str) -> EncoderInfo:
    """Facts of an encoder, its identity included, without loading it.

    Raises:
        EncoderError: there is none of that name.
        CheckpointMissing: its weights are not installed, on which its identity depends.
    """
    return _entry(name).info()


def label(name: str) -> str:
    """What an encoder is called in sentences for people, such as 'quick search'.

    Raises:
        EncoderError: there is none of that name.
    """
    return _entry(name).label


def examples(name: str) -> tuple[str, ...]:
    """A few texts that the encoder knows, for messages.

    Raises:
        EncoderError: there is none of that name.
    """
    return _entry(name).examples


def match_limits(name: str, *, by_example: bool = False) -> MatchLimits | None:
    """From which cosine on a match of this encoder is called strong, fair or weak; None if none says so.

    Args:
        name: one of `names()`.
        by_example: True where clips are compared with a clip, False where with a text.

    Raises:
        EncoderError: there is none of that name.
    """
    entry = _entry(name)
    return entry.clip_limits if by_example else entry.limits


def load(name: str, *, device: str | None = None, backend: str | None = None) -> ClipEncoder:
    """Opens an encoder.

    Args:
        name: one of `names()`.
        device: 'cpu', 'gpu', or None for the GPU that JAX finds, else the CPU.
        backend: 'jax', 'openvino', or None for what is fastest on that device.

    Raises:
        EncoderError: there is none of that name.
        DeviceUnavailable: the device is not there.
    """
    return _entry(name).load(device, backend)


def missing(name: str) -> str | None:
    """Why an encoder cannot be used now, as a sentence with what to do; None if it can.

    Raises:
        EncoderError: there is none of that name.
    """
    return _entry(name).missing()


def text_problem(name: str) -> str | None:
    """Why texts cannot be understood now, as a sentence with what to do; None if they can.

    Raises:
        EncoderError: there is none of that name.
    """
    return _entry(name).text_problem()


def canonical(name: str) -> str:
    """The one name that a library knows an encoder by: 'base@16' is that of base, which has 16 frames.

    Raises:
        EncoderError: there is none of that name, or no such number of frames.
    """
    if name in ENCODERS:
        return name
    short, mark, frames = name.partition("@")
    whole = ALIASES.get(short, short)
    if whole not in (FULL, FULL_LARGE):
        raise EncoderError(f"There is no encoder called '{name}'.", hint=f"There are: {', '.join(names())}.")
    base, dimensions, number = identity.named(f"{whole}{mark}{frames}")
    return base if number in (None, dimensions.num_frames) else f"{base}@{number}"


def _entry(name: str) -> Entry:
    whole = canonical(name)
    return ENCODERS[whole] if whole in ENCODERS else _videoprism(whole)
