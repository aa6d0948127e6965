"""Asks the library what a person wants to see, off the GUI thread; the latest question wins."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Signal

from vporganizer.app.browse import Shelf, browse
from vporganizer.app.context import OpenLibrary
from vporganizer.app.hits import SearchResult
from vporganizer.errors import VPOrganizerError
from vporganizer.gui.background import Channel, SignalOf

MOST_HITS = 120  # moments at most: who has not found it among these types another word


@dataclass(frozen=True, slots=True)
class Everything:
    """All videos, newest first."""


@dataclass(frozen=True, slots=True)
class ByText:
    """Moments that fit a text; `anyway`: the nearest, even if the text is not known."""

    text: str
    anyway: bool = False


@dataclass(frozen=True, slots=True)
class LikeClip:
    """Moments like a file, or like the part of it from `start` to `end` seconds."""

    path: str
    start: float | None = None
    end: float | None = None


Question = Everything | ByText | LikeClip


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a question: a shelf of videos for `Everything`, else moments."""

    question: Question
    answer: SearchResult | Shelf


class Finder(QObject):
    """Holds the question that is being answered or was answered last."""

    found: SignalOf[Found] = Signal(object)  # type: ignore[assignment]
    failed: SignalOf[VPOrganizerError] = Signal(object)  # type: ignore[assignment]

    def __init__(self, library: OpenLibrary, pool: ThreadPoolExecutor, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._library = library
        self.question: Question = Everything()
        self._channel: Channel[Found] = Channel(pool, self)
        self._channel.answered.connect(self.found.emit)
        self._channel.failed.connect(self.failed.emit)

    @property
    def busy(self) -> bool:
        """True between a question and its answer."""
        return self._channel.busy

    def ask(self, question: Question) -> None:
        """Asks; an older question that is still open is not answered any more."""
        self.question = question
        self._channel.ask(partial(answer, self._library, question))


def answer(library: OpenLibrary, question: Question) -> Found:
    """Answers a question; takes its time."""
    match question:
        case Everything():
            return Found(question, browse(library))
        case ByText(text, anyway):
            return Found(question, library.search(text, limit=MOST_HITS, anyway=anyway))
        case LikeClip(path, start, end):
            return Found(question, library.similar(path, start, end, limit=MOST_HITS))
