"""The options that are about encoders, on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from helpers.encoders import Slow, known
from helpers.videos import Shot, make_video, solid

from vporganizer.cli.main import run
from vporganizer.cli.output import describe
from vporganizer.encoder import catalog
from vporganizer.indexing.progress import Progress


@pytest.fixture
def films(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A film of two shots, a quick encoder in place of the starter, and a slow one."""
    folder = tmp_path / "films"
    folder.mkdir()
    shots = [Shot(1.5, solid(200, 30, 30)), Shot(1.5, solid(30, 30, 200))]
    make_video(folder / "film.mp4", shots, fps=10, size=(96, 64))
    known(monkeypatch, Slow("starter", exact=False))
    known(monkeypatch, Slow("slow"))
    return folder


def test_from_an_estimate_to_a_switch_and_back(
    films: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def call(*arguments: object, code: int = 0) -> tuple[str, str]:
        given = ["--library", str(tmp_path / "library"), *map(str, arguments)]
        assert run(lambda _library, _paths: 0, given) == code
        shown = capsys.readouterr()
        return shown.out, shown.err

    call("scan", films)
    assert "1 video, about 2 clips: about" in call("scan", "--encoder", "slow", "--estimate")[0]
    assert "starter (chosen): 2 clips, all clips, complete" in call("status")[0]
    assert "Nothing new to index." in call("scan", "--encoder", "slow", "--newer-than", "2999-01-01")[1]
    assert "no date" in call("scan", "--newer-than", "soon", code=1)[1]
    state = json.loads(call("status", "--json")[0])
    assert state["chosen"] == "slow" and state["encoders"]["starter"]["share"] == 1.0
    assert (
        state["encoders"]["slow"] | {"share": 0.0, "chosen": True, "complete": False}
        == (state["encoders"]["slow"])
    )
    said = call("scan")[1]
    assert "the 2 vectors of search by starter were dropped" in said and "Indexed 1 video, 2 clips" in said
    out = call("search", "anything", "--json")[0]
    assert {json.loads(line)["encoder"] for line in out.splitlines()} == {"slow"}
    assert all(0 <= json.loads(line)["relevance"] <= 1 for line in out.splitlines())
    assert "starter from now on" in call("scan", "--encoder", "starter")[1]
    assert json.loads(call("search", "anything", "--json", "--encoder", "slow")[0].splitlines()[0])
    assert "--yes" in call("forget", "--encoder", "slow", code=2)[1]
    assert "Forgot 2 vectors of slow." in call("forget", "--encoder", "slow", "--yes")[1]
    assert "Name either" in call("forget", code=2)[1]


def test_new_videos_go_by_quick_search_first_which_is_said(
    films: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    known(monkeypatch, Slow("slow"), text_problem=lambda: "slow has no tokenizer. Get it: models fetch slow")
    given = ["--library", str(tmp_path / "library"), "scan", str(films), "--encoder", "slow"]
    assert run(lambda *_: 0, given) == 0
    said = capsys.readouterr().err.splitlines()
    lines = [
        next(number for number, line in enumerate(said) if text in line)
        for text in (
            "Videos can be indexed, but slow cannot be asked by text yet: slow has no tokenizer. Get it",
            "Quick search first, on cpu.",
            "Full search on cpu.",
            "Quick search first: indexed 1 video, 2 clips.",
            "Indexed 1 video, 2 clips",
        )
    ]
    assert lines == sorted(lines), said
    assert sum("tokenizer" in line for line in said) == 1


def test_progress_names_its_phase() -> None:
    known_part = {"files_done": 1, "files_total": 3, "clips": 4}
    assert describe(Progress("indexing", **known_part)) == "1 of 3 videos, 4 clips"
    quick = describe(Progress("indexing", **known_part, phase="quick", seconds_left=120.0))
    assert quick.startswith("Quick search first: 1 of 3 videos, 4 clips, about 2 min")
    full = describe(Progress("indexing", **known_part, phase="full", clips_total=9))
    assert full == "Full search: 1 of 3 videos, 4 of about 9 clips"


def test_device_and_backend_reach_the_model(
    films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str | None, str | None]] = []
    encoder = Slow("starter", exact=False)

    def load(device: str | None, backend: str | None) -> Slow:
        asked.append((device, backend))
        return encoder

    entry = catalog.ENCODERS["starter"]
    monkeypatch.setitem(
        catalog.ENCODERS,
        "starter",
        catalog.Entry(entry.info, "quick", ("kite",), None, None, lambda: None, load),
    )
    library = ["--library", str(tmp_path / "library")]
    assert run(lambda *_: 0, [*library, "--backend", "jax", "scan", str(films), "--device", "cpu"]) == 0
    assert run(lambda *_: 0, [*library, "--device", "cpu", "--backend", "openvino", "search", "kite"]) == 0
    assert run(lambda *_: 0, [*library, "--backend", "auto", "search", "kite"]) == 0
    assert asked == [("cpu", "jax"), ("cpu", "openvino"), (None, None)]
