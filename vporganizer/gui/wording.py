"""What the window calls a moment or a video: badges, second lines, tooltips, what a screen reader says."""

from __future__ import annotations

import os

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

from vporganizer.app.browse import VideoEntry
from vporganizer.app.hits import Match, SearchHit
from vporganizer.app.words import clock, printable

Record = SearchHit | VideoEntry
"""An item of the grid: a moment that was found, or a video."""


def tr(text: str, n: int = -1) -> str:
    """Translates a text of this module; `%n` stands for `n`."""
    return QCoreApplication.translate("wording", text, None, n)


def match_name(match: Match | None) -> str:
    """A match in words."""
    names = {"strong": tr("Strong match"), "fair": tr("Fair match"), "weak": tr("Weak match")}
    return names[match] if match else tr("No match")


def time_badge(record: Record) -> str:
    """Where a moment lies in its video, or how long a video is."""
    if isinstance(record, SearchHit):
        return f"{clock(record.start)} – {clock(record.end)}"
    return clock(record.duration) if record.duration is not None else ""


def day(seconds: float) -> str:
    """A date as the person's country writes it, from Unix seconds; empty where no calendar has it."""
    moment = QDateTime.fromSecsSinceEpoch(int(seconds))
    return QLocale().toString(moment.date(), QLocale.FormatType.ShortFormat)


def tooltip(record: Record) -> str:
    """All there is to say about an item, one fact a line."""
    lines = [printable(record.name), printable(os.path.dirname(record.path))]
    if isinstance(record, SearchHit):
        lines.append(f"{time_badge(record)} · {match_name(record.match)} ({record.score:.3f})")
        if record.tags:
            lines.append(tr("Tags: %1").replace("%1", ", ".join(record.tags)))
    else:
        lines.append(" · ".join(part for part in (time_badge(record), day(record.date)) if part))
    lines += [tr("Same as %1").replace("%1", printable(copy)) for copy in record.copies]
    if not record.online:
        lines.append(tr("Its drive is not connected"))
    return "\n".join(lines)


def spoken(record: Record) -> str:
    """An item for a screen reader."""
    parts = [printable(record.name), time_badge(record)]
    if isinstance(record, SearchHit):
        parts.append(match_name(record.match))
    if not record.online:
        parts.append(tr("Its drive is not connected"))
    return ", ".join(part for part in parts if part)
