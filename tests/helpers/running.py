"""Runs the command line as a person does: another process, its own output."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any


def vporganizer(
    library: Path, *arguments: str | bytes | Path, code: int = 0, **options: Any
) -> subprocess.CompletedProcess[str]:
    """Runs `vporganizer --library LIBRARY ARGUMENTS` and checks its exit code."""
    command = [sys.executable, "-P", "-m", "vporganizer", "--library", str(library), *arguments]
    done = subprocess.run(
        [os.fsencode(part) for part in command],
        capture_output=True, encoding="utf-8", errors="surrogateescape", timeout=120, **options,
    )  # fmt: skip
    assert done.returncode == code, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def json_lines(text: str) -> list[dict[str, Any]]:
    """Parses one JSON object a line."""
    return [json.loads(line) for line in text.splitlines()]


def status(library: Path) -> dict[str, Any]:
    """`vporganizer status --json`."""
    answer: dict[str, Any] = json.loads(vporganizer(library, "status", "--json").stdout)
    return answer
