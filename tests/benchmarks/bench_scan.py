"""How fast a scan is, end to end, and what share of it is decoding.

    python tests/benchmarks/bench_scan.py [SECONDS]

Makes two films of SECONDS (120 by default), 1080p H.264 at 30 fps, pans over photographs in shots of 8 s
on average, one with a key frame each second and one with a key frame each 10 s. Prints for each: scanning
speed in times real time; plain full decoding by PyAV in the same run and the ratio to it; the decode pass
alone, and so what share of the scan it is.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import av
from helpers.photos import photo
from helpers.videos import Shot, make_video, pan

import vporganizer
from vporganizer.media.child import DecodeChild
from vporganizer.media.records import Analyse

PHOTOS = ["rocket.jpg", "coffee.png", "astronaut.png", "chelsea.png", "camera.png", "retina.jpg", "moon.png"]
LENGTHS = (6, 8, 10, 7, 9)


def make(folder: Path, seconds: int, gop: int) -> Path:
    """A film, made once."""
    path = folder / f"film-{seconds}s-gop{gop}.mp4"
    if not path.exists():
        shots, at = [], 0
        while at < seconds:
            length = min(LENGTHS[len(shots) % len(LENGTHS)], seconds - at)
            shots.append(Shot(length, pan(photo(PHOTOS[len(shots) % len(PHOTOS)]))))
            at += length
        options = {"preset": "superfast", "sc_threshold": "0", "keyint_min": str(gop)}
        make_video(path, shots, size=(1920, 1080), gop=gop, options=options)
    return path


def plain_decoding(path: Path) -> float:
    """Seconds that PyAV takes to decode every frame."""
    began = time.perf_counter()
    with av.open(str(path)) as container:
        container.streams.video[0].thread_type = "AUTO"
        for _ in container.decode(video=0):
            pass
    return time.perf_counter() - began


def decode_pass(path: Path, frames: int) -> float:
    """Seconds that the decode pass of a scan takes by itself."""
    child = DecodeChild()
    for _ in child.run(Analyse(os.fsencode(path), frames, 224)):
        break  # starts the process
    began = time.perf_counter()
    for _ in child.run(Analyse(os.fsencode(path), frames, 224)):
        pass
    child.close()
    return time.perf_counter() - began


def scan(path: Path) -> float:
    """Seconds that a scan of one file takes in a running program, models loaded."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder, vporganizer.open_library(folder) as library:
        library.scan([warm(Path(folder))])
        videos = Path(folder, "videos")
        videos.mkdir()
        os.link(path, videos / path.name)
        began = time.perf_counter()
        report = library.scan([videos])
        assert report.indexed == 1, report
        return time.perf_counter() - began


def warm(folder: Path) -> Path:
    """A folder with one short film, so that models are loaded and programs compiled before the clock runs."""
    videos = folder / "warm"
    videos.mkdir()
    make_video(videos / "warm.mp4", [Shot(4, pan(photo("coffee.png")))])
    return videos


def main(seconds: int) -> None:
    """Prints the figures."""
    from vporganizer.encoder import catalog

    frames = catalog.info("starter").num_frames
    folder = Path(tempfile.gettempdir(), "vporganizer-bench")
    folder.mkdir(exist_ok=True)
    print(f"{os.cpu_count()} cores; {seconds} s of 1080p H.264 at 30 fps, shots of 8 s on average")
    for gop in (30, 300):
        path = make(folder, seconds, gop)
        plain, alone, whole = [], [], []
        for _ in range(3):
            plain.append(plain_decoding(path))
            alone.append(decode_pass(path, frames))
            whole.append(scan(path))
        p, a, w = (sorted(times)[1] for times in (plain, alone, whole))
        print(
            f"key frame each {gop / 30:.0f} s: scan {seconds / w:.1f} x real time; "
            f"plain decoding {seconds / p:.1f} x; scan/plain {p / w:.2f}; "
            f"decode pass alone {seconds / a:.1f} x, {a / w:.0%} of the scan's time"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 120)
