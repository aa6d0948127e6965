"""What a person chose for a library and both faces must agree on."""

from __future__ import annotations

import json
from typing import Any

from vporganizer.library.connection import Source, first, run


def setting(db: Source, key: str, default: Any = None) -> Any:
    """Returns the value stored under `key`, or `default`."""
    row = first(db, "SELECT value FROM setting WHERE key = ?", [key])
    return default if row is None else json.loads(row[0])


def set_setting(db: Source, key: str, value: Any) -> None:
    """Stores `value`, anything that JSON can hold, under `key`."""
    run(
        db,
        "INSERT INTO setting (key, value) VALUES (?, ?)"
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        [key, json.dumps(value)],
    )
