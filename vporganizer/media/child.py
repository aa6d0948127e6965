"""The parent's side of a decode child: starts it, asks it, and gets over its death."""

from __future__ import annotations

import logging
import multiprocessing
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import ModuleType, TracebackType
from typing import Any

import numpy as np

from vporganizer.errors import Cancelled, DecoderCrashed, DecodeTimeout
from vporganizer.media.records import Answer, Request, Window


def _serve(connection: Connection) -> None:
    """The child's body; the decoder is loaded in the child alone, so that the parent starts quickly."""
    _leave_interrupts_to_parent()
    from vporganizer.media.worker import serve

    serve(connection)


def _leave_interrupts_to_parent() -> None:
    """Ctrl+C reaches the whole group of processes; the parent decides what comes of it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


log = logging.getLogger(__name__)

_LOOK_SECONDS = 0.1
_start_lock = threading.Lock()


class DecodeChild:
    """A process that decodes, restarted whenever it died. One request at a time, from one thread.

    Example:
        with DecodeChild() as child:
            for answer in child.run(Analyse(path, num_frames=4, short_side=224)):
                ...
    """

    def __init__(self) -> None:
        self._process: SpawnProcess | None = None
        self._connection: Connection | None = None

    def __enter__(self) -> DecodeChild:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The child's process id, while there is one."""
        return self._process.pid if self._process is not None else None

    def start(self) -> None:
        """Starts the process if there is none; `run` does so too, this only does it earlier."""
        if self._process is not None and self._process.is_alive():
            return
        self._kill()
        context = multiprocessing.get_context("spawn")  # a fork after JAX has started deadlocks
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs,), name="vporganizer-decode", daemon=True)
        with _start_lock, _hidden_main(), _without_interrupts():
            process.start()
            self._process, self._connection = process, ours
        theirs.close()  # else we would never see the end of the stream when the child dies

    def run(
        self, request: Request, *, timeout: float = 60.0, cancelled: Callable[[], bool] | None = None
    ) -> Iterator[Answer]:
        """Yields the answers to a request.

        Leaving the iteration early kills the child, since it may be deep in FFmpeg; the next `run`
        starts another.

        Args:
            request: what to do.
            timeout: seconds to wait for each answer; time spent by whoever takes them does not count.
            cancelled: asked ten times a second; True stops the work.

        Raises:
            MediaError: the file cannot be read.
            DecodeTimeout: no new frame came for `timeout` seconds.
            DecoderCrashed: the child died.
            Cancelled: `cancelled` said so.
        """
        self.start()
        finished = False
        try:
            self._ask(request)
            while True:
                kind, content = self._receive(timeout, cancelled)
                if kind in ("done", "error", "bug"):
                    finished = True
                    break
                yield content
        finally:
            if not finished:
                self._kill()
        if kind == "error":
            raise content
        if kind == "bug":
            raise RuntimeError(f"The decode process failed:\n{content}")

    def close(self) -> None:
        """Ends the child."""
        if self._connection is not None and self._process is not None and self._process.is_alive():
            self._connection.close()
            self._connection = None
            self._process.join(1.0)
        self._kill()

    def _ask(self, request: Request) -> None:
        try:
            self._alive()[1].send(request)
        except ConnectionError:  # it died since the last request, which is not this file's fault
            self._kill()
            self.start()
            self._alive()[1].send(request)

    def _alive(self) -> tuple[SpawnProcess, Connection]:
        if self._process is None or self._connection is None:
            raise RuntimeError("the decode process is not running")
        return self._process, self._connection

    def _receive(self, timeout: float, cancelled: Callable[[], bool] | None) -> tuple[str, Any]:
        process, connection = self._alive()
        deadline = time.monotonic() + timeout
        while True:
            if cancelled is not None and cancelled():
                raise Cancelled("Stopped.")
            left = deadline - time.monotonic()
            if left <= 0:
                raise _too_slow(timeout)
            if connection in wait([connection, process.sentinel], min(left, _LOOK_SECONDS)):
                break
            if not process.is_alive() and not connection.poll():
                raise self._crash()
        # A child that stops in the middle of a message would hold us for ever.
        guard = threading.Timer(timeout, process.kill)
        guard.start()
        try:
            return _read(connection)
        except (EOFError, OSError) as error:
            if time.monotonic() >= deadline:
                raise _too_slow(timeout) from error
            raise self._crash() from error
        finally:
            guard.cancel()

    def _crash(self) -> DecoderCrashed:
        process = self._process
        if process is not None:
            process.join(1.0)
        code = process.exitcode if process is not None else None
        log.warning("a decode process died with exit code %s", code)
        return DecoderCrashed(
            "Reading this file made the decoder crash.",
            hint="It may be damaged, or the memory ran out. Try to convert the file.",
        )

    def _kill(self) -> None:
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            self._process.kill()
            self._process.join()
            with suppress(ValueError):  # somebody else has waited for it: then it looks alive for ever
                self._process.close()
        self._process = self._connection = None


def _too_slow(timeout: float) -> DecodeTimeout:
    return DecodeTimeout(
        f"Decoding gave no new picture for {timeout:g} seconds.", hint="Try to convert the file."
    )


def _read(connection: Connection) -> tuple[str, Any]:
    kind, content = connection.recv()
    if kind != "window":
        return kind, content
    span, after_cut, times, shape = content
    frames = np.frombuffer(connection.recv_bytes(), np.uint8).reshape(shape)
    return "answer", Window(span, after_cut, frames, times)


@contextmanager
def _hidden_main() -> Iterator[None]:
    """Keeps a spawned child from importing the parent's main script, which it has no use for.

    A person's own script that scans without an `if __name__ == "__main__"` would else be run again
    by each child; and a main module that imports Qt or JAX would make each child large.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Lets a process started meanwhile be deaf to Ctrl+C from its first instruction.

    It inherits this thread's blocked signals. Until Python and its modules are loaded, an interrupt
    would else end it with a traceback.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # else `Process.start` starts it, which unblocks interrupts
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
