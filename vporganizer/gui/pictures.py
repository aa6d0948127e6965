"""Loads the pictures of items off the GUI thread, the latest wanted first, and keeps a bounded number."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QImageReader, QPixmap

from vporganizer.errors import VPOrganizerError
from vporganizer.gui.background import LATER, SignalOf

log = logging.getLogger(__name__)

KEPT = 500  # pictures of 320 x 180 pixels: about 110 MB
WANTED = 300  # requests kept at most: more than any screen shows, so older ones were scrolled away
AT_ONCE = 2
SIZE = QSize(480, 270)

Find = Callable[[], Path | None]
"""Finds, or makes, the file of a picture; runs off the GUI thread."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A picture to load: at once what is there (`quick`), then the better one (`exact`), if any."""

    key: Hashable
    quick: Find
    exact: Find | None = None


@dataclass(frozen=True, slots=True)
class _Loaded:
    wanted: Wanted
    generation: int
    future: Future[QImage | None]


class Pictures(QObject):
    """A cache of pictures by key; `arrived` names the key of each one that came."""

    arrived: SignalOf[Hashable] = Signal(object)  # type: ignore[assignment]
    _loaded: SignalOf[_Loaded] = Signal(object)  # type: ignore[assignment]

    def __init__(self, pool: ThreadPoolExecutor, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = pool
        self._kept: OrderedDict[Hashable, QPixmap] = OrderedDict()
        self._absent: set[Hashable] = set()
        self._queue: OrderedDict[Hashable, Wanted] = OrderedDict()
        self._better: OrderedDict[Hashable, Wanted] = OrderedDict()
        self._loading: set[Hashable] = set()
        self._generation = 0
        self._closed = False
        self._start = QTimer(self)
        self._start.setSingleShot(True)
        self._start.setInterval(0)
        self._start.timeout.connect(self._feed)
        self._loaded.connect(self._take, LATER)

    def get(self, wanted: Wanted) -> QPixmap | None:
        """The picture if it is here; else None, and it is loaded. Touches no disk."""
        key = wanted.key
        if (picture := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return picture
        if key in self._absent or key in self._loading or key in self._better:
            return None
        self._queue[key] = wanted
        self._queue.move_to_end(key)
        if len(self._queue) > WANTED:
            self._queue.popitem(last=False)
        self._feed_soon()
        return None

    @property
    def idle(self) -> bool:
        """True if every picture that was asked for is here or known to be absent."""
        return not (self._queue or self._better or self._loading)

    def forget_wishes(self) -> None:
        """Drops what is not loaded yet, since other items are shown now."""
        self._generation += 1
        self._queue.clear()
        self._better.clear()
        self._absent.clear()

    def try_absent_again(self) -> None:
        """Lets pictures that were not there be asked for again: more videos were read meanwhile."""
        self._absent.clear()

    def close(self) -> None:
        """Asks the pool for nothing more, which may be shut down then."""
        self._closed = True
        self._start.stop()

    def _feed_soon(self) -> None:
        if not self._closed and not self._start.isActive():
            self._start.start()

    def _feed(self) -> None:
        while len(self._loading) < AT_ONCE and (self._queue or self._better):
            # What a person waits for in an empty frame comes before what merely gets better.
            key, wanted = (self._queue or self._better).popitem()
            self._loading.add(key)
            future = self._pool.submit(_load, wanted.quick)
            future.add_done_callback(partial(self._hand_over, wanted, self._generation))

    def _hand_over(self, wanted: Wanted, generation: int, future: Future[QImage | None]) -> None:
        if not future.cancelled() and not self._closed:
            self._loaded.emit(_Loaded(wanted, generation, future))

    def _take(self, loaded: _Loaded) -> None:
        wanted = loaded.wanted
        self._loading.discard(wanted.key)
        self._feed_soon()
        image = _image_of(loaded.future)
        if wanted.exact is not None and loaded.generation == self._generation:
            self._better[wanted.key] = Wanted(wanted.key, wanted.exact)
        elif image is None and wanted.key not in self._kept:
            self._absent.add(wanted.key)
        if image is not None:
            self._kept[wanted.key] = QPixmap.fromImage(image)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            self.arrived.emit(wanted.key)


def _image_of(future: Future[QImage | None]) -> QImage | None:
    try:
        return future.result()
    except VPOrganizerError as error:  # such as a full disk: the item shows no picture, the rest goes on
        log.warning("a picture could not be made: %s", error)
        return None


def _load(find: Find) -> QImage | None:
    path = find()
    if path is None:
        return None
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    size = reader.size()
    if size.isValid() and (size.width() > SIZE.width() or size.height() > SIZE.height()):
        reader.setScaledSize(size.scaled(SIZE, Qt.AspectRatioMode.KeepAspectRatio))
    image = reader.read()
    return None if image.isNull() else image
