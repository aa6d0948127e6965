"""When, where and with what a video was recorded, as far as the file says."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from vporganizer.media.opening import Video
from vporganizer.media.records import RecordedSource

_QUICKTIME_DATE = "com.apple.quicktime.creationdate"
_PLACE_KEYS = ("com.apple.quicktime.location.iso6709", "location", "location-eng")
_MAKE_KEYS = ("com.apple.quicktime.make", "com.android.manufacturer", "make", "manufacturer")
_MODEL_KEYS = ("com.apple.quicktime.model", "com.android.model", "model")
_EMPTY_YEARS = (1904, 1970)
"""Clocks that were never set: the zero of QuickTime's time and of Unix's."""

_ISO6709 = re.compile(r"^([+-]\d{2}(?:\.\d+)?)([+-]\d{3}(?:\.\d+)?)")
_DATE_IN_NAME = re.compile(
    r"(?<!\d)((?:19|20)\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])"
    r"(?:(?:[-_. T]{0,3}| at )([01]\d|2[0-3])[-_.:h]?([0-5]\d)(?:[-_.:m]?([0-5]\d)(?:\d{3})?)?)?(?!\d)"
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a video comes from.

    Attributes:
        recorded_at: Unix seconds.
        recorded_zone: minutes east of UTC, where the file says.
        source: which of the sources spoke.
        place: latitude and longitude in degrees.
        camera: maker and model.
        timecode: of the first picture, such as '01:00:00:00'.
    """

    recorded_at: float
    recorded_zone: int | None
    source: RecordedSource
    place: tuple[float, float] | None
    camera: str | None
    timecode: str | None


def origin_of(video: Video, modified: float) -> Origin:
    """Reads the origin of an open file that was last written at `modified` (Unix seconds)."""
    stream_tags = {key.lower(): text for key, text in video.stream.metadata.items()}
    tags = {**stream_tags, **{key.lower(): text for key, text in video.container.metadata.items()}}
    name = os.path.basename(video.path).decode("utf-8", "replace")
    at, zone, source = recorded(tags, name, modified)
    return Origin(at, zone, source, place(tags), camera(tags), _timecode(video))


def recorded(tags: dict[str, str], name: str, modified: float) -> tuple[float, int | None, RecordedSource]:
    """Picks the best witness of the time of recording: Unix seconds, zone, and which it was.

    QuickTime's own date comes first since it knows its zone; the container's time is UTC by its
    standard; a date in the file's name is the clock on the wall where it was filmed, taken in this
    machine's zone; the last resort is the file's own time.
    """
    local = _parse(tags.get(_QUICKTIME_DATE))
    if local is not None:
        offset = local.utcoffset()
        return (
            local.timestamp(),
            round(offset / timedelta(minutes=1)) if offset is not None else None,
            "quicktime",
        )
    stated = _parse(tags.get("creation_time")) or _parse(tags.get("date"))
    if stated is not None:
        stated = stated if stated.tzinfo else stated.replace(tzinfo=UTC)
        return stated.timestamp(), None, "container"
    named = _date_in(name)
    if named is not None:
        return named.timestamp(), None, "name"
    return modified, None, "mtime"


def place(tags: dict[str, str]) -> tuple[float, float] | None:
    """Latitude and longitude of an ISO 6709 tag such as '+48.1372+011.5755/'."""
    for key in _PLACE_KEYS:
        match = _ISO6709.match(tags.get(key, "").strip())
        if match:
            latitude, longitude = float(match[1]), float(match[2])
            if abs(latitude) <= 90 and abs(longitude) <= 180:
                return latitude, longitude
    return None


def camera(tags: dict[str, str]) -> str | None:
    """Maker and model; the maker is not said twice."""
    make = next((tags[key].strip() for key in _MAKE_KEYS if tags.get(key)), "")
    model = next((tags[key].strip() for key in _MODEL_KEYS if tags.get(key)), "")
    if model.lower().startswith(make.lower()):
        make = ""
    return f"{make} {model}".strip() or None


def _timecode(video: Video) -> str | None:
    for stream in (video.stream, *video.container.streams):
        if text := stream.metadata.get("timecode"):
            return str(text)
    return video.container.metadata.get("timecode") or None


def _parse(text: str | None) -> datetime | None:
    try:
        when = datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
    if "-" not in (text or "")[:8] or when.year in _EMPTY_YEARS:
        return None
    return when


def _date_in(name: str) -> datetime | None:
    match = _DATE_IN_NAME.search(name)
    if match is None:
        return None
    parts = [int(part) if part else 0 for part in match.groups()]
    try:
        when = datetime(*parts)  # type: ignore[arg-type]
    except ValueError:
        return None
    return None if when.year in _EMPTY_YEARS or when > datetime.now() + timedelta(days=1) else when
