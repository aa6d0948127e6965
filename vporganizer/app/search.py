"""Text search, by one encoder or by all that have looked at a part of the library."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from vporganizer.app.hits import SearchResult
from vporganizer.app.ranking import Voice, Wanted, rank
from vporganizer.app.searcher import Searcher
from vporganizer.app.windows import Windows
from vporganizer.encoder import catalog
from vporganizer.encoder.protocol import ClipEncoder, Cuts, Knows
from vporganizer.errors import CheckpointMissing, EncoderError, QueryError
from vporganizer.library.clips import encoders
from vporganizer.library.library import Library
from vporganizer.library.vectors import has_vectors

log = logging.getLogger(__name__)

PER_VIDEO = 3  # hits of one video, so that a long film does not drown the others
NOTHING_YET = "Nothing is indexed yet. Start with: vporganizer scan FOLDER"

FAILURES = (EncoderError, OSError, RuntimeError, MemoryError)
"""What a model may fail with: files, devices and memory; JAX reports the last two as RuntimeError."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom to ask: an encoder that is loaded when it is needed, and its vectors here."""

    searcher: Searcher
    load: Callable[[], ClipEncoder]

    @property
    def name(self) -> str:
        """The encoder's name."""
        return self.searcher.name


def heard(asked: Sequence[Asked], ask: Callable[[Asked], Voice | None]) -> tuple[list[Voice], list[str]]:
    """Asks each encoder -> those that answer, and sentences on those that fail while others answer.

    Raises:
        EncoderError, or whatever else a model failed with: if none answers.
    """
    voices: list[Voice] = []
    notes: list[str] = []
    failed: BaseException | None = None
    for one in asked:
        try:
            voice = ask(one)
        except FAILURES as error:
            if len(asked) == 1:
                raise
            log.warning("%s cannot answer: %s", one.name, error)
            notes.append(f"What {one.name} has indexed is not searched: {str(error).rstrip('.')}.")
            failed = failed or error
            continue
        if voice is not None:
            voices.append(voice)
    if not voices and failed is not None and len(notes) == len(asked):
        raise failed
    return voices, notes


def search_text(
    library: Library, windows: Windows, asked: Sequence[Asked], text: str, wanted: Wanted, *,
    anyway: bool = False, notes: Sequence[str] = (),
) -> SearchResult:  # fmt: skip
    """Finds the moments that fit `text`.

    An encoder that does not know the text gives no hits unless `anyway`, and a note says so; its hits
    then come after those of encoders that know it.

    Raises:
        QueryError: if the text is empty.
    """
    if not text.strip():
        raise QueryError("The search text is empty.", hint="Type what you are looking for, such as: a dog")
    wanted.check()
    knowing: dict[str, Knows] = {}
    cut: dict[str, None] = {}  # what is told about it; the same by each encoder with the same tokenizer

    def ask(one: Asked) -> Voice | None:
        encoder = one.load()
        knowing[one.name] = encoder.knows(text)
        if not one.searcher.ready() or (knowing[one.name] == "no" and not anyway):
            return None
        if isinstance(encoder, Cuts) and (told := encoder.too_long(text)) is not None:
            cut[told] = None
        return Voice(one.searcher, encoder, one.searcher.text(encoder, text), knowing[one.name])

    voices, failed = heard(asked, ask)
    unknown = (f"{knows_what(name)}." for name, knows in knowing.items() if knows == "no")
    said = [*notes, *failed, *unknown, *cut]
    best = next((knows for knows in ("yes", "partly", "no") if knows in knowing.values()), "yes")
    result = SearchResult((), best, " ".join(said))  # type: ignore[arg-type]
    if not any(one.searcher.ready() for one in asked):
        return replace(result, note=" ".join([*said, nothing_yet(library, asked)]))
    if not voices:
        return result
    # An encoder that knows the text counts before one that does not, where both have seen a window.
    voices.sort(key=lambda voice: voice.knows == "no")
    hits, compared = rank(library, windows, voices, wanted)
    names = tuple(voice.searcher.name for voice in voices)
    return replace(result, hits=hits, clips_searched=compared, encoders=names)


def nothing_yet(library: Library, asked: Sequence[Asked]) -> str:
    """What to say where none of those who are asked has looked at anything, though others may have."""
    if asked and any(has_vectors(library.db, row.id) for row in encoders(library.db)):
        names = " and ".join(one.name for one in asked)
        return f"{names} has indexed nothing here yet. Start with: vporganizer scan --encoder {asked[0].name}"
    return NOTHING_YET


def asked_for(names: Sequence[str], ask: Callable[[str], Asked], notes: Sequence[str]) -> list[Asked]:
    """Whom to ask, by name.

    Raises:
        CheckpointMissing: if none can be asked, and why.
    """
    if not names and notes:
        raise CheckpointMissing(notes[0], hint="See what is installed with: vporganizer models list")
    return [ask(name) for name in names]


def knows_what(encoder_name: str) -> str:
    """What an encoder can be asked for, as a sentence without its full stop."""
    label = catalog.label(encoder_name)
    examples = ", ".join(catalog.examples(encoder_name))
    return f"{label.capitalize()} knows things such as {examples}; not people, actions or places"
