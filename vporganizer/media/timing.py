"""Ticks and seconds: the only place that knows a time base. Everybody else counts seconds.

Seconds are counted from the first picture shown: recorders start their clocks anywhere (MPEG
transport streams at hours), and players hide that. Frame numbers and average rates are never used
to find a time, since many files have neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import av

_DEFAULT_RATE = Fraction(25)
_SANE_RATES = (Fraction(1, 100), Fraction(1000))


@dataclass(frozen=True, slots=True)
class Clock:
    """Converts between a stream's ticks and seconds from its first picture.

    Attributes:
        start: ticks of the first picture.
        tick: seconds per tick.
        frame_seconds: how long a picture is shown where the file does not say.
    """

    start: int
    tick: Fraction
    frame_seconds: float

    def seconds(self, ticks: int) -> float:
        """Seconds from the first picture; negative for pictures that are decoded but never shown."""
        return float((ticks - self.start) * self.tick)

    def ticks(self, seconds: float) -> int:
        """The ticks to ask a demuxer for."""
        return self.start + int(seconds / self.tick)

    def length(self, ticks: int | None) -> float:
        """How long a picture of `ticks` is shown, in seconds."""
        return float(ticks * self.tick) if ticks else self.frame_seconds


def rate_of(stream: av.VideoStream) -> Fraction | None:
    """Frames a second as the container states them; None where it does not or where they are absurd."""
    for rate in (stream.average_rate, stream.guessed_rate, stream.base_rate):
        if rate and _SANE_RATES[0] <= rate <= _SANE_RATES[1]:
            return Fraction(rate)
    return None


def clock_of(stream: av.VideoStream) -> Clock:
    """The clock of a stream."""
    tick = Fraction(stream.time_base) if stream.time_base else Fraction(1, 90_000)
    return Clock(stream.start_time or 0, tick, float(1 / (rate_of(stream) or _DEFAULT_RATE)))


def stated_duration(container: av.container.InputContainer, stream: av.VideoStream) -> float | None:
    """Seconds from the first picture to the end as the container states them, None if it does not.

    Matroska states the time of its end, not a length, so a late start is taken off. Some recorders
    write absurd lengths; the decode pass knows the truth.
    """
    clock = clock_of(stream)
    if stream.duration:
        return float(stream.duration * clock.tick)
    if container.duration is None or container.duration <= 0:
        return None
    seconds = container.duration / 1_000_000
    if "matroska" in container.format.name:
        seconds -= float(clock.start * clock.tick)
    return seconds if seconds > 0 else None


def clock_text(seconds: float) -> str:
    """Seconds as a person writes them: 0:12, 1:02:03."""
    whole = int(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
