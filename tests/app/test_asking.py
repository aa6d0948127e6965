"""What a person is told about a question: texts that are too long, times that are no span, nobody to ask."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from helpers.encoders import QUERY, Planted, known
from helpers.libraries import add_file, add_root, add_windows
from helpers.videos import Shot, make_video, solid

import vporganizer
from vporganizer.app.context import OpenLibrary
from vporganizer.encoder.videoprism import installed
from vporganizer.errors import QueryError
from vporganizer.library import clips


class Forgetful(Planted):
    """An encoder that takes three words."""

    def too_long(self, text: str) -> str | None:
        rest = text.split()[3:]
        return f"Only its beginning counts, without '{' '.join(rest)}'." if rest else None


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Planted:
    encoder = Forgetful("full", 32, 0.1, 0.4)
    known(monkeypatch, encoder)
    known(monkeypatch, Planted("other", 32, 0.1, 0.4))
    return encoder


@pytest.fixture
def library(tmp_path: Path, full: Planted) -> Iterator[OpenLibrary]:
    with vporganizer.open_library(tmp_path / "library") as opened:
        with opened.library.write() as db:
            encoder_id = clips.ensure_encoder(db, full.name, full.info.identity, full.dim)
            root = add_root(db, b"/films")  # type: ignore[arg-type]
            for number in range(3):
                _, content = add_file(db, root, b"%d.mp4" % number)  # type: ignore[arg-type]
                add_windows(db, content, encoder_id, full.clips([number == 0]))  # type: ignore[arg-type]
        yield opened


def test_a_text_that_is_cut_is_told_each_time(library: OpenLibrary) -> None:
    for _ in range(2):  # the second time its vector is known
        assert library.search(QUERY).note == "Only its beginning counts, without 'over the sea'."
    assert library.search("a red kite").note == ""


def test_who_has_indexed_nothing_is_named_where_others_have(library: OpenLibrary, tmp_path: Path) -> None:
    film = make_video(tmp_path / "film.mp4", [Shot(0.5, solid(9, 9, 200))], fps=10, size=(64, 48))
    for found in (library.search(QUERY, encoder="other"), library.similar(film, encoder="other")):
        assert not found.hits
        assert found.note.startswith("other has indexed nothing here yet.")
        assert "vporganizer scan --encoder other" in found.note
    with vporganizer.open_library(tmp_path / "empty") as empty:
        assert empty.search(QUERY).note == "Nothing is indexed yet. Start with: vporganizer scan FOLDER"


@pytest.mark.parametrize(
    ("start", "end", "says"),
    [
        (None, 0.0, "after its start"),
        (0.0, 0.0, "after its start"),
        (3.0, 2.0, "after its start"),
        (None, -1.0, "after its start"),
        (-1.0, None, "before the video does"),
        (float("nan"), None, "numbers of seconds"),
        (None, float("nan"), "numbers of seconds"),
        (float("inf"), None, "numbers of seconds"),
        (1.0, float("inf"), "numbers of seconds"),
    ],
)
def test_times_that_are_no_span_are_refused(
    library: OpenLibrary, start: float | None, end: float | None, says: str
) -> None:
    with pytest.raises(QueryError, match=says):
        library.similar("/films/0.mp4", start, end)


def test_neutral_texts_are_embedded_again_for_another_tokenizer(
    library: OpenLibrary, full: Planted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VPORGANIZER_MODELS_DIR", str(tmp_path / "models"))

    def ask(tokenizer: str) -> int:
        file = tmp_path / "spm.model"
        installed.record(installed.Installed("full", file, "0" * 64, 1, 1, file, tokenizer))
        before = full.texts_embedded
        with vporganizer.open_library(library.path) as again:
            assert np.isfinite([hit.relevance for hit in again.search("a red kite")]).all()
        return full.texts_embedded - before

    assert ask("1" * 64) > 30
    assert ask("1" * 64) == 1
    assert ask("2" * 64) > 30
