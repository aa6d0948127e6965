"""Downloads one file so that it can be stopped at any moment and gone on with later.

The network is read in a thread of its own: the caller stays free to stop, even while a server is silent.
"""

from __future__ import annotations

import errno
import importlib
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from vporganizer.app.waiting import POLL, Stopped, in_background
from vporganizer.errors import DownloadError
from vporganizer.indexing.progress import Control

Stage = Literal["waiting", "asking", "downloading", "checking", "done"]

FULL = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
"""What writing raises where there is no room, or a file may not be so large."""

_TRIES = 5  # in a row without a byte
_FIRST_TRIES = 2  # of a server that never answered
_PAUSE = 1.0  # seconds between two tries
_CONNECT, _SILENCE = 5.0, 15.0  # seconds
_PASSING = {408, 429, 500, 502, 503, 504}


@dataclass(frozen=True, slots=True)
class FetchProgress:
    """Where a download stands.

    Attributes:
        stage: 'waiting' for another process that fetches the same, 'asking' the server, 'downloading',
            'checking' what came, or 'done'.
        what: 'weights' or 'tokenizer'.
        done, total: bytes; total is None while unknown.
        speed: bytes a second; None while unknown.
        seconds_left: estimated seconds to the end of this stage; None while unknown.
    """

    stage: Stage
    what: str
    done: int = 0
    total: int | None = None
    speed: float | None = None
    seconds_left: float | None = None


OnFetch = Callable[[FetchProgress], None]


@dataclass
class Report:
    """Turns bytes done into `FetchProgress`, with the pace of the last seconds, a few times a second."""

    listener: OnFetch | None
    stage: Stage
    what: str
    total: int | None = None
    _marks: deque[tuple[float, int]] = field(default_factory=deque)

    WINDOW = 10.0

    def __call__(self, done: int) -> None:
        """Tells that `done` bytes are done."""
        now = time.monotonic()
        if self._marks and now - self._marks[-1][0] < POLL and done != self.total:
            return
        self._marks.append((now, done))
        while len(self._marks) > 2 and now - self._marks[1][0] > self.WINDOW:
            self._marks.popleft()
        if self.listener is None:
            return
        elapsed, came = now - self._marks[0][0], done - self._marks[0][1]
        speed = came / elapsed if elapsed > 0.5 and came > 0 else None
        left = max(0.0, (self.total - done) / speed) if speed and self.total is not None else None
        self.listener(FetchProgress(self.stage, self.what, done, self.total, speed, left))


@dataclass(frozen=True, slots=True)
class Source:
    """A file on a server.

    Attributes:
        url: where it is.
        headers: to send with each request.
        size: in bytes, if known.
        client: of httpx; anything with its `stream`.
        most: bytes that are never exceeded where the size is not known.
    """

    url: str
    headers: Mapping[str, str]
    size: int | None
    client: Any
    most: int | None = None

    @property
    def host(self) -> str:
        """The server's name, for messages."""
        return urlsplit(self.url).netloc or self.url


def download(source: Source, target: Path, control: Control, report: Report) -> None:
    """Downloads to `target`, from where an earlier try ended; what came stays there, whatever happens.

    Raises:
        Cancelled: it was cancelled.
        DownloadError: the server refuses, the connection is lost for good, or there is no room.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise no_room(error, target.parent) from error
    download = _Download(source, target, control)
    report(download.came)
    in_background(download.run, control, poll=lambda: report(download.came))
    report(download.came)


def size_of(path: Path) -> int:
    """Bytes of a file; 0 if there is none."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def transport_errors(client: Any) -> tuple[type[Exception], ...]:
    """What a client of httpx (or of its successor of another name) raises where the network fails."""
    module = importlib.import_module(type(client).__module__.partition(".")[0])
    return module.TransportError, module.StreamError, module.InvalidURL, module.TooManyRedirects


def reason_of(error: BaseException) -> str:
    """Why the network failed, in the words of the innermost cause that says anything."""
    told = str(error)
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
        told = str(error) or told
    if isinstance(error, OSError) and error.strerror:
        told = error.strerror
    return (told or type(error).__name__).splitlines()[0].rstrip(".")


def unreachable(host: str, reason: str) -> DownloadError:
    """The error for a server that does not answer."""
    return DownloadError(
        f"{host} cannot be reached: {reason}.",
        hint="Try again when you are connected, or install files that you have: "
        "vporganizer models install NAME FILE",
    )


def refusal(status: int, source: Source) -> DownloadError:
    """The error for an answer that is none."""
    if status == 404:
        return DownloadError(f"There is no file at {source.url} (any more).")
    return DownloadError(f"{source.host} refuses the file: error {status}.")


def no_room(error: OSError, folder: Path) -> DownloadError:
    """The error for a file that cannot be written."""
    if error.errno in FULL:
        return DownloadError(
            f"There is no room left in {folder} for the rest of the download.",
            hint="Make room and fetch again: it goes on where it stopped.",
        )
    return DownloadError(f"The download cannot be written to {folder}: {error.strerror or error}.")


class _Passing(Exception):
    """An answer after which to ask again: in a while, or from the beginning."""


class _Download:
    """One file on its way; `run` belongs to the thread that reads, `came` may be read by any."""

    def __init__(self, source: Source, target: Path, control: Control) -> None:
        self.came = size_of(target)
        self._answered = False
        self._source = source
        self._target = target
        self._control = control

    def run(self, stop: threading.Event) -> None:
        """Asks for the rest again as long as something comes."""
        source, tries = self._source, _TRIES
        if source.size is not None and self.came > source.size:
            self.came = 0
        while source.size is None or self.came < source.size:
            before, why = self.came, "it ended early"
            try:
                if self._ask(stop):
                    break
            except transport_errors(source.client) as error:
                why = reason_of(error)
            except _Passing as answer:
                why = str(answer)
            tries = _TRIES if self.came > before else tries - 1
            if not self._answered and tries <= _TRIES - _FIRST_TRIES:
                raise unreachable(source.host, why)
            if not tries:
                raise DownloadError(
                    f"The connection to {source.host} was lost: {why}.",
                    hint="Fetch again later: it goes on where it stopped.",
                )
            if stop.wait(_PAUSE):
                raise Stopped
        self._keep()

    def _ask(self, stop: threading.Event) -> bool:
        """One request, from where the file ends -> whether the file is whole."""
        source = self._source
        headers = {**source.headers, "Accept-Encoding": "identity"}
        if self.came:
            headers["Range"] = f"bytes={self.came}-"
        limits = (_CONNECT, _SILENCE, _SILENCE, _CONNECT)  # connect, read, write, a place in the pool
        with source.client.stream(
            "GET", source.url, headers=headers, timeout=limits, follow_redirects=True
        ) as response:
            self._answered = True
            if (
                response.status_code == 416
                and response.headers.get("Content-Range") == f"bytes */{self.came}"
            ):
                return True  # nothing comes after what is here
            start = self.came = self._begin(response)
            with self._opened() as file:
                for chunk in response.iter_bytes():
                    self._write(file, chunk, stop)
        stated = response.headers.get("Content-Length")
        size = source.size if source.size is not None else start + int(stated or self.came - start)
        return self.came == size

    def _begin(self, response: Any) -> int:
        """The byte that an answer begins with."""
        status: int = response.status_code
        if status == 416:
            self.came = 0
            raise _Passing("it does not know that part of the file")
        if status in _PASSING:
            raise _Passing(f"it answered with error {status}")
        if status >= 400:
            raise refusal(status, self._source)
        if status != 206:
            return 0
        begins = response.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
        if begins != str(self.came):
            raise DownloadError(f"{self._source.host} answers with another part of the file than asked for.")
        return self.came

    def _opened(self) -> FileIO:
        """The file, to go on at `came`, whatever was there after it."""
        try:
            # No buffer: what is written is there, and an error of the disk shows where it happens.
            file = FileIO(self._target, "r+" if self._target.exists() else "w")
            file.truncate(self.came)
            file.seek(self.came)
        except OSError as error:
            raise no_room(error, self._target.parent) from error
        return file

    def _write(self, file: FileIO, chunk: bytes, stop: threading.Event) -> None:
        while self._control.paused and not stop.is_set():
            stop.wait(POLL)
        if stop.is_set():
            raise Stopped
        source = self._source
        most = source.size if source.size is not None else source.most
        if most is not None and self.came + len(chunk) > most:
            raise DownloadError(f"{source.host} sends more than the {most:,} bytes that the file can have.")
        view = memoryview(chunk)
        try:
            while view:
                written = file.write(view)
                self.came += written
                view = view[written:]
        except OSError as error:
            raise no_room(error, self._target.parent) from error

    def _keep(self) -> None:
        """Makes sure that it is on the disk before it gets its name."""
        try:
            with FileIO(self._target, "r+") as file:
                os.fsync(file.fileno())
        except OSError as error:
            raise no_room(error, self._target.parent) from error
