"""The grid of moments and videos: selection, keys, context menu, drag out."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction, QDrag, QKeyEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QMenu, QWidget

from vporganizer.gui.background import SignalOf
from vporganizer.gui.bars import SlimScrollBar
from vporganizer.gui.clip_delegate import ClipDelegate
from vporganizer.gui.hit_model import HitModel, PictureRole, RecordRole
from vporganizer.gui.wording import Record

SMALLEST = 216  # pixels: the least width of an item; what is over is shared out among the row

DRAGGED = 128  # pixels: the width of the picture under the pointer while dragging


class ClipGrid(QListView):
    """Shows a `HitModel`; says by `play` what a person wants to see."""

    play: SignalOf[Record] = Signal(object)  # type: ignore[assignment]

    def __init__(self, model: HitModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drawer = ClipDelegate()
        self._menu_actions: Sequence[QAction] = ()
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setUniformItemSizes(True)  # without it, a hundred thousand items take seconds
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBar(SlimScrollBar(self))
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.viewport().setAcceptDrops(False)  # files dropped here are the window's to take
        self.setViewportMargins(8, 0, 8, 0)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setAccessibleName(self.tr("Moments and videos"))
        self.setItemDelegate(self._drawer)
        self.setModel(model)
        self.customContextMenuRequested.connect(self._open_menu)
        self.doubleClicked.connect(self._play_at)

    def set_menu(self, actions: Sequence[QAction]) -> None:
        """Sets what the context menu of an item offers; None of the actions stands for a separator."""
        self._menu_actions = actions

    def current(self) -> Record | None:
        """The item that keys and menus act on."""
        index = self.currentIndex()
        return index.data(RecordRole) if index.isValid() else None

    def selected(self) -> list[Record]:
        """The selected items, in order of the grid."""
        rows = sorted(self.selectionModel().selectedIndexes(), key=lambda index: index.row())
        return [index.data(RecordRole) for index in rows]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter plays; the rest is the list's own: arrows, Home, End, pages, typing a name."""
        record = self.current()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and record is not None:
            self.play.emit(record)
            return
        super().keyPressEvent(event)

    def startDrag(self, actions: Qt.DropAction) -> None:
        """Hands out the files of the selected items, under the picture of the current one."""
        indexes = self.selectionModel().selectedIndexes()
        if not indexes:
            return
        drag = QDrag(self)
        drag.setMimeData(self.model().mimeData(indexes))
        picture = self.currentIndex().data(PictureRole)
        if picture is not None:
            drag.setPixmap(picture.scaledToWidth(DRAGGED, Qt.TransformationMode.SmoothTransformation))
            drag.setHotSpot(QPoint(DRAGGED // 2, DRAGGED // 4))
        drag.exec(Qt.DropAction.CopyAction)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Makes items as wide as fills the rows."""
        self._fit()
        super().resizeEvent(event)

    def _fit(self) -> None:
        width = self.viewport().width() - 1
        columns = max(1, width // SMALLEST)
        self._drawer.set_width(max(SMALLEST // 2, width // columns))
        size = self._drawer.item_size(self.fontMetrics())
        if size != self.gridSize():
            self.setGridSize(QSize(size))

    def _play_at(self, index: QModelIndex) -> None:
        self.play.emit(index.data(RecordRole))

    def _open_menu(self, position: QPoint) -> None:
        if not self.indexAt(position).isValid():
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions(list(self._menu_actions))
        menu.popup(self.viewport().mapToGlobal(position))
