from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
import pytest
from helpers.libraries import DIM, add_file, add_root, add_windows, unit_vectors
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from vporganizer.library import clips, nearest, videos
from vporganizer.library.indexes import health, refresh_index
from vporganizer.library.library import Library
from vporganizer.library.matrix import VectorMatrix
from vporganizer.library.nearest import Nearest, best


@pytest.fixture
def encoder(library: Library) -> int:
    return clips.ensure_encoder(library, "tiny", "tiny-1", DIM)


@pytest.fixture
def add(library: Library, encoder: int) -> Callable[[int, int], list[int]]:
    """Adds a video with `count` clips of random vectors; returns the clips' ids."""

    def add(count: int, seed: int) -> list[int]:
        _, content = add_file(library, add_root(library), b"%d.mp4" % seed)
        return add_windows(library, content, encoder, unit_vectors(count, seed=seed))

    return add


def expected(library: Library, encoder: int, query: NDArray[np.float32]) -> dict[int, float]:
    ids, stored = clips.vectors(library, encoder)
    return dict(zip(ids.tolist(), (stored.astype(np.float64) @ query).tolist(), strict=True))


def check(library: Library, encoder: int, near: Nearest, seed: int) -> None:
    query = unit_vectors(1, seed=1000 + seed)[0]
    ids, scores = near.scored(query[None])
    assert scores.dtype == np.float32
    wanted = expected(library, encoder, query)
    assert ids.tolist() == sorted(wanted)
    np.testing.assert_allclose(scores[0], [wanted[int(clip)] for clip in ids], atol=1e-6)
    np.testing.assert_array_equal(near.ids, ids)


def test_scores_are_the_products_with_the_stored_vectors(
    library: Library, encoder: int, add: Callable[[int, int], list[int]]
) -> None:
    add(5, 1)
    near = Nearest(library, encoder)
    for turn in range(3):  # streamed the first time, from memory then
        check(library, encoder, near, turn)
    queries = unit_vectors(70)
    assert near.scores(queries).shape == (70, 5)
    np.testing.assert_allclose(near.scores(queries)[69], near.scores(queries[69:])[0], atol=1e-6)


def test_clips_that_come_and_go_are_seen_at_the_next_search(
    library: Library, encoder: int, add: Callable[[int, int], list[int]]
) -> None:
    near = Nearest(library, encoder)
    assert near.top(unit_vectors(1)[0], 5) == []
    add(300, 1)
    check(library, encoder, near, 0)
    add(3, 2)
    check(library, encoder, near, 1)
    with library.write() as db:
        videos.forget_path(db, b"/videos/1.mp4")
        videos.purge_orphans(db)
    check(library, encoder, near, 2)
    add(600, 3)
    check(library, encoder, near, 3)


def test_vectors_that_come_out_of_order_are_told_in_order(library: Library) -> None:
    first = clips.ensure_encoder(library, "first", "first", DIM)
    second = clips.ensure_encoder(library, "second", "second", DIM)
    _, content = add_file(library, add_root(library), b"a.mp4")
    ids = add_windows(library, content, first, unit_vectors(4))
    near = Nearest(library, second)
    for order in ([2, 3], [0], [1]):
        made = [(ids[n], unit_vectors(4, seed=9)[n]) for n in order]
        clips.store_vectors(library, second, made, "float32", "cpu")
        check(library, second, near, order[0])


def test_top_gives_what_there_is_and_never_fails(
    library: Library, encoder: int, add: Callable[[int, int], list[int]]
) -> None:
    ids = add(4, 1)
    near = Nearest(library, encoder)
    query = unit_vectors(1, seed=5)[0]
    everything = near.top(query, 100)
    wanted = expected(library, encoder, query)
    assert [clip for clip, _ in everything] == sorted(wanted, key=lambda clip: -wanted[clip])
    mask = np.isin(near.ids, ids[:2])
    assert {clip for clip, _ in near.top(query, 3, mask)} == set(ids[:2])
    assert near.top(query, 3, np.zeros(4, bool)) == near.top(query, 0) == []


@pytest.mark.parametrize("query", [np.zeros((1, DIM + 1)), np.zeros(DIM), np.full((1, DIM), np.nan)])
def test_a_query_that_does_not_fit_is_refused(
    library: Library, encoder: int, query: NDArray[np.float32]
) -> None:
    with pytest.raises(ValueError, match="quer"):
        Nearest(library, encoder).scores(query.astype(np.float32))


@given(
    scores=hnp.arrays(np.float32, st.integers(0, 30), elements=st.sampled_from([-1.0, 0.0, 0.25, 0.5])),
    k=st.integers(0, 40),
)
@settings(deadline=None, max_examples=100)
def test_the_best_are_in_order_and_equal_ones_by_id(scores: NDArray[np.float32], k: int) -> None:
    ids = np.arange(len(scores), dtype=np.int64)[::-1].copy()
    pairs = sorted(zip(ids.tolist(), scores.tolist(), strict=True), key=lambda pair: (-pair[1], pair[0]))
    assert best(ids, scores, k) == pairs[:k]


@given(parts=st.lists(st.integers(0, 700), max_size=8))
@settings(deadline=None, max_examples=25)
def test_a_matrix_holds_what_was_added_however_it_came(parts: list[int]) -> None:
    rows = np.arange(sum(parts) * 2, dtype=np.float16).reshape(-1, 2) % 2048
    matrix, done = VectorMatrix(2), 0
    for count in parts:
        matrix.append(np.arange(done, done + count), rows[done : done + count])
        done += count
    held = [block.data[: block.count] for _, block in matrix.rows()]
    np.testing.assert_array_equal(np.concatenate([np.empty((0, 2)), *held]), rows)
    np.testing.assert_array_equal(matrix.ids, np.arange(done))
    assert all(len(block.data) & (len(block.data) - 1) == 0 for _, block in matrix.rows())


def test_the_compiled_product_agrees_with_numpy(
    library: Library, encoder: int, add: Callable[[int, int], list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nearest, "_jax_is_loaded", lambda: True)
    near = Nearest(library, encoder)
    add(300, 1)
    near.scores(unit_vectors(1))
    for seed in (2, 3):  # a block that grows is sent to the device again
        add(10, seed)
        check(library, encoder, near, seed)
    assert near.scores(unit_vectors(3)).shape == (3, 320)


def test_threads_may_search_while_another_stores(
    library: Library, encoder: int, add: Callable[[int, int], list[int]]
) -> None:
    add(50, 1)
    near = Nearest(library, encoder)
    failed: list[BaseException] = []

    def search() -> None:
        try:
            for _ in range(20):
                ids, scores = near.scored(unit_vectors(2))
                assert scores.shape == (2, len(ids))
                assert len(near.similar(unit_vectors(1)[0], 5)) == 5
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    for seed in range(2, 12):
        add(7, seed)
        refresh_index(library, encoder)
    for thread in threads:
        thread.join()
    assert failed == []
    check(library, encoder, near, 0)


def test_similar_by_the_index_is_what_an_exact_search_gives(
    library: Library, encoder: int, add: Callable[[int, int], list[int]]
) -> None:
    ids = add(400, 1)
    near = Nearest(library, encoder)
    query = clips.vectors_of_clips(library, encoder, [ids[7]])[0].astype(np.float32)
    exact = near.top(query, 10)
    assert near.similar(query, 10) == exact, "without an index"
    assert health(library, encoder) == "it has not been made yet"
    assert refresh_index(library, encoder) == "current"
    by_index = Nearest(library, encoder)
    found = by_index.similar(query, 10)
    assert [clip for clip, _ in found] == [clip for clip, _ in exact]
    np.testing.assert_allclose([score for _, score in found], [score for _, score in exact], atol=1e-6)
    assert len(by_index._matrix) == 0, "the vectors were not read for it"


def test_similar_knows_clips_that_came_after_the_index_and_not_those_that_went(
    library: Library, encoder: int, add: Callable[[int, int], list[int]]
) -> None:
    add(100, 1)
    gone = add(100, 2)
    refresh_index(library, encoder)
    near = Nearest(library, encoder)
    query = clips.vectors_of_clips(library, encoder, [gone[0]])[0].astype(np.float32)
    assert near.similar(query, 1)[0][0] == gone[0]
    late = add(5, 3)
    with library.write() as db:
        videos.forget_path(db, b"/videos/2.mp4")
        videos.purge_orphans(db)
    assert health(library, encoder) == "behind"
    found = near.similar(query, 1000)
    assert len(found) == 105
    assert set(gone).isdisjoint(clip for clip, _ in found)
    assert set(late) <= {clip for clip, _ in found}
    assert [clip for clip, _ in near.similar(query, 10)] == [clip for clip, _ in near.top(query, 10)]


def test_similar_in_an_empty_library_finds_nothing(library: Library, encoder: int) -> None:
    near = Nearest(library, encoder)
    assert near.similar(unit_vectors(1)[0], 5) == []
    refresh_index(library, encoder)
    assert near.similar(unit_vectors(1)[0], 5) == []
