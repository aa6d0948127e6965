"""The window's words: plain ones only."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import vporganizer.gui

FORBIDDEN = re.compile(
    r"encod|embed|vector|windows? of time|zero-shot|cosine|\bindex|\bstarter\b|failed",
    re.IGNORECASE,
)
FILES = sorted(Path(vporganizer.gui.__file__).parent.rglob("*.py"))


def shown_strings(tree: ast.Module) -> Iterator[ast.Constant]:
    """Strings that are given to `tr` or `Text`, f-strings included."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if name in {"tr", "Text", "translate", "showMessage", "tell", "Vanished", "Player"}:
            for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
                for part in ast.walk(argument):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield part


def test_no_word_of_the_workshop_is_shown() -> None:
    found = [
        f"{file.name}:{text.lineno}: {text.value!r}"
        for file in FILES
        for text in shown_strings(ast.parse(file.read_text(encoding="utf-8")))
        if FORBIDDEN.search(text.value)
    ]
    assert found == []


def test_the_search_for_words_sees_what_is_shown() -> None:
    texts = {
        text.value for file in FILES for text in shown_strings(ast.parse(file.read_text(encoding="utf-8")))
    }
    assert {"Drop a folder here", "%Ln moment(s)", "Show the nearest anyway"} <= texts
    assert len(texts) > 80


def test_nothing_is_put_into_a_text_before_it_is_translated() -> None:
    wrong = [
        f"{file.name}:{node.lineno}"
        for file in FILES
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and (getattr(node.func, "attr", "") == "tr" or getattr(node.func, "id", "") == "tr")
        and node.args
        and not isinstance(node.args[0], (ast.Constant, ast.Name))
    ]
    assert wrong == []
