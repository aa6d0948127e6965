"""Windows and scores become moments."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from vporganizer.app.moments import LONGEST_MOMENT, NEAR_BEST, Moment, Timeline


def timeline(*windows: tuple[int, float, float, bool]) -> Timeline:
    content, start, end, cut = zip(*windows, strict=True)
    return Timeline(np.array(content), np.array(start, float), np.array(end, float), np.array(cut))


def moments(line: Timeline, scores: list[float], per_content: int | None = None, **options) -> list[Moment]:
    return list(line.moments(np.array(scores, np.float32), per_content=per_content, **options))


def test_neighbours_in_one_shot_that_score_alike_are_one_moment() -> None:
    line = timeline((1, 0, 10, True), (1, 10, 20, False), (1, 20, 28, False))
    first, second = moments(line, [0.1, 0.5, 0.48])
    assert (first.start, first.end, round(first.score, 3)) == (10, 28, 0.5)
    assert (second.start, second.end) == (0, 10)


def test_a_cut_always_ends_a_moment() -> None:
    line = timeline((1, 0, 4, True), (1, 4, 8, True))
    assert [(m.start, m.end) for m in moments(line, [0.5, 0.5])] == [(0, 4), (4, 8)]


def test_windows_with_a_gap_between_them_are_not_joined() -> None:
    line = timeline((1, 0, 4, True), (1, 14, 18, False))
    assert len(moments(line, [0.5, 0.5])) == 2


def test_a_moment_is_never_longer_than_thirty_seconds() -> None:
    line = timeline(*((1, 10.0 * n, 10.0 * n + 10, n == 0) for n in range(8)))
    found = moments(line, [0.5] * 8)
    assert all(m.end - m.start <= LONGEST_MOMENT for m in found)
    assert sum(m.end - m.start for m in found) == 80


def test_one_video_does_not_drown_the_others() -> None:
    line = timeline(*((1, 4.0 * n, 4.0 * n + 4, True) for n in range(6)), (2, 0, 4, True))
    found = moments(line, [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.1], per_content=3)
    assert [m.content_id for m in found] == [1, 1, 1, 2]


def test_a_skipped_content_gives_no_moment() -> None:
    line = timeline((1, 0, 4, True), (2, 0, 4, True))
    assert [m.content_id for m in moments(line, [0.9, 0.1], skip=frozenset({1}))] == [2]


def test_windows_stored_out_of_order_are_joined_all_the_same() -> None:
    line = timeline((1, 10, 20, False), (2, 0, 10, True), (1, 0, 10, True))
    first, second = moments(line, [0.5, 0.2, 0.5])
    assert (first.content_id, first.start, first.end) == (1, 0, 20)
    assert second.content_id == 2


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.floats(1, 10), st.booleans(), st.floats(-1, 1, width=32)), min_size=1
    )
)
def test_every_window_is_in_exactly_one_moment_and_scores_fall(
    drawn: list[tuple[int, float, bool, float]],
) -> None:
    at: dict[int, float] = {}
    windows, scores = [], []
    for content, length, cut, score in drawn:
        start = at.get(content, 0.0)
        windows.append((content, start, start + length, cut or start == 0))
        at[content] = start + length
        scores.append(score)
    found = moments(timeline(*windows), scores)
    assert [m.score for m in found] == sorted((m.score for m in found), reverse=True)
    assert abs(sum(m.end - m.start for m in found) - sum(at.values())) < 1e-6
    for moment in found:
        inside = [
            score
            for (content, start, _, _), score in zip(windows, scores, strict=True)
            if content == moment.content_id and moment.start - 1e-9 <= start < moment.end - 1e-9
        ]
        assert len(inside) == 1 or min(inside) >= min(moment.score * NEAR_BEST, moment.score) - 1e-6


def test_many_windows_are_ranked_like_few() -> None:
    rng = np.random.default_rng(0)
    count = 9000
    line = Timeline(np.arange(count), np.zeros(count), np.ones(count), np.ones(count, bool))
    scores = rng.random(count).astype(np.float32)
    found = [m.content_id for m in line.moments(scores, per_content=3)]
    assert found == list(np.argsort(-scores, kind="stable"))
