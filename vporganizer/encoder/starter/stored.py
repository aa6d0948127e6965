"""Readers of the two file formats that the starter's weights are published in; no torch, no onnx.

Both read from memory, run nothing that the file says, and check bounds: a damaged or hostile file is a
`CheckpointMismatch`, never a wild read.
"""

from __future__ import annotations

import io
import pickle
import pickletools
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from vporganizer.errors import CheckpointMismatch

Arrays = dict[str, NDArray[Any]]

_PICKLE_PROTOCOL = 2
_MEMO_LIMIT = 1_000_000
_TORCH_MAGIC = 0x1950A86A20F9469CFC6C
_TORCH_DTYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}
# What `pickle` and the readers below raise on bytes that make no sense.
_DAMAGE = (
    pickle.UnpicklingError,
    EOFError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)


# torch's legacy stream -------------------------------------------------------------------------


class _Storage(NamedTuple):
    """A run of numbers that comes after the pickles; tensors are views of it."""

    key: str
    dtype: np.dtype[Any]
    size: int


class _View(NamedTuple):
    """A tensor as the pickle describes it: where it lies in its storage."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def _rebuild_tensor(storage: Any, offset: Any, shape: Any, strides: Any, *_: Any) -> _View:
    """Stands in for `torch._utils._rebuild_tensor_v2`: only notes what was asked for."""
    numbers = (offset, *shape, *strides)
    if not isinstance(storage, _Storage) or len(shape) != len(strides):
        raise pickle.UnpicklingError("a tensor without a storage")
    if any(type(number) is not int or number < 0 for number in numbers):
        raise pickle.UnpicklingError("a tensor with impossible sizes")
    return _View(storage, offset, tuple(shape), tuple(strides))


class _TorchUnpickler(pickle.Unpickler):
    """Knows the four names that a file of tensors needs and refuses every other."""

    def find_class(self, module: str, name: str) -> Any:
        """Overrides `pickle.Unpickler.find_class`: a short list instead of any importable name."""
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild_tensor
        if module == "torch" and name in _TORCH_DTYPES:
            return _TORCH_DTYPES[name]
        raise pickle.UnpicklingError(f"it asks for {module}.{name}")

    def persistent_load(self, pid: Any) -> _Storage:
        """Overrides `pickle.Unpickler.persistent_load`: ('storage', type, key, location, count, view)."""
        kind, dtype, key, _location, count, view = pid
        if kind != "storage" or view is not None or not isinstance(dtype, np.dtype):
            raise pickle.UnpicklingError("a storage of an unknown kind")
        return _Storage(str(key), dtype, int(count))


def _load_pickle(stream: io.BytesIO) -> Any:
    """Loads the next pickle, once its instructions are known to be those of an old and modest one.

    A flipped bit can turn an instruction into one of a later protocol that reserves whatever number
    of bytes is named, or name a memo entry billions away, which reserves all before it.
    """
    start = stream.tell()
    for opcode, argument, _ in pickletools.genops(stream):
        if opcode.proto > _PICKLE_PROTOCOL:
            raise pickle.UnpicklingError(f"the instruction {opcode.name} is newer than the format")
        if opcode.name.endswith("PUT") and isinstance(argument, int) and argument > _MEMO_LIMIT:
            raise pickle.UnpicklingError("an impossible memo entry")
    stream.seek(start)
    return _TorchUnpickler(stream).load()


def read_torch(data: bytes) -> Arrays:
    """Reads a state dict that `torch.save` wrote in its legacy format (before the zip format).

    Args:
        data: the whole file.

    Returns:
        Name -> array, each a contiguous copy.

    Raises:
        CheckpointMismatch: the file is not such a file, is damaged, or asks for anything else.
    """
    try:
        stream = io.BytesIO(data)
        magic, protocol, system, views, keys = (_load_pickle(stream) for _ in range(5))
        if magic != _TORCH_MAGIC or protocol != 1001 or system.get("little_endian") is not True:
            raise CheckpointMismatch("The file of weights is not in torch's legacy format.")
        storages = _read_storages(memoryview(data)[stream.tell() :], keys, views)
        return {str(name): _materialise(view, storages) for name, view in views.items()}
    except _DAMAGE as error:
        raise CheckpointMismatch(f"The file of weights is damaged or holds no tensors: {error}.") from error


def _read_storages(rest: memoryview, keys: list[Any], views: dict[Any, _View]) -> Arrays:
    """Reads int64 count + raw values for each key, in the order of `keys`."""
    declared = {view.storage.key: view.storage for view in views.values()}
    found: Arrays = {}
    for key in keys:
        storage = declared[str(key)]
        count = int.from_bytes(rest[:8], "little")
        end = 8 + count * storage.dtype.itemsize
        if count != storage.size or end > len(rest):
            raise ValueError(f"storage {key} has {count} values where {storage.size} were announced")
        found[storage.key] = np.frombuffer(rest[8:end], storage.dtype)
        rest = rest[end:]
    return found


def _materialise(view: _View, storages: Arrays) -> NDArray[Any]:
    """Copies a tensor out of its storage. Strides matter: kernels are stored transposed."""
    values = storages[view.storage.key]
    if 0 in view.shape:
        return np.zeros(view.shape, values.dtype)
    last = view.offset + sum((n - 1) * step for n, step in zip(view.shape, view.strides, strict=True))
    if last >= len(values):
        raise ValueError("a tensor reaches beyond its storage")
    strides = tuple(step * values.itemsize for step in view.strides)
    return np.ascontiguousarray(as_strided(values[view.offset :], view.shape, strides, writeable=False))


# protobuf, as far as an ONNX file of weights needs it --------------------------------------------


class OnnxNode(NamedTuple):
    """One operation of the graph."""

    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


class OnnxGraph(NamedTuple):
    """The numbers of an ONNX file by name, and its operations in order."""

    arrays: Arrays
    nodes: tuple[OnnxNode, ...]


_ONNX_DTYPES: dict[int, np.dtype[Any]] = {
    1: np.dtype("<f4"),
    3: np.dtype("i1"),
    7: np.dtype("<i8"),
    9: np.dtype("?"),
}


def read_onnx(data: bytes) -> OnnxGraph:
    """Reads initialisers and nodes of an ONNX file (onnx.proto3: ModelProto, GraphProto, TensorProto).

    Raises:
        CheckpointMismatch: the file is damaged or holds numbers of a type that is not expected.
    """
    try:
        arrays: Arrays = {}
        nodes: list[OnnxNode] = []
        for graph in _messages(memoryview(data), 7):
            for tensor in _messages(graph, 5):
                name, values = _read_tensor(tensor)
                arrays[name] = values
            nodes.extend(_read_node(node) for node in _messages(graph, 1))
        return OnnxGraph(arrays, tuple(nodes))
    except _DAMAGE as error:
        raise CheckpointMismatch(f"The file of weights is damaged or no ONNX file: {error}.") from error


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    """Reads a protobuf varint; gives it and where the next byte lies."""
    value = 0
    for shift in range(0, 70, 7):
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
    raise ValueError("a number of more than ten bytes")


def _fields(data: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yields (field number, value) of one message: ints, or the bytes of anything else."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        wire = key & 7
        if wire == 0:
            number, at = _varint(data, at)
            yield key >> 3, number
            continue
        if wire not in (1, 2, 5):
            raise ValueError(f"wire type {wire}")
        length, at = _varint(data, at) if wire == 2 else ({1: 8, 5: 4}[wire], at)
        if at + length > len(data):
            raise ValueError("a field reaches beyond its message")
        yield key >> 3, data[at : at + length]
        at += length


def _messages(data: memoryview, number: int) -> Iterator[memoryview]:
    """Yields the length-delimited values of one field."""
    for field, value in _fields(data):
        if field == number:
            if isinstance(value, int):
                raise ValueError(f"field {number} is a number where bytes were expected")
            yield value


def _read_tensor(data: memoryview) -> tuple[str, NDArray[Any]]:
    """TensorProto: 1 dims (packed or not), 2 type, 8 name, 9 raw little-endian values."""
    shape: list[int] = []
    kind, name, raw = 0, "", memoryview(b"")
    for field, value in _fields(data):
        if isinstance(value, int):
            if field == 1:
                shape.append(value)
            elif field == 2:
                kind = value
        elif field == 1:
            at = 0
            while at < len(value):
                size, at = _varint(value, at)
                shape.append(size)
        elif field == 8:
            name = bytes(value).decode()
        elif field == 9:
            raw = value
    if kind not in _ONNX_DTYPES:
        raise ValueError(f"{name} is of type {kind}")
    return name, np.frombuffer(raw, _ONNX_DTYPES[kind]).reshape(shape)


def _read_node(data: memoryview) -> OnnxNode:
    """NodeProto: 1 inputs, 2 outputs, 4 kind."""
    inputs = tuple(bytes(value).decode() for value in _messages(data, 1))
    outputs = tuple(bytes(value).decode() for value in _messages(data, 2))
    kind = next((bytes(value).decode() for value in _messages(data, 4)), "")
    return OnnxNode(kind, inputs, outputs)
