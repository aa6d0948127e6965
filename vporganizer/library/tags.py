"""Tags of videos: given by the person, or found and accepted."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Iterable

from vporganizer.errors import LibraryError
from vporganizer.library.connection import Source, first, inserted, rows, run
from vporganizer.library.library import Library
from vporganizer.library.records import TagOnVideo, TagSource

_COUNTS = "(t.source = 'manual' OR t.verdict = 'accepted') AND t.verdict <> 'rejected'"


def folded(name: str) -> str:
    """Returns what makes two tag names the same: case, composed or not, and spaces do not matter."""
    composed = unicodedata.normalize("NFC", " ".join(name.split()))
    return unicodedata.normalize("NFC", composed.casefold())


def add_tag(library: Library, video_ids: Iterable[int], name: str, source: TagSource = "manual") -> int:
    """Tags videos, all or none, and returns how many did not have the tag before.

    Raises:
        LibraryError: the name is empty, no text, or has a line break or another control character.
    """
    shown = _checked(name)
    with library.write(durable=True) as db:
        row = first(db, "SELECT id FROM tag WHERE folded = ?", [folded(shown)])
        if row is None:
            row = first(db, "SELECT tag_id FROM tag_alias WHERE folded = ?", [folded(shown)])
        if row is None:
            tag_id = inserted(db, "INSERT INTO tag (name, folded) VALUES (?, ?)", [shown, folded(shown)])
        else:
            tag_id = int(row[0])
        return sum(
            run(
                db,
                "INSERT OR IGNORE INTO video_tag (video_id, tag_id, source, at) VALUES (?, ?, ?, ?)",
                [video_id, tag_id, source, time.time()],
            ).rowcount
            for video_id in video_ids
        )


def remove_tag(library: Library, video_ids: Iterable[int], name: str) -> int:
    """Takes a tag off videos, all or none, and returns how many had it.

    One that the program gave is not deleted but rejected, so that it does not come back.

    Raises:
        LibraryError: the name is empty, or no text.
    """
    key = folded(_checked(name))
    with library.write(durable=True) as db:
        row = first(
            db,
            "SELECT id FROM tag WHERE folded = ? UNION ALL SELECT tag_id FROM tag_alias WHERE folded = ?",
            [key, key],
        )
        if row is None:
            return 0
        count = 0
        for video_id in video_ids:
            where = "WHERE video_id = ? AND tag_id = ? AND moment_id IS NULL"
            pair = [video_id, int(row[0])]
            given = run(db, f"DELETE FROM video_tag {where} AND source = 'manual'", pair).rowcount
            found = run(
                db,
                f"UPDATE video_tag SET verdict = 'rejected' {where} AND source <> 'manual'"
                " AND verdict <> 'rejected'",
                pair,
            ).rowcount
            count += bool(given + found)
        return count


def tags_of(db: Source, video_id: int) -> list[TagOnVideo]:
    """Returns all tags of a video and of its moments, also those not decided on, by name."""
    found = rows(
        db,
        'SELECT g.name, t.source, t.score, t.verdict, m."start", m."end" FROM video_tag t'
        " JOIN tag g ON g.id = t.tag_id LEFT JOIN moment m ON m.id = t.moment_id WHERE t.video_id = ?"
        ' ORDER BY g.folded, m."start", t.source',
        [video_id],
    )
    return [TagOnVideo(*row) for row in found]


def tags_of_many(db: Source, video_ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """Returns the names of the tags that each video counts as having: given by hand, or accepted.

    Every id that is asked for is a key of the result.
    """
    wanted = [int(video_id) for video_id in video_ids]
    names: dict[int, list[str]] = {video_id: [] for video_id in wanted}
    for begin in range(0, len(wanted), 900):
        part = wanted[begin : begin + 900]
        found = rows(
            db,
            f"SELECT DISTINCT t.video_id, g.name, g.folded FROM video_tag t JOIN tag g ON g.id = t.tag_id"
            f" WHERE t.video_id IN ({','.join('?' * len(part))}) AND {_COUNTS} ORDER BY g.folded",
            part,
        )
        for video_id, name, _ in found:
            names[video_id].append(name)
    return {video_id: tuple(each) for video_id, each in names.items()}


def all_tags(db: Source) -> dict[str, int]:
    """Returns the names of the tags in use, with how many videos have each, by name."""
    found = rows(
        db,
        "SELECT g.name, count(DISTINCT t.video_id) FROM tag g JOIN video_tag t ON t.tag_id = g.id"
        f" WHERE {_COUNTS} GROUP BY g.id ORDER BY g.folded",
    )
    return dict(found)


def _checked(name: str) -> str:
    if any(unicodedata.category(char) == "Cc" for char in name.strip()):
        raise LibraryError(
            "A tag's name cannot have line breaks or other control characters.", hint="Use spaces instead."
        )
    shown = unicodedata.normalize("NFC", " ".join(name.split()))
    if not shown:
        raise LibraryError("A tag needs a name.", hint='For instance: vporganizer tag FILE "at the lake"')
    try:
        shown.encode("utf-8")
    except UnicodeEncodeError:
        raise LibraryError("A tag's name must be text.") from None
    return shown
