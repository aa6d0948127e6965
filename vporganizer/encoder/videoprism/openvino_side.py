"""The video half by OpenVINO: the clip function of JAX, converted from its own jaxpr (extra `openvino`)."""

from __future__ import annotations

import logging
import sys
from threading import Lock
from types import ModuleType
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from vporganizer.encoder.videoprism import openvino_graph
from vporganizer.encoder.videoprism.arithmetic import Precision
from vporganizer.encoder.videoprism.config import VideoPrismConfig
from vporganizer.encoder.videoprism.packing import Entries
from vporganizer.encoder.videoprism.sides import Frames, Pooled
from vporganizer.errors import EncoderError

log = logging.getLogger(__name__)

_NAMES = {"bf16": "bfloat16", "f32": "float32", "f16": "float16"}


def import_openvino() -> ModuleType:
    """Imports OpenVINO without its telemetry: it writes nothing into the home folder and sends nothing.

    Every import of it in this program goes through here. Importing it would else write a client's id
    into the home folder and try to send events; where its telemetry cannot be imported it does neither.

    Raises:
        ImportError: it is not installed, or damaged.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino
    import openvino.frontend.jax  # or convert_model may not know jaxprs

    module: ModuleType = openvino
    return module


def has_bfloat16(openvino: ModuleType) -> bool:
    """Whether the processor has instructions for bfloat16, without which it gains nothing."""
    return "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


class OpenVinoVideoSide:
    """The video half on the processor by OpenVINO. A program is made when the first clip of a shape comes.

    Only the last program is kept: it holds its own copy of the weights.
    """

    def __init__(
        self, entries: Entries, config: VideoPrismConfig, device: jax.Device, precision: Precision, *,
        prefix: str, pooler: str,
    ) -> None:  # fmt: skip
        """Imports OpenVINO; nothing is read yet.

        Args:
            entries: the checkpoint.
            config: its dimensions.
            device: JAX's processor, on which positions are interpolated.
            precision: 'fast' for bfloat16 where the processor has instructions for it, 'exact' for float32.
            prefix: of the video encoder's entries.
            pooler: of the attention pooler's.

        Raises:
            ImportError: OpenVINO is not installed.
        """
        self._openvino = import_openvino()
        self._entries, self._config, self._device = entries, config, device
        self._prefixes = (prefix, pooler)
        self._hint = "bf16" if precision == "fast" and has_bfloat16(self._openvino) else "f32"
        self._program: tuple[openvino_graph.Kind, Any] | None = None
        self._lock = Lock()
        self.precision = _NAMES[self._hint]
        self.label = "cpu (OpenVINO)"

    def pooled(self, frames: Frames) -> Pooled:
        """Embeds clips and their frames: (B, T, H, W, 3) -> (B, D), (B, T, D).

        Raises:
            EncoderError: an answer is no number.
            RuntimeError: OpenVINO cannot convert, compile or run the clip function.
        """
        with self._lock:
            request = self._request(openvino_graph.Kind(frames.shape[1:4], str(frames.dtype)))
            made = [self._run(request, clip) for clip in frames]
        clips, each = (np.stack(column) for column in zip(*made, strict=True))
        if not (np.isfinite(clips).all() and np.isfinite(each).all()):
            raise EncoderError("OpenVINO's answer holds values that are no numbers.")
        return Pooled(clips, each)

    def _run(self, request: Any, clip: NDArray[Any]) -> list[NDArray[np.float32]]:
        request.infer([np.ascontiguousarray(clip)])
        # Copied, since the next clip's answer lies in the same memory.
        return [np.array(request.get_output_tensor(n).data, np.float32) for n in range(2)]

    def _request(self, kind: openvino_graph.Kind) -> Any:
        if self._program is None or self._program[0] != kind:
            self._program = None  # its memory is given back before more is taken
            self._program = (kind, self._compiled(kind).create_infer_request())
        return self._program[1]

    def _compiled(self, kind: openvino_graph.Kind) -> Any:
        with jax.default_device(self._device):
            params = openvino_graph.parameters(self._entries, self._config, kind, *self._prefixes)
            graph = openvino_graph.clip_graph(self._openvino, self._config, kind, params)
        model = openvino_graph.with_weights(self._openvino, graph, params)
        compiled = self._openvino.Core().compile_model(model, "CPU", self._settings())
        used = compiled.get_property("INFERENCE_PRECISION_HINT").to_string()
        self.precision = _NAMES.get(used, used)
        log.info("Clips %s are embedded by OpenVINO %s in %s, %d threads", kind.shape,
                 self._openvino.__version__, self.precision,
                 compiled.get_property("INFERENCE_NUM_THREADS"))  # fmt: skip
        return compiled

    def _settings(self) -> dict[str, Any]:
        return {
            "INFERENCE_PRECISION_HINT": self._hint,
            "PERFORMANCE_HINT": "LATENCY",  # one clip at a time by all cores, as with JAX
            "ENABLE_CPU_PINNING": False,  # decode workers share the cores
            # OpenVINO 2026 stops with "Topological order is required, but not set" in this pass, which fuses
            # element-wise operations.
            "SNIPPETS_MODE": "DISABLE",
        }
