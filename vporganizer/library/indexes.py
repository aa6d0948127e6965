"""The vector indexes of a library: brought up to date after vectors were added, and how they are."""

from __future__ import annotations

import logging

from vporganizer.library.connection import reading
from vporganizer.library.index_files import IndexUnusableError, files
from vporganizer.library.library import Library
from vporganizer.library.vector_index import VectorIndex, index_health, saved_generation
from vporganizer.library.vectors import Vectors, encoder, generation, vectors

log = logging.getLogger(__name__)


def refresh_index(library: Library, encoder_id: int) -> str:
    """Brings an encoder's index file up to date, and returns how it is then (see `health`).

    Takes milliseconds for a few thousand clips and about a minute for the first 100,000: call it in
    the background, by the one process that indexes. Searching works meanwhile, and without it.

    Raises:
        StorageFull: there is no room left for the file.
    """
    row = encoder(library, encoder_id)
    with reading(library) as db:
        now = generation(db, encoder_id)
        read: Vectors | None = None
        if saved_generation(library.index_dir, row) != now:
            read = vectors(db, encoder_id)
    try:
        VectorIndex.open(library.index_dir, row, lambda: read or vectors(library, encoder_id), now)
    except IndexUnusableError as reason:
        log.warning("The vector index of %s cannot be used: %s; searches are exact.", row.name, reason)
        return str(reason)
    return health(library, encoder_id)


def health(library: Library, encoder_id: int) -> str:
    """Says how an encoder's index is: 'current', 'behind' the library, or why it is not used."""
    row = encoder(library, encoder_id)
    return index_health(library.index_dir, row, generation(library, encoder_id))


def remove_index(library: Library, name: str) -> None:
    """Deletes what is kept of an encoder's index; it can be made again."""
    for path in files(library.index_dir, name):
        path.unlink(missing_ok=True)
