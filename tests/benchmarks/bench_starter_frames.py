"""How many frames of a clip, and which squares of them, should the starter look at?

    python tests/benchmarks/bench_starter_frames.py PHOTOS_DIR

Pans over labelled photographs stand in for clips of 8 seconds; every text that describes a photograph is
searched among all clips of its kind. Prints retrieval and speed (of the network alone).
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from starter_photos import KINDS, evenly, pan, photos, ranking_quality, relevance

from vporganizer.encoder import starter
from vporganizer.encoder.starter.frames import Place, cut_square

PLACES: tuple[Place, ...] = ("left", "centre", "right")
GRID = 8
FRAMES = {1: [4], 2: [2, 6], 4: [1, 3, 5, 7], 8: list(range(8))}
CENTRE, BOTH, ALL, CYCLE = "centre", "left and right", "all three", "left, centre, right, centre"
PATTERNS: dict[str, list[tuple[int, ...]]] = {
    CENTRE: [(1,)],
    BOTH: [(0, 2)],
    ALL: [(0, 1, 2)],
    CYCLE: [(0,), (1,), (2,), (1,)],
}


def chosen(frames: list[int], pattern: str) -> list[tuple[int, int]]:
    """(frame, square) pairs that a pattern looks at."""
    cycle = PATTERNS[pattern]
    return [(frame, square) for i, frame in enumerate(frames) for square in cycle[i % len(cycle)]]


def main(folder: Path) -> None:
    encoder = starter.load(device="cpu")
    images, space = encoder._images.get(), encoder._space.get()
    logits: dict[str, NDArray[np.float32]] = {}
    for kind in KINDS:
        clips = [pan(photo.path, evenly(GRID)) for photo in photos(folder, kind)]
        squares = [cut_square(frame, place) for clip in clips for frame in clip for place in PLACES]
        logits[kind] = images.logits(np.stack(squares)).reshape(len(clips), GRID, len(PLACES), -1)
    texts = sorted({name for photo in photos(folder, KINDS[0]) for name in photo.names})
    queries = encoder.embed_texts(texts)
    print(f"{len(texts)} texts, {len(logits['white'])} clips of each kind")
    found = ["mAP", "hit@1", "hit@5"]
    columns = ["frames", "squares", "looked at", *found, *(f"cluttered {one}" for one in found), "clips/s"]
    print(f"| {' | '.join(columns)} |")
    print("| --- " * len(columns) + "|")
    for count, frames in FRAMES.items():
        for pattern in (CENTRE, BOTH, ALL, CYCLE):
            pairs = chosen(frames, pattern)
            if (pattern == CYCLE and count < len(PATTERNS[CYCLE])) or len(pairs) > GRID:
                continue
            cells = []
            for kind in KINDS:
                seen = np.stack([logits[kind][:, frame, square] for frame, square in pairs], axis=1)
                right = relevance(texts, photos(folder, kind))
                quality = ranking_quality(queries @ space.clip_vectors(seen).T, right)
                cells += [f"{quality['mAP']:.3f}", f"{quality['hit@1']:.2f}", f"{quality['hit@5']:.2f}"]
            batch = np.zeros((8 * len(pairs), 224, 224, 3), np.uint8)
            rate = max(8 / timed(images, batch) for _ in range(3))
            print(f"| {count} | {pattern} | {len(pairs)} | {' | '.join(cells)} | {rate:.0f} |", flush=True)


def timed(images: object, batch: NDArray[np.uint8]) -> float:
    """Seconds that the network takes for a batch."""
    began = time.perf_counter()
    images.logits(batch)
    return time.perf_counter() - began


if __name__ == "__main__":
    main(Path(sys.argv[1]))
