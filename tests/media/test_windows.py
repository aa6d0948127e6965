"""The rules by which a video is cut into windows."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vporganizer.media.records import TimeSpan
from vporganizer.media.shots import Cut
from vporganizer.media.signature import Signature
from vporganizer.media.windows import SHORTEST_SHOT, WINDOW_SECONDS, WindowPlanner


def signature(seed: int) -> Signature:
    rng = np.random.default_rng(seed)
    return Signature(
        rng.integers(0, 256, (36, 64)).astype(np.float32),
        rng.integers(0, 256, (2, 18, 32)).astype(np.float32),
    )


LOOKS = [signature(seed) for seed in range(4)]


def cut(time: float, before: int = 0, after: int = 1) -> Cut:
    return Cut(time, LOOKS[before], LOOKS[after])


def plan(
    cuts: list[Cut], duration: float, *, start: float = 0.0, step: float | None = None
) -> list[TimeSpan]:
    """Windows of a video, its cuts learnt all at once or, with `step`, as time goes on."""
    planner = WindowPlanner(start, after_cut=start == 0 or start in [c.time for c in cuts])
    spans: list[TimeSpan] = []
    known, waiting = 0.0, list(cuts)
    while step and known < duration:
        known = min(known + step, duration)
        while waiting and waiting[0].time <= known:
            planner.push(waiting.pop(0))
        spans += [span for span, _ in planner.advance(known)]
    for late in waiting:
        planner.push(late)
    return spans + [span for span, _ in planner.finish(duration)]


def as_pairs(spans: list[TimeSpan]) -> list[tuple[float, float]]:
    return [(span.start, span.end) for span in spans]


@pytest.mark.parametrize(
    ("cuts", "duration", "expected"),
    [
        ([], 4.0, [(0, 4)]),
        ([], 0.04, [(0, 0.04)]),
        ([], 10.0, [(0, 10)]),
        ([], 10.5, [(0, 5.25), (5.25, 10.5)]),
        ([], 11.0, [(0, 10), (10, 11)]),
        ([], 25.0, [(0, 10), (10, 20), (20, 25)]),
        ([4.0, 8.0], 12.0, [(0, 4), (4, 8), (8, 12)]),
        ([4.0], 25.0, [(0, 4), (4, 14), (14, 24), (24, 25)]),
        ([10.4], 14.0, [(0, 5.2), (5.2, 10.4), (10.4, 14)]),
        ([4.0, 4.7], 8.0, [(0, 4), (4, 4.7), (4.7, 8)]),
    ],
)
def test_windows_follow_cuts_and_never_exceed_ten_seconds(
    cuts: list[float], duration: float, expected: list[tuple[float, float]]
) -> None:
    assert as_pairs(plan([cut(time) for time in cuts], duration)) == expected


def test_a_few_frames_between_two_cuts_join_the_new_shot() -> None:
    assert as_pairs(plan([cut(4.0, 0, 1), cut(4.2, 1, 2)], 8.0)) == [(0, 4), (4, 8)]


def test_a_flash_inside_a_shot_is_no_cut() -> None:
    assert as_pairs(plan([cut(4.0, 0, 1), cut(4.2, 1, 0)], 8.0)) == [(0, 8)]


def test_a_cut_just_before_the_end_is_ignored() -> None:
    assert as_pairs(plan([cut(3.8)], 4.0)) == [(0, 4)]


def test_windows_after_a_cut_are_marked() -> None:
    planner = WindowPlanner()
    planner.push(cut(4.0))
    assert [after_cut for _, after_cut in planner.finish(20.0)] == [True, True, False]


def test_a_window_is_given_as_soon_as_it_is_certain() -> None:
    planner = WindowPlanner()
    assert list(planner.advance(10.9)) == []
    assert [span for span, _ in planner.advance(11.0)] == [TimeSpan(0, 10)]
    planner.push(cut(14.0))
    assert list(planner.advance(14.1)) == []
    assert [span for span, _ in planner.advance(14.6)] == [TimeSpan(10, 14)]


times = st.lists(st.integers(1, 4000).map(lambda n: n / 50), max_size=12, unique=True).map(sorted)


@settings(deadline=None, max_examples=150)
@given(
    times=times,
    after=st.integers(1, 1500).map(lambda n: n / 50),
    sides=st.lists(st.integers(0, 3), min_size=13),
)
def test_windows_cover_everything_once_however_they_are_learnt(
    times: list[float], after: float, sides: list[int]
) -> None:
    duration = (times[-1] if times else 0.0) + after
    cuts = [cut(time, sides[i], sides[i + 1]) for i, time in enumerate(times)]
    spans = plan(cuts, duration)
    assert spans[0].start == 0 and spans[-1].end == duration
    assert all(one.end == other.start for one, other in pairwise(spans))
    assert all(span.end - span.start <= WINDOW_SECONDS + 1e-9 for span in spans)
    shortest = min(SHORTEST_SHOT, duration)
    assert all(span.end - span.start >= shortest - 1e-9 for span in spans)
    assert plan(cuts, duration, step=0.7) == spans
    assert plan(cuts, duration, step=13.0) == spans


@settings(deadline=None, max_examples=150)
@given(times=times, after=st.integers(1, 1500).map(lambda n: n / 50))
def test_going_on_from_any_boundary_gives_the_same_windows(times: list[float], after: float) -> None:
    duration = (times[-1] if times else 0.0) + after
    cuts = [cut(time, i % 4, (i + 1) % 4) for i, time in enumerate(times)]
    spans = plan(cuts, duration)
    for index, span in enumerate(spans):
        assert plan(cuts, duration, start=span.start, step=0.7) == spans[index:]
