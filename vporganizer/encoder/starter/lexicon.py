"""Which ImageNet classes the nouns of a text mean, from a table made of WordNet 3.0.

Made by `packaging/starter/build_starter.py`, which also says how; the rules of use are in `docs/starter.md`.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vporganizer.errors import CheckpointMismatch

NUM_CLASSES = 1000
STOP_WORDS = frozenset(
    ["a", "an", "the", "of", "in", "on", "with", "and", "or", "to", "by", "at", "for", "from"]
)
_PREPOSITIONS = frozenset(["in", "on", "with", "of", "at", "by", "from", "for", "to", "near"])
_LONGEST = 4
_MODIFIER, _AFTER_PREPOSITION = 0.25, 0.6
_SINGULARS = (
    ("ses", "s"),
    ("xes", "x"),
    ("zes", "z"),
    ("ches", "ch"),
    ("shes", "sh"),
    ("men", "man"),
    ("ies", "y"),
    ("s", ""),
)


@dataclass(frozen=True, slots=True)
class Match:
    """Words `start` to `end` (not included) of a text that are the entry `lemma`."""

    start: int
    end: int
    lemma: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What the lexicon makes of a text.

    Attributes:
        classes: d, (1000,) float32: how much each class is meant; adds up to 1, or all 0 without a match.
        confidence: c, 0 to 1: how far the classes can be trusted to be what is meant.
        complete: whether every word that is no stop word is part of a match.
    """

    classes: NDArray[np.float32]
    confidence: float
    complete: bool


class Lexicon:
    """The table in memory; entries are taken apart only when a text asks for them."""

    def __init__(self, file: Path) -> None:
        """Reads `file` (gzip): the sections `# nodes`, `# lemmas`, `# irregular`, an entry a line.

        Raises:
            CheckpointMismatch: the file is not such a table.
        """
        text = gzip.decompress(file.read_bytes()).decode()
        head, found, rest = text.partition("\n# lemmas\n")
        lemmas, also_found, irregular = rest.partition("\n# irregular\n")
        if not (found and also_found and head.startswith("# nodes\n")):
            raise CheckpointMismatch(f"{file.name} is not a table of words.")
        self._nodes = head.split("\n")[1:]
        self._lemmas = dict(line.split("\t", 1) for line in lemmas.split("\n"))
        self._irregular = dict(line.split("\t", 1) for line in irregular.split("\n") if line)

    def read(self, text: str) -> Reading:
        """Says which classes the nouns of `text` mean, and how surely."""
        found_words = words(text)
        matches = self.matches(found_words)
        total = np.zeros(NUM_CLASSES, np.float64)
        confidence = 0.0
        for match, weight in zip(matches, _weights(found_words, matches), strict=True):
            classes, sure = self._meaning(match.lemma)
            total += weight * sure * classes
            confidence = max(confidence, weight * sure)
        if matches:
            total /= total.sum()
        matched = {i for match in matches for i in range(match.start, match.end)}
        complete = all(
            i in matched or word in STOP_WORDS or not any(map(str.isalnum, word))
            for i, word in enumerate(found_words)
        )
        return Reading(total.astype(np.float32), confidence, complete)

    def matches(self, found_words: list[str]) -> list[Match]:
        """The entries in a text, from left to right: from the right, the longest of up to 4 words."""
        matches: list[Match] = []
        end = len(found_words)
        while end:
            match = self._match_before(found_words, end)
            if match:
                matches.append(match)
            end = match.start if match else end - 1
        return matches[::-1]

    def _match_before(self, found_words: list[str], end: int) -> Match | None:
        for start in range(max(end - _LONGEST, 0), end):
            if end - start == 1 and found_words[start] in STOP_WORDS:
                return None
            for candidate in self.singulars(" ".join(found_words[start:end])):
                if candidate in self._lemmas:
                    return Match(start, end, candidate)
        return None

    def singulars(self, words_joined: str) -> Iterator[str]:
        """Yields what a plural may be the plural of, likeliest first, the words as they stand at first."""
        yield words_joined
        if words_joined in self._irregular:
            yield self._irregular[words_joined]
        for ending, singular in _SINGULARS:
            if words_joined.endswith(ending):
                yield words_joined.removesuffix(ending) + singular

    def _meaning(self, lemma: str) -> tuple[NDArray[np.float64], float]:
        """Classes of an entry, adding up to 1, and its confidence; a sense counts half of the one before."""
        total = np.zeros(NUM_CLASSES, np.float64)
        weights, sure = 0.0, 0.0
        for sense in self._lemmas[lemma].split(" "):
            nodes, rank, percent = sense.split(":")
            confidence = int(percent) / 100
            weight = 0.5 ** int(rank) * confidence
            which = [int(node) for node in nodes.split("+")]
            for node in which:
                classes = self._classes(node)
                total[classes] += weight / (len(which) * len(classes))
            weights += weight
            sure = max(sure, confidence)
        return total / weights, sure

    def _classes(self, node: int) -> list[int]:
        return [int(number) for number in self._nodes[node].split(" ")]


def words(text: str) -> list[str]:
    """The words of a text, lower case."""
    return re.findall(r"[a-z0-9'\-]+", text.lower())


def _weights(found_words: list[str], matches: list[Match]) -> list[float]:
    """A modifier ('*football* player') weighs little, what follows a preposition less than the rest."""
    # The first word is no preposition: "near a lake" is about the lake.
    places = (i for i, word in enumerate(found_words) if i and word in _PREPOSITIONS)
    preposition = next(places, len(found_words))
    starts = {match.start for match in matches}
    return [
        _MODIFIER if match.end in starts else _AFTER_PREPOSITION if match.start > preposition else 1.0
        for match in matches
    ]
