"""Writes docs/cli.md from the commands' own help: python packaging/build_docs.py"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from vporganizer.cli.main import COMMANDS, cli

TARGET = Path(__file__).parent.parent / "docs" / "cli.md"


def text() -> str:
    """The page."""
    parts = ["# The command line\n\nMade from `vporganizer COMMAND --help` by `make docs`.\n"]
    names = cli.context_settings["help_option_names"]
    context = click.Context(cli, info_name="vporganizer", terminal_width=100, help_option_names=names)
    parts.append(_section("vporganizer", cli, context))
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        below = click.Context(command, info_name=name, parent=context, terminal_width=100)
        parts.append(_section(f"vporganizer {name}", command, below))
        for part, inner in getattr(command, "commands", {}).items():
            inside = click.Context(inner, info_name=part, parent=below, terminal_width=100)
            parts.append(_section(f"vporganizer {name} {part}", inner, inside))
    return "\n".join(parts)


def _section(title: str, command: click.Command, context: click.Context) -> str:
    return f"## {title}\n\n```\n{command.get_help(context).strip()}\n```\n"


if __name__ == "__main__":
    TARGET.write_text(text())
    sys.exit(0)
