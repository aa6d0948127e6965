"""Labelled photographs turned into clips, and how well texts find them: shared by the starter's benchmarks.

PHOTOS_DIR holds `labels.jsonl` (a line: `{"file": "1.jpg", "names": ["crow"], "group": "animals/birds"}`)
and the pictures: in `white/` the thing is on a plain ground, in `cluttered/` smaller and on a busy one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

KINDS = ("white", "cluttered")
SHAPE = (224, 398)
_LEAST_WINDOW = 0.75


@dataclass(frozen=True, slots=True)
class Photo:
    """One picture, the texts that describe it, and its broad subject, such as animals."""

    path: Path
    names: tuple[str, ...]
    subject: str


def photos(folder: Path, kind: str) -> list[Photo]:
    """The labelled pictures of one kind."""
    lines = (folder / "labels.jsonl").read_text().splitlines()
    return [
        Photo(folder / kind / entry["file"], tuple(entry["names"]), entry["group"].split("/")[0])
        for entry in map(json.loads, lines)
    ]


def pan(path: Path, times: NDArray[np.float64]) -> NDArray[np.uint8]:
    """A 16:9 window of changing size moves over a picture: (T, 224, 398, 3) uint8 at `times` from 0 to 1.

    Where it starts and ends is random, but the same in each run. The thing may be out of sight for a while.
    """
    picture = Image.open(path).convert("RGB")
    rng = np.random.default_rng(list(path.name.encode()))
    (width0, x0, y0), (width1, x1, y1) = (rng.random(3) for _ in range(2))
    frames = []
    for t in times:
        x, y = (1 - t) * x0 + t * x1, (1 - t) * y0 + t * y1
        share = _LEAST_WINDOW + (1 - _LEAST_WINDOW) * ((1 - t) * width0 + t * width1)
        wide = picture.width * share
        high = min(wide * SHAPE[0] / SHAPE[1], picture.height)
        left, top = x * (picture.width - wide), y * (picture.height - high)
        box = (left, top, left + wide, top + high)
        frames.append(np.asarray(picture.resize(SHAPE[::-1], Image.Resampling.BICUBIC, box)))
    return np.stack(frames)


def evenly(count: int) -> NDArray[np.float64]:
    """The middles of `count` equal parts of 0 to 1."""
    return (np.arange(count) + 0.5) / count


def relevance(texts: list[str], clips: list[Photo]) -> NDArray[np.bool_]:
    """(texts, clips): whether a text is one of a clip's names."""
    return np.array([[text in clip.names for clip in clips] for text in texts])


def ranking_quality(scores: NDArray[np.float32], right: NDArray[np.bool_]) -> dict[str, float]:
    """Mean average precision and the share of texts with a right clip among the first 1, 5, 10."""
    order = np.argsort(-scores, axis=1, kind="stable")
    ranked = np.take_along_axis(right, order, axis=1)
    precision = np.cumsum(ranked, axis=1) / np.arange(1, ranked.shape[1] + 1)
    average = (precision * ranked).sum(axis=1) / ranked.sum(axis=1)
    hits = {f"hit@{k}": float(ranked[:, :k].any(axis=1).mean()) for k in (1, 5, 10)}
    return {"mAP": float(average.mean()), **hits}
