"""How much memory a scan takes, summed over its processes (PSS, so that shared pages count once).

    python tests/benchmarks/bench_memory.py

Scans by the command line: many small files, 4K files, an 8K file; prints the peak of each. Linux only.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import psutil
from helpers.photos import photo
from helpers.videos import Shot, make_video, pan


def peak_of(command: list[str]) -> tuple[float, float]:
    """Runs a command -> (peak PSS of it and its children in MB, seconds)."""
    began = time.monotonic()
    process = psutil.Popen(command, stderr=subprocess.DEVNULL)
    peak = 0
    while process.poll() is None:
        total = 0
        for one in [process, *process.children(recursive=True)]:
            try:
                total += one.memory_full_info().pss
            except psutil.Error:
                continue
        peak = max(peak, total)
        time.sleep(0.1)
    assert process.returncode == 0
    return peak / 1e6, time.monotonic() - began


def main() -> None:
    """Prints the figures."""
    kinds = (
        ("400 small files", 400, (320, 180), 2),
        ("3 files of 4K", 3, (3840, 2160), 12),
        ("1 file of 8K", 1, (7680, 4320), 5),
    )
    for title, count, size, seconds in kinds:
        with tempfile.TemporaryDirectory() as folder:
            videos = Path(folder, "videos")
            videos.mkdir()
            first = make_video(
                videos / "0.mp4", [Shot(seconds, pan(photo("coffee.png")))], size=size, fps=30, gop=60,
                options={"preset": "ultrafast", "bframes": "3", "refs": "4"},
            )  # fmt: skip
            for number in range(1, count):  # a byte at the end makes each a video of its own
                (videos / f"{number}.mp4").write_bytes(first.read_bytes() + number.to_bytes(4, "big"))
            command = [
                sys.executable,
                "-P",
                "-m",
                "vporganizer",
                "--library",
                f"{folder}/library",
                "scan",
                str(videos),
            ]
            peak, took = peak_of(command)
            print(f"{title}: peak {peak:.0f} MB, {took:.0f} s")


if __name__ == "__main__":
    main()
