"""What a search answers with."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, overload

from vporganizer.encoder.protocol import Knows

Match = Literal["strong", "fair", "weak"]
Why = Literal["content"]


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One moment of one video.

    Attributes:
        path: absolute path of the file, as text; `os.fsencode` gives its bytes back.
        start, end: seconds from the first picture shown.
        score: cosine of the moment's best window with what was asked for.
        relevance: 0 to 1, how far it stands out from what is usual for its encoder and what was asked;
            None where one encoder answers whose cosines say by themselves what a match is.
        encoder: name of the encoder that answered.
        why: what matched.
        match: the score in words, by the encoder's limits, or by the relevance where it has none; None
            below the lowest: not a match.
        copies: other files with exactly the same content.
        tags: tags of the file.
        thumbnail: a picture file to show for it, or None.
        online: False if the drive of every copy is away.
        video_id, content_id: keys in the library.
    """

    path: str
    start: float
    end: float
    score: float
    relevance: float | None
    encoder: str
    why: Why
    match: Match | None
    copies: tuple[str, ...]
    tags: tuple[str, ...]
    thumbnail: str | None
    online: bool
    video_id: int
    content_id: int

    def as_json(self) -> dict[str, Any]:
        """The hit as other programs read it, one object a line."""
        return {
            "path": self.path,
            "start": round(self.start, 3),
            "end": round(self.end, 3),
            "score": round(self.score, 6),
            "relevance": self.relevance,
            "encoder": self.encoder,
            "why": self.why,
            "copies": list(self.copies),
            "tags": list(self.tags),
            "thumbnail": self.thumbnail,
        }

    @property
    def name(self) -> str:
        """The file's name."""
        return os.path.basename(self.path)


@dataclass(frozen=True, slots=True)
class SearchResult(Sequence[SearchHit]):
    """Hits, best first, and what to say about them.

    Attributes:
        hits: best first.
        knows: how well the encoder knows the text; 'yes' for look-ups by example.
        note: a sentence to show above the hits; empty if there is nothing to say.
        clips_searched: windows of time that were compared.
        encoders: names of the encoders that answered, the better ones first.
    """

    hits: tuple[SearchHit, ...]
    knows: Knows = "yes"
    note: str = ""
    clips_searched: int = 0
    encoders: tuple[str, ...] = ()

    @property
    def matches(self) -> tuple[SearchHit, ...]:
        """The hits that are good enough to be called matches."""
        return tuple(hit for hit in self.hits if hit.match is not None)

    @property
    def others(self) -> tuple[SearchHit, ...]:
        """The nearest that are not good enough."""
        return tuple(hit for hit in self.hits if hit.match is None)

    @overload
    def __getitem__(self, index: int) -> SearchHit: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[SearchHit]: ...
    def __getitem__(self, index: int | slice) -> SearchHit | Sequence[SearchHit]:
        return self.hits[index]

    def __len__(self) -> int:
        return len(self.hits)
