"""Small SentencePiece models, trained on the spot, of any vocabulary size."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import sentencepiece

SENTENCES = (
    "a dog runs on the beach.",
    "a video of a dog jumping into a lake.",
    "two people dance in the rain at night.",
    "a cat sleeps on a warm window sill.",
    "children play football on the grass.",
    "waves break on the rocks below the light house.",
    "someone cooks soup in a small kitchen.",
    "a red car drives down a long road.",
)
"""What the models are trained on; words of these have pieces of their own."""


def train_tokenizer(path: Path, vocab_size: int = 200, *, bos: bool = False) -> Path:
    """Trains a unigram model of exactly `vocab_size` pieces (ids 0 padding, 1 end, 2 unknown) within 0.1 s.

    What the sentences do not yield is filled up with pieces 'filler0', 'filler1', ... that text may use:
    the repeated field of a serialised protocol buffer grows by what is written after it.

    Args:
        path: where to write it.
        vocab_size: at least 60.
        bos: whether it has a piece for the beginning of a text.
    """
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES * 4), model_writer=written, vocab_size=min(vocab_size, 150),
        hard_vocab_limit=False, pad_id=0, eos_id=1, unk_id=2, bos_id=3 if bos else -1,
        num_threads=1, minloglevel=2,
    )  # fmt: skip
    model = written.getvalue()
    trained = sentencepiece.SentencePieceProcessor(model_proto=model).vocab_size()
    if trained > vocab_size:
        raise ValueError(f"{vocab_size} pieces are too few; at least {trained} are needed")
    path.write_bytes(model + b"".join(_piece(f"▁filler{i}") for i in range(vocab_size - trained)))
    return path


def _piece(text: str, score: float = -20.0) -> bytes:
    """An entry of `ModelProto.pieces` (field 1): its text (field 1) and score (field 2)."""
    encoded = text.encode()
    entry = b"\x0a" + bytes([len(encoded)]) + encoded + b"\x15" + struct.pack("<f", score)
    return b"\x0a" + bytes([len(entry)]) + entry
