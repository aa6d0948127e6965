"""Weights are read from the published formats, and from nothing that only looks like them."""

from __future__ import annotations

import io
import os
import pickle
import struct
from collections import OrderedDict
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vporganizer.encoder.starter.stored import read_onnx, read_torch
from vporganizer.errors import CheckpointMismatch


class Named:
    """Pickles as a global of another module, such as torch's, which is not installed."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name


class Tensor:
    """Pickles as torch pickles a tensor."""

    def __init__(self, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> None:
        self.parts = (offset, shape, strides)


class Writer(pickle._Pickler):  # type: ignore[misc, name-defined]
    """Writes globals by name alone, as they would be if torch were there."""

    def save(self, obj: Any, save_persistent_id: bool = True) -> None:
        if isinstance(obj, Named):
            self.write(f"c{obj.module}\n{obj.name}\n".encode())
        elif isinstance(obj, Tensor):
            storage = ("storage", Named("torch", "FloatStorage"), "7", "cpu", 6, None)
            self.save(Named("torch._utils", "_rebuild_tensor_v2"))
            self.write(b"(")
            self.save(storage)
            self.write(b"Q")
            for part in obj.parts:
                self.save(part)
            self.write(b"tR")
        else:
            super().save(obj, save_persistent_id)


def torch_file(entries: Any, *, count: int = 6, magic: int = 0x1950A86A20F9469CFC6C) -> bytes:
    """A file in torch's legacy format with one storage of the floats 0 to 5."""
    stream = io.BytesIO()
    for part in (magic, 1001, {"little_endian": True}, entries, ["7"]):
        Writer(stream, protocol=2).dump(part)
    return stream.getvalue() + struct.pack("<q6f", count, *range(6))


def test_strides_of_a_transposed_kernel_are_used() -> None:
    entries = OrderedDict(kernel=Tensor(0, (2, 3), (1, 2)), rest=Tensor(4, (2,), (1,)))
    found = read_torch(torch_file(entries))
    np.testing.assert_array_equal(found["kernel"], [[0, 2, 4], [1, 3, 5]])
    np.testing.assert_array_equal(found["rest"], [4, 5])


@pytest.mark.parametrize(
    "tensor",
    [Tensor(0, (7,), (1,)), Tensor(5, (2,), (1,)), Tensor(0, (2, 3), (1, 3)), Tensor(-1, (2,), (1,))],
)
def test_a_tensor_beyond_its_storage_is_refused(tensor: Tensor) -> None:
    with pytest.raises(CheckpointMismatch):
        read_torch(torch_file(OrderedDict(kernel=tensor)))


class Harmful:
    def __reduce__(self) -> Any:
        return os.mkdir, ("harm",)


def test_a_pickle_that_asks_for_anything_else_is_refused(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CheckpointMismatch, match="asks for"):
        read_torch(torch_file({"kernel": Harmful()}))
    assert not (tmp_path / "harm").exists()


def test_a_storage_of_another_length_is_refused() -> None:
    with pytest.raises(CheckpointMismatch, match="announced"):
        read_torch(torch_file(OrderedDict(kernel=Tensor(0, (2,), (1,))), count=5))


def test_another_magic_number_is_refused() -> None:
    with pytest.raises(CheckpointMismatch, match="legacy"):
        read_torch(torch_file(OrderedDict(), magic=1))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # pickletools, of escapes in a damaged text
@settings(deadline=None, max_examples=60)
@given(st.integers(0, 400), st.binary(min_size=1, max_size=4))
@example(180, b"\x96")  # BYTEARRAY8: reserves what the next bytes name
@example(30, b"r\xff\xff\xff")  # LONG_BINPUT: reserves the memo up to there
def test_a_damaged_torch_file_is_read_or_refused(at: int, change: bytes) -> None:
    data = torch_file(OrderedDict(kernel=Tensor(0, (2, 3), (1, 2))))
    damaged = data[: at % len(data)] + change + data[at % len(data) + len(change) :]
    with suppress(CheckpointMismatch):
        read_torch(damaged)


def field(number: int, value: int | bytes) -> bytes:
    """One protobuf field."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def onnx_file(shape: tuple[int, ...] = (2, 300), kind: int = 3, packed: bool = False) -> bytes:
    """An ONNX file with one int8 array `kernel_q` and one operation."""
    sizes = field(1, b"".join(map(varint, shape))) if packed else b"".join(field(1, n) for n in shape)
    raw = np.arange(-300, 300).astype(np.int8).tobytes()
    tensor = sizes + field(2, kind) + field(8, b"kernel_q") + field(9, raw)
    node = field(1, b"x") + field(1, b"kernel_q") + field(2, b"y") + field(4, b"MatMul")
    return field(1, 8) + field(7, field(5, tensor) + field(1, node) + field(2, b"graph"))


@pytest.mark.parametrize("packed", [False, True])
def test_int8_arrays_and_nodes_are_read(packed: bool) -> None:
    graph = read_onnx(onnx_file(packed=packed))
    expected = np.arange(-300, 300).astype(np.int8).reshape(2, 300)
    np.testing.assert_array_equal(graph.arrays["kernel_q"], expected)
    assert graph.nodes[0] == ("MatMul", ("x", "kernel_q"), ("y",))


@pytest.mark.parametrize("data", [onnx_file((2, 301)), onnx_file(kind=99), onnx_file()[:-30], b"\xff" * 20])
def test_a_file_that_does_not_add_up_is_refused(data: bytes) -> None:
    with pytest.raises(CheckpointMismatch):
        read_onnx(data)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 700), st.binary(min_size=1, max_size=4))
def test_a_damaged_onnx_file_is_read_or_refused(at: int, change: bytes) -> None:
    data = onnx_file()
    damaged = data[: at % len(data)] + change + data[at % len(data) + len(change) :]
    with suppress(CheckpointMismatch):
        read_onnx(damaged)
