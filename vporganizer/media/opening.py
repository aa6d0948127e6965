"""Opens a video file safely, or says in one sentence why not."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import av
from av.stream import Disposition

from vporganizer.errors import MediaError, NotAllowed, NoVideoStream, Unreadable, Vanished
from vporganizer.media.endings import boxes
from vporganizer.media.timing import Clock, clock_of

_FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,mxf,gif,dv,rm,nut,ivf"
"""Containers we open. Playlists and still pictures are left out: FFmpeg recognises files by content,
and a text file that looks like a playlist would make it open the files named in it."""

_OPTIONS = {"format_whitelist": _FORMATS, "protocol_whitelist": "file"}


@dataclass(frozen=True, slots=True)
class Video:
    """An open file: its container, the stream with the moving picture, and that stream's clock."""

    path: bytes
    container: av.container.InputContainer
    stream: av.VideoStream
    clock: Clock


@contextmanager
def open_video(path: bytes) -> Iterator[Video]:
    """Opens a file for the time of a `with`.

    Raises:
        Vanished: it is not there.
        NotAllowed: we may not read it.
        NoVideoStream: it is fine, but has no moving picture.
        Unreadable: it is no regular file, empty, cut off before its index, or no video.
    """
    _check_regular(path)
    # PyAV takes text only; surrogates carry bytes that are not UTF-8 through to the system. An
    # absolute path cannot be taken for a URL, whatever colons are in it.
    name = os.fsdecode(os.path.abspath(path))
    try:
        container = av.open(name, options=_OPTIONS, metadata_errors="replace")
    except av.FFmpegError as error:  # before OSError: many FFmpeg errors are OSErrors too
        raise _reason(path, error) from error
    with container:
        stream = _moving_picture(container)
        yield Video(path, container, stream, clock_of(stream))


def _check_regular(path: bytes) -> None:
    # Opening a FIFO or a device would hang for ever and FFmpeg's own time limit does not help.
    if not path:
        raise Unreadable("No file was named.", hint="Give the path of a video.")
    try:
        facts = os.stat(path)
        if stat.S_ISDIR(facts.st_mode):
            raise Unreadable("This is a folder, not a video.", hint="Give the path of a video in it.")
        if not stat.S_ISREG(facts.st_mode):
            raise Unreadable("This is not an ordinary file.")
        if facts.st_size == 0:
            raise Unreadable("The file is empty.", hint="It may still be on its way here; scan again later.")
        with open(path, "rb"):
            pass
    except (FileNotFoundError, NotADirectoryError) as error:
        raise _not_there() from error
    except PermissionError as error:
        raise NotAllowed("You may not read this file.", hint="Check its permissions.") from error
    except OSError as error:
        raise NotAllowed(
            f"The system cannot read the file: {error.strerror}.", hint="Check the drive, then scan again."
        ) from error


def _not_there() -> Vanished:
    # It may have been removed after a scan, or never have been there and was named by a person.
    return Vanished("The file is not there.", hint="Check its name, and that its drive is connected.")


def _reason(path: bytes, error: av.FFmpegError) -> MediaError:
    if isinstance(error, FileNotFoundError):
        return _not_there()
    if isinstance(error, PermissionError) and not os.access(path, os.R_OK):
        return NotAllowed("You may not read this file.", hint="Check its permissions.")
    if isinstance(error, OSError) and not isinstance(error, ValueError) and error.errno in (5, 116):
        return NotAllowed("The drive gives an error for this file.", hint="Check the drive, then scan again.")
    if _lacks_index(path):
        return Unreadable(
            "The file is cut off: its end is missing, without which it cannot be read.",
            hint="Copy or download it again.",
        )
    return Unreadable(
        "The file is not a video that can be read.", hint="Try to play it to see whether it is intact."
    )


def _lacks_index(path: bytes) -> bool:
    """Whether this is an MP4 or QuickTime file without its 'moov' box, as a broken-off copy is."""
    seen_any = False
    with open(path, "rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        for kind, position, length in boxes(file, size):
            if kind == b"moov":
                return position + length > size
            if kind not in (b"ftyp", b"mdat", b"free", b"skip", b"wide", b"uuid", b"pnot"):
                break
            seen_any = True
    return seen_any


def _moving_picture(container: av.container.InputContainer) -> av.VideoStream:
    candidates = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    candidates = [s for s in candidates if s.codec_context is not None]
    if candidates:
        preferred = [s for s in candidates if s.disposition & Disposition.default]
        return (preferred or candidates)[0]
    if container.streams.video and not container.streams.audio:
        raise NoVideoStream("The file holds a still picture only.")
    if container.streams.audio:
        raise NoVideoStream("The file holds sound only.")
    raise NoVideoStream("The file holds no moving picture.")
