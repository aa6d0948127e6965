"""Opens models: from a file, from arrays, or from where they were installed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import ml_dtypes
import numpy as np
from numpy.typing import NDArray

from vporganizer.encoder import inference
from vporganizer.encoder.videoprism import backends, installed
from vporganizer.encoder.videoprism import checkpoint as files
from vporganizer.encoder.videoprism import entries as format_
from vporganizer.encoder.videoprism.arithmetic import Precision
from vporganizer.encoder.videoprism.classifier import Classifier
from vporganizer.encoder.videoprism.config import VideoPrismConfig, config, whole
from vporganizer.encoder.videoprism.identity import named
from vporganizer.encoder.videoprism.model import VideoPrism, digest, no_tokenizer
from vporganizer.encoder.videoprism.packing import Entries, Weights
from vporganizer.encoder.videoprism.tokenizer import Tokenizer
from vporganizer.errors import CheckpointMismatch, CheckpointMissing, EncoderError

Source = str | bytes | os.PathLike[str] | Mapping[str, NDArray[Any]]
"""A checkpoint: a path, or arrays by name."""


def load(
    model: str | VideoPrismConfig, *, checkpoint: Source | None = None,
    tokenizer: str | bytes | os.PathLike[str] | None = None, precision: Precision = "exact",
    device: str | None = None, backend: str | None = None,
) -> VideoPrism:  # fmt: skip
    """Opens a model; its numbers are read when the first clip or text comes.

    Args:
        model: name of a public model, if need be with a number of frames, as in 'NAME@8'; or dimensions.
        checkpoint: path of a flat npz, or its arrays by name; None for the one that was installed.
        tokenizer: path of the SentencePiece model; None for the one that was installed with a named
            model. Without one `embed_texts` raises TokenizerMissing.
        precision: 'exact' is float32 everywhere; 'fast' is what is fastest on the device with a cosine to
            exact of 0.999 or more. Texts are float32 in any case.
        device: 'cpu', 'gpu', or None for the GPU that JAX finds, else the CPU.
        backend: 'jax', 'openvino', or None or 'auto' for what is fastest with that precision. Where
            OpenVINO fails, JAX takes its place; the model's `device` and a warning say so.

    Raises:
        CheckpointMissing: there is no checkpoint, or the model is not installed.
        CheckpointMismatch: it is not this model's.
        EncoderError: there is no such model.
        DeviceUnavailable: the device is not there.
    """
    if isinstance(model, str):
        name, dimensions, num_frames = named(model)
    else:
        name, dimensions, num_frames = "VideoPrism", _dimensions(model), None
    record = None
    if checkpoint is None:
        if not isinstance(model, str):
            raise CheckpointMissing("A model that is given by its dimensions needs a checkpoint.")
        record = _installed(name)
        checkpoint = record.checkpoint
        tokenizer = tokenizer or record.tokenizer
    found, source = open_entries(checkpoint, format_.expected(dimensions), name)
    place = start(device)
    chosen = backends.video_side(backend, found, dimensions, place, precision)

    def read_tokenizer() -> Tokenizer:
        if tokenizer is None:
            return no_tokenizer(name)
        return Tokenizer(Path(os.fsdecode(tokenizer)), table_size=dimensions.vocabulary_size)

    def fingerprint() -> str:
        return record.sha256 if record else _sha256(source)

    return VideoPrism(
        dimensions, found, name=name, device=place, weights=weights_of(precision, place),
        tokenizer=read_tokenizer, fingerprint=fingerprint, num_frames=num_frames, video_side=chosen,
    )  # fmt: skip


def load_classifier(
    model: str | VideoPrismConfig, *, checkpoint: Source, num_classes: int,
    precision: Precision = "exact", device: str | None = None,
) -> Classifier:  # fmt: skip
    """Opens a classifier: a frozen video encoder, an attention pooler and a projection.

    Args:
        model: name or dimensions of its video encoder.
        checkpoint: path of a flat npz, or its arrays by name.
        num_classes: C.
        precision, device: as in `load`.

    Raises:
        CheckpointMissing: there is no checkpoint.
        CheckpointMismatch: it is not that of such a classifier.
        EncoderError: there is no such model, or no class.
        DeviceUnavailable: the device is not there.
    """
    dimensions = config(model) if isinstance(model, str) else _dimensions(model)
    dimensions = replace(dimensions, has_text=False, num_auxiliary_layers=0)
    num_classes = whole("num_classes", num_classes, least=1)
    expected = format_.expected_classifier(dimensions, num_classes)
    found, _ = open_entries(checkpoint, expected, f"a classifier of {num_classes} classes")
    place = start(device)
    return Classifier(dimensions, found, device=place, weights=weights_of(precision, place))


def start(device: str | None) -> jax.Device:
    """Picks the device, and keeps compiled programs between runs.

    Raises:
        DeviceUnavailable: it is not there.
    """
    inference.enable_compile_cache()
    return inference.pick_device(device)


def open_entries(checkpoint: Source, expected: format_.Shapes, what: str) -> tuple[Entries, Source]:
    """A checkpoint's arrays, once their names and shapes are found to be right.

    Raises:
        CheckpointMissing: there is no such file.
        CheckpointMismatch: it cannot be read, or names or shapes are others.
    """
    if isinstance(checkpoint, Mapping):
        arrays = {name: np.asarray(array) for name, array in checkpoint.items()}
        files.check({name: array.shape for name, array in arrays.items()}, expected, what)
        for name, array in arrays.items():
            if array.dtype.type not in _NUMBERS:
                raise CheckpointMismatch(f"The entry {name} of {what} holds no floats, but {array.dtype}.")
        return arrays, arrays
    if not isinstance(checkpoint, (str, bytes, os.PathLike)):
        raise EncoderError(f"A checkpoint is a path or arrays by name, not {type(checkpoint).__name__}.")
    opened = files.open_checkpoint(checkpoint)
    files.check(opened.shapes(), expected, what)
    return opened, checkpoint


_NUMBERS = (np.float32, np.float16, np.float64, ml_dtypes.bfloat16)


def _dimensions(model: object) -> VideoPrismConfig:
    if not isinstance(model, VideoPrismConfig):
        raise EncoderError(
            f"A model is given by its name or its dimensions, not by {type(model).__name__}.",
            hint="For a mapping of dimensions: VideoPrismConfig.from_dict(...)",
        )
    return model


def weights_of(precision: Precision, device: jax.Device) -> Weights:
    """The weights' type: XLA gains by bfloat16 on a GPU, but not on a CPU (measured: 1.02 of the time).

    Raises:
        EncoderError: there is no such precision.
    """
    if precision not in ("exact", "fast"):
        raise EncoderError(f"There is no precision '{precision}'.", hint="Use 'exact' or 'fast'.")
    return "bfloat16" if precision == "fast" and device.platform != "cpu" else "float32"


def _installed(name: str) -> installed.Installed:
    problem = installed.problem(name)
    record = installed.find(name)
    if problem is not None or record is None:
        raise CheckpointMissing(problem or f"{name} is not installed.")
    return record


def _sha256(source: Source) -> str:
    return digest(source) if isinstance(source, Mapping) else files.sha256(Path(os.fsdecode(source)))
