"""Ctrl+C as a wish to stop, not as a crash."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from vporganizer.indexing.progress import Control


@contextmanager
def stoppable() -> Iterator[Control]:
    """Gives a control that the first Ctrl+C cancels; the second ends the program."""
    control = Control()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        if control.cancelled:
            raise KeyboardInterrupt
        control.cancel()

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield control
    finally:
        signal.signal(signal.SIGINT, before)
