"""A checkpoint is read where it lies, exactly; what is not as it should be is named."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from helpers.npz import WEIGHTS, Arrays, npz
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from vporganizer.encoder.videoprism.checkpoint import check, open_checkpoint, sha256
from vporganizer.errors import CheckpointMismatch

NAMES = st.text("abz_/", min_size=1, max_size=12).map(lambda text: f"params/{text}")
FLOATS = st.sampled_from([np.dtype(kind) for kind in ("<f4", ">f4", "<f2", ">f2")])
ARRAYS = FLOATS.flatmap(lambda kind: hnp.arrays(kind, hnp.array_shapes(min_dims=0, min_side=0, max_side=5)))


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
    if all(np.isfinite(array).all() for array in arrays.values()):
        found.verify()
    else:
        with pytest.raises(CheckpointMismatch, match="not finite"):
            found.verify()


def test_a_changed_number_is_found_by_verifying(tmp_path: Path) -> None:
    path = npz(tmp_path / "x.npz")
    raw = path.read_bytes()
    path.write_bytes(raw.replace(struct.pack("<f", 23.0), struct.pack("<f", 24.0)))
    found = open_checkpoint(path)
    with pytest.raises(CheckpointMismatch, match=r"params/a/w of .* checksum"):
        found.verify()


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
