"""Downloads as a person sees them on stderr."""

from __future__ import annotations

import io

import pytest

from vporganizer.app.models import FetchProgress
from vporganizer.cli.model_output import FetchPrinter, describe

HALF = FetchProgress("downloading", "weights", 500_000_000, 991_000_000, 5_000_000.0, 98.2)


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (HALF, "Downloading the weights, 500 MB of 991 MB, 5 MB a second, about 2 min left"),
        (FetchProgress("downloading", "tokenizer", 400_000), "Downloading the tokenizer, 400 kB"),
        (FetchProgress("checking", "weights", 0, 991_000_000), "Checking the weights, 0 kB of 991 MB"),
        (FetchProgress("asking", "weights"), "Asking for the weights"),
        (FetchProgress("waiting", "weights"), "Waiting for another process that has this model in hand"),
    ],
)
def test_a_download_is_one_line(progress: FetchProgress, text: str) -> None:
    assert describe(progress) == text


def test_a_file_gets_a_line_when_a_download_begins_and_now_and_then() -> None:
    stream = io.StringIO()
    with FetchPrinter(stream) as show:
        for _ in range(3):
            show(HALF)
    assert stream.getvalue() == "Downloading the weights (991 MB, of which 500 MB are here already).\n"


def test_a_terminal_gets_one_line_that_changes_and_goes() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    with FetchPrinter(stream) as show:
        show(HALF)
        show(FetchProgress("checking", "weights", 1, 2))
    shown = stream.getvalue().split("\r\x1b[K")
    assert shown[0].startswith("Downloading the weights (991 MB") and "5 MB a second" in shown[0]
    assert shown[1].startswith("Checking the weights") and shown[-1] == ""
