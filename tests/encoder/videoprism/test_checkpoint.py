"""A checkpoint is read where it lies, exactly, and whatever else a file may be ends in one sentence."""

from __future__ import annotations

import io
import os
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from vporganizer.encoder.videoprism.checkpoint import check, open_checkpoint, sha256
from vporganizer.errors import CheckpointMismatch, CheckpointMissing

Arrays = dict[str, NDArray[Any]]
WEIGHTS: Arrays = {
    "params/a/w": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
    "params/a/b": np.zeros((0, 3), np.float32),
    "params/scale": np.float32(0.5).reshape(()),
}
NAMES = st.text("abz_/", min_size=1, max_size=12).map(lambda text: f"params/{text}")
FLOATS = st.sampled_from([np.dtype(kind) for kind in ("<f4", ">f4", "<f2", ">f2")])
ARRAYS = FLOATS.flatmap(lambda kind: hnp.arrays(kind, hnp.array_shapes(min_dims=0, min_side=0, max_side=5)))


def npz(path: Path, arrays: Arrays = WEIGHTS, *, compressed: bool = False) -> Path:
    """Writes the public format."""
    (np.savez_compressed if compressed else np.savez)(path, **arrays)  # type: ignore[arg-type]
    return path


def archive(path: Path, files: list[tuple[str, bytes]], *, method: int = zipfile.ZIP_STORED) -> Path:
    """Writes a zip of any files, the same name twice included."""
    with zipfile.ZipFile(path, "w", method) as made:
        for name, data in files:
            made.writestr(name, data)
    return path


def npy(array: NDArray[Any], *, allow_pickle: bool = False, version: tuple[int, int] | None = None) -> bytes:
    """An array as an npy file."""
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, version=version, allow_pickle=allow_pickle)
    return buffer.getvalue()


def refused(path: Path) -> str:
    """The sentence with which a file is refused."""
    with pytest.raises(CheckpointMismatch) as caught:
        found = open_checkpoint(path)
        for name in found:
            found[name]
        found.verify()
    sentence = str(caught.value)
    assert "\n" not in sentence and str(path) in sentence
    return sentence


@pytest.mark.parametrize("compressed", [False, True])
def test_entries_come_back_as_they_were_written(tmp_path: Path, compressed: bool) -> None:
    found = open_checkpoint(npz(tmp_path / "x.npz", compressed=compressed))
    assert set(found) == set(WEIGHTS) and len(found) == 3
    assert found.shapes() == {name: array.shape for name, array in WEIGHTS.items()}
    for name, array in WEIGHTS.items():
        assert found[name].dtype == np.float32 and not found[name].flags.writeable
        np.testing.assert_array_equal(found[name], array, strict=True)
    found.verify()
    with pytest.raises(KeyError):
        found["params/none"]


def test_a_stored_entry_is_a_view_of_the_file_and_takes_no_memory(tmp_path: Path) -> None:
    import tracemalloc

    found = open_checkpoint(npz(tmp_path / "x.npz", {"params/w": np.ones((1024, 2048), np.float32)}))
    tracemalloc.start()
    view = found["params/w"]
    assert tracemalloc.get_traced_memory()[1] < 100_000
    tracemalloc.stop()
    assert view.base is not None and view[1000, 7] == 1


@settings(deadline=None, max_examples=60)
@given(
    arrays=st.dictionaries(NAMES, ARRAYS, min_size=1, max_size=5),
    compressed=st.booleans(),
    fortran=st.booleans(),
)
def test_any_floats_come_back_as_float32(
    tmp_path_factory: pytest.TempPathFactory, arrays: Arrays, compressed: bool, fortran: bool
) -> None:
    if fortran:
        arrays = {name: np.asfortranarray(array) for name, array in arrays.items()}
    path = npz(tmp_path_factory.getbasetemp() / "any.npz", arrays, compressed=compressed)
    found = open_checkpoint(path)
    assert dict.fromkeys(arrays) == dict.fromkeys(found)
    for name, array in arrays.items():
        assert found[name].dtype == np.float32 and found[name].dtype.isnative
        np.testing.assert_array_equal(found[name], array.astype(np.float32))
    found.verify()


@settings(deadline=None, max_examples=300)
@given(data=st.data())
def test_a_damaged_file_ends_in_a_sentence_or_in_the_right_shapes(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.npz"
    npz(path, compressed=data.draw(st.booleans()))
    raw = bytearray(path.read_bytes())
    kind = data.draw(st.sampled_from(["flip", "cut", "insert", "swap"]))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        if kind == "flip":
            raw[at] = data.draw(st.integers(0, 255))
        elif kind == "cut":
            del raw[at : at + data.draw(st.integers(1, 64))]
        elif kind == "insert":
            raw[at:at] = data.draw(st.binary(min_size=1, max_size=8))
        else:
            raw[at : at + 4] = struct.pack("<I", data.draw(st.integers(0, 2**32 - 1)))
        if not raw:
            break
    path.write_bytes(raw)
    try:
        found = open_checkpoint(path)
        for name, shape in found.shapes().items():
            assert found[name].shape == shape and found[name].dtype == np.float32
        found.verify()
    except CheckpointMismatch as problem:
        assert "\n" not in str(problem)


@settings(deadline=None, max_examples=100)
@given(
    text=st.one_of(
        st.binary(max_size=80),
        st.text("{}()'descrshapefortran_order:,<f4 TrueFalse0123456789L-\n", max_size=80).map(str.encode),
    )
)
def test_any_header_ends_in_a_sentence(tmp_path_factory: pytest.TempPathFactory, text: bytes) -> None:
    data = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text
    path = archive(tmp_path_factory.getbasetemp() / "header.npz", [("params/w.npy", data)])
    with pytest.raises(CheckpointMismatch, match=r"params/w"):
        open_checkpoint(path)


def test_a_file_cut_short_is_refused_wherever_it_ends(tmp_path: Path) -> None:
    whole = npz(tmp_path / "x.npz").read_bytes()
    for length in range(4, len(whole), 37):
        (tmp_path / "x.npz").write_bytes(whole[:length])
        assert "cut short or damaged" in refused(tmp_path / "x.npz")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"<html>404</html>", "no npz file"),
        (pickle.dumps({"params/w": 1}), "no npz file"),
        (npy(np.zeros(3, np.float32)), "no npz file"),
    ],
)
def test_a_file_that_is_no_npz_is_refused(tmp_path: Path, data: bytes, says: str) -> None:
    (tmp_path / "x.npz").write_bytes(data)
    assert says in refused(tmp_path / "x.npz")


@pytest.mark.parametrize(
    ("array", "says"),
    [
        (np.array([{"a": 1}], object), "params/w of .* pickled objects, which are never opened"),
        (np.zeros(3), "params/w of .* type '<f8'"),
        (np.zeros(3, np.int32), "params/w of .* type '<i4'"),
        (np.zeros(3, [("a", "<f4")]), "params/w of .* type"),
        (np.zeros(3, "V2"), "params/w of .* type"),
        (np.array(["text"]), "params/w of .* type"),
    ],
)
def test_anything_but_floats_is_refused_by_name(tmp_path: Path, array: NDArray[Any], says: str) -> None:
    path = archive(tmp_path / "x.npz", [("params/w.npy", npy(array, allow_pickle=True))])
    with pytest.raises(CheckpointMismatch, match=says):
        open_checkpoint(path)


def test_nothing_in_a_pickle_is_run(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
            return os.mkdir, (str(tmp_path / "sprung"),)

    array = np.empty(1, object)
    array[0] = Trap()
    refused(archive(tmp_path / "x.npz", [("params/w.npy", npy(array, allow_pickle=True))]))
    assert not (tmp_path / "sprung").exists()


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_entry_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    one = npy(np.zeros(3, np.float32))
    path = archive(tmp_path / "x.npz", [("params/w.npy", one), ("params/w.npy", one)])
    assert "params/w twice" in refused(path)


def test_files_that_are_no_arrays_are_refused(tmp_path: Path) -> None:
    assert "readme.txt" in refused(archive(tmp_path / "a.npz", [("readme.txt", b"hello")]))
    assert "params/w" in refused(archive(tmp_path / "b.npz", [("params/w.npy", b"hello")]))
    (tmp_path / "c.npz").write_bytes(b"PK\x03\x04PK\x05\x06" + bytes(18))
    assert "holds no entries" in refused(tmp_path / "c.npz")


def test_a_shape_that_lies_is_refused(tmp_path: Path) -> None:
    for shape in ((7,), (2**62, 2**62), (-1,), (True,), (3, 0)):
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": shape})
        lie = header.getvalue() + bytes(12)
        assert "params/w" in refused(archive(tmp_path / "x.npz", [("params/w.npy", lie)]))


def test_a_deflated_entry_that_says_it_is_huge_is_refused_before_memory_is_taken(tmp_path: Path) -> None:
    path = npz(tmp_path / "x.npz", {"params/w": np.ones(1000, np.float32)}, compressed=True)
    raw = path.read_bytes()
    huge = struct.pack("<I", 2**31)
    size = struct.pack("<I", 4128)
    assert raw.count(size) >= 1
    path.write_bytes(raw.replace(size, huge))
    assert "impossible size" in refused(path)


def test_a_deflated_entry_that_holds_more_than_it_says_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    good = npy(np.ones(1000, np.float32))
    archive(path, [("params/w.npy", good + bytes(100_000))], method=zipfile.ZIP_DEFLATED)
    raw = path.read_bytes()
    path.write_bytes(raw.replace(struct.pack("<I", len(good) + 100_000), struct.pack("<I", len(good))))
    assert "checksum" in refused(path)


def test_a_changed_number_is_found_by_verifying(tmp_path: Path) -> None:
    path = npz(tmp_path / "x.npz")
    raw = path.read_bytes()
    path.write_bytes(raw.replace(struct.pack("<f", 23.0), struct.pack("<f", 24.0)))
    found = open_checkpoint(path)
    with pytest.raises(CheckpointMismatch, match=r"params/a/w of .* checksum"):
        found.verify()


def test_encrypted_and_oddly_compressed_files_are_refused(tmp_path: Path) -> None:
    odd = archive(
        tmp_path / "a.npz", [("params/w.npy", npy(np.zeros(3, np.float32)))], method=zipfile.ZIP_LZMA
    )
    assert "compression" in refused(odd)
    locked = bytearray(npz(tmp_path / "b.npz").read_bytes())
    at = locked.index(b"PK\x01\x02")
    locked[at + 8] |= 1
    (tmp_path / "b.npz").write_bytes(locked)
    assert "encrypted" in refused(tmp_path / "b.npz")


def test_a_file_that_cannot_be_had_is_missing(tmp_path: Path) -> None:
    with pytest.raises(CheckpointMissing, match=r"no checkpoint at .*x\.npz"):
        open_checkpoint(tmp_path / "x.npz")
    with pytest.raises(CheckpointMissing, match="is not a file"):
        open_checkpoint(tmp_path)
    with pytest.raises(CheckpointMissing, match="no model file at"):
        sha256(tmp_path / "x.npz")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are Unix's")
def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.npz")
    with pytest.raises(CheckpointMissing, match="is not a file"):
        open_checkpoint(tmp_path / "x.npz")


def test_what_differs_from_the_model_is_named(tmp_path: Path) -> None:
    expected = {"params/w": (2, 3), "params/b": (3,), **{f"params/l{n}": (1,) for n in range(5)}}
    check(dict(expected), expected, "x.npz")
    found = {"params/w": (3, 2), "params/b": (3,), "params/other": (1,)}
    with pytest.raises(CheckpointMismatch) as caught:
        check(found, expected, "x.npz")
    sentence = str(caught.value)
    assert "missing: params/l0, params/l1, params/l2 and 2 more" in sentence
    assert "not expected: params/other;" in sentence
    assert "params/w is (3, 2), not (2, 3)" in sentence
    assert "models list" in caught.value.hint


def test_hashing_tells_how_far_it_is(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"abc")
    seen: list[int] = []
    assert sha256(tmp_path / "x", seen.append).startswith("ba7816bf8f01cfea")
    assert seen == [3]
