"""The library as rows for other programs."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterable, Iterator
from typing import Any

from vporganizer.library.library import Library
from vporganizer.library.overview import export_rows

FORMATS = ("csv", "json")


def rows(library: Library) -> Iterator[dict[str, Any]]:
    """Yields one row for each file, clip and encoder; copies that share content have rows of their own."""
    for row in export_rows(library.db):
        yield {**row, "path": os.fsdecode(row["path"]), "tags": list(row["tags"])}


def lines(rows: Iterable[dict[str, Any]], form: str) -> Iterator[str]:
    """Writes rows as JSON lines or CSV, a line at a time, without line ends.

    JSON is ASCII. In CSV, bytes of a path that are no text are lone surrogates: encoded by
    `os.fsencode` a line holds the path as it is on disk.
    """
    if form == "json":
        for row in rows:
            yield json.dumps(row)
        return
    header: list[str] | None = None
    for row in rows:
        if header is None:
            header = list(row)
            yield _csv_line(header)
        yield _csv_line([_cell(row[name]) for name in header])


def _cell(value: object) -> object:
    if isinstance(value, (list, tuple)):
        return "; ".join(str(one) for one in value)
    return "" if value is None else value


def _csv_line(cells: Iterable[object]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)  # its own line end, or names with one would not be quoted
    return out.getvalue().removesuffix("\r\n")
