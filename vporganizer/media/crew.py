"""A few threads, each with a decoder of its own, that decode the pieces of one file side by side."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, TypeVar

import av
import numpy as np
from numpy.typing import NDArray

from vporganizer.media.convert import HUGE_PIXELS
from vporganizer.media.decoding import Decoder, Seen
from vporganizer.media.groups import Anchor, Chunk
from vporganizer.media.signature import Signature

T = TypeVar("T")

_MOST = 4


class _Hand:
    """One thread and its decoder, opened at its first task."""

    def __init__(self, path: bytes, short_side: int, shown: tuple[int, int]) -> None:
        self._path, self._short_side, self._shown = path, short_side, shown
        self._decoder: Decoder | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="vporganizer-decode")
        self._tasks: list[Future[Any]] = []

    def do(self, task: Callable[[Decoder], T]) -> Future[T]:
        future = self._thread.submit(self._run, task)
        self._tasks.append(future)
        return future

    def waiting(self) -> int:
        self._tasks = [task for task in self._tasks if not task.done()]
        return len(self._tasks)

    def _run(self, task: Callable[[Decoder], T]) -> T:
        if self._decoder is None:
            self._decoder = Decoder(self._path, self._short_side, self._shown)
        return task(self._decoder)

    def close(self) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)
        if self._decoder is not None:
            self._decoder.close()


class Crew:
    """Decodes pieces of the file at `path`; results are futures, in whatever order they get done."""

    def __init__(self, path: bytes, short_side: int, shown: tuple[int, int]) -> None:
        count = 1 if shown[0] * shown[1] > HUGE_PIXELS else max(1, min(_MOST, os.cpu_count() or 1))
        self._hands = [_Hand(path, short_side, shown) for _ in range(count)]
        self._chunk_hand = self._hands[0]

    def __enter__(self) -> Crew:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for hand in self._hands:
            hand.close()

    def key(self, anchor: Anchor) -> Future[Seen]:
        """Decodes an anchor's key frame."""
        return self._idlest().do(lambda decoder: decoder.key(anchor.groups[0]))

    def chunk(self, chunk: Chunk) -> Future[Seen]:
        """Decodes a chunk; one that goes on from the last chunk goes to the decoder that had it."""
        if chunk.begins:
            self._chunk_hand = self._idlest()
        return self._chunk_hand.do(lambda decoder: decoder.chunk(chunk))

    def search(self, anchor: Anchor, first: Signature, last: Signature, last_size: int) -> Future[Seen]:
        """Searches the gap after an anchor, up to a picture of `last_size` bytes, for cuts."""
        return self._idlest().do(lambda decoder: decoder.search(anchor.groups, first, last, last_size))

    def poster(self, packet: av.Packet[av.VideoStream], width: int) -> NDArray[np.uint8] | None:
        """Decodes a key frame again for a larger picture."""
        return self._idlest().do(lambda decoder: decoder.poster(packet, width)).result()

    def _idlest(self) -> _Hand:
        return min(self._hands, key=_Hand.waiting)
