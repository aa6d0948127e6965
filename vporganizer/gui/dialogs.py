"""Small dialogs: about, the list of keys, and what a crash leaves to be read and copied."""

from __future__ import annotations

import platform
import traceback
from collections.abc import Sequence
from types import TracebackType

import PySide6
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

import vporganizer
from vporganizer.gui.actions import Key
from vporganizer.gui.look import GAP, Button, Text


def tr(text: str) -> str:
    """Translates a text of this module."""
    return QCoreApplication.translate("dialogs", text)


class _Dialog(QDialog):
    """A dialog with a title over its content and a button that closes it."""

    def __init__(self, title: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.content = QVBoxLayout()
        self.content.setSpacing(10)
        self.buttons = QHBoxLayout()
        self.buttons.addStretch(1)
        close = Button(tr("Close"), primary=True)
        close.clicked.connect(self.close)
        self.buttons.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 22, 24, GAP)
        layout.setSpacing(GAP)
        layout.addLayout(self.content, 1)
        layout.addLayout(self.buttons)
        close.setFocus()


class AboutDialog(_Dialog):
    """What the program is, whose work it stands on, and under which terms."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("About VP Organizer"), parent)
        self.setFixedWidth(520)
        version = tr("Version %1").replace("%1", vporganizer.__version__)
        self.content.addWidget(Text("VP Organizer", factor=1.7, bold=True))
        self.content.addWidget(Text(version, quiet=True))
        for text in (
            tr(
                "Makes your own video files searchable by what happens in them. Nothing leaves this computer."
            ),
            tr(
                "Quick search stands on EfficientNet-Lite0, all-MiniLM-L6-v2 and WordNet. "
                "Full search stands on VideoPrism by Google DeepMind."
            ),
            tr("Built with JAX, FFmpeg through PyAV, SQLite, hnswlib and Qt."),
            tr("Free software under the Apache License 2.0. The terms of its parts stand in NOTICE."),
        ):
            self.content.addWidget(Text(text, wrap=True))
        self.content.addStretch(1)


class KeysDialog(_Dialog):
    """All keys and gestures, in two columns."""

    def __init__(self, listed: Sequence[Key], parent: QWidget | None = None) -> None:
        super().__init__(tr("Keys"), parent)
        grid = QGridLayout()
        grid.setHorizontalSpacing(28)
        grid.setVerticalSpacing(7)
        for row, key in enumerate(listed):
            grid.addWidget(Text(key.keys, bold=True), row, 0)
            grid.addWidget(Text(key.does), row, 1)
        self.content.addWidget(Text(tr("Keys"), factor=1.4, bold=True))
        self.content.addLayout(grid)


class CrashDialog(_Dialog):
    """Shows an error in the program itself, to be copied into a report. The window stays."""

    def __init__(self, report: str, parent: QWidget | None = None) -> None:
        super().__init__(tr("Something went wrong"), parent)
        self.resize(720, 420)
        self._report = report
        lead = tr(
            "This is a mistake in the program, not in your files. Your library is safe and you can go on. "
            "A report with the text below helps to mend it; it names files only where they took part."
        )
        text = QPlainTextEdit(report)
        text.setReadOnly(True)
        text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        copy = Button(tr("Copy"))
        copy.clicked.connect(self._copy)
        self.buttons.insertWidget(0, copy)
        self.content.addWidget(Text(tr("Something went wrong"), factor=1.4, bold=True))
        self.content.addWidget(Text(lead, wrap=True))
        self.content.addWidget(text, 1)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._report)


def crash_report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> str:
    """The text of a report: versions and traceback."""
    versions = (
        f"VP Organizer {vporganizer.__version__}, Python {platform.python_version()}, "
        f"Qt {PySide6.__version__}, {platform.platform()}"
    )
    return f"{versions}\n\n{''.join(traceback.format_exception(kind, error, trace))}"
