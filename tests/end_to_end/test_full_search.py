"""The real thing at full size: a checkpoint in the published format, from the command line to an answer.

Weights are stand-ins, so that answers mean nothing; but every step is the one a person takes.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from helpers.running import json_lines, status, vporganizer
from helpers.standin import write_checkpoint
from helpers.tokenizers import train_tokenizer
from helpers.videos import Shot, make_video, textured

FULL = "videoprism_lvt_public_v1_base"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with three videos of several shots, a checkpoint, a tokenizer, and nothing installed."""
    monkeypatch.setenv("VPORGANIZER_MODELS_DIR", str(tmp_path / "models"))
    (tmp_path / "videos").mkdir()
    for number in range(3):
        shots = [Shot(2.0, textured(10 * number + n)) for n in range(2)]
        make_video(tmp_path / "videos" / f"{number}.mp4", shots)
    write_checkpoint(tmp_path / "base.npz", FULL)
    train_tokenizer(tmp_path / "spm.model", 32_000)
    return tmp_path


class Person:
    """Somebody at the command line, with one library."""

    def __init__(self, home: Path) -> None:
        self.library = home / "library"

    def runs(self, *arguments: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
        return vporganizer(self.library, *arguments, code=code)

    def finds(self, *arguments: str | Path) -> list[dict[str, Any]]:
        return json_lines(self.runs(*arguments, "--json").stdout)

    def clips(self, encoder: str) -> int:
        found = status(self.library)["encoders"].get(encoder)
        return int(found["clips"]) if found else 0

    def kills_a_scan_after_its_first_clip(self, videos: Path) -> None:
        command = [
            sys.executable,
            "-P",
            "-m",
            "vporganizer",
            "--library",
            self.library,
            "scan",
            "--encoder",
            FULL,
        ]
        child = subprocess.Popen([*map(str, command), str(videos)], stderr=subprocess.PIPE)
        patience = time.monotonic() + 300
        while self.clips(FULL) == 0:
            assert child.poll() is None, child.stderr.read() if child.stderr else ""
            assert time.monotonic() < patience
            time.sleep(0.2)
        child.send_signal(signal.SIGKILL)
        child.communicate()


@pytest.mark.trial
def test_from_the_command_line_to_an_answer_killed_half_way_and_back(home: Path) -> None:
    videos = home / "videos"
    person = Person(home)
    refused = person.runs("scan", "--encoder", FULL, videos, code=1)
    assert "models fetch" in refused.stderr

    person.runs("scan", videos)
    quick = person.clips("starter")
    assert quick == 6
    person.runs("models", "install", FULL, home / "base.npz", home / "spm.model")
    person.runs("models", "verify", FULL)

    person.kills_a_scan_after_its_first_clip(videos)
    assert 0 < person.clips(FULL) < quick
    assert person.clips("starter") == quick
    assert person.finds("search", "a dog runs on the beach", "--anyway")

    done = person.runs("scan")
    assert "cpu" in done.stderr
    assert person.clips(FULL) == quick
    assert status(person.library)["encoders"][FULL]["complete"]

    hits = person.finds("search", "a dog runs on the beach", "--anyway")
    assert {hit["encoder"] for hit in hits} == {FULL}
    assert all(0 <= hit["relevance"] <= 1 for hit in hits)
    near = person.finds("similar", videos / "1.mp4")
    assert {hit["path"] for hit in near} == {str(videos / "0.mp4"), str(videos / "2.mp4")}

    person.runs("scan", "--encoder", "starter")
    assert person.clips("starter") == quick
    assert person.clips(FULL) == quick, "what took long is not thrown away"
    assert {hit["encoder"] for hit in person.finds("search", "a dog", "--anyway")} == {"starter"}
