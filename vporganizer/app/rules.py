"""Which files a scan takes for videos, beside what is built in: remembered with the library."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from vporganizer.errors import LibraryError
from vporganizer.library.library import Library
from vporganizer.library.settings import set_setting, setting


@dataclass(frozen=True, slots=True)
class Rules:
    """`ignore`: globs of names of files and folders to leave out; `endings`: more endings of videos."""

    ignore: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()


def rules(library: Library) -> Rules:
    """The library's rules."""
    kept = setting(library.db, "rules", {})
    return Rules(tuple(kept.get("ignore", ())), tuple(kept.get("endings", ())))


def add_rules(library: Library, *, ignore: Iterable[str] = (), endings: Iterable[str] = ()) -> Rules:
    """Adds to the rules -> the rules as they are then.

    Raises:
        LibraryError: if an ending is not one, such as 'mp4' without its dot or '*.mp4'.
    """
    now = rules(library)
    added = [_ending(one) for one in endings]
    ignored = list(ignore)
    if not added and not ignored:
        return now
    return _keep(library, Rules(_union(now.ignore, ignored), _union(now.endings, added)))


def remove_rule(library: Library, rule: str) -> bool:
    """Removes a glob or an ending -> False if there was none like it."""
    now = rules(library)
    ending = rule.lower()
    if rule not in now.ignore and ending not in now.endings:
        return False
    _keep(
        library,
        Rules(tuple(r for r in now.ignore if r != rule), tuple(e for e in now.endings if e != ending)),
    )
    return True


def _ending(text: str) -> str:
    ending = text.strip().lower()
    if not ending.startswith(".") or len(ending) < 2 or any(char in ending for char in "*?/ "):
        raise LibraryError(f"{text!r} is not an ending of a file's name.", hint="Write it with its dot: .vid")
    return ending


def _union(first: tuple[str, ...], second: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))


def _keep(library: Library, chosen: Rules) -> Rules:
    with library.write(durable=True) as db:
        set_setting(db, "rules", {"ignore": list(chosen.ignore), "endings": list(chosen.endings)})
    return chosen
