"""Jobs become vectors: with the frames that an encoder asks for, and errors that end the work travel."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.libraries import scan
from helpers.videos import Shot, counter, make_video, read_counter, textured
from numpy.typing import NDArray

from vporganizer.encoder.protocol import EncoderInfo
from vporganizer.errors import EncoderError
from vporganizer.indexing import decoding
from vporganizer.indexing.pipeline import Indexed, find_jobs, index
from vporganizer.indexing.progress import Control, Progress
from vporganizer.library import clips
from vporganizer.library.library import Library

FPS = 20


class Recorder:
    """An encoder that remembers the frames it was given; its vector is their mean brightness and 1."""

    device, precision = "cpu", "float32"

    def __init__(self, info: EncoderInfo) -> None:
        self.info = info
        self.given: list[NDArray[np.uint8]] = []

    def embed_clips(self, frames: NDArray[np.uint8]) -> NDArray[np.float32]:
        self.given += [clip for clip in frames if clip.any()]
        mean = np.stack([frames.mean(axis=(1, 2, 3, 4)) / 255, np.ones(len(frames))], axis=1)
        return (mean / np.linalg.norm(mean, axis=1, keepdims=True)).astype(np.float32)


def encoder(name: str, *, exact: bool) -> Recorder:
    return Recorder(EncoderInfo(name, 2, 4, 64 if exact else None, exact, f"{name}-1"))


def run(library: Library, recorder: Recorder, **options: Any) -> Indexed:
    encoder_id, jobs = find_jobs(library, recorder.info)
    control = options.pop("control", None) or Control()
    return index(library, recorder.info, lambda: recorder, encoder_id, jobs, control=control, **options)  # type: ignore[arg-type,return-value]


@pytest.fixture
def folder(library: Library, tmp_path: Path) -> Path:
    """A scanned folder with a video of 24 s whose frames show their numbers; key frames are far apart."""
    made = tmp_path / "videos"
    made.mkdir()
    make_video(made / "counted.mp4", [Shot(24, counter())], fps=FPS, size=(96, 64), gop=100)
    scan(library, made)
    return made


def numbers(recorder: Recorder) -> list[list[int]]:
    return [[read_counter(frame) for frame in clip] for clip in recorder.given]


def expected(library: Library) -> list[list[float]]:
    """Numbers of the frames at the start of each quarter of each stored window."""
    table = clips.clip_table(library.db)
    return [
        [(start + (end - start) * place / 4) * FPS for place in range(4)]
        for start, end in zip(table.start, table.end, strict=True)
    ]


def check_times(recorder: Recorder, library: Library) -> None:
    wanted = expected(library)
    assert len(recorder.given) == len(wanted) > 1
    for found, times in zip(numbers(recorder), wanted, strict=True):
        assert len(set(found)) == 4
        assert found == pytest.approx(times, abs=1.01)


def test_an_encoder_that_needs_exact_times_gets_distinct_evenly_spaced_frames(
    library: Library, folder: Path
) -> None:
    recorder = encoder("exact", exact=True)
    done = run(library, recorder)
    assert done.clips == len(recorder.given) and done.failed == 0
    assert recorder.given[0].shape == (4, 64, 64, 3)
    check_times(recorder, library)
    assert find_jobs(library, recorder.info)[1] == []


def test_a_second_encoder_uses_the_windows_of_the_first(library: Library, folder: Path) -> None:
    run(library, encoder("quick", exact=False))
    before = clips.clip_table(library.db).id.tolist()
    recorder = encoder("exact", exact=True)
    run(library, recorder)
    assert clips.clip_table(library.db).id.tolist() == before
    check_times(recorder, library)


def test_an_error_that_ends_the_work_travels_and_leaves_no_thread(library: Library, folder: Path) -> None:
    def broken() -> Recorder:
        raise EncoderError("The model is not there.", hint="Install it.")

    recorder = encoder("quick", exact=False)
    encoder_id, jobs = find_jobs(library, recorder.info)
    with pytest.raises(EncoderError, match="not there"):
        index(library, recorder.info, broken, encoder_id, jobs, control=Control())  # type: ignore[arg-type]
    assert not [one for one in threading.enumerate() if one.name.startswith("vporganizer-")]


def test_paused_work_waits_and_goes_on(library: Library, tmp_path: Path) -> None:
    videos = tmp_path / "many"
    videos.mkdir()
    for number in range(6):
        make_video(videos / f"{number}.mp4", [Shot(3, textured(number))], size=(64, 48))
    scan(library, videos)
    control = Control()
    seen: list[Progress] = []

    def pause_once(progress: Progress) -> None:
        seen.append(progress)
        if not control.paused and not any(one.paused for one in seen):
            control.pause()
            threading.Timer(1.0, control.resume).start()

    done = run(library, encoder("quick", exact=False), control=control, listener=pause_once)
    assert done.files == 6 and not done.cancelled
    assert any(one.paused for one in seen)
    assert seen[-1].files_done == seen[-1].files_total == 6


def test_huge_files_are_read_one_at_a_time_also_at_stored_windows(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    videos = tmp_path / "huge"
    videos.mkdir()
    for number in range(3):
        make_video(videos / f"{number}.mp4", [Shot(2, textured(number))], fps=10, size=(64, 48))
    scan(library, videos)
    run(library, encoder("quick", exact=False), workers=3)
    monkeypatch.setattr(decoding, "HEAVY_PIXELS", 64 * 48 - 1)
    reading: list[int] = []
    most: list[int] = []
    ask = decoding.Decoder._answers

    def watched(self: decoding.Decoder, child: Any, request: Any) -> Iterator[Any]:
        reading.append(1)
        most.append(len(reading))
        time.sleep(0.1)
        yield from ask(self, child, request)
        reading.pop()

    monkeypatch.setattr(decoding.Decoder, "_answers", watched)
    done = run(library, encoder("exact", exact=True), workers=3)
    assert done.clips >= 3 and max(most) == 1
