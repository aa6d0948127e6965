"""Attention in blocks, without a maximum, is the plain one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vporganizer.encoder.videoprism import attention
from vporganizer.encoder.videoprism.arithmetic import Arithmetic, Blocks, block_of

MATHS = Arithmetic()


def plain(qkv: NDArray[np.float32], cap: float, keep: NDArray[np.bool_] | None) -> NDArray[np.float64]:
    """The reference's form: a large negative number for what is not seen, then a softmax with a maximum."""
    q, k, v = (qkv[:, :, n].transpose(0, 2, 1, 3).astype(np.float64) for n in range(3))
    logits = q @ k.transpose(0, 1, 3, 2)
    if cap:
        logits = cap * np.tanh(logits)
    if keep is not None:
        logits = np.where(keep[:, None], logits, -1e30)
    weights = np.exp(logits - logits.max(-1, keepdims=True))
    weights /= weights.sum(-1, keepdims=True)
    return np.asarray((weights @ v).transpose(0, 2, 1, 3))


def random_qkv(
    seed: int, sequences: int, length: int, heads: int, width: int, size: float
) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    return (rng.standard_normal((sequences, length, 3, heads, width)) * size).astype(np.float32)


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 999), sequences=st.integers(1, 6), length=st.sampled_from([1, 5, 16]),
    cap=st.sampled_from([0.0, 50.0, 80.0]), size=st.sampled_from([0.1, 1.0, 3.0]),
    masked=st.sampled_from(["no", "some", "all of one"]),
)  # fmt: skip
def test_any_sequences(seed: int, sequences: int, length: int, cap: float, size: float, masked: str) -> None:
    qkv = random_qkv(seed, sequences, length, 2, 8, size)
    keep = None
    if masked != "no":
        keep = np.random.default_rng(seed).random((sequences, length, length)) < 0.6
        if masked == "all of one":
            keep[0] = False
    found = attention.attend(qkv, cap, MATHS, Blocks(attention=1), keep=keep)
    np.testing.assert_allclose(found, plain(qkv, cap, keep), atol=2e-5, rtol=1e-4)


def test_a_long_sequence_is_cut_into_blocks_of_queries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention, "LONG", 20)
    qkv = random_qkv(3, 2, 60, 3, 8, 1.0)
    found = attention.attend(qkv, 50.0, MATHS, Blocks(queries=16))
    np.testing.assert_allclose(found, plain(qkv, 50.0, None), atol=2e-5)


def test_logits_at_the_cap_do_not_overflow() -> None:
    qkv = random_qkv(4, 1, 2000, 1, 8, 30.0)
    found = np.asarray(attention.attend(qkv, 50.0, MATHS, Blocks()))
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found, plain(qkv, 50.0, None), atol=1e-2, rtol=1e-3)


def test_a_query_that_sees_nothing_gets_the_average_of_all_values() -> None:
    qkv = random_qkv(5, 1, 7, 1, 4, 2.0)
    keep = np.zeros((1, 1, 7), bool)
    found = np.asarray(attention.attend(qkv, 50.0, MATHS, Blocks(), keep=keep))
    np.testing.assert_allclose(found[0, :, 0], np.broadcast_to(qkv[0, :, 2, 0].mean(0), (7, 4)), atol=1e-6)


@given(size=st.integers(1, 400), most=st.integers(1, 400))
@settings(max_examples=50, deadline=None)
def test_a_block_divides_and_is_the_largest(size: int, most: int) -> None:
    block = block_of(size, most)
    assert size % block == 0
    assert block <= most
    assert not [n for n in range(block + 1, min(size, most) + 1) if size % n == 0]
