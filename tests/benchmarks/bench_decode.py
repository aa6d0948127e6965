"""How fast the decode pass is: 1080p H.264 at 30 fps, shots of 8 s on average.

    python tests/benchmarks/bench_decode.py [PHOTOS] [--keep FOLDER] [--repeat N]

PHOTOS is a folder of pictures to pan over; without it pictures are made up. Compares with plain
decoding of every frame by PyAV (thread_type AUTO) in the same run, taking the best of N rounds.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from helpers.videos import Shot, make_video, pan

from vporganizer.media.child import DecodeChild
from vporganizer.media.records import Analyse, Window

SHOT_SECONDS = (6.3, 9.1, 8.4, 5.7, 10.2, 8.3)


def pictures(folder: Path | None) -> list[np.ndarray]:
    if folder is not None:
        found = sorted(folder.glob("*.jpg"))[:: max(1, len(list(folder.glob("*.jpg"))) // len(SHOT_SECONDS))]
        return [
            np.asarray(Image.open(path).convert("RGB").resize((2400, 2400), Image.Resampling.BICUBIC))
            for path in found[: len(SHOT_SECONDS)]
        ]
    made = []
    for seed in range(len(SHOT_SECONDS)):
        rng = np.random.default_rng(seed)
        blobs = Image.fromarray(rng.integers(0, 256, (40, 64, 3)).astype(np.uint8))
        smooth = np.asarray(blobs.resize((2400, 1500), Image.Resampling.BICUBIC))
        made.append(np.clip(smooth + rng.normal(0, 4, (1500, 2400, 1)), 0, 255).astype(np.uint8))
    return made


def make(path: Path, gop: int, folder: Path | None) -> None:
    if path.exists():
        return
    shots = [
        Shot(seconds, pan(picture, zoom=1.15, towards=(1.0, 0.4)))
        for seconds, picture in zip(SHOT_SECONDS, pictures(folder), strict=True)
    ]
    options = {"preset": "medium", "sc_threshold": "0"}
    make_video(path, shots, size=(1920, 1080), gop=gop, options=options)


def plain(path: Path) -> int:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        return sum(1 for _ in container.decode(stream))


def best(action: Callable[[], object], repeat: int) -> float:
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("photos", type=Path, nargs="?")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    seconds = sum(SHOT_SECONDS)
    with tempfile.TemporaryDirectory() as temporary, DecodeChild() as child:
        folder = options.keep or Path(temporary)
        folder.mkdir(exist_ok=True)
        child.start()
        for key_seconds in (1, 2, 10):
            path = folder / f"key-{key_seconds}.mp4"
            make(path, 30 * key_seconds, options.photos)

            def analysed(path: Path = path) -> list[Window]:
                request = Analyse(os.fsencode(path), num_frames=4, short_side=224)
                return [answer for answer in child.run(request) if isinstance(answer, Window)]

            cuts = sum(window.after_cut for window in analysed()) - 1
            full, ours = best(lambda path=path: plain(path), options.repeat), best(analysed, options.repeat)
            print(
                f"key frame each {key_seconds:2} s, {path.stat().st_size * 8e-6 / seconds:4.1f} Mbit/s: "
                f"{seconds / ours:6.1f} x real time; plain decoding {seconds / full:5.1f} x; "
                f"ratio {full / ours:5.2f}; {cuts} of {len(SHOT_SECONDS) - 1} cuts"
            )


if __name__ == "__main__":
    main()
