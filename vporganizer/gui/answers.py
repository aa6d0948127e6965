"""From an answer of the library to what the window shows of it: title, items, or a page that says why not."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QCoreApplication

from vporganizer.app.browse import Shelf
from vporganizer.app.context import DEFAULT_ENCODER
from vporganizer.app.hits import SearchResult
from vporganizer.app.search import knows_what
from vporganizer.app.words import clock, printable
from vporganizer.gui.finder import ByText, Everything, Found, LikeClip, Question
from vporganizer.gui.translation import plural
from vporganizer.gui.wording import Record

Scanning = Literal["adding", "full"] | None
"""What goes on: videos are added, or full search looks at those that are here, which may be hours."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page in place of items.

    Attributes:
        title, body: what it says.
        action: label of its button; empty for none.
        then: what the button asks for; None to add a folder, or to show the items that come with it.
        full_search: whether full search is what would help.
    """

    title: str
    body: str
    action: str = ""
    then: Question | None = None
    full_search: bool = False


@dataclass(frozen=True, slots=True)
class Presented:
    """What to show.

    Attributes:
        title, detail: over the items.
        records: the items.
        weaker: items that hardly fit, shown on request.
        page: what to show instead of items; then `weaker` waits behind its button.
    """

    title: str
    detail: str = ""
    records: tuple[Record, ...] = ()
    weaker: tuple[Record, ...] = ()
    page: Page | None = None


def tr(text: str, n: int = -1) -> str:
    """Translates a text of this module; `%n` stands for `n`."""
    return QCoreApplication.translate("answers", text, None, n)


def present(found: Found, *, scanning: Scanning = None) -> Presented:
    """Decides what to show for an answer, while videos are being looked at or not."""
    if isinstance(found.answer, Shelf):
        return _shelf(found.answer, scanning=scanning)
    assert not isinstance(found.question, Everything)
    return _moments(found.question, found.answer, scanning=scanning)


def title_of(question: Question) -> str:
    """A question as the title over its answer."""
    match question:
        case Everything():
            return tr("All videos")
        case ByText(text, anyway):
            return (tr("Nearest to “%1”") if anyway else tr("“%1”")).replace("%1", printable(text))
        case LikeClip(path, start, end):
            name = printable(os.path.basename(path))
            if start is None or end is None:
                return tr("Like %1").replace("%1", name)
            return (
                tr("Like %1, %2 to %3")
                .replace("%2", clock(start))
                .replace("%3", clock(end))
                .replace("%1", name)
            )


def _shelf(shelf: Shelf, *, scanning: Scanning) -> Presented:
    title = title_of(Everything())
    if shelf.videos:
        count = len(shelf.videos)
        return Presented(title, plural(tr("%Ln video(s)", count), count), shelf.videos)
    if scanning:
        page = Page(
            tr("Looking through your folders…"), tr("Videos appear here one by one, as they are looked at.")
        )
    else:
        page = Page(
            tr("No videos here yet"),
            tr("The folders that were added hold no video that could be read."),
            tr("Add a folder…"),
        )
    return Presented(title, page=page)


def _moments(question: ByText | LikeClip, result: SearchResult, *, scanning: Scanning) -> Presented:
    title = title_of(question)
    text = question.text if isinstance(question, ByText) and not question.anyway else None
    if text is not None and result.knows == "no":
        return Presented(title, page=_unknown(text))
    if not result.hits:
        return Presented(title, page=_nothing_yet(scanning=scanning))
    if text is None:
        return Presented(title, _detail(result, len(result.hits), scanning=scanning), result.hits)
    if not result.matches:
        return Presented(title, weaker=result.others, page=_nothing_fits(text))
    detail = _detail(result, len(result.matches), scanning=scanning)
    return Presented(title, detail, result.matches, result.others)


def _unknown(text: str) -> Page:
    return Page(
        tr("Quick search does not know “%1”").replace("%1", printable(text)),
        f"{knows_what(DEFAULT_ENCODER)}. {tr('Full search finds those too.')}",
        tr("Show the nearest anyway"),
        ByText(text, anyway=True),
        full_search=True,
    )


def _nothing_fits(text: str) -> Page:
    return Page(
        tr("Nothing that fits “%1”").replace("%1", printable(text)),
        tr("No moment in your videos comes near enough to be called a match."),
        tr("Show the nearest anyway"),
    )


def _nothing_yet(*, scanning: Scanning) -> Page:
    if scanning:
        return Page(
            tr("Nothing to search yet"), tr("Your videos are being looked at. Try again in a moment.")
        )
    return Page(tr("Nothing to search yet"), tr("Add a folder with videos first."), tr("Add a folder…"))


def _detail(result: SearchResult, count: int, *, scanning: Scanning) -> str:
    parts = [plural(tr("%Ln moment(s)", count), count)]
    if result.knows == "partly":
        parts.append(tr("quick search knows this text only in part"))
    if scanning == "adding":
        parts.append(tr("more videos are being added"))
    elif scanning == "full":
        parts.append(tr("full search is still looking at your videos"))
    return " · ".join(parts)
