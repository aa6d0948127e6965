"""How much is left to embed: counted where windows are known, guessed from length or size where not."""

from __future__ import annotations

import pytest

from vporganizer.indexing.progress import Control
from vporganizer.indexing.tally import Tally
from vporganizer.indexing.work import Job
from vporganizer.indexing.workload import Workload
from vporganizer.library.overview import Pace
from vporganizer.library.records import Clip, Pending

USUAL = Pace(window_seconds=5.0, seconds_per_byte=0.01)


def job(number: int, *, clips: int = 0, duration: float | None = None, complete: bool = False) -> Job:
    one = Pending(number, number, b"/v/%d.mp4" % number, 10_000, duration, 0.0, complete)
    return Job(one, tuple(Clip(n, number, n, n + 1.0, False) for n in range(clips)))


def test_known_windows_are_counted_and_others_guessed() -> None:
    known, long, unopened = job(1, clips=7, complete=True), job(2, duration=60.0), job(3)
    assert Workload([known, long, unopened], USUAL).left == pytest.approx(7 + 12 + 20)


def test_what_gets_known_replaces_the_guess() -> None:
    one = job(3)
    work = Workload([one], USUAL)
    work.knows_duration(one, 30.0)
    assert work.left == pytest.approx(6)
    work.knows_clips(one, 9)
    work.stored(one, 4)
    assert work.left == pytest.approx(5)
    work.ended(one)
    assert work.left == 0


def test_progress_tells_clips_and_leaves_the_time_to_load_the_model_out() -> None:
    jobs = [job(1, clips=10, complete=True), job(2, clips=30, complete=True)]
    tally = Tally(jobs, Workload(jobs, USUAL))
    clock = [0.0]
    tally._meter._clock = lambda: clock[0]
    clock[0] = 300.0  # the model is loaded and compiled
    tally.ready("cpu")
    for second in range(1, 9):
        clock[0] = 300.0 + 2.0 * second
        tally.stored(jobs[0], 1, 5.0)
        progress = tally.progress(Control())
    assert progress.clips == 8 and progress.clips_total == 40
    assert progress.seconds_left == pytest.approx(32 * 2.0, rel=0.05)
