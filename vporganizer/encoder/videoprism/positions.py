"""Positional embeddings: learned ones resized to other lengths and sizes, and sinusoidal ones."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray


def temporal(learned: Array, frames: int) -> Array:
    """Positions in time, resized bilinearly: (F, D) -> (frames, D)."""
    if len(learned) == frames:
        return learned
    resized: Array = jax.image.resize(learned, (frames, learned.shape[1]), method="bilinear")
    return resized


def spatial(learned: Array, grid: tuple[int, int], wanted: tuple[int, int]) -> Array:
    """Positions of patches, resized bilinearly: (rows * columns, D) -> (wanted rows * columns, D).

    Args:
        learned: row by row.
        grid: rows and columns that were learned.
        wanted: rows and columns that are needed.
    """
    if grid == wanted:
        return learned
    dim = learned.shape[1]
    resized: Array = jax.image.resize(learned.reshape(*grid, dim), (*wanted, dim), method="bilinear")
    return resized.reshape(-1, dim)


def sinusoids(length: int, dim: int) -> NDArray[np.float32]:
    """Positions of a text's tokens: (length, dim), sines and then cosines of wave lengths 1 to 10,000.

    Where `dim` is odd, the last number is 0.
    """
    count = dim // 2
    slowing = np.log(10_000.0) / max(count - 1, 1)
    rates = np.exp(-slowing * np.arange(count))
    angles = np.arange(length)[:, None] * rates
    rest = np.zeros((length, dim % 2))
    return np.concatenate([np.sin(angles), np.cos(angles), rest], axis=1).astype(np.float32)


def patches(frames: Array, side: int) -> Array:
    """Cuts frames into patches, row by row: (F, H, W, 3) -> (F, N, side * side * 3)."""
    count, height, width, channels = frames.shape
    rows, columns = height // side, width // side
    cut = frames.reshape(count, rows, side, columns, side, channels).transpose(0, 1, 3, 2, 4, 5)
    return jnp.reshape(cut, (count, rows * columns, side * side * channels))
