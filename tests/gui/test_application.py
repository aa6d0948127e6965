"""Starting: what is said where no window can be opened, and what becomes of an error no one caught."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from vporganizer.gui import application
from vporganizer.gui.dialogs import CrashDialog
from vporganizer.gui.main_window import MainWindow
from vporganizer.gui.program import CrashReporter


def start(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs Python in a process of its own that has no screen."""
    screen = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    kept = {name: value for name, value in os.environ.items() if name not in screen}
    return subprocess.run(
        [sys.executable, "-P", *arguments], env=kept, capture_output=True, text=True, timeout=60
    )


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only X11 and Wayland can be missing")
def test_without_a_screen_one_sentence_says_so(tmp_path: Path) -> None:
    done = start("-m", "vporganizer", "--library", str(tmp_path))
    assert done.returncode == 1 and "no screen" in done.stderr and "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 2


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only X11 can be unreachable")
def test_a_screen_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QT_QPA_PLATFORM")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", ":987")
    monkeypatch.setattr(application, "_missing_for_x11", str)
    problem = application.display_problem()
    assert problem is not None and ":987 does not answer" in problem[0]


def test_missing_system_libraries_are_named_with_what_to_install() -> None:
    program = "import sys; sys.modules['PySide6.QtGui'] = None; from vporganizer.gui import application"
    done = start("-c", f"{program}; sys.exit(application.run(None, []))")
    assert done.returncode == 1 and "system libraries" in done.stderr
    assert "apt install" in done.stderr and "libxcb-cursor0" in done.stderr


@pytest.mark.usefixtures("qapp")
def test_an_error_no_one_caught_is_logged_and_can_be_copied(
    qtbot: QtBot, window: MainWindow, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    reporter = CrashReporter(window)
    try:
        raise RuntimeError("a mistake of ours")
    except RuntimeError as error:
        with caplog.at_level(logging.ERROR):
            reporter.caught(type(error), error, error.__traceback__)
            reporter.caught(type(error), error, error.__traceback__)
    dialogs = window.findChildren(CrashDialog)
    assert len(dialogs) == 1, "an error that repeats must not bury the window"
    assert "a mistake of ours" in dialogs[0].findChild(QPlainTextEdit).toPlainText()
    next(button for button in dialogs[0].findChildren(QPushButton) if button.text() == "Copy").click()
    assert "a mistake of ours" in QGuiApplication.clipboard().text()
    assert "a mistake of ours" in caplog.text and "a mistake of ours" in capsys.readouterr().err
    dialogs[0].close()
    assert window.isVisible()
