"""Whether a file is what a model needs, the record of it, and one process at a time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import filelock

from vporganizer.app.downloading import FetchProgress, OnFetch, Report
from vporganizer.app.waiting import POLL
from vporganizer.encoder.videoprism import checkpoint, config, entries, installed
from vporganizer.encoder.videoprism.checkpoint import Checkpoint, open_checkpoint
from vporganizer.encoder.videoprism.installed import Installed, Source
from vporganizer.encoder.videoprism.published import PUBLISHED
from vporganizer.errors import Cancelled, CheckpointMismatch, EncoderError
from vporganizer.indexing.progress import Control


def tokenizer_file() -> Path:
    """Where a fetched tokenizer is kept; the video-text models share it."""
    return installed.models_folder() / "tokenizers" / "c4_en.model"


def check_weights(path: Path, name: str, *, what: str = "") -> Checkpoint:
    """Opens a checkpoint and compares its entries with those that a model needs.

    Args:
        path: the file.
        name: of the model.
        what: what to call the file in messages; its path if empty.

    Raises:
        CheckpointMissing: there is no such file.
        CheckpointMismatch: it is no checkpoint, or another model's.
    """
    shapes = open_checkpoint(path).shapes()
    if shapes != entries.expected(config.config(name)):
        for other in PUBLISHED:
            if shapes == entries.expected(config.config(other)):
                raise CheckpointMismatch(
                    f"{what or path} holds the weights of {other}, not of {name}.",
                    hint=f"Install it as what it is: vporganizer models install {other} FILE",
                )
    checkpoint.check(shapes, entries.expected(config.config(name)), what or str(path))
    return open_checkpoint(path)  # anew: an error above must not keep the file open


def check_tokenizer(path: Path, name: str) -> None:
    """Reads a tokenizer and compares its pieces with the model's table.

    Raises:
        TokenizerMissing: there is no such file.
        EncoderError: it is no SentencePiece model, or has another number of pieces.
    """
    from vporganizer.encoder.videoprism.tokenizer import Tokenizer

    needed = config.config(name).vocabulary_size
    pieces = Tokenizer(path).vocabulary_size
    if pieces != needed:
        raise EncoderError(
            f"The tokenizer '{path}' has {pieces:,} pieces, but {name} needs {needed:,}.",
            hint="Use the tokenizer that was published with the model: c4_en of 32,000 pieces.",
        )


def hashed(path: Path, control: Control, listener: OnFetch | None, what: str) -> str:
    """The sha256 of a file, with progress.

    Raises:
        Cancelled: it was cancelled.
        CheckpointMissing: the file cannot be read.
    """
    report = Report(listener, "checking", what, checkpoint.stamp(path, what="model file").size)

    def step(done: int) -> None:
        if control.cancelled:
            raise Cancelled("The check was stopped.")
        report(done)

    return checkpoint.sha256(path, step)


def new_record(
    name: str, path: Path, sha256: str, source: Source, *, repo: str | None = None, commit: str | None = None
) -> Installed:
    """The record of weights that were just checked, without a tokenizer."""
    size, mtime_ns = checkpoint.stamp(path)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Installed(
        name, path, sha256, size, mtime_ns, source=source, repo=repo, commit=commit, installed_at=now
    )


@contextmanager
def alone(name: str, control: Control, listener: OnFetch | None = None) -> Iterator[None]:
    """Keeps other processes and threads from fetching, installing or removing the same model meanwhile.

    Raises:
        Cancelled: it was cancelled while it waited for another.
        EncoderError: the folder of the records cannot be written to.
    """
    folder = installed.models_folder()
    lock = filelock.FileLock(folder / f".{name}.lock")
    told = False
    while True:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=0)
            break
        except filelock.Timeout:
            if listener is not None and not told:
                listener(FetchProgress("waiting", "weights"))
            told = True
        except OSError as error:
            raise EncoderError(
                f"The folder {folder} cannot be written to: {error.strerror or error}.",
                hint="Give write access to it, or name another folder in VPORGANIZER_MODELS_DIR.",
            ) from error
        if control.cancelled:
            raise Cancelled("The wait for another process was stopped.")
        time.sleep(POLL)
    try:
        yield
    finally:
        lock.release()
