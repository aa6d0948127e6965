"""Nothing leaves the machine, and nothing is written outside library, caches and log."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.photos import film

# Put before everything else into every Python process, decode children included.
WATCH = """
import os, sys
def watch(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        where = arguments[0] if event.startswith("socket.get") else arguments[1]
        local = isinstance(where, (bytes, str)) and event in ("socket.connect", "socket.sendto")
        if isinstance(where, tuple):
            local = where[0] in ("127.0.0.1", "::1", "localhost")
        if not local:
            with open(os.environ["NETWORK_LOG"], "a") as log:
                log.write(f"{event} {where!r} {sys.argv}\\n")
            raise PermissionError("no network in this test")
sys.addaudithook(watch)
"""

WINDOW = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from vporganizer.gui import application
QTimer.singleShot  # the window is closed from outside the event loop's first seconds
from pathlib import Path
import threading
def close():
    app = QApplication.instance()
    if app is not None:
        QTimer.singleShot(0, app, app.closeAllWindows)
timer = threading.Timer(6, close)
timer.start()
code = application.run(Path(sys.argv[1]), [sys.argv[2]])
timer.cancel()
sys.exit(code)
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home folder, a folder for temporary files and the watcher."""
    for name in ("home", "tmp", "site"):
        (tmp_path / name).mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(WATCH)
    (tmp_path / "videos").mkdir()
    film(tmp_path / "videos" / "film.mp4", ["coffee.png", "chelsea.png"], seconds=2)
    return tmp_path


def run(home: Path, *command: str) -> None:
    """Runs Python watched, in a home of its own."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    environment = kept | {
        "HOME": str(home / "home"),
        "TMPDIR": str(home / "tmp"),
        "PYTHONPATH": str(home / "site"),
        "NETWORK_LOG": str(home / "network.log"),
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(
        [sys.executable, "-P", *command],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        cwd=home,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def written(home: Path) -> set[str]:
    """Files made outside the library and the program's own cache folder."""
    found = {str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()}
    allowed = ("library/", "home/.cache/vporganizer/", "videos/film.mp4", "site/sitecustomize.py")
    return {path for path in found if not path.startswith(allowed)}


def test_scan_search_and_similar_use_no_network_and_write_nothing_elsewhere(home: Path) -> None:
    program = ("-m", "vporganizer", "--library", str(home / "library"))
    before = (home / "videos" / "film.mp4").stat()
    run(home, *program, "scan", str(home / "videos"))
    run(home, *program, "search", "a cat")
    run(home, *program, "similar", str(home / "videos" / "film.mp4"), "--start", "0", "--end", "1")
    assert written(home) == set()
    assert (home / "videos" / "film.mp4").stat().st_mtime_ns == before.st_mtime_ns


def test_the_window_uses_no_network_and_writes_nothing_elsewhere(home: Path) -> None:
    run(home, "-c", WINDOW, str(home / "library"), str(home / "videos"))
    assert written(home) == set()


def test_the_watcher_would_see_an_attempt(home: Path) -> None:
    attempt = (
        "import socket\ntry: socket.create_connection(('192.0.2.1', 9), 1)\nexcept PermissionError: pass"
    )
    run(home, "-c", attempt)
    assert written(home) == {"network.log"}
