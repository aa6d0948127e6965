"""What the rest of the desktop is asked for: open a file, show it in the file manager."""

from __future__ import annotations

import logging
import os
import subprocess
import sys

from PySide6.QtGui import QDesktopServices

from vporganizer.gui.files import url_of

log = logging.getLogger(__name__)


def open_file(path: str) -> bool:
    """Opens a file as a double click in a file manager would -> whether the desktop took it."""
    return QDesktopServices.openUrl(url_of(path))


def show_in_file_manager(path: str) -> None:
    """Opens the folder of a file, with the file selected where the file manager can do that."""
    if sys.platform == "darwin":
        subprocess.run(["open", "-R", path], check=False)
    elif sys.platform == "win32":
        subprocess.run(["explorer", f"/select,{os.path.normpath(path)}"], check=False)
    elif not _ask_file_manager(path):
        QDesktopServices.openUrl(url_of(os.path.dirname(path)))


def _ask_file_manager(path: str) -> bool:
    """Asks the running Linux desktop over its session bus -> whether there was one to ask."""
    from PySide6.QtDBus import QDBusConnection, QDBusMessage

    name = "org.freedesktop.FileManager1"
    bus = QDBusConnection.sessionBus()
    if not bus.isConnected():
        return False
    services = bus.interface()
    known = [services.registeredServiceNames().value(), services.activatableServiceNames().value()]
    if not any(name in names for names in known):
        return False
    message = QDBusMessage.createMethodCall(name, "/org/freedesktop/FileManager1", name, "ShowItems")
    message.setArguments([[bytes(url_of(path).toEncoded().data()).decode("ascii")], ""])
    return bus.send(message)
