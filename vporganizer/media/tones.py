"""High dynamic range to ordinary RGB: PQ and HLG signals as BT.709 pictures.

swscale can do this, but builds its tables for two seconds for every decoder. Sources: ITU-R BT.2100
(PQ and HLG), BT.2408 (reference white at 203 cd/m²), BT.2087 (primaries).
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_WHITE = 203.0
"""cd/m² that become white in an ordinary picture; brighter things are compressed above the knee."""
_PEAK = 1000.0
_KNEE = 0.6
_TO_BT709 = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], np.float32
)
_LUMA = np.array([0.2627, 0.6780, 0.0593], np.float32)
_STEPS = 4096


def to_ordinary(picture: NDArray[np.uint16], kind: str) -> NDArray[np.uint8]:
    """Converts (H, W, 3) uint16 BT.2020 RGB signal of `kind` 'PQ' or 'HLG' to uint8 BT.709 RGB."""
    light = _light_table(kind)[picture >> 4]
    if kind == "HLG":
        # The picture's own brightness raises contrast on a display of 1000 cd/m² (BT.2100, OOTF).
        luma = np.maximum(light @ _LUMA, np.float32(1e-6))
        light *= (_PEAK / _WHITE * luma ** np.float32(0.2))[..., None]
    light = light @ _TO_BT709.T
    np.maximum(light, 0, out=light)
    over = np.maximum(light.max(axis=-1, keepdims=True), np.float32(1e-6))
    light *= _compress(over) / over  # all channels alike, so that colours stay
    root = np.sqrt(np.clip(light, 0, 1))  # finer steps where it is dark
    signal: NDArray[np.uint8] = _signal_table()[(root * (_STEPS - 1)).astype(np.uint16)]
    return signal


def _compress(light: Floats) -> Floats:
    """Keeps light below the knee and bends what is above towards 1."""
    above = (light - _KNEE) / (1 - _KNEE)
    return np.where(light <= _KNEE, light, _KNEE + (1 - _KNEE) * above / (1 + above)).astype(np.float32)


@cache
def _light_table(kind: str) -> Floats:
    """Light for each of 4096 signal values: PQ relative to white, HLG as scene light from 0 to 1."""
    signal = np.linspace(0, 1, _STEPS)
    if kind == "PQ":
        m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
        power = signal ** (1 / m2)
        light = 10_000 / _WHITE * (np.maximum(power - c1, 0) / (c2 - c3 * power)) ** (1 / m1)
    else:
        a, b, c = 0.17883277, 0.28466892, 0.55991073
        light = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
    return light.astype(np.float32)


@cache
def _signal_table() -> NDArray[np.uint8]:
    """Ordinary signal for the root of light from 0 to 1, by a display's gamma of 2.4 (BT.1886)."""
    return np.rint(255 * np.linspace(0, 1, _STEPS) ** (2 / 2.4)).astype(np.uint8)
