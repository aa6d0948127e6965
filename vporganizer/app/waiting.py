"""Work that can be left alone at any moment, whatever it waits for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from typing import TypeVar

from vporganizer.errors import Cancelled, DownloadError
from vporganizer.indexing.progress import Control

Result = TypeVar("Result")
POLL = 0.1
"""Seconds between two looks at whether somebody cancels."""


class Stopped(Exception):
    """Ends the thread that reads, once nobody waits for it."""


def in_background(
    work: Callable[[threading.Event], Result],
    control: Control,
    *,
    poll: Callable[[], None] | None = None,
    patience: float | None = None,
) -> Result:
    """Runs work in a thread and waits for it, for as long as nobody cancels.

    Args:
        work: gets an event that is set when its result is not wanted any more.
        control: cancels.
        poll: called now and then meanwhile.
        patience: seconds after which to give up.

    Raises:
        Cancelled: it was cancelled; at once, whatever the thread waits for.
        DownloadError: the patience is at its end.
        Exception: what the work raised.
    """
    stop = threading.Event()
    answer: Future[Result] = Future()

    def run() -> None:
        try:
            answer.set_result(work(stop))
        except BaseException as error:  # noqa: BLE001  raised again where it is waited for
            answer.set_exception(error)

    threading.Thread(target=run, name="vporganizer-download", daemon=True).start()
    started = time.monotonic()
    try:
        while True:
            try:
                return answer.result(timeout=POLL)
            except NotYet:
                if answer.done():  # the work itself raised a TimeoutError
                    raise
            if control.cancelled:
                raise Cancelled("The download was stopped.")
            if poll is not None:
                poll()
            if patience is not None and time.monotonic() - started > patience:
                raise DownloadError(
                    f"There was no answer within {patience:.0f} seconds.", hint="Try again later."
                )
    finally:
        stop.set()
