"""Whatever else a file of weights may be ends in one sentence, and nothing in it is run."""

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
from helpers.npz import archive, npy, npz
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vporganizer.encoder.videoprism.checkpoint import open_checkpoint, sha256
from vporganizer.errors import CheckpointMismatch, CheckpointMissing


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
