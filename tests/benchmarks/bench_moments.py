"""Are the moments found the shots that a person sees?

    python tests/benchmarks/bench_moments.py PHOTOS_DIR

PHOTOS_DIR holds `labels.jsonl` (file, names) and the folders white/ and cluttered/. Makes films of five
shots of 4 s, pans over its photos, with key frames 0.5 to 10 s apart; scans them by the command line;
asks for every photo by its first name. Of the texts that quick search knows and whose film is among the
hits, prints the share whose best hit in that film overlaps its shot by at least half (intersection over
union), and the share of texts whose film comes first and among the first ten.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
from helpers.videos import Shot, make_video, pan
from PIL import Image

import vporganizer

KEY_FRAMES = (0.5, 1, 2, 5, 10)
FPS = 25
SHOT = 4.0


def films(photos: Path, target: Path, kind: str, seed: int) -> list[tuple[str, str, float]]:
    """Makes the films -> (file, text, where its shot starts)."""
    rng = random.Random(seed)
    labels = [json.loads(line) for line in (photos / "labels.jsonl").read_text().splitlines()]
    rng.shuffle(labels)
    wanted = []
    for number in range(len(labels) // 5):
        five = labels[5 * number : 5 * number + 5]
        shots = []
        for one in five:
            where = kind if kind != "mixed" else rng.choice(("white", "cluttered"))
            picture = np.asarray(Image.open(photos / where / one["file"]).convert("RGB"))
            towards = (rng.uniform(-1, 1), rng.uniform(-1, 1))
            shots.append(Shot(SHOT, pan(picture, towards=towards, zoom_by=rng.choice((0, 0.15)))))
        gop = int(KEY_FRAMES[number % len(KEY_FRAMES)] * FPS)
        options = (
            {"preset": "veryfast"} if rng.random() < 0.5 else {"preset": "veryfast", "sc_threshold": "0"}
        )
        name = f"{kind}-{number}-gop{gop}.mp4"
        make_video(target / name, shots, fps=FPS, size=(640, 480), gop=gop, options=options)
        wanted += [(name, one["names"][0], SHOT * place) for place, one in enumerate(five)]
    return wanted


def overlap(start: float, end: float, shot: float) -> float:
    """Intersection over union of a moment with a shot."""
    shared = max(0.0, min(end, shot + SHOT) - max(start, shot))
    return shared / (max(end, shot + SHOT) - min(start, shot))


def main(photos: Path) -> None:
    """Prints the figures."""
    for kind in ("white", "cluttered", "mixed"):
        with tempfile.TemporaryDirectory() as folder:
            videos = Path(folder, "videos")
            videos.mkdir()
            wanted = films(photos, videos, kind, seed=len(kind))
            program = [sys.executable, "-P", "-m", "vporganizer", "--library", f"{folder}/library"]
            subprocess.run([*program, "scan", str(videos)], check=True, capture_output=True)
            print(f"{kind}: {report(Path(folder, 'library'), wanted)}", flush=True)


def report(library_folder: Path, wanted: list[tuple[str, str, float]]) -> str:
    """Asks for everything -> the figures as text."""
    known = found = first = counted = exact = 0
    with vporganizer.open_library(library_folder) as library:
        windows: dict[str, list[tuple[float, float]]] = {}
        for row in library.export_rows():
            windows.setdefault(Path(row["path"]).name, []).append((row["start"], row["end"]))
        for name, _, shot in wanted:
            exact += max(overlap(*span, shot) for span in windows[name]) >= 0.5
        for name, text, shot in wanted:
            hits = library.search(text, limit=10)
            known += hits.knows != "no"
            own = [hit for hit in hits if hit.name == name]
            first += bool(hits) and hits[0].name == name
            if own:
                found += 1
                counted += overlap(own[0].start, own[0].end, shot) >= 0.5
    return (
        f"{exact / len(wanted):.1%} of {len(wanted)} shots have a window of their own; {known} texts known; "
        f"film first {first / known:.0%}, in ten {found / known:.0%}; "
        f"of those, moment right {counted / found:.1%}"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
