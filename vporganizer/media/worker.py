"""The decode child: takes requests, gives answers. Imports PyAV, NumPy and Pillow, nothing larger.

FFmpeg is C, and files come from anywhere: a crash or an endless loop in it must cost one file and
not the program. The parent's side is `child.py`.
"""

from __future__ import annotations

import os
import threading
import traceback
from collections.abc import Iterator
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait

import av

from vporganizer.errors import MediaError, NotAllowed, Unreadable
from vporganizer.media.analyse import analyse
from vporganizer.media.frames import sample_windows
from vporganizer.media.pictures import make_pictures, pictures_at
from vporganizer.media.records import Analyse, Answer, MakePictures, PictureAt, Request, SampleWindows, Window


def serve(connection: Connection) -> None:
    """Answers requests until the connection is closed. The process's main function."""
    _die_with_parent()
    av.logging.set_level(av.logging.PANIC)
    while True:
        try:
            request = connection.recv()
            _answer(connection, request)
        except (EOFError, ConnectionError):  # the parent has closed or died
            return


def answers_to(request: Request) -> Iterator[Answer]:
    """Does what a request asks, in this process.

    Raises:
        MediaError: the file cannot be read.
    """
    try:
        match request:
            case Analyse():
                yield from analyse(request)
            case SampleWindows():
                yield from sample_windows(request)
            case MakePictures():
                yield make_pictures(request.path)
            case PictureAt():
                yield from pictures_at(request)
    except av.FFmpegError as error:  # before OSError, which many FFmpeg errors are as well
        raise Unreadable(f"The file is damaged in a way that stops reading it ({error.strerror}).") from error
    except OSError as error:
        raise NotAllowed(
            f"The system cannot read the file: {error.strerror}.", hint="Check the drive, then scan again."
        ) from error


def _answer(connection: Connection, request: Request) -> None:
    try:
        for answer in answers_to(request):
            _send(connection, answer)
    except MediaError as error:
        error.__cause__ = error.__context__ = None
        connection.send(("error", error))
    except ConnectionError:
        raise
    except Exception:  # noqa: BLE001  # a bug: its traceback travels to the parent, which raises
        connection.send(("bug", traceback.format_exc()))
    else:
        connection.send(("done", None))


def _send(connection: Connection, answer: Answer) -> None:
    if isinstance(answer, Window):
        frames = answer.frames
        connection.send(("window", (answer.span, answer.after_cut, answer.times, frames.shape)))
        connection.send_bytes(frames.data.cast("B"))  # without the cast it would send len(frames) bytes
    else:
        connection.send(("answer", answer))


def _die_with_parent() -> None:
    """Ends this process when the parent is gone, even if that was killed.

    A watching thread and not Linux's PR_SET_PDEATHSIG, which would kill this child when the *thread*
    that started it ends. FFmpeg works without the interpreter's lock, so the thread always gets on.
    """
    parent = parent_process()
    if parent is None:
        return
    sentinel = parent.sentinel

    def watch() -> None:
        wait([sentinel])
        os._exit(1)

    threading.Thread(target=watch, name="watch-parent", daemon=True).start()
