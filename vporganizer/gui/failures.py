"""The list of files that could not be read, and why."""

from __future__ import annotations

import os
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from vporganizer.app.status import FileFailure
from vporganizer.app.words import printable
from vporganizer.gui.background import Announcement, SignalOf
from vporganizer.gui.look import GAP, Button, Text
from vporganizer.gui.translation import plural

_PathRole = Qt.ItemDataRole.UserRole


class FailuresDialog(QDialog):
    """Says by `retry` and `show_file` what a person wants to do about it."""

    retry: Announcement = Signal()  # type: ignore[assignment]
    show_file: SignalOf[str] = Signal(object)  # type: ignore[assignment]

    def __init__(self, failures: Sequence[FileFailure], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Could not be read"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(820, 420)
        count = len(failures)
        head = (
            plural(self.tr("%Ln file(s) could not be read", "", count), count)
            if count
            else self.tr("Everything could be read")
        )
        self.list = QTreeWidget()
        self._fill(failures)
        self._show = Button(self.tr("Show in file manager"))
        self._retry = Button(self.tr("Try again"))
        close = Button(self.tr("Close"), primary=True)
        buttons = QHBoxLayout()
        buttons.addWidget(self._show)
        buttons.addWidget(self._retry)
        buttons.addStretch(1)
        buttons.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GAP, GAP, GAP, GAP)
        layout.setSpacing(12)
        layout.addWidget(Text(head, factor=1.2, bold=True))
        layout.addWidget(Text(self.tr("The files are as they were; nothing was changed."), quiet=True))
        layout.addWidget(self.list, 1)
        layout.addLayout(buttons)
        self._retry.setEnabled(bool(failures))
        self._show.setEnabled(bool(failures))
        self._show.clicked.connect(self._show_clicked)
        self._retry.clicked.connect(self._retry_clicked)
        close.clicked.connect(self.close)
        close.setFocus()

    def _fill(self, failures: Sequence[FileFailure]) -> None:
        self.list.setHeaderLabels([self.tr("File"), self.tr("Reason"), self.tr("Folder")])
        self.list.setRootIsDecorated(False)
        self.list.setStyleSheet("QTreeView::item { padding: 4px 6px; }")
        self.list.setAlternatingRowColors(True)
        self.list.setUniformRowHeights(True)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setAccessibleName(self.tr("Files that could not be read"))
        for failure in failures:
            name, folder = os.path.basename(failure.path), os.path.dirname(failure.path)
            item = QTreeWidgetItem([printable(name), printable(failure.reason), printable(folder)])
            item.setData(0, _PathRole, os.fsencode(failure.path))
            item.setToolTip(1, printable(failure.reason))
            self.list.addTopLevelItem(item)
        header = self.list.header()
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        header.setStretchLastSection(False)
        self.list.setColumnWidth(0, 220)
        self.list.setColumnWidth(2, 200)
        if failures:
            self.list.setCurrentIndex(self.list.model().index(0, 0))

    def _show_clicked(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self.show_file.emit(os.fsdecode(bytes(item.data(0, _PathRole))))

    def _retry_clicked(self) -> None:
        self.retry.emit()
        self.close()
