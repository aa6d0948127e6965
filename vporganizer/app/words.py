"""Numbers, times and paths as people read them."""

from __future__ import annotations


def clock(seconds: float) -> str:
    """A place in a video: 24.2 -> '0:24', 3725 -> '1:02:05'."""
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{secs:02d}" if hours else f"{minutes}:{secs:02d}"


def duration(seconds: float) -> str:
    """A length of time: '8 s', '3 min', '2 h 10 min'."""
    if seconds < 10:
        return f"{seconds:.1f} s" if seconds % 1 >= 0.05 else f"{seconds:.0f} s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes and hours < 24 else f"{hours} h"


def times(speed: float) -> str:
    """A speed: '0.4 times', '23 times'."""
    return f"{speed:.1f} times" if speed < 9.95 else f"{speed:.0f} times"


def percent(share: float) -> str:
    """A share: '37 %'; never 0 or 100 where it is neither."""
    whole = round(100 * share)
    if 0 < share < 1:
        whole = min(max(whole, 1), 99)
    return f"{whole} %"


def counted(count: int, noun: str) -> str:
    """'1 video', '2 videos', '1,204 videos'."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def size(count: int) -> str:
    """An amount of data: '812 kB', '991 MB', '2.3 GB'."""
    if count < 999_500:
        return f"{count / 1e3:.0f} kB"
    return f"{count / 1e6:.0f} MB" if count < 999_500_000 else f"{count / 1e9:.1f} GB"


def printable(text: str) -> str:
    """A path or name for a line of text: control characters and bytes that are no text are escaped."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text
    )
