from __future__ import annotations

import builtins
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.libraries import unit_vectors

from vporganizer.errors import StorageFull
from vporganizer.library.index_files import IndexUnusableError
from vporganizer.library.records import EncoderRow
from vporganizer.library.vector_index import VectorIndex, index_health, saved_generation
from vporganizer.library.vectors import Vectors

ENCODER = EncoderRow(1, "tiny@8", "tiny-1", 16)
COUNT = 300


def some(count: int = COUNT, start: int = 1, seed: int = 0) -> Vectors:
    return np.arange(start, start + count), unit_vectors(count, ENCODER.dim, seed).astype(np.float16)


def never() -> Vectors:
    raise AssertionError("the vectors were read although the file is good")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a good index of generation 5."""
    VectorIndex.open(tmp_path, ENCODER, some, 5)
    return tmp_path


def nearest(index: VectorIndex, row: int, k: int = 1) -> list[int]:
    found = index.query(some()[1][row].astype(np.float32), k)
    assert found is not None
    return found.tolist()


def test_a_good_file_is_used_as_it_is(folder: Path) -> None:
    index = VectorIndex.open(folder, ENCODER, never, 5)
    assert nearest(index, 41) == [42]
    assert index_health(folder, ENCODER, 5) == "current"
    assert index_health(folder, ENCODER, 6) == "behind"
    facts = json.loads((folder / "tiny@8.json").read_text())
    assert (facts["count"], facts["generation"], facts["dim"]) == (COUNT, 5, 16)
    assert {path.name for path in folder.iterdir()} == {"tiny@8.hnsw", "tiny@8.json"}
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def flip(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes(byte ^ 0xFF for byte in data[middle : middle + 64]) + data[middle + 64 :]


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "flipped bytes": flip,
    "half": lambda data: data[: len(data) // 2],
    "a byte short": lambda data: data[:-1],
    "a byte more": lambda data: data + b"\0",
    "empty": lambda data: b"",
    "zeros": lambda data: bytes(len(data)),
    "text": lambda data: b"hello",
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
@pytest.mark.parametrize("name", ["tiny@8.hnsw", "tiny@8.json"])
def test_a_damaged_file_is_not_loaded_but_built_again(
    folder: Path, name: str, damage: Callable[[bytes], bytes]
) -> None:
    file = folder / name
    file.write_bytes(damage(file.read_bytes()))
    assert VectorIndex.load(folder, ENCODER) is None
    index = VectorIndex.open(folder, ENCODER, some, 5)
    assert nearest(index, 41) == [42]
    assert VectorIndex.load(folder, ENCODER) is not None


@pytest.mark.parametrize("name", ["tiny@8.hnsw", "tiny@8.json"])
def test_a_missing_file_is_built_again(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert VectorIndex.load(folder, ENCODER) is None
    assert nearest(VectorIndex.open(folder, ENCODER, some, 5), 0) == [1]


@pytest.mark.parametrize("change", [{"dim": 32}, {"identity": "tiny-2"}])
def test_a_file_of_another_model_is_built_again(folder: Path, change: dict[str, Any]) -> None:
    facts = {"id": 1, "name": ENCODER.name, "identity": ENCODER.identity, "dim": ENCODER.dim} | change
    other = EncoderRow(**facts)
    assert VectorIndex.load(folder, other) is None
    assert saved_generation(folder, other) is None
    made = np.arange(1, 4), unit_vectors(3, other.dim).astype(np.float16)
    assert len(VectorIndex.open(folder, other, lambda: made, 5).ids) == 3


@pytest.mark.parametrize("key", ["count", "generation", "size"])
@pytest.mark.parametrize("value", [None, "x", -1])
def test_nonsense_beside_the_file_is_not_believed(folder: Path, key: str, value: object) -> None:
    sidecar = folder / "tiny@8.json"
    sidecar.write_text(json.dumps(json.loads(sidecar.read_text()) | {key: value}))
    assert VectorIndex.load(folder, ENCODER) is None


def test_an_older_file_is_brought_up_to_date(folder: Path) -> None:
    ids, vectors = some(COUNT + 50)
    keep = ids > 20  # some are gone, too
    index = VectorIndex.open(folder, ENCODER, lambda: (ids[keep], vectors[keep]), 9)
    assert index.generation == saved_generation(folder, ENCODER) == 9
    found = index.query(vectors[COUNT + 10].astype(np.float32), 1)
    assert found is not None and found.tolist() == [COUNT + 11]


def test_a_file_of_which_much_is_gone_is_built_anew(folder: Path) -> None:
    ids, vectors = some()
    index = VectorIndex.open(folder, ENCODER, lambda: (ids[100:], vectors[100:]), 9)
    assert index.ids.tolist() == ids[100:].tolist()


def test_fewer_than_asked_for_is_no_error() -> None:
    assert VectorIndex.build(ENCODER, *some(0), 1).query(np.ones(16, np.float32), 5) is not None
    index = VectorIndex.build(ENCODER, *some(3), 1)
    assert sorted(nearest(index, 0, 100)) == [1, 2, 3]
    assert nearest(index, 0, 0) == []


def test_equal_vectors_do_not_make_a_search_fail() -> None:
    same = np.repeat(some(1)[1], 200, axis=0)
    index = VectorIndex.build(ENCODER, np.arange(1, 201), same, 1)
    found = index.query(same[0].astype(np.float32), 50)
    assert found is None or len(found) == 50


@pytest.mark.parametrize("query", [np.ones(10), np.ones(17), np.full(16, np.inf)])
def test_a_query_that_would_crash_hnswlib_is_refused(folder: Path, query: Any) -> None:
    with pytest.raises(ValueError, match="vector"):
        VectorIndex.open(folder, ENCODER, never, 5).query(query.astype(np.float32), 1)


def test_vectors_that_would_crash_hnswlib_are_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        VectorIndex.build(ENCODER, np.arange(3), np.ones((3, 8), np.float16), 1)
    with pytest.raises(ValueError, match="finite"):
        VectorIndex.build(ENCODER, np.arange(3), np.full((3, 16), np.nan, np.float16), 1)


def test_a_full_disk_is_a_sentence_and_the_old_file_stays(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resource = pytest.importorskip("resource")
    before = (folder / "tiny@8.hnsw").read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, hard))
    try:
        with pytest.raises(StorageFull, match="no room left"):
            VectorIndex.open(folder, ENCODER, lambda: some(COUNT + 1), 6)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (folder / "tiny@8.hnsw").read_bytes() == before
    assert saved_generation(folder, ENCODER) == 5
    assert {path.name for path in folder.iterdir()} == {"tiny@8.hnsw", "tiny@8.json"}


def test_without_hnswlib_the_index_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "hnswlib":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.delitem(sys.modules, "hnswlib", raising=False)
    monkeypatch.setattr(builtins, "__import__", refuse)
    assert VectorIndex.load(folder, ENCODER) is None
    assert index_health(folder, ENCODER, 5) == "hnswlib is not installed; searches are exact"
    with pytest.raises(IndexUnusableError, match="not installed"):
        VectorIndex.build(ENCODER, *some(), 1)


@pytest.mark.skipif(sys.platform != "linux", reason="names that are no text exist on Linux only")
def test_a_folder_whose_name_is_no_text_has_no_index(tmp_path: Path) -> None:
    odd = Path(str(tmp_path) + "/\udcff")
    odd.mkdir()
    with pytest.raises(IndexUnusableError, match="cannot take"):
        VectorIndex.open(odd, ENCODER, some, 5)
