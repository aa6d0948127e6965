"""From which cosine on does a match of the starter deserve to be called strong, fair, weak?

    python tests/benchmarks/bench_starter_limits.py PHOTOS_DIR

Pans over labelled photographs stand in for clips. Prints, for texts that the starter knows at least partly,
how right and wrong (text, clip) pairs score, and how often the best clip of a library of 100 would be called
a match though none of them shows what was asked for: among all clips (a hard case, since many show its
relatives), and among clips of other subjects alone.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from starter_photos import KINDS, Photo, evenly, pan, photos, relevance

from vporganizer.encoder import catalog, starter

LIBRARY = 100
DRAWS = 20
CLIP_CUTS = tuple(np.arange(0.28, 0.92, 0.08).round(2))
CUTS = tuple(np.arange(0.12, 0.64, 0.04).round(2))


def main(folder: Path) -> None:
    encoder = starter.load(device="cpu")
    clips = [photo for kind in KINDS for photo in photos(folder, kind)]
    times = evenly(encoder.info.num_frames)
    vectors = encoder.embed_clips(np.stack([pan(clip.path, times) for clip in clips]))
    texts = sorted({name for clip in clips for name in clip.names})
    for wanted in ("yes", "partly"):
        known = [text for text in texts if encoder.knows(text) == wanted]
        scores = encoder.embed_texts(known) @ vectors.T
        right = relevance(known, clips)
        report(f"{len(known)} texts known: {wanted}", scores, right, right | same_subject(right, clips))
    unknown = sum(encoder.knows(text) == "no" for text in texts)
    print(f"\n{unknown} texts are not known, so nothing is called a match for them.")
    report_pairs(vectors, clips)
    for by_example in (False, True):
        limits = catalog.match_limits("starter", by_example=by_example)
        what = "two clips" if by_example else "a text and a clip"
        print(f"In use for {what}: strong {limits.strong}, fair {limits.fair}, weak {limits.weak}")


def same_subject(right: NDArray[np.bool_], clips: list[Photo]) -> NDArray[np.bool_]:
    """(texts, clips): whether a clip shares its broad subject with a right one."""
    subjects = np.array([clip.subject for clip in clips])
    return np.array([np.isin(subjects, subjects[row]) for row in right])


def report(
    title: str, scores: NDArray[np.float32], right: NDArray[np.bool_], related: NDArray[np.bool_]
) -> None:
    """Prints one table: shares above each cut."""
    columns = {
        "right pairs": scores[right],
        "wrong pairs": scores[~right],
        "best right clip of a text": np.where(right, scores, -1).max(axis=1),
        "best of 100 wrong clips": best_of_library(scores, ~right),
        "best of 100 clips of other subjects": best_of_library(scores, ~related),
    }
    print(f"\n{title}; {right.sum()} right and {(~right).sum()} wrong pairs")
    print(f"| cosine at least | {' | '.join(columns)} |")
    print("| --- " * (len(columns) + 1) + "|")
    for cut in CUTS:
        shares = " | ".join(f"{float(np.mean(values >= cut)):.1%}" for values in columns.values())
        print(f"| {cut:.2f} | {shares} |")


def report_pairs(vectors: NDArray[np.float32], clips: list[Photo]) -> None:
    """Prints how two clips score."""
    scores = vectors @ vectors.T
    alike = np.array([[bool(set(one.names) & set(other.names)) for other in clips] for one in clips])
    related = same_subject(np.eye(len(clips), dtype=bool), clips)
    columns = {
        "of the same thing": scores[alike & ~np.eye(len(clips), dtype=bool)],
        "of the same subject": scores[related & ~alike],
        "of other subjects": scores[~related],
    }
    print("\nPairs of clips")
    print(f"| cosine at least | {' | '.join(columns)} |")
    print("| --- " * (len(columns) + 1) + "|")
    for cut in CLIP_CUTS:
        print(f"| {cut:.2f} | {' | '.join(f'{np.mean(of >= cut):.1%}' for of in columns.values())} |")
    print()


def best_of_library(scores: NDArray[np.float32], allowed: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The best score in libraries of (at most) 100 of the allowed clips, several draws for each text."""
    rng = np.random.default_rng(0)
    best = []
    for row, fits in zip(scores, allowed, strict=True):
        found = row[fits]
        size = min(LIBRARY, len(found))
        best += [rng.choice(found, size, replace=False).max() for _ in range(DRAWS)]
    return np.array(best)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
