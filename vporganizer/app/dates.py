"""Dates as people write them: a length of time before now, or a day."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from vporganizer.errors import QueryError

_BACK = re.compile(r"(\d+)\s*([dwmy])", re.IGNORECASE)
_DAY = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?")


def moment_of(value: float | str | None, *, now: datetime | None = None) -> float | None:
    """Unix seconds of what a person wrote; None stays None, a number is taken as it is.

    '90d', '8w', '12m' and '2y' are days, weeks, months and years before now; '2024-05-01', '2024-05'
    and '2024' are the beginning of that day, month or year, in the time zone of this machine.

    Raises:
        QueryError: it is none of these.
    """
    if value is None or isinstance(value, (int, float)):
        return None if value is None else float(value)
    text = value.strip()
    now = now or datetime.now()
    try:
        if back := _BACK.fullmatch(text):
            return _before(now, int(back[1]), back[2].lower()).timestamp()
        if day := _DAY.fullmatch(text):
            return datetime(int(day[1]), int(day[2] or 1), int(day[3] or 1)).timestamp()
    except (ValueError, OverflowError, OSError):  # no such day, or none that the system can tell
        pass
    raise QueryError(
        f"'{value}' is no date and no length of time.", hint="Write for example 12m, 90d, 2y or 2024-05-01."
    )


def _before(now: datetime, count: int, unit: str) -> datetime:
    if unit in "dw":
        return now - timedelta(days=count * (7 if unit == "w" else 1))
    months = now.year * 12 + now.month - 1 - count * (12 if unit == "y" else 1)
    year, month = divmod(months, 12)
    for day in range(now.day, now.day - 4, -1):  # the 31st of a month may be its 28th
        try:
            return now.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    raise ValueError(f"no date {count}{unit} before {now}")
