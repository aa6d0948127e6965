"""Windows over real libraries of real, small videos."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.photos import film
from helpers.windows import Launches, OpenWindow
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from vporganizer.app.context import OpenLibrary, open_library
from vporganizer.encoder.protocol import ClipEncoder
from vporganizer.gui.main_window import MainWindow
from vporganizer.gui.program import Application
from vporganizer.gui.settings import WindowSettings

HERE = Path(__file__).parent
SHOTS = ["rocket.jpg", "coffee.png", "chelsea.png", "coins.png"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test of the window fails where Qt warns of something."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.qt_log_level_fail("WARNING"))
            item.add_marker(pytest.mark.qt_log_ignore("propagateSizeHints", r"raise\(\)"))  # offscreen


@pytest.fixture(scope="session")
def qapp_cls() -> type[QApplication]:
    """The application class of the program itself."""
    return Application


@pytest.fixture(scope="session")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a film of four shots of two seconds, a cup, a copy of it, and a file that is no video."""
    folder = tmp_path_factory.mktemp("videos")
    film(folder / "film.mp4", SHOTS, seconds=2, gop=10)
    film(folder / "cup.mkv", ["coffee.png"], seconds=2)
    shutil.copy(folder / "cup.mkv", folder / "the cup again.mkv")
    (folder / "broken.mp4").write_bytes(b"this is no video " * 500)
    return folder


@pytest.fixture(scope="session")
def indexed(videos: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ClipEncoder]:
    """A library that holds `videos`, and the model that it was made with: loading it takes seconds."""
    path = tmp_path_factory.mktemp("indexed")
    with open_library(path) as library:
        report = library.scan([videos])
        assert (report.indexed, report.failed) == (2, 1)
        return path, library.encoder()


@pytest.fixture
def open_window(qtbot: QtBot, indexed: tuple[Path, ClipEncoder], tmp_path: Path) -> Iterator[OpenWindow]:
    """Opens the window on a library; at the end it is closed as a person does."""
    opened: list[tuple[MainWindow, OpenLibrary]] = []

    def open_one(path: Path) -> MainWindow:
        library = open_library(path)
        library._encoders["starter"] = indexed[1]
        window = MainWindow(library, WindowSettings(tmp_path / "window.ini"))
        opened.append((window, library))
        window.show()
        window.open([])
        return window

    yield open_one
    for window, library in opened:
        if window.isVisible():
            with qtbot.waitSignal(window.closed, timeout=10_000):
                window.close()
        assert window.shut_down()
        library.close()
        window.deleteLater()
    QApplication.processEvents()


@pytest.fixture
def window(open_window: OpenWindow, indexed: tuple[Path, ClipEncoder], tmp_path: Path) -> MainWindow:
    """The window on a copy of the indexed library."""
    copy = tmp_path / "library"
    shutil.copytree(indexed[0], copy)
    return open_window(copy)


@pytest.fixture(autouse=True)
def no_video_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The home folder of whoever runs the tests stays out of them."""
    monkeypatch.setenv("HOME", os.fspath(tmp_path))


@pytest.fixture
def launches(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Launches:
    """An installed mpv that only notes how it is started."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "mpv").write_text("#!/bin/sh\n")
    (programs / "mpv").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    launches = Launches()
    monkeypatch.setattr(subprocess, "Popen", launches)
    return launches
