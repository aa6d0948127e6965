"""Logging: handlers live here and nowhere else. Logs hold no query text."""

from __future__ import annotations

import logging
import logging.handlers
import os
from pathlib import Path
from typing import IO

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class _PrivateFile(logging.handlers.RotatingFileHandler):
    """A log file that only its owner can read, since it names the person's files."""

    def _open(self) -> IO[str]:  # type: ignore[override]
        def opener(path: str, flags: int) -> int:
            return os.open(path, flags, 0o600)

        return open(self.baseFilename, self.mode, encoding=self.encoding, errors=self.errors, opener=opener)


def log_to_file(folder: Path, *, level: int = logging.INFO) -> None:
    """Sends the program's log to `folder`/vporganizer.log, 1 MB a file, three files at most.

    Calling it again for the same folder does nothing, so that every opened library may call it.
    """
    target = folder / "vporganizer.log"
    root = logging.getLogger("vporganizer")
    for handler in root.handlers:
        if isinstance(handler, logging.handlers.RotatingFileHandler) and handler.baseFilename == str(target):
            return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handler = _PrivateFile(
        target, maxBytes=1_000_000, backupCount=2, encoding="utf-8", errors="surrogateescape", delay=True
    )
    handler.setFormatter(logging.Formatter(_FORMAT))
    root.addHandler(handler)
    root.setLevel(level)


def stop_logging_to(folder: Path) -> None:
    """Closes the log file of `folder`."""
    target = str(folder / "vporganizer.log")
    root = logging.getLogger("vporganizer")
    for handler in list(root.handlers):
        if isinstance(handler, logging.handlers.RotatingFileHandler) and handler.baseFilename == target:
            root.removeHandler(handler)
            handler.close()
