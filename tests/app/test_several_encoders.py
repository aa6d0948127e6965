"""Two encoders in one library: what one has hardly looked at never drowns what the other has found."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.encoders import QUERY, Planted, known
from helpers.libraries import add_file, add_root, add_windows

import vporganizer
from vporganizer.app.context import OpenLibrary
from vporganizer.errors import CheckpointMissing, EncoderError, TokenizerMissing
from vporganizer.library import clips
from vporganizer.library.library import Library


def plant(library: Library, encoder: Planted, fits: Sequence[bool], folder: str) -> list[int]:
    """Adds a video of one clip for each of `fits`, embedded by an encoder -> contents."""
    with library.write() as db:
        encoder_id = clips.ensure_encoder(db, encoder.name, encoder.info.identity, encoder.dim)
        root = add_root(db, f"/{folder}".encode())  # type: ignore[arg-type]
        contents = []
        for number, vector in enumerate(encoder.clips(fits)):
            name = f"{'match' if fits[number] else 'other'} {number}.mp4"
            _, content = add_file(db, root, name.encode())  # type: ignore[arg-type]
            add_windows(db, content, encoder_id, vector[None])  # type: ignore[arg-type]
            contents.append(content)
    return contents


def pair(swapped: bool, dims: tuple[int, int] = (384, 256), **options: Any) -> tuple[Planted, Planted]:
    """An encoder that has hardly looked at anything, and one that has looked at most."""
    narrow = {"low": 0.60, "high": 0.70}
    wide = {"low": 0.05, "high": 0.30}
    few, many = (wide, narrow) if swapped else (narrow, wide)
    offset = options.pop("offset", 0.0)
    seed = options.pop("seed", 0)
    return (
        Planted("few", dims[0], **few, seed=seed, offset=offset, **options),
        Planted("many", dims[1], **many, seed=seed + 100, **options),
    )


def folders_of(hits: Sequence[Any]) -> list[str]:
    return [Path(hit.path).parent.name for hit in hits]


NOISE = [
    ("normal", 0.0),
    ("normal", 0.12),
    ("uniform", 0.08),
    ("laplace", 0.0),
    ("heavy", 0.05),
    ("skewed", 0.0),
]
"""Shapes of noise, and by how much the query lifts every cosine of the encoder that has seen little."""
CASES = [
    (10 * round_ + seed, swapped, shape, offset)
    for seed, (shape, offset) in enumerate(NOISE)
    for swapped in (False, True)
    for round_ in range(3)
]


@pytest.mark.parametrize(("seed", "swapped", "shape", "offset"), CASES)
def test_what_does_not_fit_never_stands_above_what_does(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, seed: int, swapped: bool, shape: str, offset: float
) -> None:
    few, many = pair(swapped, seed=seed, shape=shape, offset=offset)
    known(monkeypatch, few)
    known(monkeypatch, many)
    with vporganizer.open_library(tmp_path) as library:
        plant(library.library, few, [False] * 3, "few")
        plant(library.library, many, [True] * 12 + [False] * 288, "many")
        result = library.search(QUERY, limit=10)
        assert len(result) == 10 and set(folders_of(result)) == {"many"}
        # Its own noise may stand out as well where that has a long tail.
        assert sum("match" in hit.path for hit in result) >= (7 if shape in ("heavy", "skewed") else 10)
        assert sorted(result.encoders) == ["few", "many"] and result.clips_searched == 303
        judged = [hit.relevance for hit in result]
        assert all(one is not None and 0 <= one <= 1 for one in judged)
        assert judged == sorted(judged, reverse=True)  # type: ignore[type-var]


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("sizes", [(1, 300), (3, 30), (3, 1200), (40, 300)])
def test_it_holds_for_libraries_of_other_sizes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, swapped: bool, sizes: tuple[int, int]
) -> None:
    few, many = pair(swapped, dims=(96, 160), seed=7, noise=0.12, offset=0.06)
    known(monkeypatch, few)
    known(monkeypatch, many)
    with vporganizer.open_library(tmp_path) as library:
        plant(library.library, few, [False] * sizes[0], "few")
        plant(library.library, many, [True] * 10 + [False] * (sizes[1] - 10), "many")
        assert set(folders_of(library.search(QUERY, limit=10))) == {"many"}


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_a_match_among_the_three_does_reach_the_top(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, swapped: bool, seed: int
) -> None:
    few, many = pair(swapped, seed=seed, noise=0.05, offset=0.05)
    known(monkeypatch, few)
    known(monkeypatch, many)
    with vporganizer.open_library(tmp_path) as library:
        plant(library.library, few, [True, False, False], "few")
        plant(library.library, many, [False] * 300, "many")
        top = library.search(QUERY, limit=10)
        assert "few/match 0.mp4" in [hit.path.removeprefix("/") for hit in top]
        assert library.search(QUERY, limit=1, encoder="few")[0].path == "/few/match 0.mp4"


def test_a_moment_both_have_seen_counts_once_and_by_the_chosen_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    quick, better = pair(True, seed=3)
    known(monkeypatch, quick)
    known(monkeypatch, better)
    with vporganizer.open_library(tmp_path) as library:
        contents = plant(library.library, quick, [True] * 5 + [False] * 55, "few")
        encoder_id = clips.ensure_encoder(library.library, "many", "many-1", better.dim)
        half = contents[:2] + contents[5:40]
        ids = [clips.clips_of(library.library, content)[0].id for content in half]
        vectors = better.clips([True] * 2 + [False] * 35)
        clips.store_vectors(library.library, encoder_id, list(zip(ids, vectors, strict=True)), "f", "cpu")
        from vporganizer.app.choice import choose

        choose(library.library, "many")
        result = library.search(QUERY, limit=60)
        paths = [hit.path for hit in result]
        assert len(paths) == len(set(paths)) == 60
        assert sorted(paths[:5]) == [f"/few/match {n}.mp4" for n in range(5)]
        by = {hit.path: hit.encoder for hit in result}
        assert by["/few/match 0.mp4"] == by["/few/other 5.mp4"] == "many"
        assert by["/few/match 4.mp4"] == by["/few/other 59.mp4"] == "few"
        assert len({hit.encoder for hit in library.search(QUERY, encoder="few", limit=60)}) == 1


def test_an_encoder_that_does_not_know_the_text_stands_below(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    few, many = pair(False, seed=5)
    few.knowing = "no"
    known(monkeypatch, few)
    known(monkeypatch, many)
    with vporganizer.open_library(tmp_path) as library:
        plant(library.library, few, [True] * 3 + [False] * 50, "few")
        plant(library.library, many, [False] * 40, "many")
        result = library.search(QUERY, limit=100)
        assert set(folders_of(result)) == {"many"} and result.knows == "yes"
        assert "Search by few knows things such as kite" in result.note
        anyway = library.search(QUERY, limit=100, anyway=True)
        assert folders_of(anyway) == ["many"] * 40 + ["few"] * 53
        few.knowing = "partly"
        partly = library.search(QUERY, limit=3)
        assert set(folders_of(partly)) == {"few"} and max(hit.relevance or 0 for hit in partly) < 0.71


def test_words_of_a_match_come_from_relevance_where_no_limit_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _, many = pair(False, seed=1, noise=0.1)
    known(monkeypatch, many)
    with vporganizer.open_library(tmp_path) as library:
        plant(library.library, many, [True] * 6 + [False] * 200, "many")
        result = library.search(QUERY, limit=30)
        assert {hit.match for hit in result[:6]} <= {"strong", "fair"}
        assert len(result.matches) <= 7
        assert [hit.score for hit in result] == sorted((hit.score for hit in result), reverse=True)
        assert not library.search("a text that nothing here fits", limit=30).matches[2:]


def test_least_cosines_hold_for_each_hit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    few, many = pair(False, seed=2)
    known(monkeypatch, few)
    known(monkeypatch, many)
    with vporganizer.open_library(tmp_path) as library:
        plant(library.library, few, [True, False, False], "few")
        plant(library.library, many, [True] * 3 + [False] * 30, "many")
        result = library.search(QUERY, limit=100, min_score=0.2)
        assert len(result) == 6 and min(hit.score for hit in result) >= 0.2


def broken(error: EncoderError) -> Any:
    def load() -> Any:
        raise error

    return load


def test_one_that_cannot_be_used_is_named_and_the_others_answer(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    few, many = pair(False)
    known(monkeypatch, few, missing=lambda: "The model few is not installed.")
    known(monkeypatch, many)
    with vporganizer.open_library(tmp_path) as library:
        plant(library.library, few, [True] * 3, "few")
        plant(library.library, many, [True] * 3 + [False] * 30, "many")
        result = library.search(QUERY)
        assert set(folders_of(result)) == {"many"} and "few is not installed" in result.note
    known(monkeypatch, few, load=broken(TokenizerMissing("The tokenizer of few is gone.")))
    with vporganizer.open_library(tmp_path) as library:
        result = library.search(QUERY)
        assert set(folders_of(result)) == {"many"} and "tokenizer of few is gone" in result.note
        with pytest.raises(TokenizerMissing):
            library.search(QUERY, encoder="few")
    known(monkeypatch, few, missing=lambda: "The model few is not installed.")
    known(monkeypatch, many, missing=lambda: "The model many is not installed.")
    with (
        vporganizer.open_library(tmp_path) as library,
        pytest.raises(CheckpointMissing, match="not installed"),
    ):
        library.search(QUERY)


def test_neutral_texts_are_embedded_once_for_a_library_and_queries_once_for_a_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _, many = pair(False)
    known(monkeypatch, many)

    def ask(library: OpenLibrary) -> list[float | None]:
        return [hit.relevance for hit in library.search(QUERY)]

    with vporganizer.open_library(tmp_path) as library:
        plant(library.library, many, [True] * 3 + [False] * 30, "many")
        first = ask(library)
        embedded = many.texts_embedded
        assert embedded > 30 and ask(library) == first and many.texts_embedded == embedded
    assert (tmp_path / "index" / "many.neutral").stat().st_mode & 0o777 == 0o600
    with vporganizer.open_library(tmp_path) as library:
        assert ask(library) == pytest.approx(first, abs=1e-3)
        assert many.texts_embedded == embedded + 1
        (tmp_path / "index" / "many.neutral").write_bytes(b"damaged")
    with vporganizer.open_library(tmp_path) as library:
        assert ask(library) == pytest.approx(first, abs=1e-3)


def test_relevances_stay_numbers_where_there_is_almost_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    few, many = pair(False)
    known(monkeypatch, few)
    known(monkeypatch, many)
    with vporganizer.open_library(tmp_path) as library:
        plant(library.library, few, [True], "few")
        assert np.isfinite([hit.relevance for hit in library.search(QUERY)]).all()
        plant(library.library, many, [False], "many")
        found = library.search(QUERY)
        assert len(found) == 2 and np.isfinite([hit.relevance for hit in found]).all()
