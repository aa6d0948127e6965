"""How long indexing would take: clips that are pending, times what one real clip takes here."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vporganizer.app.decoder import SharedDecoder
from vporganizer.app.folders import parts
from vporganizer.encoder import catalog
from vporganizer.encoder.protocol import ClipEncoder, EncoderInfo
from vporganizer.errors import CheckpointMissing, MediaError
from vporganizer.indexing.encoding import BATCH_FRAMES
from vporganizer.indexing.workload import expected_clips
from vporganizer.library.clips import encoders, pending, unembedded
from vporganizer.library.library import Library
from vporganizer.library.overview import Pace, pace
from vporganizer.library.records import Pending
from vporganizer.media.records import SampleWindows, TimeSpan, Window

log = logging.getLogger(__name__)

SHORT_SIDE = 224
_TRIES = 5  # files that may be unreadable before the measurement is made without a real clip
_QUICK = 1.0  # seconds: what takes less is measured three times


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a scan would have to do.

    Attributes:
        videos: videos with something to do.
        clips: clips to embed; a guess for videos that were never cut into windows.
        seconds: how long that takes.
        per_clip: seconds for one clip, measured on this machine; 0 if there is nothing to do.
        device: what it was measured on; empty if there is nothing to do.
    """

    videos: int
    clips: int
    seconds: float
    per_clip: float
    device: str = ""


def estimate(
    library: Library, encoder: str, load: Callable[[], ClipEncoder], folders: Sequence[bytes] = (),
    newer_than: float | None = None, *, decoder: SharedDecoder | None = None,
    measured: Estimate | None = None,
) -> Estimate:  # fmt: skip
    """Says how long indexing what is pending would take, without indexing it.

    Args:
        library: the library; only files that it knows are counted.
        encoder: name of the encoder.
        load: opens it.
        folders: only videos in these; all if there are none.
        newer_than: only videos recorded later, in Unix seconds.
        decoder: reads the clip; one of its own by default.
        measured: an estimate of the same encoder, whose measurement holds here too.

    Raises:
        CheckpointMissing: the model is not installed.
    """
    if (problem := catalog.missing(encoder)) is not None:
        raise CheckpointMissing(problem)
    info = catalog.info(encoder)
    encoder_id = next((row.id for row in encoders(library.db) if row.identity == info.identity), 0)
    found = pending(library.db, encoder_id, parts=parts(library, folders), newer_than=newer_than)
    if not found:
        return Estimate(0, 0, 0.0, 0.0)
    usual = pace(library.db)
    known = [len(unembedded(library.db, one.content_id, encoder_id)) for one in found]
    # What has anything to do has at least one clip, however small its file is.
    guesses = (expected_clips(one, count, usual) for one, count in zip(found, known, strict=True))
    clips = round(sum(max(1.0, guess) for guess in guesses))
    if measured is not None and measured.videos:
        per_clip, device = measured.per_clip, measured.device
    else:
        per_clip, device = _measure(load(), found, usual, decoder)
    return Estimate(len(found), clips, clips * per_clip, per_clip, device)


def _measure(
    encoder: ClipEncoder, found: Sequence[Pending], usual: Pace, decoder: SharedDecoder | None
) -> tuple[float, str]:
    """Seconds that one clip takes from its file to its vector, and the device."""
    own = decoder or SharedDecoder()
    try:
        frames, reading = _one_clip(encoder.info, found, usual, own)
    finally:
        if decoder is None:
            own.close()
    count = max(1, BATCH_FRAMES // encoder.info.num_frames)  # as a scan does
    batch = np.stack([frames] * count)
    encoder.embed_clips(batch)  # compiles
    embedding = next(taken := _timings(encoder, batch))
    if embedding < _QUICK:
        embedding = sorted([embedding, next(taken), next(taken)])[1]
    # On a GPU clips are read while others are embedded; on a CPU both want the same cores.
    per_clip = embedding / count
    both = per_clip + reading if encoder.device.startswith("cpu") else max(per_clip, reading)
    return both, encoder.device


def _timings(encoder: ClipEncoder, batch: NDArray[np.uint8]) -> Iterator[float]:
    while True:
        began = time.perf_counter()
        encoder.embed_clips(batch)
        yield time.perf_counter() - began


def _one_clip(
    info: EncoderInfo, found: Sequence[Pending], usual: Pace, decoder: SharedDecoder
) -> tuple[NDArray[np.uint8], float]:
    """Frames of a clip, (T, H, W, 3), and the seconds that reading them took."""
    side = info.frame_size
    size = (side, side) if side is not None else None
    for one in found[:_TRIES]:
        spans = tuple(
            TimeSpan(n * usual.window_seconds, (n + 1) * usual.window_seconds)
            for n in range(2)
            if not n or (one.duration or 0) > 2 * usual.window_seconds
        )
        request = SampleWindows(one.path, spans, info.num_frames, SHORT_SIDE, size, info.needs_exact_times)
        frames, marks = None, []
        try:
            began = time.perf_counter()
            for answer in decoder.run(request):
                if isinstance(answer, Window):
                    frames = answer.frames
                    marks.append(time.perf_counter() - began)
        except MediaError as error:
            log.info("nothing of %r was measured: %s", one.path, error)
        if frames is not None:
            # The first includes starting the child and opening the file.
            return frames, marks[-1] - marks[0] if len(marks) > 1 else marks[0]
    side = side or SHORT_SIDE
    return np.zeros((info.num_frames, side, side, 3), np.uint8), 0.0
