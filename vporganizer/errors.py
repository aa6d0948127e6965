"""Every error a person may see: one sentence, and what to do next.

Bugs stay bugs and keep their traceback; what the outside world can do to us (a full disk, a broken
file, a missing model) is one of these. The message is positional and the rest keyword-only with
defaults, so that an error survives pickling on its way out of a child process.
"""

from __future__ import annotations

from typing import Literal


class VPOrganizerError(Exception):
    """Base of every error a person may see: one sentence, and in `hint` what to do next."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class EncoderError(VPOrganizerError):
    """A model cannot be loaded or used."""


class CheckpointMissing(EncoderError):
    """The file that holds a model's weights is not there."""


class CheckpointMismatch(EncoderError):
    """The weights are not those of the model: wrong checksum, missing, extra or misshapen entries."""


class TokenizerMissing(EncoderError):
    """A text cannot be embedded, since the tokenizer is not there."""


class DeviceUnavailable(EncoderError):
    """The device that was asked for is not there."""


class MediaError(VPOrganizerError):
    """A video cannot be read. `kind` says whether another try may succeed."""

    kind: Literal["transient", "permanent"] = "permanent"


class Unreadable(MediaError):
    """The file cannot be opened or holds nothing that can be decoded."""


class NoVideoStream(MediaError):
    """The file is fine but has no moving picture, such as a song."""


class NotAllowed(MediaError):
    """The operating system refuses to let us read the file."""

    kind = "transient"


class Vanished(MediaError):
    """The file is not there, or not any more."""

    kind = "transient"


class DecodeTimeout(MediaError):
    """Decoding gave no new frame for too long."""


class DecoderCrashed(MediaError):
    """The process that decoded the file died."""


class LibraryError(VPOrganizerError):
    """The library on disk cannot be used as asked."""


class LibraryLocked(LibraryError):
    """Another process is indexing into this library."""


class LibraryTooNew(LibraryError):
    """The library was written by a newer version of the program."""


class LibraryDamaged(LibraryError):
    """The library's database is damaged."""


class StorageFull(LibraryError):
    """There is no room left where the library lives."""


class NotInLibrary(LibraryError):
    """A file or folder was named that the library does not know."""


class Forgotten(NotInLibrary):
    """What was being worked on has left the library meanwhile: the person had it forgotten."""

    def __init__(self, message: str = "This video was forgotten meanwhile.", *, hint: str = "") -> None:
        super().__init__(message, hint=hint)


class QueryError(VPOrganizerError):
    """A query cannot be understood."""


class DownloadError(VPOrganizerError):
    """A model could not be fetched."""


class Cancelled(VPOrganizerError):
    """The person stopped the work; what was finished is kept."""
