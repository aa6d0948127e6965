"""A VideoPrism model as the rest of the program uses it: a `ClipEncoder`, and the tokens of its encoders."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from vporganizer.encoder import inference
from vporganizer.encoder.protocol import EncoderInfo, Knows
from vporganizer.encoder.videoprism.checks import check_frames, finite, paddings_of, texts_of, token_ids_of
from vporganizer.encoder.videoprism.config import VideoPrismConfig
from vporganizer.encoder.videoprism.identity import describe
from vporganizer.encoder.videoprism.packing import Entries, Weights
from vporganizer.encoder.videoprism.sides import Frames, JaxVideoSide, TextSide, VideoSide
from vporganizer.encoder.videoprism.tokenizer import MAX_LENGTH, Tokenizer
from vporganizer.errors import EncoderError, TokenizerMissing


class VideoPrism:
    """A model whose halves are read from its checkpoint when they are first used.

    Frames are (B, T, H, W, 3), uint8, or float32 in [0, 1]: any T, and sides that are multiples of the patch
    size; positions are interpolated. Each new (T, H, W) is compiled once.
    """

    def __init__(
        self, config: VideoPrismConfig, entries: Entries, *, name: str, device: jax.Device, weights: Weights,
        tokenizer: Callable[[], Tokenizer], fingerprint: Callable[[], str], num_frames: int | None = None,
        video_side: Callable[[Callable[[], VideoSide]], VideoSide] | None = None,
    ) -> None:  # fmt: skip
        """Takes a checkpoint that has been checked.

        Args:
            config: its dimensions.
            entries: its arrays.
            name: of the model, for the record.
            device: where it runs.
            weights: type of the video half's weights; texts are float32 in any case.
            tokenizer: gives the tokenizer; raises TokenizerMissing.
            fingerprint: gives the checkpoint's sha256.
            num_frames: T of the clips that are to be embedded; None for the model's own.
            video_side: gives another backend's video half for embedding clips, from a function that
                gives JAX's; None for JAX's itself.
        """
        self.config = config
        self._name = name
        self._device = device
        self._frames = num_frames or config.num_frames
        self._fingerprint = inference.Lazy(fingerprint)
        self._tokenizer = inference.Lazy(tokenizer)
        prefix = "params/vision_encoder" if config.has_text else "params"
        pooler = "params/contrastive_vision_pooler" if config.has_text else None
        self._video = inference.Lazy(
            lambda: JaxVideoSide(entries, config, device, weights, prefix=prefix, pooler=pooler)
        )
        self._weights: str = weights
        self._clips: inference.Lazy[VideoSide] = inference.Lazy(
            lambda: video_side(self._video.get) if video_side else self._video.get()
        )
        self._text = inference.Lazy(lambda: TextSide(entries, config, device))

    @property
    def info(self) -> EncoderInfo:
        """Its facts; the identity needs the checkpoint's sha256, computed at most once."""
        return describe(self._name, self.config, self._fingerprint.get(), self._frames)

    @property
    def device(self) -> str:
        """What it runs on, for people and records."""
        return self._clips.get().label if self._clips.made else inference.device_label(self._device)

    @property
    def precision(self) -> str:
        """Arithmetic of the clips' products: 'float32' or 'bfloat16'."""
        return self._clips.get().precision if self._clips.made else self._weights

    def knows(self, text: str) -> Knows:  # noqa: ARG002 - the protocol's
        """It was trained on captions of all kinds: any English text may be asked."""
        return "yes"

    def embed_clips(self, frames: Frames, *, normalize: bool = True) -> NDArray[np.float32]:
        """Embeds clips -> (B, D) float32, unit length if `normalize`.

        Raises:
            EncoderError: the frames have another shape or type, the model has no embedding, or its answer is
                no number.
        """
        return self._embedded(frames, lambda pooled: pooled.clips, (), normalize)

    def embed_frames(self, frames: Frames, *, normalize: bool = True) -> NDArray[np.float32]:
        """Embeds each frame of clips, as part of its clip -> (B, T, D) float32, unit length if `normalize`.

        They come from the pass that `embed_clips` makes (section 3.3).

        Raises:
            EncoderError: the frames have another shape or type, the model has no embedding, or its answer is
                no number.
        """
        return self._embedded(frames, lambda pooled: pooled.frames, np.shape(frames)[1:2], normalize)

    def embed_texts(self, texts: list[str], *, normalize: bool = True) -> NDArray[np.float32]:
        """Embeds texts -> (B, D) float32, unit length if `normalize`; what is beyond 64 pieces is cut.

        Raises:
            TokenizerMissing: there is no tokenizer.
            QueryError: a text is empty.
            EncoderError: it is no list of texts, or the model has no text encoder.
        """
        self._needs_text()
        texts = texts_of(texts)
        if not texts:
            return np.zeros((0, self.config.model_dim), np.float32)
        encoded = self._tokenizer.get().encode(texts, MAX_LENGTH)
        return self.embed_token_ids(encoded.ids, encoded.paddings, normalize=normalize)

    def embed_token_ids(
        self, ids: NDArray[np.int32], paddings: NDArray[np.float32], *, normalize: bool = True
    ) -> NDArray[np.float32]:
        """Embeds token ids: (B, L) int32, (B, L) float32, 1 where padded -> (B, D) float32.

        Raises:
            EncoderError: shapes do not fit, an id is outside the vocabulary, or there is no text encoder.
        """
        self._needs_text()
        ids, paddings = token_ids_of(ids, paddings, self.config.vocabulary_size)
        if not len(ids):
            return np.zeros((0, self.config.model_dim), np.float32)
        found = finite(self._text.get().embed(ids, paddings))
        return inference.unit(found) if normalize else found

    def too_long(self, text: str) -> str | None:
        """What to tell a person about a text that will be cut; None about one that will not."""
        return self._tokenizer.get().too_long(text)

    def clip_tokens(self, frames: Frames, paddings: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
        """Spatiotemporal tokens, after the temporal encoder (section 3.1).

        Args:
            frames: (B, T, H, W, 3).
            paddings: (B, T), 1 for a frame that is not there, else 0; None for none.

        Returns:
            (B, T * N, D) float32.

        Raises:
            EncoderError: the frames or paddings have another shape or type.
        """
        self._check(frames)
        given = None if paddings is None else paddings_of(paddings, frames.shape[:2])
        return self._tokens(frames, lambda: self._video.get().clip_tokens(frames, given))

    def spatial_tokens(self, frames: Frames) -> NDArray[np.float32]:
        """Tokens of each frame alone, before the temporal encoder -> (B, T * N, D) float32.

        Raises:
            EncoderError: the frames have another shape or type.
        """
        self._check(frames)
        return self._tokens(frames, lambda: self._video.get().spatial_tokens(frames))

    def _tokens(self, frames: Frames, run: Callable[[], NDArray[np.float32]]) -> NDArray[np.float32]:
        if not len(frames):
            return np.zeros((0, self._patches(frames), self.config.model_dim), np.float32)
        return run().reshape(len(frames), self._patches(frames), self.config.model_dim)

    def _patches(self, frames: Frames) -> int:
        side = self.config.patch_size
        return int(frames.shape[1] * (frames.shape[2] // side) * (frames.shape[3] // side))

    def _embedded(
        self, frames: Frames, of: Callable[[Any], NDArray[np.float32]], more: tuple[int, ...], normalize: bool
    ) -> NDArray[np.float32]:
        if not self.config.has_text:
            raise EncoderError(
                f"{self._name} gives tokens of a video, but no embedding to search by.",
                hint="Use clip_tokens, or a video-text model such as videoprism_lvt_public_v1_base.",
            )
        self._check(frames)
        if not len(frames):
            return np.zeros((0, *more, self.config.model_dim), np.float32)
        found = finite(of(self._clips.get().pooled(frames)))
        return inference.unit(found) if normalize else found

    def _check(self, frames: Frames) -> None:
        check_frames(frames, self.config.patch_size)

    def _needs_text(self) -> None:
        if not self.config.has_text:
            raise EncoderError(
                f"{self._name} understands no texts.",
                hint="Use a video-text model such as videoprism_lvt_public_v1_base.",
            )


def no_tokenizer(name: str) -> Tokenizer:
    """What stands in for a tokenizer that was not given.

    Raises:
        TokenizerMissing: always.
    """
    raise TokenizerMissing(
        f"{name} cannot understand texts without its tokenizer.",
        hint=f"Get it with: vporganizer models fetch {name}",
    )


def digest(entries: Entries) -> str:
    """A sha256 of arrays that come from no file: their names, shapes and numbers."""
    found = hashlib.sha256()
    for name in sorted(entries):
        array = np.ascontiguousarray(entries[name], np.float32)
        found.update(f"{name} {array.shape};".encode())
        found.update(array.data)
    return found.hexdigest()
