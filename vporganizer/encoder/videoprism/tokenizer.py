"""Text -> token ids of VideoPrism's text encoder: SentencePiece over text normalised as in its training.

The published vocabulary is c4_en, of 32,000 pieces (Kudo and Richardson, EMNLP 2018). Loads no JAX.
"""

from __future__ import annotations

import logging
import os
import string
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vporganizer.errors import EncoderError, QueryError, TokenizerMissing

if TYPE_CHECKING:
    from sentencepiece import SentencePieceProcessor

log = logging.getLogger(__name__)

MAX_LENGTH = 64
"""Pieces of a text that the text encoder sees."""

PAD = 0

_LARGEST_FILE = 64 << 20  # bytes; c4_en has 0.8 MB, and a model's file is read as a whole
_SPACES_FOR_PUNCTUATION = str.maketrans(string.punctuation, " " * len(string.punctuation))
# A half of a surrogate pair, as in a path that is not UTF-8, is no character: it becomes an unknown one.
_UNKNOWN_FOR_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), "\N{REPLACEMENT CHARACTER}")
_UNSEEN = {"Cc", "Cf", "Zl", "Zp", "Zs"}  # controls, formats such as zero width joiners, spaces


@dataclass(frozen=True, slots=True)
class Encoded:
    """Texts as the text encoder takes them.

    Attributes:
        ids: (B, L) int32, filled up with 0.
        paddings: (B, L) float32, 1.0 where filled up.
        cut: of each text, whether it was longer than L pieces and lost its end.
    """

    ids: NDArray[np.int32]
    paddings: NDArray[np.float32]
    cut: tuple[bool, ...]


def normalise(text: str) -> str:
    """Normalises a text as the model's training did, whatever it holds.

    Every ASCII punctuation mark becomes a space, letters become small, runs of white space become one space,
    and a full stop ends it. Half a surrogate pair becomes U+FFFD; other characters stay.

    Raises:
        QueryError: nothing that can be seen is left.
    """
    words = text.translate(_SPACES_FOR_PUNCTUATION).translate(_UNKNOWN_FOR_SURROGATES).lower().split()
    if all(unicodedata.category(character) in _UNSEEN for word in words for character in word):
        raise QueryError(
            "The search text has no words.", hint="Type what you are looking for, such as: a dog"
        )
    return " ".join(words) + "."


class Tokenizer:
    """A SentencePiece model that is read and checked when this is made; safe to use from several threads."""

    def __init__(self, path: str | os.PathLike[str], *, table_size: int | None = None) -> None:
        """Reads the model.

        Args:
            path: the SentencePiece model's file.
            table_size: rows of the token table that ids are looked up in, if they are to be checked.

        Raises:
            TokenizerMissing: there is no such file.
            EncoderError: it cannot be read, is no SentencePiece model, or has more pieces than the table.
        """
        self._model = _read(Path(path))
        self.vocabulary_size: int = self._model.vocab_size()
        """Ids are below this."""
        if table_size is not None and self.vocabulary_size > table_size:
            raise EncoderError(
                f"The tokenizer '{path}' has {self.vocabulary_size:,} pieces, "
                f"but the model knows {table_size:,}.",
                hint="Use the tokenizer that was published with the model.",
            )
        begin: int = self._model.bos_id()
        self._start = [begin] if begin >= 0 else []

    def encode(self, texts: Sequence[str], max_length: int = MAX_LENGTH) -> Encoded:
        """Turns texts into ids; what is beyond `max_length` pieces is left out, which is told and logged.

        Args:
            texts: B texts, not normalised.
            max_length: L >= 1.

        Raises:
            QueryError: a text has no words.
        """
        if max_length < 1:
            raise ValueError(f"max_length must be positive, not {max_length}")
        ids = np.full((len(texts), max_length), PAD, np.int32)
        paddings = np.ones((len(texts), max_length), np.float32)
        cut = []
        for row, text in enumerate(texts):
            found = self._ids(text)
            kept = found[:max_length]
            ids[row, : len(kept)] = kept
            paddings[row, : len(kept)] = 0.0
            cut.append(len(found) > max_length)
            if cut[-1]:
                log.warning("Of a text of %d pieces only the first %d count.", len(found), max_length)
        return Encoded(ids, paddings, tuple(cut))

    def too_long(self, text: str, max_length: int = MAX_LENGTH) -> str | None:
        """What to tell a person about a text that will lose words; None about one that will not.

        Raises:
            QueryError: the text has no words.
        """
        found = self._ids(text)
        if len(found) <= max_length:
            return None
        # The cut may go through a word: what is left is shown, as far as it is short.
        rest = self._model.decode(found[max_length:]).removesuffix(".").strip()
        if not rest:
            return None  # only the full stop that we add is lost
        shown = rest if len(rest) <= _SHOWN else rest[: _SHOWN - 1].rstrip() + "…"
        return f"The text is too long: only its beginning counts, without '{shown}'."

    def _ids(self, text: str) -> list[int]:
        """The ids of a whole text."""
        found: list[int] = self._model.encode(normalise(text))
        return [*self._start, *found]


_SHOWN = 40


def _read(path: Path) -> SentencePieceProcessor:
    """Reads a SentencePiece model from memory: its library never gets a path, and a large file is refused."""
    from sentencepiece import SentencePieceProcessor

    again = (
        "Get it again: vporganizer models fetch NAME, or: vporganizer models install NAME sentencepiece.model"
    )
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_FILE + 1)
    except FileNotFoundError as error:
        raise TokenizerMissing(f"The tokenizer '{path}' is not there.", hint=again) from error
    except OSError as error:
        raise EncoderError(
            f"The tokenizer '{path}' cannot be read: {error.strerror or error}.", hint=again
        ) from error
    model = SentencePieceProcessor()
    try:
        if len(content) > _LARGEST_FILE or not model.LoadFromSerializedProto(content):
            raise RuntimeError("too large")
        usable = model.vocab_size() > 0 and bool(model.encode("a."))
    except (RuntimeError, OSError, ValueError) as error:
        raise EncoderError(f"The file '{path}' is no SentencePiece model.", hint=again) from error
    if not usable:
        raise EncoderError(f"The SentencePiece model '{path}' turns no text into pieces.", hint=again)
    return model
