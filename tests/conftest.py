"""What every test gets: no screen, no library of the person who runs them, no thread left behind."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# Compiled programs are shared by the workers and by later runs, as in a person's cache folder.
os.environ.setdefault(
    "VPORGANIZER_CACHE_DIR", str(Path(tempfile.gettempdir(), f"vporganizer-tests-{os.getuid()}"))
)


@pytest.fixture(autouse=True)
def no_library_of_the_person(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A test that forgets to name a library must not write into the person's own, nor find their models."""
    monkeypatch.setenv("VPORGANIZER_LIBRARY", str(tmp_path_factory.getbasetemp() / "unnamed-library"))
    monkeypatch.setenv("VPORGANIZER_MODELS_DIR", str(tmp_path_factory.getbasetemp() / "no-models"))


@pytest.fixture(autouse=True)
def no_thread_left_behind() -> Iterator[None]:
    """Fails a test that leaves one of our threads running."""
    yield
    patience = time.monotonic() + 3
    while ours := [t for t in threading.enumerate() if t.name.startswith("vporganizer-")]:
        assert time.monotonic() < patience, f"threads left running: {[t.name for t in ours]}"
        time.sleep(0.02)
