"""Which backend embeds clips: JAX, or OpenVINO on a processor with bfloat16; never changed without a word."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Callable

import jax

from vporganizer.encoder.videoprism.arithmetic import Precision
from vporganizer.encoder.videoprism.config import VideoPrismConfig
from vporganizer.encoder.videoprism.packing import Entries
from vporganizer.encoder.videoprism.sides import Frames, Pooled, VideoSide
from vporganizer.errors import CheckpointMismatch, EncoderError

log = logging.getLogger(__name__)

BACKENDS = (None, "auto", "jax", "openvino")
LEAST_WIDTH = 512
"""Width of a token from which on bfloat16 is taken unasked: in narrow models roundings do not cancel out
(cosines to float32 fell to 0.994 at a width of 48, but stayed above 0.999 at 768), and no time is gained."""
_VISION, _POOLER = "params/vision_encoder", "params/contrastive_vision_pooler"

Make = Callable[[Callable[[], VideoSide]], VideoSide]
"""Makes a video half, given a function that makes JAX's."""


def video_side(
    backend: str | None, entries: Entries, config: VideoPrismConfig, device: jax.Device, precision: Precision
) -> Make | None:  # fmt: skip
    """Chooses a backend; it is imported only when the first clip comes.

    Without a wish OpenVINO is taken where it is installed and faster: on a processor with instructions for
    bfloat16, if the precision allows it and the model is not a tiny one. In float32 it is hardly faster.

    Args:
        backend: one of `BACKENDS`.
        entries: the checkpoint.
        config: its dimensions.
        device: where the model runs.
        precision: 'exact' or 'fast'.

    Returns:
        What makes the video half, or None for JAX's.

    Raises:
        EncoderError: there is no such backend.
    """
    if backend not in BACKENDS:
        raise EncoderError(f"There is no backend '{backend}'.", hint="Use 'jax' or 'openvino'.")
    asked = backend == "openvino"
    if backend == "jax" or not config.has_text or not (asked or precision == "fast"):
        return None
    if device.platform != "cpu":
        if asked:
            log.warning("OpenVINO runs on the processor only: clips are embedded by JAX on the GPU")
        return None
    if not asked and (config.model_dim < LEAST_WIDTH or importlib.util.find_spec("openvino") is None):
        return None

    def make(jax_side: Callable[[], VideoSide]) -> VideoSide:
        return _make(entries, config, device, precision, jax_side, asked=asked)

    return make


def _make(
    entries: Entries, config: VideoPrismConfig, device: jax.Device, precision: Precision,
    jax_side: Callable[[], VideoSide], *, asked: bool,
) -> VideoSide:  # fmt: skip
    try:
        from vporganizer.encoder.videoprism import openvino_side

        made = openvino_side.OpenVinoVideoSide(
            entries, config, device, precision, prefix=_VISION, pooler=_POOLER
        )
    except Exception as error:  # noqa: BLE001 - another library's, of any kind; it is said, and JAX is there
        return Replaced(jax_side(), error)
    if not asked and made.precision != "bfloat16":
        log.info("The processor has no instructions for bfloat16: clips are embedded by JAX")
        return jax_side()
    return WithReserve(made, jax_side)


class Replaced:
    """JAX's video half in the place of OpenVINO's, which failed: it is said once, and in the label."""

    def __init__(self, side: VideoSide, error: Exception) -> None:
        log.warning(
            "OpenVINO cannot be used, so JAX embeds the clips, which may be slower: %s: %s",
            type(error).__name__, _first_line(error), exc_info=log.isEnabledFor(logging.DEBUG),
        )  # fmt: skip
        self._side = side
        why = "is not installed" if isinstance(error, ModuleNotFoundError) else "failed"
        self._note = f" (OpenVINO {why})"

    @property
    def precision(self) -> str:
        """JAX's."""
        return self._side.precision

    @property
    def label(self) -> str:
        """JAX's, and why it is not the other's."""
        return self._side.label + self._note

    def pooled(self, frames: Frames) -> Pooled:
        """As JAX's."""
        return self._side.pooled(frames)


class WithReserve:
    """A video half that JAX's replaces from the first failure on."""

    def __init__(self, first: VideoSide, reserve: Callable[[], VideoSide]) -> None:
        self._side = first
        self._reserve: Callable[[], VideoSide] | None = reserve

    @property
    def precision(self) -> str:
        """Of the half in use."""
        return self._side.precision

    @property
    def label(self) -> str:
        """Of the half in use."""
        return self._side.label

    def pooled(self, frames: Frames) -> Pooled:
        """Embeds clips, if need be by JAX.

        Raises:
            CheckpointMismatch: the checkpoint is damaged, which no other backend helps.
        """
        if self._reserve is None:
            return self._side.pooled(frames)
        try:
            return self._side.pooled(frames)
        except CheckpointMismatch:
            raise
        except Exception as error:  # noqa: BLE001 - another library's, of any kind; it is said, and JAX is there
            self._side, self._reserve = Replaced(self._reserve(), error), None
            return self._side.pooled(frames)


def _first_line(error: Exception) -> str:
    """What an error says, in one line: OpenVINO's go on for many, the last of which says most."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"
