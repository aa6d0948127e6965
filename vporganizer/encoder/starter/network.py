"""EfficientNet-Lite0 as a pure function: frames in, ImageNet logits out.

Source: "Higher accuracy on vision models with EfficientNet-Lite" (TensorFlow blog, 2020); architecture of Tan
and Le, EfficientNet (ICML 2019), without squeeze-and-excitation and with ReLU6 in place of swish.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from numpy.typing import NDArray

from vporganizer.errors import CheckpointMismatch

Params = dict[str, Array]
"""Folded weights by name: `stem`, `block3.expand`, ... each with `/w` and `/b`."""

FRAME_SIZE = 224
NUM_CLASSES = 1000
_NORM_EPSILON = 1e-3


class Block(NamedTuple):
    """An inverted bottleneck: 1x1 up by `expansion`, kernel x kernel depthwise, 1x1 down."""

    kernel: int
    stride: int
    expansion: int
    width_in: int
    width_out: int


def _blocks() -> tuple[Block, ...]:
    """The published table: (repeats, kernel, stride of the first, expansion, in, out)."""
    table = (
        (1, 3, 1, 1, 32, 16),
        (2, 3, 2, 6, 16, 24),
        (2, 5, 2, 6, 24, 40),
        (3, 3, 2, 6, 40, 80),
        (3, 5, 1, 6, 80, 112),
        (4, 5, 2, 6, 112, 192),
        (1, 3, 1, 6, 192, 320),
    )
    blocks: list[Block] = []
    for repeats, kernel, stride, expansion, width_in, width_out in table:
        blocks.append(Block(kernel, stride, expansion, width_in, width_out))
        blocks += [Block(kernel, 1, expansion, width_out, width_out)] * (repeats - 1)
    return tuple(blocks)


BLOCKS = _blocks()


def fold(published: dict[str, NDArray[Any]]) -> dict[str, NDArray[np.float32]]:
    """Folds batch norm into the convolutions and turns kernels from OIHW into HWIO.

    Args:
        published: the checkpoint's entries under their own names.

    Returns:
        The network's parameters; 1x1 kernels as (in, out) matrices, depthwise ones as (k, k, channels).

    Raises:
        CheckpointMismatch: entries are missing or of another shape.
    """
    params: dict[str, NDArray[np.float32]] = {}
    try:
        for ours, conv, norm in _names():
            kernel = published[f"{conv}.weight"].astype(np.float32)
            gain, bias, mean, var = (
                published[f"{norm}.{part}"].astype(np.float32)
                for part in ("weight", "bias", "running_mean", "running_var")
            )
            scale = gain / np.sqrt(var + np.float32(_NORM_EPSILON))
            hwio = kernel.transpose(2, 3, 1, 0) * scale
            params[f"{ours}/w"] = np.ascontiguousarray(_drop_unit_axes(ours, hwio))
            params[f"{ours}/b"] = bias - mean * scale
        params["classes/w"] = np.ascontiguousarray(published["_fc.weight"].astype(np.float32).T)
        params["classes/b"] = published["_fc.bias"].astype(np.float32)
    except (KeyError, ValueError) as error:
        raise CheckpointMismatch(f"The image network's weights do not fit: {error}.") from error
    check_shapes(params)
    return params


def _names() -> list[tuple[str, str, str]]:
    """(our name, the checkpoint's convolution, the checkpoint's batch norm)."""
    names = [("stem", "_conv_stem", "_bn0"), ("head", "_conv_head", "_bn1")]
    for i, block in enumerate(BLOCKS):
        theirs = f"_blocks.{i}."
        if block.expansion != 1:
            names.append((f"block{i}.expand", theirs + "_expand_conv", theirs + "_bn0"))
        names.append((f"block{i}.depthwise", theirs + "_depthwise_conv", theirs + "_bn1"))
        names.append((f"block{i}.project", theirs + "_project_conv", theirs + "_bn2"))
    return names


def _drop_unit_axes(name: str, kernel: NDArray[Any]) -> NDArray[Any]:
    """(1, 1, in, out) -> (in, out); depthwise (k, k, 1, channels) -> (k, k, channels)."""
    if name == "stem":
        return kernel
    return kernel[:, :, 0] if name.endswith("depthwise") else kernel[0, 0]


def shapes() -> dict[str, tuple[int, ...]]:
    """The shape of every parameter, by name."""
    expected: dict[str, tuple[int, ...]] = {"stem/w": (3, 3, 3, 32), "head/w": (320, 1280)}
    for i, block in enumerate(BLOCKS):
        wide = block.width_in * block.expansion
        if block.expansion != 1:
            expected[f"block{i}.expand/w"] = (block.width_in, wide)
        expected[f"block{i}.depthwise/w"] = (block.kernel, block.kernel, wide)
        expected[f"block{i}.project/w"] = (wide, block.width_out)
    expected["classes/w"] = (1280, NUM_CLASSES)
    biases = {name[:-1] + "b": (shape[-1],) for name, shape in expected.items()}
    return expected | biases


def check_shapes(params: dict[str, NDArray[Any]]) -> None:
    """Refuses parameters that are not exactly the network's.

    Raises:
        CheckpointMismatch: lists what is missing, extra or of another shape.
    """
    found = {name: tuple(value.shape) for name, value in params.items()}
    expected = shapes()
    wrong = sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
    if wrong:
        raise CheckpointMismatch(f"The image network's weights do not fit: {', '.join(wrong)}.")


def logits(params: Params, frames: Array) -> tuple[Array, Array]:
    """Runs the network on a batch of frames.

    Args:
        params: what `fold` gives.
        frames: (B, 224, 224, 3) uint8 RGB.

    Returns:
        Logits (B, 1000) in the standard ImageNet order and the pooled features (B, 1280), both float32.
    """
    x = (frames.astype(jnp.float32) - 127.0) / 128.0
    x = _relu6(_convolve(x, params["stem/w"], 2) + params["stem/b"])
    for i, block in enumerate(BLOCKS):
        x = _bottleneck(params, f"block{i}", block, x)
    x = _relu6(_dense(params, "head", x))
    features = jnp.mean(x, axis=(1, 2))
    return _dense(params, "classes", features), features


def _bottleneck(params: Params, name: str, block: Block, x: Array) -> Array:
    """(B, H, W, in) -> (B, H / stride, W / stride, out)."""
    inside = x if block.expansion == 1 else _relu6(_dense(params, f"{name}.expand", x))
    inside = _depthwise(inside, params[f"{name}.depthwise/w"], block.stride)
    inside = _relu6(inside + params[f"{name}.depthwise/b"])
    out = _dense(params, f"{name}.project", inside)
    return x + out if block.stride == 1 and block.width_in == block.width_out else out


def _dense(params: Params, name: str, x: Array) -> Array:
    """A 1x1 convolution is a matrix product over the last axis."""
    return jnp.matmul(x, params[f"{name}/w"], precision=lax.Precision.HIGHEST) + params[f"{name}/b"]


def _relu6(x: Array) -> Array:
    return jnp.clip(x, 0.0, 6.0)


def _same_padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """'SAME' as TensorFlow pads: the smaller half first."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def _convolve(x: Array, kernel: Array, stride: int) -> Array:
    """(B, H, W, in) with (k, k, in, out) -> (B, H / stride, W / stride, out)."""
    padding = [_same_padding(size, kernel.shape[0], stride) for size in x.shape[1:3]]
    return lax.conv_general_dilated(
        x,
        kernel,
        (stride, stride),
        padding,
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
        precision=lax.Precision.HIGHEST,
    )


def _depthwise(x: Array, kernel: Array, stride: int) -> Array:
    """Depthwise convolution as a sum of shifted, strided slices.

    XLA's own grouped convolution (`feature_group_count`) is six times slower on a CPU, with the same numbers.
    """
    size = kernel.shape[0]
    height, width = (-(-n // stride) for n in x.shape[1:3])
    rows, columns = (_same_padding(n, size, stride) for n in x.shape[1:3])
    padded = jnp.pad(x, ((0, 0), rows, columns, (0, 0)))
    total = None
    for i in range(size):
        for j in range(size):
            last = (i + (height - 1) * stride + 1, j + (width - 1) * stride + 1)
            part = padded[:, i : last[0] : stride, j : last[1] : stride] * kernel[i, j]
            total = part if total is None else total + part
    assert total is not None
    return total


logits_jit = jax.jit(logits)
