"""The list behind the grid: moments or videos, as records. `data()` touches neither disk nor database."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QAbstractListModel, QMimeData, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QPixmap

from vporganizer.app.browse import picture
from vporganizer.app.context import OpenLibrary
from vporganizer.app.hits import SearchHit
from vporganizer.app.words import printable
from vporganizer.gui import wording
from vporganizer.gui.files import url_of
from vporganizer.gui.pictures import Pictures, Wanted
from vporganizer.gui.wording import Record

AnyIndex = QModelIndex | QPersistentModelIndex

RecordRole = Qt.ItemDataRole.UserRole + 1
PictureRole = Qt.ItemDataRole.UserRole + 2
MOST_REMOVED = 500  # rows taken out one by one; beyond that the list is laid out anew
_ROOT = QModelIndex()


def key_of(record: Record) -> Hashable:
    """What tells one item from another, and stays the same while the library grows."""
    if isinstance(record, SearchHit):
        return (record.content_id, record.start, record.end)
    return record.content_id


_WORDS: dict[int, Callable[[Record], str]] = {
    Qt.ItemDataRole.DisplayRole: lambda record: printable(record.name),
    Qt.ItemDataRole.ToolTipRole: wording.tooltip,
    Qt.ItemDataRole.AccessibleTextRole: wording.spoken,
}


class HitModel(QAbstractListModel):
    """Items of the grid; pictures are loaded when they are first drawn and come by `dataChanged`."""

    def __init__(self, library: OpenLibrary, pictures: Pictures, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._library = library
        self._pictures = pictures
        self._records: list[Record] = []
        self._rows: dict[Hashable, int] = {}
        pictures.arrived.connect(self._picture_arrived)

    def records(self) -> Sequence[Record]:
        """What is shown, in order."""
        return tuple(self._records)

    def show(self, records: Sequence[Record]) -> None:
        """Shows something else from the top on."""
        self.beginResetModel()
        self._pictures.forget_wishes()
        self._set(list(records))
        self.endResetModel()

    def refresh(self, records: Sequence[Record]) -> None:
        """Takes a newer state of what is shown: only what came, went or changed moves in the grid."""
        self._pictures.try_absent_again()
        wanted = {key_of(record): record for record in records}
        gone = [row for row, old in enumerate(self._records) if key_of(old) not in wanted]
        if len(gone) > MOST_REMOVED:
            self.show(records)
            return
        for row in reversed(gone):
            self.beginRemoveRows(_ROOT, row, row)
            del self._records[row]
            self.endRemoveRows()
        if [key_of(old) for old in self._records] != [key for key in wanted if key in self._rows]:
            self.show(records)  # the order changed: too rare to be worth more
            return
        self._insert_missing(list(wanted.values()))
        self._set(list(records))
        if self._records:
            self.dataChanged.emit(self.index(0), self.index(len(self._records) - 1))

    def _insert_missing(self, records: list[Record]) -> None:
        known = {key_of(old) for old in self._records}
        row = 0
        while row < len(records):
            run = row
            while run < len(records) and key_of(records[run]) not in known:
                run += 1
            if run > row:
                self.beginInsertRows(_ROOT, row, run - 1)
                self._records[row:row] = records[row:run]
                self.endInsertRows()
            row = run + 1

    def _set(self, records: list[Record]) -> None:
        self._records = records
        self._rows = {key_of(record): row for row, record in enumerate(records)}

    def _picture_arrived(self, key: Hashable) -> None:
        row = self._rows.get(key)
        if row is not None:
            here = self.index(row)
            self.dataChanged.emit(here, here, [PictureRole])

    def rowCount(self, parent: AnyIndex = _ROOT) -> int:
        """How many items there are."""
        return 0 if parent.isValid() else len(self._records)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The record, its picture if it is here, or its words."""
        if not index.isValid():
            return None
        record = self._records[index.row()]
        if role == RecordRole:
            return record
        if role == PictureRole:
            return self._picture(record)
        words = _WORDS.get(role)
        return words(record) if words else None

    def _picture(self, record: Record) -> QPixmap | None:
        time = (record.start + record.end) / 2 if isinstance(record, SearchHit) else 0.0
        quick = partial(picture, self._library, record.content_id, time)
        exact = partial(self._library.still, record) if isinstance(record, SearchHit) else None
        return self._pictures.get(Wanted(key_of(record), quick, exact))

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        """Items can be selected and dragged out."""
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return (
            Qt.ItemFlag.ItemIsEnabled
            | Qt.ItemFlag.ItemIsSelectable
            | Qt.ItemFlag.ItemIsDragEnabled
            | Qt.ItemFlag.ItemNeverHasChildren
        )

    def mimeTypes(self) -> list[str]:
        """Items leave as files."""
        return ["text/uri-list"]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """The files of items, each once, for file managers and editors."""
        paths = dict.fromkeys(self._records[index.row()].path for index in indexes)
        data = QMimeData()
        data.setUrls([url_of(path) for path in paths])
        return data

    def supportedDragActions(self) -> Qt.DropAction:
        """Files are copied, never moved."""
        return Qt.DropAction.CopyAction
