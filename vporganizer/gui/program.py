"""The Qt program around the window: names, icon, messages, crashes, and an orderly end."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QCoreApplication, QEvent, QMessageLogContext, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QMessageBox

import vporganizer
from vporganizer.app.context import OpenLibrary, open_library
from vporganizer.app.words import printable
from vporganizer.errors import VPOrganizerError
from vporganizer.gui.background import Channel, wait_for
from vporganizer.gui.dialogs import CrashDialog, crash_report
from vporganizer.gui.main_window import MainWindow
from vporganizer.gui.settings import WindowSettings
from vporganizer.resources import resource

log = logging.getLogger(__name__)
qt_log = logging.getLogger("vporganizer.qt")

DESKTOP_FILE = "vporganizer"  # without its ending; what Wayland and the task bar know the window by
LONGEST_END = 10.0  # seconds that closing the library may take


def start(library: Path | None, paths: Sequence[str]) -> int:
    """Runs the window until it is closed -> exit code."""
    app = make_application(sys.argv[:1])
    qInstallMessageHandler(_qt_message)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl+C ends it at once, which a library survives
    try:
        opened = open_library(library)
    except VPOrganizerError as error:
        log.error("the library cannot be opened: %s", error)
        QMessageBox.critical(None, "VP Organizer", f"{printable(str(error))}\n\n{error.hint}".strip())
        return error.exit_code
    window = MainWindow(opened, WindowSettings(opened.path / "window.ini"))
    crashes = CrashReporter(window)
    sys.excepthook = crashes.caught
    window.closed.connect(app.exit_quietly)
    window.show()
    window.open(paths)
    warm_up(opened, window)
    code = app.exec()
    sys.excepthook = sys.__excepthook__
    return _end(window, opened, code)


class Application(QApplication):
    """The Qt application; ends when the window says that it has closed, not when it hides."""

    def exit_quietly(self) -> None:
        """Ends the event loop."""
        self.exit(0)


def make_application(arguments: Sequence[str]) -> Application:
    """Makes the application with its names and icon."""
    app = Application(list(arguments) or ["vporganizer"])
    app.setApplicationName("vporganizer")
    app.setApplicationDisplayName("VP Organizer")
    app.setApplicationVersion(vporganizer.__version__)
    app.setDesktopFileName(DESKTOP_FILE)
    app.setQuitOnLastWindowClosed(False)
    app.setWindowIcon(QIcon(os.fspath(resource("icons", "vporganizer.svg"))))
    return app


def warm_up(library: OpenLibrary, window: MainWindow) -> None:
    """Loads what searching needs in the background, so that the first search is as quick as the next."""
    pool = ThreadPoolExecutor(1, thread_name_prefix="vporganizer-warm-up")
    channel: Channel[None] = Channel(pool, window)
    channel.failed.connect(window.messages.tell_error)
    channel.ask(partial(_load, library))
    pool.shutdown(wait=False)


def _load(library: OpenLibrary) -> None:
    encoder = library.encoder()
    encoder.knows("dog")
    encoder.embed_texts(["dog"])
    library.searcher().ready()


class CrashReporter:
    """Logs what no one caught and shows it over the window, one dialog at a time."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._open = False

    def caught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Takes the place of `sys.excepthook`."""
        if issubclass(kind, KeyboardInterrupt):
            self._window.close()
            return
        log.error("uncaught", exc_info=(kind, error, trace))
        sys.__excepthook__(kind, error, trace)
        if self._open:
            return  # an error that repeats must not bury the window in dialogs
        self._open = True
        dialog = CrashDialog(crash_report(kind, error, trace), self._window)
        dialog.finished.connect(self._closed)
        dialog.open()

    def _closed(self, _: int) -> None:
        self._open = False


def _qt_message(kind: QtMsgType, _: QMessageLogContext, text: str) -> None:
    """Sends Qt's own messages to the program's log."""
    levels = {
        QtMsgType.QtDebugMsg: logging.DEBUG,
        QtMsgType.QtInfoMsg: logging.INFO,
        QtMsgType.QtWarningMsg: logging.WARNING,
    }
    qt_log.log(levels.get(kind, logging.ERROR), "%s", text)


def _end(window: MainWindow, library: OpenLibrary, code: int) -> int:
    """Ends threads and children. What hangs is left behind: a library survives even being killed."""
    ended = window.shut_down()
    pool = ThreadPoolExecutor(1, thread_name_prefix="vporganizer-end")
    if not ended or not wait_for(pool.submit(library.close), LONGEST_END):
        log.warning("something did not end in time and was left behind")
        logging.shutdown()
        os._exit(code)
    pool.shutdown()
    window.deleteLater()  # by Qt and now: Python would take it apart in an order of its own
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    return code
