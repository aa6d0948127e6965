"""The nouns of WordNet 3.0, and the lexicon made of them. Formats: wndb(5WN)."""

from __future__ import annotations

import gzip
import io
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

# Lexicographer files (lexnames(5WN)) of what one can see: animal, artifact, body, food, location, object,
# person, phenomenon, plant and substance, without acts, feelings and the like; 3 holds the topmost words.
FILES = frozenset({3, 5, 6, 8, 13, 15, 17, 18, 19, 20, 27})
SENSES = 3
LEAST_CONFIDENCE = 0.02


@dataclass(frozen=True, slots=True)
class Synset:
    """One meaning: its words, first part of its gloss, lexicographer file and what it is a kind of."""

    words: tuple[str, ...]
    gloss: str
    file: int
    hypernyms: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Nouns:
    """Synsets by their offset, senses of each lemma (the most frequent first), irregular plurals."""

    synsets: dict[int, Synset]
    senses: dict[str, tuple[int, ...]]
    irregular: list[tuple[str, str]]


def read(folder: Path) -> Nouns:
    """Reads `data.noun`, `index.noun` and `noun.exc`."""
    return Nouns(
        synsets=dict(map(_synset, _lines(folder / "data.noun"))),
        senses=dict(map(_senses, _lines(folder / "index.noun"))),
        irregular=[_exception(line) for line in _lines(folder / "noun.exc")],
    )


def _lines(file: Path) -> list[str]:
    """A file's lines without its licence, which is indented."""
    return [line for line in file.read_text("latin-1").splitlines() if line and not line.startswith(" ")]


def _synset(line: str) -> tuple[int, Synset]:
    """offset file type word-count(hex) {word id} pointer-count {symbol offset type source} | gloss."""
    data, _, gloss = line.partition("|")
    parts = data.split()
    count = int(parts[3], 16)
    words = tuple(word.replace("_", " ") for word in parts[4 : 4 + 2 * count : 2])
    pointers = parts[5 + 2 * count :]
    # '@' only: what is an instance ('@i', such as a city or a person) is no kind of thing.
    hypernyms = tuple(
        int(offset) for symbol, offset in zip(pointers[::4], pointers[1::4], strict=False) if symbol == "@"
    )
    return int(parts[0]), Synset(words, gloss.split(";")[0].strip(), int(parts[1]), hypernyms)


def _senses(line: str) -> tuple[str, tuple[int, ...]]:
    """lemma type sense-count pointer-count {symbol} sense-count tagged-count {offset}."""
    parts = line.split()
    return parts[0].replace("_", " "), tuple(map(int, parts[-int(parts[2]) :]))


def _exception(line: str) -> tuple[str, str]:
    """plural singular {other singular}."""
    plural, singular = (word.replace("_", " ") for word in line.split()[:2])
    return plural, singular


def class_nodes(nouns: Nouns, classes: list[int]) -> dict[int, list[int]]:
    """The synsets of the classes and everything above them -> the classes at or below, by offset."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    for number, offset in enumerate(classes):
        waiting = [offset]
        while waiting:
            here = waiting.pop()
            if number not in found[here]:
                found[here].add(number)
                waiting += nouns.synsets[here].hypernyms
    return {offset: sorted(found[offset]) for offset in sorted(found)}


def _climb(nouns: Nouns, start: int, nodes: dict[int, list[int]]) -> tuple[int, list[int]]:
    """How far above a synset the first nodes lie, and all of those that lie so far."""
    level, here = 0, [start]
    while here:
        if found := sorted({offset for offset in here if offset in nodes}):
            return level, found
        here = [above for offset in here for above in nouns.synsets[offset].hypernyms]
        level += 1
    return level, []


def confidence(file: int, level: int) -> float:
    """How far a meaning is known that lies `level` steps below a node: a kind of dog looks like a dog."""
    base = 0.6 if file in (5, 13, 20) else 0.3 if file in (6, 17) else 0.2
    return float(base**level)


def lexicon(nouns: Nouns, classes: list[int]) -> bytes:
    """The file `lexicon.txt.gz`: nodes with their classes, lemmas with their senses, irregular plurals."""
    nodes = class_nodes(nouns, classes)
    numbers = {offset: i for i, offset in enumerate(nodes)}
    lemmas: dict[str, str] = {}
    for lemma, offsets in nouns.senses.items():
        seen = [offset for offset in offsets if nouns.synsets[offset].file in FILES][:SENSES]
        entries = []
        for rank, offset in enumerate(seen):
            level, above = _climb(nouns, offset, nodes)
            sure = confidence(nouns.synsets[offset].file, level)
            if above and sure >= LEAST_CONFIDENCE:
                which = "+".join(str(numbers[node]) for node in above)
                entries.append(f"{which}:{rank}:{round(100 * sure)}")
        if entries:
            lemmas[lemma] = " ".join(entries)
    irregular = [
        (plural, singular)
        for plural, singular in nouns.irregular
        if singular in lemmas and plural not in lemmas
    ]
    lines = ["# nodes", *(" ".join(map(str, under)) for under in nodes.values())]
    lines += ["# lemmas", *(f"{lemma}\t{entry}" for lemma, entry in lemmas.items())]
    lines += ["# irregular", *(f"{plural}\t{singular}" for plural, singular in irregular)]
    stream = io.BytesIO()
    with gzip.GzipFile("lexicon.txt", "wb", 9, stream, mtime=0) as file:
        file.write(("\n".join(lines) + "\n").encode())
    return stream.getvalue()
