from __future__ import annotations

import queue
import threading
from pathlib import Path

import numpy as np
import pytest
from helpers.libraries import scan
from numpy.typing import NDArray

from vporganizer.encoder.protocol import EncoderInfo
from vporganizer.errors import DecoderCrashed, MediaError, Unreadable
from vporganizer.indexing.encoding import Storing
from vporganizer.indexing.pipeline import find_jobs
from vporganizer.indexing.tally import Tally
from vporganizer.indexing.work import Failed, Item
from vporganizer.library.failures import failures
from vporganizer.library.library import Library

INFO = EncoderInfo("still", 2, 2, None, False, "still-1")


class Still:
    """An encoder for runs in which nothing comes to be embedded."""

    info, device, precision = INFO, "cpu", "float32"

    def embed_clips(self, frames: NDArray[np.uint8]) -> NDArray[np.float32]:
        assert not frames.any()
        return np.ones((len(frames), 2), np.float32)


def fail_all(library: Library, error: MediaError) -> Tally:
    """Goes on as after decoding in which every file failed with `error`."""
    encoder_id, jobs = find_jobs(library, INFO)
    tally, items = Tally(jobs), queue.Queue[Item]()
    for job in jobs:
        items.put(Failed(job, error))
    Storing(library, Still, encoder_id, items, tally, threading.Event()).run(lambda: False)  # type: ignore[arg-type]
    return tally


@pytest.fixture
def folder(library: Library, tmp_path: Path) -> Path:
    """A scanned folder with three equal files."""
    made = tmp_path / "videos"
    made.mkdir()
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        (made / name).write_bytes(b"equal")
    scan(library, made)
    return made


def test_equal_files_that_cannot_be_read_are_all_counted(library: Library, folder: Path) -> None:
    tally = fail_all(library, Unreadable("The file is empty."))
    assert (tally.files_done, tally.files_failed) == (3, 3)
    assert len(failures(library)) == 3
    assert find_jobs(library, INFO)[1] == []


def test_a_file_whose_decoder_crashes_is_given_up_only_the_third_time(library: Library, folder: Path) -> None:
    for kinds in (["transient"], ["transient"], ["permanent"] * 3):
        tally = fail_all(library, DecoderCrashed("It crashed."))
        assert [one.kind for one in failures(library)] == kinds
        assert tally.files_failed == len(kinds)
    assert fail_all(library, DecoderCrashed("It crashed.")).files_done == 0
