"""One decode child for short requests: stills, clips dropped on the program."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from vporganizer.media.child import DecodeChild
from vporganizer.media.records import Answer, Request


class SharedDecoder:
    """A decode child started at its first request and shared by threads, one request at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: DecodeChild | None = None

    def run(self, request: Request, *, cancelled: Callable[[], bool] | None = None) -> Iterator[Answer]:
        """Yields the child's answers.

        Raises:
            MediaError: if the file cannot be read.
        """
        with self._lock:
            if self._child is None:
                self._child = DecodeChild()
            yield from self._child.run(request, cancelled=cancelled)

    def close(self) -> None:
        """Ends the child."""
        with self._lock:
            if self._child is not None:
                self._child.close()
                self._child = None
