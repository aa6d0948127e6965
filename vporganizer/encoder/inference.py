"""What all encoders share: devices, batch buckets, unit length, the cache of compiled programs."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Lock
from typing import Any, Generic, TypeVar

import numpy as np
import platformdirs
from numpy.typing import NDArray

# A GPU is shared with the person's other programs: JAX would else take three quarters of its memory at once.
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")

import jax

from vporganizer.errors import DeviceUnavailable

log = logging.getLogger(__name__)

T = TypeVar("T")


class Lazy(Generic[T]):
    """Makes a value at its first use, once, however many threads ask for it."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: list[T] = []
        self._lock = Lock()

    @property
    def made(self) -> bool:
        """Whether the value is there already."""
        return bool(self._made)

    def get(self) -> T:
        """The value."""
        with self._lock:
            if not self._made:
                self._made.append(self._make())
            return self._made[0]


def pick_device(wanted: str | None = None) -> jax.Device:
    """The device to run on: what is asked for, else the first GPU that JAX finds, else the CPU.

    Raises:
        DeviceUnavailable: `wanted` is not there; it is never replaced by another silently.
    """
    if wanted not in (None, "cpu", "gpu"):
        raise DeviceUnavailable(f"There is no device called '{wanted}'.", hint="Use 'cpu' or 'gpu'.")
    if wanted is None:
        return jax.devices()[0] if jax.default_backend() in ("gpu", "cpu") else jax.devices("cpu")[0]
    try:
        return jax.devices(wanted)[0]
    except RuntimeError as error:
        raise DeviceUnavailable(
            f"JAX finds no {wanted.upper()} on this machine.",
            hint="Leave --device out, or install JAX for your GPU: https://docs.jax.dev/en/latest/installation.html",
        ) from error


def device_label(device: jax.Device) -> str:
    """The device for people and records: 'cpu', or 'gpu: NVIDIA H100 80GB HBM3'."""
    return "cpu" if device.platform == "cpu" else f"{device.platform}: {device.device_kind}"


def cache_folder() -> Path:
    """The user's cache folder, or the folder that VPORGANIZER_CACHE_DIR names; it may not be there yet."""
    usual = platformdirs.user_cache_dir("vporganizer", appauthor=False)
    return Path(os.environ.get("VPORGANIZER_CACHE_DIR") or usual)


def enable_compile_cache() -> Path | None:
    """Keeps compiled programs between runs, small ones too, so that a cold start does not compile.

    They lie in the user's cache folder (`jax/` in it), or in the folder that VPORGANIZER_CACHE_DIR names.

    Returns:
        The folder, or None where it cannot be made; then programs are compiled anew in each run.
    """
    folder = cache_folder() / "jax"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        log.warning("No compiled programs are kept, since %s cannot be made: %s", folder, error)
        return None
    settings = {
        "jax_compilation_cache_dir": str(folder),
        "jax_persistent_cache_min_compile_time_secs": 0,
        "jax_persistent_cache_min_entry_size_bytes": -1,
    }
    for name, value in settings.items():
        jax.config.update(name, value)  # type: ignore[no-untyped-call]
    return folder


def unit(x: NDArray[Any]) -> NDArray[np.float32]:
    """Scales vectors (..., D) to unit length; a vector of zeros stays as it is."""
    norm = np.linalg.norm(x, axis=-1, keepdims=True)
    scaled: NDArray[np.float32] = np.divide(x, norm, out=np.zeros_like(x), where=norm > 0).astype(np.float32)
    return scaled


def bucket(size: int, buckets: Sequence[int]) -> int:
    """The smallest of the ascending `buckets` that holds `size`; the largest if none does."""
    return next((b for b in buckets if b >= size), buckets[-1])


def chunks(size: int, buckets: Sequence[int]) -> Iterator[tuple[slice, int]]:
    """Cuts a batch of `size` into parts that fit the buckets, so that few shapes are ever compiled.

    Yields:
        The part and the bucket to pad it to.
    """
    for start in range(0, size, buckets[-1]):
        part = slice(start, min(start + buckets[-1], size))
        yield part, bucket(part.stop - start, buckets)


def pad_rows(x: NDArray[Any], rows: int) -> NDArray[Any]:
    """Pads the first axis with zeros up to `rows`."""
    if len(x) == rows:
        return x
    padded = np.zeros((rows, *x.shape[1:]), x.dtype)
    padded[: len(x)] = x
    return padded
