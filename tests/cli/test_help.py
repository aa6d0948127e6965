"""Every command explains itself, with an example, and the page about them is not stale."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import click
import pytest

from vporganizer.cli.main import COMMANDS, SUMMARIES, cli, run

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def build_docs() -> ModuleType:
    """The tool that writes docs/cli.md."""
    spec = importlib.util.spec_from_file_location("build_docs", ROOT / "packaging" / "build_docs.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(lambda *_: 1, [name, "--help"]) == 0
    text = capsys.readouterr().out
    assert f"vporganizer {name}" in text.split("Example")[1]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_short_help_is_the_one_of_the_command(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    first = command.get_short_help_str(200)
    assert first.startswith(SUMMARIES[name].split(" ")[0])


def test_the_page_about_commands_is_what_the_help_says(build_docs: ModuleType) -> None:
    assert (ROOT / "docs" / "cli.md").read_text() == build_docs.text(), "run: make docs"


def test_a_path_opens_the_window_with_it(tmp_path: Path) -> None:
    opened = []
    code = run(lambda library, paths: opened.append((library, list(paths))) or 0, [str(tmp_path)])
    assert code == 0 and opened == [(None, [str(tmp_path)])]


def test_no_argument_opens_the_window_on_the_library_named(tmp_path: Path) -> None:
    opened = []
    code = run(
        lambda library, paths: opened.append((library, list(paths))) or 0, ["--library", str(tmp_path)]
    )
    assert code == 0 and opened == [(tmp_path, [])]
