"""What all encoders share."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from pathlib import Path

import jax
import numpy as np
import pytest

from vporganizer.encoder import inference
from vporganizer.errors import DeviceUnavailable


def test_the_cpu_is_always_there() -> None:
    assert inference.device_label(inference.pick_device("cpu")) == "cpu"


def test_without_a_wish_a_gpu_is_taken_where_there_is_one() -> None:
    assert inference.pick_device() == jax.devices()[0]


@pytest.mark.skipif(jax.default_backend() == "gpu", reason="there is a GPU here")
def test_a_gpu_that_is_not_there_is_not_replaced_silently() -> None:
    with pytest.raises(DeviceUnavailable, match="GPU") as caught:
        inference.pick_device("gpu")
    assert "--device" in caught.value.hint


def test_an_unknown_device_is_refused() -> None:
    with pytest.raises(DeviceUnavailable, match="toaster"):
        inference.pick_device("toaster")


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (0, []),
        (1, [(0, 1, 2)]),
        (5, [(0, 5, 8)]),
        (19, [(0, 8, 8), (8, 16, 8), (16, 19, 8)]),
        (17, [(0, 8, 8), (8, 16, 8), (16, 17, 2)]),
    ],
)
def test_batches_are_cut_to_few_sizes(size: int, expected: list[tuple[int, int, int]]) -> None:
    found = [(part.start, part.stop, rows) for part, rows in inference.chunks(size, (2, 8))]
    assert found == expected


def test_padding_keeps_the_rows() -> None:
    padded = inference.pad_rows(np.ones((2, 3), np.uint8), 4)
    np.testing.assert_array_equal(padded, [[1] * 3, [1] * 3, [0] * 3, [0] * 3])


def test_a_vector_of_zeros_stays_zero() -> None:
    np.testing.assert_allclose(inference.unit(np.array([[3.0, 4.0], [0.0, 0.0]])), [[0.6, 0.8], [0, 0]])


def test_many_threads_make_a_value_once() -> None:
    made: list[int] = []

    def make() -> int:
        time.sleep(0.05)
        made.append(1)
        return len(made)

    lazy = inference.Lazy(make)
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(lazy.get())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1] * 4


def test_small_programs_are_kept_where_the_person_says(tmp_path: Path) -> None:
    code = """
from vporganizer.encoder import inference
import jax
inference.enable_compile_cache()
jax.jit(lambda x: x + 1)(1.0)
"""
    environment = {"VPORGANIZER_CACHE_DIR": str(tmp_path), "PATH": "", "JAX_PLATFORMS": "cpu"}
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, env=environment)
    assert list((tmp_path / "jax").iterdir())


def test_a_cache_that_cannot_be_made_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("VPORGANIZER_CACHE_DIR", str(tmp_path / "file"))
    with caplog.at_level(logging.WARNING):
        assert inference.enable_compile_cache() is None
    assert "cannot be made" in caplog.text
