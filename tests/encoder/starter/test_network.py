"""EfficientNet-Lite0 answers as torch does."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest
from jax import lax
from numpy.typing import NDArray

from vporganizer.encoder.starter import network, weights
from vporganizer.errors import CheckpointMismatch


@pytest.fixture(scope="module")
def params() -> dict[str, NDArray[np.float32]]:
    return weights.image_network()


@pytest.fixture(scope="module")
def answers(params: network.Params, golden_frames: NDArray[np.uint8]) -> list[NDArray[Any]]:
    halves = [network.logits_jit(params, golden_frames[0, i : i + 2]) for i in (0, 2)]
    return [np.concatenate(parts) for parts in zip(*halves, strict=True)]


def test_logits_are_those_of_torch(answers: list[NDArray[Any]], golden: dict[str, NDArray[Any]]) -> None:
    np.testing.assert_allclose(answers[0], golden["logits"], atol=1e-4, rtol=0)


def test_features_are_those_of_torch(answers: list[NDArray[Any]], golden: dict[str, NDArray[Any]]) -> None:
    np.testing.assert_allclose(answers[1], golden["features"], atol=1e-4, rtol=0)


def test_the_network_has_as_many_weights_as_published(params: dict[str, NDArray[np.float32]]) -> None:
    assert sum(value.size for value in params.values()) == 4_631_000


@pytest.mark.parametrize(("kernel", "stride", "size"), [(3, 1, 7), (3, 2, 8), (5, 2, 8), (5, 2, 7)])
def test_shifted_slices_are_a_depthwise_convolution(kernel: int, stride: int, size: int) -> None:
    rng = np.random.default_rng(kernel)
    x = rng.standard_normal((2, size, size, 6), np.float32)
    w = rng.standard_normal((kernel, kernel, 6), np.float32)
    expected = lax.conv_general_dilated(
        x,
        w[:, :, None],
        (stride, stride),
        "SAME",
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
        feature_group_count=6,
        precision="highest",
    )
    found = network._depthwise(jax.numpy.asarray(x), jax.numpy.asarray(w), stride)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_weights_of_another_shape_are_named(params: dict[str, NDArray[np.float32]]) -> None:
    changed = {name: value for name, value in params.items() if name != "head/b"} | {"stem/w": np.zeros(3)}
    with pytest.raises(CheckpointMismatch, match="head/b, stem/w"):
        network.check_shapes(changed)
