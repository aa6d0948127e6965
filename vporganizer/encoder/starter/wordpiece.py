"""BERT's uncased WordPiece tokenizer: text -> ids of all-MiniLM-L6-v2's vocabulary.

Source: Devlin et al., BERT (2019), `BasicTokenizer` and `WordpieceTokenizer` of its reference code.
"""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

log = logging.getLogger(__name__)

PAD, UNKNOWN, START, END = 0, 100, 101, 102
MAX_IDS = 256
_MAX_WORD = 100
_CJK = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B820, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)


class WordPiece:
    """Turns texts into token ids."""

    def __init__(self, vocabulary: Path) -> None:
        """Reads `vocabulary`: one piece a line, its id being its line's number."""
        pieces = vocabulary.read_text(encoding="utf-8").split("\n")
        self._ids = {piece: i for i, piece in enumerate(pieces) if piece}

    def ids(self, text: str) -> list[int]:
        """The ids of a text with [CLS] and [SEP], at most 256: what is beyond is left out, and logged."""
        found = [piece for word in words(text) for piece in self._pieces(word)]
        if len(found) > MAX_IDS - 2:
            log.warning("Of a text of %d word pieces only the first %d count.", len(found), MAX_IDS - 2)
        return [START, *found[: MAX_IDS - 2], END]

    def _pieces(self, word: str) -> list[int]:
        """Greedy longest match from the left; one [UNK] for a word with a part that is in no piece."""
        if len(word) > _MAX_WORD:
            return [UNKNOWN]
        found: list[int] = []
        start = 0
        while start < len(word):
            prefix = "##" if start else ""
            ends = range(len(word), start, -1)
            end = next((end for end in ends if prefix + word[start:end] in self._ids), None)
            if end is None:
                return [UNKNOWN]
            found.append(self._ids[prefix + word[start:end]])
            start = end
        return found


def pad(sequences: Sequence[Sequence[int]], length: int) -> NDArray[np.int32]:
    """Pads with 0 to (B, length) int32."""
    padded = np.full((len(sequences), length), PAD, np.int32)
    for row, sequence in zip(padded, sequences, strict=True):
        row[: len(sequence)] = sequence
    return padded


def words(text: str) -> list[str]:
    """Cleans a text and splits it on spaces and around every punctuation mark and CJK ideograph."""
    cleaned = "".join(_clean(character) for character in text)
    decomposed = unicodedata.normalize("NFD", cleaned)
    plain = "".join(c for c in decomposed if unicodedata.category(c) != "Mn").lower()
    return "".join(f" {c} " if _is_punctuation(c) else c for c in plain).split()


def _clean(character: str) -> str:
    """Drops control characters, makes every space ' ', puts spaces around CJK ideographs."""
    category = unicodedata.category(character)
    if character in "\t\n\r" or category == "Zs":
        return " "
    # C* are control, format, surrogate, private and unassigned characters.
    if category[0] == "C" or character == "\N{REPLACEMENT CHARACTER}":
        return ""
    code = ord(character)
    return f" {character} " if any(first <= code <= last for first, last in _CJK) else character


def _is_punctuation(character: str) -> bool:
    """All ASCII that is neither letter, digit, space nor control, and Unicode's P*."""
    if character.isascii():
        return character.isprintable() and not character.isalnum() and character != " "
    return unicodedata.category(character)[0] == "P"
