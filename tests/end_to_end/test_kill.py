"""kill -9 at any moment loses no finished content, and nothing is done twice."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from helpers.photos import film
from helpers.running import vporganizer

Clips = dict[tuple[str, float, float, str], bytes]

NAMES = ["rocket.jpg", "coffee.png", "astronaut.png", "chelsea.png", "coins.png", "retina.jpg", "moon.png"]


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four films of 14 shots each: half a hundred clips, a few seconds of work."""
    folder = tmp_path_factory.mktemp("videos")
    for number in range(4):
        names = (NAMES[number:] + NAMES[:number]) * 2
        film(folder / f"film {number}.mp4", names, seconds=1.5, size=(256, 144), fps=12, gop=12)
    return folder


def stored(library: Path) -> Clips:
    """What is in a library's database: file name, times and encoder -> vector."""
    if not (library / "library.db").exists():
        return {}
    with closing(sqlite3.connect(library / "library.db", timeout=30)) as db:
        found = db.execute(
            'SELECT v.relative, k."start", k."end", n.name, e.vector FROM embedding e'
            " JOIN clip k ON k.id = e.clip_id JOIN window_set w ON w.id = k.window_set_id"
            " JOIN video v ON v.content_id = w.content_id JOIN encoder n ON n.id = e.encoder_id"
        ).fetchall()
    return {(os.fsdecode(name), start, end, encoder): vector for name, start, end, encoder, vector in found}


def scan_and_kill(library: Path, videos: Path, after: float) -> None:
    """Starts a scan and kills it `after` seconds."""
    command = [sys.executable, "-P", "-m", "vporganizer", "--library", str(library), "scan", str(videos)]
    scan = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)
    time.sleep(after)
    scan.kill()
    scan.wait()
    wait_for_no_process_of(scan.pid)


def wait_for_no_process_of(session: int, seconds: float = 5.0) -> None:
    """Fails if a process of the killed scan outlives it by `seconds`."""
    patience = time.monotonic() + seconds
    while alive := [
        pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if _session(pid) == session
    ]:
        if time.monotonic() > patience:
            for pid in alive:
                os.kill(pid, signal.SIGKILL)
            pytest.fail(f"{len(alive)} decode processes outlived the killed scan by {seconds} s")
        time.sleep(0.05)


def _session(pid: int) -> int | None:
    try:
        fields = Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else int(fields[3])


def kills(videos: Path, folder: Path, count: int) -> int:
    """Kills a scan `count` times, later each time, and lets the last run end -> partial states seen."""
    quiet = folder / "undisturbed"
    began = time.monotonic()
    vporganizer(quiet, "scan", videos)
    whole = time.monotonic() - began
    wanted = stored(quiet)
    library = folder / "killed"
    partial = 0
    before: Clips = {}
    for number in range(count):
        # A run that goes on from the last one starts up, then works on: the start takes the same each time.
        scan_and_kill(library, videos, whole * (0.45 + 0.4 * number / count))
        now = stored(library)
        assert before.items() <= now.items(), "a finished clip was lost or changed"
        partial += 0 < len(now) < len(wanted)
        before = now
    done = vporganizer(library, "scan", videos)
    embedded = re.search(r"Indexed [\d,]+ videos?, ([\d,]+) clips?", done.stderr)
    assert int(embedded[1] if embedded else 0) == len(wanted) - len(before), (
        "a finished clip was embedded again"
    )
    assert before.items() <= stored(library).items()
    assert stored(library).keys() == wanted.keys()
    return partial


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
def test_four_kills_lose_nothing_and_repeat_nothing(videos: Path, tmp_path: Path) -> None:
    kills(videos, tmp_path, 4)


@pytest.mark.trial
def test_twenty_kills_most_of_them_in_the_middle(videos: Path, tmp_path: Path) -> None:
    partial = sum(kills(videos, tmp_path / str(round_), 4) for round_ in range(5))
    assert partial >= 11
