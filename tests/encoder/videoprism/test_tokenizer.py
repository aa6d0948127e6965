"""Texts become ids as in the model's training; odd texts and files are sentences, not crashes."""

from __future__ import annotations

import functools
import logging
import string
import tempfile
from pathlib import Path

import numpy as np
import pytest
import sentencepiece
from helpers.tokenizers import train_tokenizer
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vporganizer.encoder.videoprism.tokenizer import Tokenizer, normalise
from vporganizer.errors import EncoderError, QueryError, TokenizerMissing


@functools.cache
def trained(*, bos: bool = False) -> Path:
    """A tokenizer of 200 pieces, made once."""
    folder = tempfile.TemporaryDirectory(prefix="vporganizer-tokenizer-", ignore_cleanup_errors=True)
    _KEPT.append(folder)
    return train_tokenizer(Path(folder.name, "sentencepiece.model"), bos=bos)


_KEPT: list[tempfile.TemporaryDirectory[str]] = []  # emptied, and with it the disk, at the interpreter's end


WORD = "filler0"  # is one piece


def pieces(path: Path, ids: np.ndarray) -> list[str]:
    """What ids stand for."""
    model = sentencepiece.SentencePieceProcessor(model_proto=path.read_bytes())
    return [model.id_to_piece(int(i)) for i in ids]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A dog", "a dog."),
        ("A dog.", "a dog."),
        ("  Hello,   WORLD!!  ", "hello world."),
        ("don't-stop_me", "don t stop me."),
        ("tabs\tand\r\nlines\u00a0\u3000too", "tabs and lines too."),
        ("50% of $5 (~`x`)", "50 of 5 x."),
        ("«Été» — où?", "«été» — où."),
        ("STRASSE ẞ İ", "strasse ß i̇."),
        ("犬、猫。", "犬、猫。."),
        ("🐕 runs", "🐕 runs."),
        ("a\x00b", "a\x00b."),
        ("caf\udce9 x", "caf\ufffd x."),
    ],
)
def test_a_text_is_normalised_as_in_training(text: str, expected: str) -> None:
    assert normalise(text) == expected


def test_every_ascii_punctuation_mark_becomes_a_space() -> None:
    assert normalise(f"a{'b'.join(string.punctuation)}c") == "a " + "b " * 31 + "c."


@pytest.mark.parametrize("text", ["", "  \t\n", string.punctuation, "\u200b\u200d", "\x00\x1f", "\u2028."])
def test_a_text_without_words_is_refused(text: str) -> None:
    with pytest.raises(QueryError, match="no words") as refused:
        normalise(text)
    assert refused.value.hint


@pytest.mark.parametrize("bos", [False, True])
def test_a_beginning_is_marked_only_if_the_model_has_a_piece_for_it(bos: bool) -> None:
    encoded = Tokenizer(trained(bos=bos)).encode(["A dog!"])
    found = pieces(trained(bos=bos), encoded.ids[0][encoded.paddings[0] == 0])
    assert "".join(found) == ("<s>" if bos else "") + "▁a▁dog."
    assert "</s>" not in found


def test_texts_are_filled_up_with_zeros() -> None:
    encoded = Tokenizer(trained()).encode(["a dog", "two people dance in the rain at night"])
    assert encoded.ids.shape == encoded.paddings.shape == (2, 64)
    assert (encoded.ids.dtype, encoded.paddings.dtype) == (np.int32, np.float32)
    for ids, paddings in zip(encoded.ids, encoded.paddings, strict=True):
        length = int((1 - paddings).sum())
        assert 0 < length < 64 and (paddings[:length] == 0).all() and (paddings[length:] == 1).all()
        assert (ids[:length] > 0).all() and (ids[length:] == 0).all()
    assert encoded.cut == (False, False)


def test_no_texts_give_no_rows() -> None:
    encoded = Tokenizer(trained()).encode([])
    assert encoded.ids.shape == (0, 64) and encoded.cut == ()


def test_a_long_text_is_cut_and_told(caplog: pytest.LogCaptureFixture) -> None:
    tokenizer = Tokenizer(trained())
    words = " ".join([WORD] * 64 + ["filler1", "filler2"])
    with caplog.at_level(logging.WARNING):
        encoded = tokenizer.encode([words, WORD])
    assert encoded.cut == (True, False)
    assert not encoded.paddings[0].any() and "67 pieces only the first 64" in caplog.text
    assert "filler" not in caplog.text
    assert (
        tokenizer.too_long(words)
        == "The text is too long: only its beginning counts, without 'filler1 filler2'."
    )
    assert tokenizer.too_long(WORD) is None


def test_what_a_very_long_text_loses_is_shortened() -> None:
    told = Tokenizer(trained()).too_long("dog " * 300)
    assert told is not None and told.endswith("…'.") and len(told) < 110


def test_a_text_that_loses_only_its_full_stop_is_not_called_too_long() -> None:
    tokenizer = Tokenizer(trained())
    words = " ".join([WORD] * 64)
    assert tokenizer.too_long(words) is None
    assert tokenizer.encode([words]).cut == (True,)


def test_a_shorter_length_may_be_asked_for() -> None:
    encoded = Tokenizer(trained()).encode(["a dog runs on the beach"], max_length=3)
    assert encoded.ids.shape == (1, 3) and encoded.cut == (True,)
    with pytest.raises(ValueError, match="positive"):
        Tokenizer(trained()).encode(["a"], max_length=0)


@settings(deadline=None, max_examples=80)
@given(st.text(st.characters(exclude_categories=()), max_size=200))
@example("🏳️‍🌈 \ud83c \udff3 \x00 e\u0301 \U0010ffff")
@example("\udc80")
@example("ﬁ ① ｶﾞ \u0130 \ufeff")
def test_any_text_gives_ids_of_the_vocabulary_or_a_sentence(text: str) -> None:
    tokenizer = _tokenizer()
    try:
        encoded = tokenizer.encode([text])
    except QueryError:
        seen = [c for c in text if c not in string.punctuation and c.isprintable() and not c.isspace()]
        assert not seen
        return
    ids, kept = encoded.ids[0], encoded.paddings[0] == 0
    assert kept.any() and (ids >= 0).all() and (ids < tokenizer.vocabulary_size).all()
    assert encoded.cut == (len(kept) == kept.sum() and encoded.cut[0],)


@functools.cache
def _tokenizer() -> Tokenizer:
    return Tokenizer(trained())


@pytest.mark.parametrize("size", [60, 200, 32_000])
def test_a_vocabulary_larger_than_the_token_table_is_refused(tmp_path: Path, size: int) -> None:
    path = train_tokenizer(tmp_path / "x.model", size)
    assert Tokenizer(path, table_size=size).vocabulary_size == size
    with pytest.raises(EncoderError, match=f"{size:,} pieces, but the model knows {size - 1:,}"):
        Tokenizer(path, table_size=size - 1)


def test_ids_reach_as_far_as_the_vocabulary(tmp_path: Path) -> None:
    path = train_tokenizer(tmp_path / "x.model", 32_000)
    assert Tokenizer(path).encode([f"filler{i}" for i in range(31_700)]).ids.max() > 31_000


def test_a_missing_file_is_a_missing_tokenizer(tmp_path: Path) -> None:
    with pytest.raises(TokenizerMissing, match="is not there") as refused:
        Tokenizer(tmp_path / "sentencepiece.model")
    assert refused.value.hint


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"PK\x03\x04" + bytes(500), b"\x0a\xff\xff\xff\xff\x7f", bytes(99)]
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.model"
    path.write_bytes(content)
    with pytest.raises(EncoderError, match="is no SentencePiece model"):
        Tokenizer(path)


def test_a_truncated_model_is_refused(tmp_path: Path) -> None:
    whole = trained().read_bytes()
    path = tmp_path / "x.model"
    for length in (1, 100, len(whole) // 2, len(whole) - 3):
        path.write_bytes(whole[:length])
        with pytest.raises(EncoderError, match="is no SentencePiece model"):
            Tokenizer(path)


def test_a_file_too_large_to_be_one_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    with path.open("wb") as file:
        file.truncate(1 << 40)  # sparse: holds no data
    with pytest.raises(EncoderError, match="is no SentencePiece model"):
        Tokenizer(path)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="cannot be read"):
        Tokenizer(tmp_path)
