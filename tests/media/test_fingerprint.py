from __future__ import annotations

import os
from pathlib import Path

import pytest

from vporganizer.errors import Unreadable, Vanished
from vporganizer.media.fingerprint import fingerprint, full_hash

MIB = 1024 * 1024


def written(path: Path, data: bytes) -> bytes:
    path.write_bytes(data)
    return os.fsencode(path)


def test_the_same_bytes_under_two_names_have_one_fingerprint(tmp_path: Path) -> None:
    data = os.urandom(9 * MIB)
    one, two = written(tmp_path / "a", data), written(tmp_path / "b", data)
    assert fingerprint(one) == fingerprint(two)
    assert full_hash(one) == full_hash(two)


@pytest.mark.parametrize("place", [0, 500_000, 4 * MIB - 1])
def test_a_byte_anywhere_in_a_small_file_counts(tmp_path: Path, place: int) -> None:
    data = bytearray(os.urandom(4 * MIB))
    before = fingerprint(written(tmp_path / "a", data))
    data[place] ^= 1
    assert fingerprint(written(tmp_path / "a", data)) != before


@pytest.mark.parametrize("place", [10, 9 * MIB - 1, MIB, 8 * MIB - 1])
def test_ends_and_sampled_blocks_of_a_large_file_count(tmp_path: Path, place: int) -> None:
    data = bytearray(os.urandom(9 * MIB))
    before = fingerprint(written(tmp_path / "a", data))
    data[place] ^= 1
    assert fingerprint(written(tmp_path / "a", data)) != before


def test_sparse_files_that_differ_in_one_unsampled_block_differ(tmp_path: Path) -> None:
    size = 64 * MIB
    prints = set()
    for mark in (b"one", b"two"):
        with open(tmp_path / "sparse", "wb") as file:
            file.truncate(size)
            file.seek(3 * MIB + 12_345)
            file.write(mark)
        prints.add(fingerprint(os.fsencode(tmp_path / "sparse")))
    assert len(prints) == 2


def test_only_the_full_hash_tells_files_apart_that_differ_between_the_samples(tmp_path: Path) -> None:
    data = bytearray(os.urandom(64 * MIB))
    path = written(tmp_path / "a", data)
    sampled, all_of_it = fingerprint(path), full_hash(path)
    data[3 * MIB + 12_345] ^= 1
    path = written(tmp_path / "a", data)
    assert fingerprint(path) == sampled
    assert full_hash(path) != all_of_it


def test_the_size_counts_where_the_bytes_are_the_same(tmp_path: Path) -> None:
    assert fingerprint(written(tmp_path / "a", b"")) != fingerprint(written(tmp_path / "b", b"\0"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are of Unix")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(Unreadable, match="regular"):
        fingerprint(os.fsencode(tmp_path / "pipe.mp4"))


def test_a_file_that_is_gone_is_transient(tmp_path: Path) -> None:
    with pytest.raises(Vanished) as caught:
        fingerprint(os.fsencode(tmp_path / "none"))
    assert caught.value.kind == "transient"


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable):
        fingerprint(os.fsencode(tmp_path))
