"""Work off the GUI thread: short requests whose stale answers are dropped, and typed signals."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

from vporganizer.errors import VPOrganizerError

T = TypeVar("T")
LATER = Qt.ConnectionType.QueuedConnection
"""Delivers from the event loop, never from inside the call that asked, however quick the answer is."""


class SignalOf(Protocol[T]):
    """A signal that carries one value; a protocol, since type checkers do not look into `Signal.emit`."""

    def connect(
        self, slot: Callable[[T], object], kind: Qt.ConnectionType = Qt.ConnectionType.AutoConnection, /
    ) -> object:
        """Calls `slot` with each value, in the thread of the object that `slot` is bound to."""

    def emit(self, payload: T, /) -> None:
        """Sends a value."""


class Announcement(Protocol):
    """A signal that carries nothing."""

    def connect(self, slot: Callable[[], object], /) -> object:
        """Calls `slot` each time, in the thread of the object that it is bound to."""

    def emit(self) -> None:
        """Sends it."""


@dataclass(frozen=True, slots=True)
class _Ended:
    number: int
    future: Future[Any]


class Channel(QObject, Generic[T]):
    """Asks one kind of question of a thread pool; only the answer to the latest one is delivered.

    A question that was overtaken before a thread took it is not worked on at all. Errors meant for
    people arrive by `failed`; any other error is a bug and is raised in the GUI thread, where the
    crash dialog shows it.
    """

    answered: SignalOf[T] = Signal(object)  # type: ignore[assignment]
    failed: SignalOf[VPOrganizerError] = Signal(object)  # type: ignore[assignment]
    _ended: SignalOf[_Ended] = Signal(object)  # type: ignore[assignment]

    def __init__(self, pool: ThreadPoolExecutor, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = pool
        self._number = 0
        self._waiting: Future[T] | None = None
        self._ended.connect(self._deliver, LATER)

    @property
    def busy(self) -> bool:
        """True between a question and its answer."""
        return self._waiting is not None

    def ask(self, work: Callable[[], T]) -> None:
        """Runs `work` in the pool; whatever was asked before is not answered any more."""
        self.drop()
        number = self._number
        self._waiting = self._pool.submit(work)
        self._waiting.add_done_callback(partial(self._hand_over, number))

    def drop(self) -> None:
        """Gives up on the question that is open, if any."""
        self._number += 1
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _hand_over(self, number: int, future: Future[T]) -> None:
        """Runs in the pool's thread, or at once where the work was cancelled before it began."""
        if not future.cancelled() and number == self._number:
            self._ended.emit(_Ended(number, future))

    def _deliver(self, ended: _Ended) -> None:
        if ended.number != self._number:
            return
        self._waiting = None
        error = ended.future.exception()
        if isinstance(error, VPOrganizerError):
            self.failed.emit(error)
        elif error is not None:
            raise error
        else:
            self.answered.emit(ended.future.result())


def wait_for(future: Future[Any], seconds: float) -> bool:
    """Waits until `future` has ended, however it ended; False if it took longer than `seconds`."""
    done = threading.Event()
    future.add_done_callback(lambda _: done.set())
    return done.wait(seconds)


def end_pools(pools: Sequence[ThreadPoolExecutor], seconds: float) -> bool:
    """Drops what waits in pools and waits for what runs -> whether all ended within `seconds`."""
    ender = ThreadPoolExecutor(1, thread_name_prefix="vporganizer-end")
    for pool in pools:
        pool.shutdown(wait=False, cancel_futures=True)
    ended = wait_for(ender.submit(_wait_for_all, pools), seconds)
    ender.shutdown(wait=ended)
    return ended


def _wait_for_all(pools: Sequence[ThreadPoolExecutor]) -> None:
    for pool in pools:
        pool.shutdown(wait=True)
