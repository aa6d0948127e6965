"""Entry points; the only place that knows both faces."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Sequence
from pathlib import Path


def main() -> None:
    """The `vporganizer` command."""
    multiprocessing.freeze_support()  # a frozen build starts its decode children through this file
    from vporganizer.cli.main import run

    sys.exit(run(_open_window))


def main_window() -> None:
    """The `vporganizer-window` command, for launchers without a terminal."""
    multiprocessing.freeze_support()
    sys.exit(_open_window(None, sys.argv[1:]))


def _open_window(library: Path | None, paths: Sequence[str]) -> int:
    from vporganizer.gui.application import run

    return run(library, paths)


if __name__ == "__main__":
    main()
