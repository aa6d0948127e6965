"""Walks through a file's pieces in order: what was seen in each, with gaps searched where needed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass

from vporganizer.media.crew import Crew
from vporganizer.media.decoding import Seen
from vporganizer.media.groups import Chunk, Grouper, Item
from vporganizer.media.shots import Look, ends_differ

_AHEAD_PIECES = 24
_AHEAD_BYTES = 48_000_000


@dataclass(slots=True)
class _Piece:
    item: Item
    seen: Future[Seen]
    compared: bool = False
    search: Future[Seen] | None = None


def look_through(grouper: Grouper, crew: Crew) -> Iterator[Seen]:
    """Yields what was seen, in order of time, reading ahead as far as memory allows.

    A piece's looks are joined to those before it wherever all frames in between were decoded.
    """
    pieces: deque[_Piece] = deque()
    joined = False
    held = 0
    for item in grouper.items():
        held += item.size
        pieces.append(_Piece(item, crew.chunk(item) if isinstance(item, Chunk) else crew.key(item)))
        _compare_ready(pieces, crew)
        while len(pieces) > 1 and (len(pieces) > _AHEAD_PIECES or held > _AHEAD_BYTES):
            held -= pieces[0].item.size
            yield from _take(pieces, crew, joined)
            joined = _ends_joined(pieces.popleft())
    while pieces:
        yield from _take(pieces, crew, joined)
        joined = _ends_joined(pieces.popleft())


def _compare_ready(pieces: deque[_Piece], crew: Crew) -> None:
    """Starts the searches that can be decided already, so that they run beside other work."""
    for piece, following in zip(pieces, list(pieces)[1:], strict=False):
        if not piece.compared and piece.seen.done() and following.seen.done():
            _compare(piece, following, crew)


def _compare(piece: _Piece, following: _Piece, crew: Crew) -> None:
    piece.compared = True
    ahead = following.seen.result().looks
    if isinstance(piece.item, Chunk) or not piece.seen.result().looks or not ahead:
        return
    first, last = piece.seen.result().looks[-1], ahead[0]
    if piece.item.is_suspicious() or ends_differ(first.signature, last.signature):
        key = (
            following.item.packets[0]
            if isinstance(following.item, Chunk)
            else following.item.groups[0].packets[0]
        )
        piece.search = crew.search(piece.item, first.signature, last.signature, key.size)


def _take(pieces: deque[_Piece], crew: Crew, joined: bool) -> Iterator[Seen]:
    piece = pieces[0]
    seen = piece.seen.result()
    if seen.looks:
        first = seen.looks[0]
        seen.looks[0] = Look(first.time, first.signature, joined)
    yield seen
    if not piece.compared and len(pieces) > 1:
        _compare(piece, pieces[1], crew)
    if piece.search is not None:
        yield piece.search.result()


def _ends_joined(piece: _Piece) -> bool:
    """Whether the frame after this piece follows directly on the last one looked at."""
    if piece.search is not None:
        return piece.search.result().joined
    return isinstance(piece.item, Chunk)
