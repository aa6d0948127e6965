"""What a model takes and gives; what is not right is refused in a sentence. Loads no JAX."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vporganizer.errors import EncoderError


def check_frames(frames: Any, patch_size: int) -> None:
    """Refuses what is no batch of clips that the model can take.

    Raises:
        EncoderError: the frames have another shape or type, or sides that are no multiple of a patch.
    """
    if not isinstance(frames, np.ndarray) or isinstance(frames, np.ma.MaskedArray):
        raise EncoderError(f"Frames must be a numpy array, not {type(frames).__name__}.")
    if frames.ndim != 5 or frames.shape[-1] != 3 or 0 in frames.shape[1:]:
        raise EncoderError(f"Frames must be (B, T, H, W, 3), not {frames.shape}.")
    if frames.dtype not in (np.uint8, np.float32):
        raise EncoderError(f"Frames must be uint8, or float32 in [0, 1], not {frames.dtype}.")
    height, width = frames.shape[2:4]
    if height % patch_size or width % patch_size:
        raise EncoderError(
            f"Frames of {width} x {height} pixels cannot be cut into patches of {patch_size}.",
            hint=f"Resize them to multiples of {patch_size}, such as {16 * patch_size} x {16 * patch_size}.",
        )


def paddings_of(given: Any, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Paddings as float32, 1 where there is nothing and else 0.

    Raises:
        EncoderError: their shape is not `shape`, or one is neither 0 nor 1.
    """
    paddings = _array(given, "Paddings")
    if paddings.shape != shape:
        raise EncoderError(f"Paddings must be {shape}, not {paddings.shape}.")
    if paddings.dtype.kind not in "biuf" or not np.isin(paddings, (0, 1)).all():
        raise EncoderError("Paddings must be 0, or 1 where there is nothing.")
    return paddings.astype(np.float32)


def token_ids_of(
    ids: Any, paddings: Any, vocabulary_size: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Token ids and their paddings, (B, L); where L is 0, one padded token stands for none.

    Raises:
        EncoderError: shapes do not fit, or an id is no whole number or outside the vocabulary.
    """
    found, padded = _array(ids, "Token ids"), _array(paddings, "Paddings")
    if found.ndim != 2 or found.shape != padded.shape:
        raise EncoderError(f"Token ids and paddings must both be (B, L), not {found.shape}, {padded.shape}.")
    checked = paddings_of(padded, found.shape)
    if not found.size:
        return np.zeros((len(found), 1), np.int32), np.ones((len(found), 1), np.float32)
    if found.dtype.kind not in "iu":
        raise EncoderError(f"Token ids must be whole numbers, not {found.dtype}.")
    if found.min() < 0 or found.max() >= vocabulary_size:
        raise EncoderError(
            f"Token ids must lie in 0 to {vocabulary_size - 1}.",
            hint="Use the tokenizer that was published with the model.",
        )
    return found.astype(np.int32), checked


def texts_of(given: Any) -> list[str]:
    """Texts as a list; one text alone would else be taken for its letters.

    Raises:
        EncoderError: it is no list of texts.
    """
    several = np.iterable(given) and not isinstance(given, (str, bytes))
    texts = list(given) if several else []
    if not several or not all(isinstance(text, str) for text in texts):
        raise EncoderError(f"Texts must be a list of strings, not {type(given).__name__}.",
                           hint='For example: ["a dog jumping into a lake"]')  # fmt: skip
    return texts


def finite(found: NDArray[np.float32]) -> NDArray[np.float32]:
    """The embeddings themselves: one that is no number must not be stored, nor scaled to a vector of zeros.

    Raises:
        EncoderError: one is not finite.
    """
    if not np.isfinite(found).all():
        raise EncoderError(
            "The model's answer is not a finite number.",
            hint="See that frames are numbers in [0, 1], and check the weights: vporganizer models verify",
        )
    return found


def _array(given: Any, what: str) -> NDArray[Any]:
    try:
        return np.asarray(given)
    except ValueError as error:
        raise EncoderError(f"{what} must have rows of one length.") from error
