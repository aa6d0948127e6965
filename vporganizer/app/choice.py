"""Which encoder a library is indexed with, which ones can answer in it, and which vectors are let go."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from vporganizer.app.neutral import forget_neutral_vectors
from vporganizer.encoder import catalog
from vporganizer.errors import EncoderError, NotInLibrary
from vporganizer.library.clips import encoders
from vporganizer.library.indexes import remove_index
from vporganizer.library.library import Library
from vporganizer.library.overview import is_done
from vporganizer.library.records import EncoderRow
from vporganizer.library.settings import set_setting, setting
from vporganizer.library.vectors import has_vectors, remove_vectors

log = logging.getLogger(__name__)

DEFAULT_ENCODER = "starter"
_CHOSEN = "encoder"


def chosen_encoder(library: Library) -> str:
    """The encoder that this library is indexed with; the starter until a person switches."""
    return str(setting(library.db, _CHOSEN, DEFAULT_ENCODER))


def choose(library: Library, name: str) -> bool:
    """Makes `name` the library's encoder -> whether it was another one before.

    Raises:
        EncoderError: if there is no such encoder.
    """
    name = catalog.canonical(name)
    if chosen_encoder(library) == name:
        return False
    with library.write(durable=True) as db:
        set_setting(db, _CHOSEN, name)
    return True


def identity(name: str) -> str | None:
    """What vectors of an encoder must be of to be comparable now; None if its files do not tell."""
    try:
        return catalog.info(name).identity
    except EncoderError:
        return None


@dataclass(frozen=True, slots=True)
class Answering:
    """Who answers in a library.

    Attributes:
        names: encoders that have vectors here and can be used, the better ones first.
        notes: sentences on those that have vectors and cannot be used.
    """

    names: tuple[str, ...]
    notes: tuple[str, ...] = ()


def answering(library: Library) -> Answering:
    """Finds out who answers: the chosen encoder alone if it has seen everything, else all that can.

    The chosen one comes first, then the others from the last used on, the starter at the end.
    """
    chosen = chosen_encoder(library)
    held = [row for row in encoders(library.db) if has_vectors(library.db, row.id)]
    usable: dict[str, EncoderRow] = {}
    notes = []
    for row in reversed(held):
        problem = _problem(row)
        if problem is None:
            usable[row.name] = row
        else:
            notes.append(problem)
    if chosen in usable and (len(usable) == 1 or is_done(library.db, usable[chosen].id)):
        return Answering((chosen,), () if len(usable) > 1 else tuple(notes))
    order = sorted(usable, key=lambda name: (name != chosen, name == DEFAULT_ENCODER))
    return Answering(tuple(order), tuple(notes))


def missing(name: str) -> str | None:
    """Why an encoder cannot be used now, with what to do; None if it can."""
    try:
        return catalog.missing(name)
    except EncoderError as error:
        return str(error)


def unusable(row: EncoderRow) -> str | None:
    """Why vectors cannot be searched now, with what to do; None if they can."""
    if (problem := missing(row.name)) is not None:
        return problem
    if identity(row.name) != row.identity:
        return "its files are others now than when videos were indexed: scan again"
    return None


def _problem(row: EncoderRow) -> str | None:
    """The same as a sentence about what is not searched."""
    problem = unusable(row)
    return None if problem is None else f"What {row.name} has indexed is not searched: {problem.rstrip('.')}."


def forget_encoder(library: Library, name: str) -> int:
    """Drops all vectors of an encoder, of whatever checkpoint -> how many.

    Raises:
        NotInLibrary: if the library holds none of it.
    """
    try:
        meant = {name, catalog.canonical(name)}
    except EncoderError:  # one that this version of the program does not know any more
        meant = {name}
    rows = [row for row in encoders(library.db) if row.name in meant and has_vectors(library.db, row.id)]
    if not rows:
        raise NotInLibrary(f"The library holds nothing that {name} has indexed.")
    return sum(_drop(library, row) for row in rows)


def settle(library: Library, name: str) -> tuple[str, ...]:
    """Lets go of vectors that an encoder replaces, once it has seen the whole library.

    Those of an older checkpoint of the same name, and the starter's, which are cheap to make again;
    never those of another encoder that took hours. Interrupted, it is done by the next scan.

    Returns:
        Sentences on what was dropped.
    """
    current = identity(name)
    row = next((row for row in encoders(library.db) if row.identity == current), None)
    if row is None or not has_vectors(library.db, row.id) or not is_done(library.db, row.id):
        return ()
    told = []
    for other in encoders(library.db):
        older = other.name == name and other.id != row.id
        starter = other.name == DEFAULT_ENCODER and name != DEFAULT_ENCODER
        if (older or starter) and has_vectors(library.db, other.id):
            count = _drop(library, other)
            what = f"an older checkpoint of {name}" if older else catalog.label(other.name)
            told.append(
                f"{name} has now seen the whole library; the {count:,} vectors of {what} were dropped."
            )
    return tuple(told)


def _drop(library: Library, row: EncoderRow) -> int:
    count = remove_vectors(library, row.id)
    if all(other.name != row.name or not has_vectors(library.db, other.id) for other in encoders(library.db)):
        remove_index(library, row.name)
        forget_neutral_vectors(library, row.name)
    log.info("dropped %d vectors of %s (%s)", count, row.name, row.identity)
    return count
