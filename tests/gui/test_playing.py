"""Players and how they are told where to start."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from helpers.windows import Launches

from vporganizer.gui import playing


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A search path of our own: a program is installed by a file in it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for player in playing.PLAYERS:
        assert not any(Path(place).exists() for place in player.elsewhere)
    return tmp_path


def install(folder: Path, name: str, script: str = "exit 0") -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("mpv", ["--force-window=yes", "--start=12.50"]),
        ("vlc", ["--start-time=12.50"]),
        ("celluloid", ["--mpv-start=12.50"]),
        ("smplayer", ["-start", "12.50"]),
    ],
)
def test_a_player_is_told_where_to_start(
    installed: Path, monkeypatch: pytest.MonkeyPatch, program: str, expected: list[str]
) -> None:
    install(installed, program)
    launches = Launches()
    monkeypatch.setattr(subprocess, "Popen", launches)
    player = playing.play("/videos/a b.mp4", 12.5)
    assert player is not None and player.program == program
    assert launches.commands == [[str(installed / program), *expected, "/videos/a b.mp4"]]


def test_the_player_that_the_person_chose_comes_first(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(installed, "mpv")
    install(installed, "vlc")
    monkeypatch.setattr("sys.platform", "linux")
    (installed / "mimeapps.list").write_text("[Default Applications]\nvideo/mp4=vlc.desktop;\n")
    launches = Launches()
    monkeypatch.setattr(subprocess, "Popen", launches)
    player = playing.play("/videos/a.mp4", 0)
    assert player is not None and player.name == "VLC"


def test_without_a_player_nothing_is_started(installed: Path) -> None:
    assert playing.play("/videos/a.mp4", 3) is None


def test_a_player_that_cannot_be_started_gives_way_to_the_next(installed: Path) -> None:
    (installed / "mpv").write_bytes(b"\x7fELF no program")
    (installed / "mpv").chmod(0o755)
    install(installed, "vlc", f'{shutil.which("true", path="/bin:/usr/bin")} "$@"')
    player = playing.play("/videos/a.mp4", 3)
    assert player is not None and player.name == "VLC"
    playing._running.pop().wait(5)
