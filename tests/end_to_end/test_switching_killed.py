"""Switching a library's encoder, killed half-way in both directions: nothing is lost or done twice."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from helpers.encoders import Slow, known
from helpers.videos import Shot, make_video, textured

import vporganizer

SCAN = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import pytest
from helpers.encoders import Slow, known
import vporganizer

library, log, name, folder, seconds = sys.argv[2:]
patch = pytest.MonkeyPatch()

class Logged(Slow):
    def embed_clips(self, frames):
        before = self.embedded
        made = super().embed_clips(frames)
        with open(log, "a") as file:
            file.write(f"{self.info.name}\\n" * (self.embedded - before))
        return made

for each in (Logged("starter", exact=False, seconds=float(seconds)), Logged("slow", seconds=float(seconds))):
    known(patch, each)
if __name__ == "__main__":
    with vporganizer.open_library(library) as opened:
        opened.scan(folder, encoder=name)
"""


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("films")
    for number in range(4):
        shots = [Shot(1.2, textured(10 * number + shot)) for shot in range(4)]
        make_video(folder / f"{number}.mp4", shots, fps=10, size=(96, 64))
    return folder


def scan(folder: Path, films: Path, name: str, *, kill_after: int | None, of: str = "") -> None:
    """Scans in a child; kills it once so many clips of this encoder, or of another, are stored."""
    script = folder / "scan.py"
    script.write_text(SCAN)
    tests = Path(__file__).parents[1]
    seconds = "0" if kill_after is None else "0.12"  # a clip; what is to be killed must take a while
    command = [sys.executable, "-P", script, tests, folder / "library", folder / "log", name, films, seconds]
    child = subprocess.Popen([os.fspath(part) for part in command], stderr=subprocess.PIPE)
    if kill_after is not None:
        patience = time.monotonic() + 60
        while stored(folder).get(of or name, 0) < kill_after:
            assert child.poll() is None and time.monotonic() < patience
            time.sleep(0.05)
        child.kill()
    error = child.communicate()[1].decode()
    assert child.returncode == (0 if kill_after is None else -9), error


def stored(folder: Path) -> dict[str, int]:
    """Encoder -> its vectors in the library."""
    if not (folder / "library" / "library.db").exists():
        return {}
    with vporganizer.open_library(folder / "library") as library:
        return {one.name: one.clips for one in library.status().encoders if one.clips}


def embedded(folder: Path, name: str) -> int:
    return (folder / "log").read_text().split().count(name)


@pytest.mark.skipif(os.name == "nt", reason="kills by signal")
def test_killed_half_way_in_both_directions(
    films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for encoder in (Slow("starter", exact=False), Slow("slow")):
        known(monkeypatch, encoder)
    scan(tmp_path, films, "starter", kill_after=None)
    total = stored(tmp_path)["starter"]
    assert total >= 12
    scan(tmp_path, films, "slow", kill_after=4)
    half = stored(tmp_path)
    assert half["starter"] == total and 4 <= half["slow"] < total
    with vporganizer.open_library(tmp_path / "library") as library:
        assert library.chosen_encoder == "slow"
        assert {hit.encoder for hit in library.search("a text", limit=50, per_video=9)} == {"starter", "slow"}
    scan(tmp_path, films, "slow", kill_after=None)
    assert stored(tmp_path) == {"slow": total}
    # A batch may have been embedded and not stored yet when the child was killed.
    assert total <= embedded(tmp_path, "slow") <= total + 4
    scan(tmp_path, films, "starter", kill_after=4)
    half = stored(tmp_path)
    assert half["slow"] == total and 4 <= half["starter"] < total
    with vporganizer.open_library(tmp_path / "library") as library:
        assert library.chosen_encoder == "starter"
        assert {hit.encoder for hit in library.search("a text", limit=50, per_video=9)} == {"starter", "slow"}
    scan(tmp_path, films, "starter", kill_after=None)
    assert stored(tmp_path) == {"starter": total, "slow": total}
    assert embedded(tmp_path, "starter") <= 2 * total + 16
    rows_before = embedded(tmp_path, "slow")
    scan(tmp_path, films, "slow", kill_after=None)
    assert embedded(tmp_path, "slow") == rows_before and stored(tmp_path) == {"slow": total}


@pytest.mark.skipif(os.name == "nt", reason="kills by signal")
def test_killed_while_quick_search_goes_first(
    films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for encoder in (Slow("starter", exact=False), Slow("slow")):
        known(monkeypatch, encoder)
    scan(tmp_path, films, "slow", kill_after=4, of="starter")
    half = stored(tmp_path)
    assert set(half) == {"starter"} and embedded(tmp_path, "slow") == 0
    with vporganizer.open_library(tmp_path / "library") as library:
        assert library.chosen_encoder == "slow" and library.search("a text", limit=50).hits
    scan(tmp_path, films, "slow", kill_after=None)
    [(name, total)] = stored(tmp_path).items()
    assert name == "slow" and embedded(tmp_path, "slow") == total and half["starter"] < total >= 12
    # A batch may have been embedded and not stored yet when the child was killed.
    assert total <= embedded(tmp_path, "starter") <= total + 2
