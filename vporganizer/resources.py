"""Finds the files shipped with the program: in a wheel, in a checkout and in a frozen build."""

from __future__ import annotations

import sys
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def resource(*parts: str) -> Path:
    """Returns the path of a shipped file or folder, such as `resource("starter", "vocab.txt")`.

    A wheel carries the top-level `resources/` as `vporganizer/_resources/`, a frozen build as
    `_resources/` beside its modules, a checkout as it is. The path need not exist: whoever needs
    the file says what is missing and what to do.
    """
    frozen = getattr(sys, "_MEIPASS", None)
    roots = [_PACKAGE / "_resources", _PACKAGE.parent / "resources"]
    if frozen:
        roots.insert(0, Path(frozen) / "_resources")
    for root in roots:
        if root.is_dir():
            return root.joinpath(*parts)
    return roots[0].joinpath(*parts)
