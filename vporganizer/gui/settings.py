"""What the window remembers of itself; what the command line must agree on lives in the library."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings


class WindowSettings:
    """Typed access to one INI file."""

    def __init__(self, file: Path) -> None:
        self._store = QSettings(os.fspath(file), QSettings.Format.IniFormat)

    @property
    def geometry(self) -> QByteArray:
        """Where the window was and how large; empty at first."""
        value = self._store.value("window/geometry")
        return value if isinstance(value, QByteArray) else QByteArray()

    @geometry.setter
    def geometry(self, value: QByteArray) -> None:
        self._store.setValue("window/geometry", value)

    @property
    def last_folder(self) -> str:
        """The folder that was chosen last, to start the next choice beside it; empty at first."""
        value = self._store.value("folders/last")
        return value if isinstance(value, str) else ""

    @last_folder.setter
    def last_folder(self, value: str) -> None:
        self._store.setValue("folders/last", value)

    @property
    def full_offer_dismissed(self) -> bool:
        """Whether full search is not to be offered beside the search bar any more."""
        return self._store.value("full_search/dismissed", False, bool) is True

    @full_offer_dismissed.setter
    def full_offer_dismissed(self, value: bool) -> None:
        self._store.setValue("full_search/dismissed", value)

    @property
    def full_recent_only(self) -> bool:
        """Whether full search was last started on recent videos only."""
        return self._store.value("full_search/recent_only", False, bool) is True

    @full_recent_only.setter
    def full_recent_only(self, value: bool) -> None:
        self._store.setValue("full_search/recent_only", value)

    @property
    def full_told_complete(self) -> bool:
        """Whether it was told once that full search covers all videos."""
        return self._store.value("full_search/told_complete", False, bool) is True

    @full_told_complete.setter
    def full_told_complete(self, value: bool) -> None:
        self._store.setValue("full_search/told_complete", value)

    def save(self) -> None:
        """Writes the file now."""
        self._store.sync()
