"""The architecture as tests: layers, who may import what, and what a quick start must not load."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import vporganizer

PACKAGE = Path(vporganizer.__file__).parent
SLOW = ("jax", "PySide6", "flax", "av", "numpy", "sqlite_utils")


def modules_after(code: str) -> set[str]:
    """Runs `code` in a fresh interpreter -> top-level modules it has loaded."""
    script = f"{code}\nimport sys; print(*{{name.split('.')[0] for name in sys.modules}}, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-P", "-c", script], capture_output=True, text=True, check=True)
    return set(done.stderr.split())


def test_importing_the_package_loads_neither_jax_nor_qt() -> None:
    assert not modules_after("import vporganizer").intersection(SLOW)


@pytest.mark.parametrize(
    "arguments", [["--help"], ["scan", "--help"], ["search", "--help"], ["models", "list"]]
)
def test_help_loads_neither_jax_nor_qt(arguments: list[str]) -> None:
    loaded = modules_after(
        f"from vporganizer.cli.main import run\nassert run(lambda *_: 1, {arguments!r}) == 0"
    )
    assert not loaded.intersection(("jax", "PySide6", "flax"))


def test_status_and_tags_need_neither_jax_nor_qt(tmp_path: Path) -> None:
    arguments = ["--library", str(tmp_path), "status"]
    code = f"from vporganizer.cli.main import run\nassert run(lambda *_: 1, {arguments!r}) == 0"
    assert not modules_after(code).intersection(("jax", "PySide6", "av"))


def test_a_decode_child_loads_neither_jax_nor_qt_nor_the_database() -> None:
    loaded = modules_after("import vporganizer.media.worker")
    assert not loaded.intersection(("jax", "PySide6", "sqlite_utils", "hnswlib", "click"))


def test_the_import_contracts_hold() -> None:
    root = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-P", "-c", "from importlinter import cli; cli.lint_imports_command()"],
        cwd=root, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(root)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_unknown_attribute_of_the_package_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        vporganizer.nonsense  # noqa: B018


def test_help_is_quick() -> None:
    """Not a benchmark: ten times the figure that is promised would mean that something heavy is loaded."""
    began = time.monotonic()
    subprocess.run([sys.executable, "-P", "-m", "vporganizer", "--help"], check=True, capture_output=True)
    assert time.monotonic() - began < 3


def test_shipped_files_are_found() -> None:
    from vporganizer.resources import resource

    for name in ("vocab.txt", "classes.json", "class_text.npy", "lexicon.txt.gz", "NOTICE"):
        assert resource("starter", name).is_file(), name
