"""Starts the window. This module loads no Qt by itself, so that it can say what Qt lacks."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Sequence
from pathlib import Path

PACKAGES = (
    "libegl1 libgl1 libxkbcommon-x11-0 libdbus-1-3 libfontconfig1 libxcb-cursor0 libxcb-icccm4 "
    "libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-xkb1"
)


def run(library: Path | None, paths: Sequence[str]) -> int:
    """Opens the window on a library (None: the person's own) and on `paths` -> exit code."""
    try:
        from PySide6 import QtGui, QtWidgets  # noqa: F401  (what fails here fails for want of a system library)
    except ImportError as error:
        return _refuse(f"The window needs system libraries that are missing ({error}).", _install_hint())
    if problem := display_problem():
        return _refuse(*problem)
    from vporganizer.gui.program import start

    return start(library, paths)


def display_problem() -> tuple[str, str] | None:
    """Why no window can be shown here, and what to do; None if one can.

    Qt would end the whole process without a word that helps, so this is looked at before.
    """
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM"):
        return None
    if os.environ.get("WAYLAND_DISPLAY"):
        return None
    commands = "Use the commands instead; see: vporganizer --help"
    if not os.environ.get("DISPLAY"):
        return "There is no screen to open a window on.", commands
    if missing := _missing_for_x11():
        return f"The window needs system libraries that are missing ({missing}).", _install_hint()
    if not _display_answers():
        return f"The screen {os.environ['DISPLAY']} does not answer.", commands
    return None


def _missing_for_x11() -> str:
    """Which system library Qt's X11 part lacks, as the loader says it; empty if none."""
    import PySide6

    plugin = Path(PySide6.__file__).parent / "Qt" / "plugins" / "platforms" / "libqxcb.so"
    if not plugin.exists():
        return ""  # a Qt of the system's own: its packages bring what it needs
    try:
        ctypes.CDLL(os.fspath(plugin))
    except OSError as error:
        return str(error)
    return ""


def _display_answers() -> bool:
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True  # Qt has one of its own, then
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(None, None)
    refused = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return not refused


def _install_hint() -> str:
    return f"On Debian and Ubuntu: sudo apt install {PACKAGES}"


def _refuse(sentence: str, hint: str) -> int:
    sys.stderr.write(f"vporganizer: {sentence}\n{hint}\n")
    return 1
