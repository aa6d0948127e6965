"""How long a person waits: --help, a search from a cold process and in a running one, on 100,000 clips.

    python tests/benchmarks/bench_start.py [CLIPS]

The library is filled with clustered vectors in the encoder's space. 'Cold' is a new process with the
operating system's file cache and JAX's cache of compiled programs warm: the median of five.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

import vporganizer
from vporganizer.encoder import catalog
from vporganizer.library.clips import ensure_encoder, finish_windows, store_windows
from vporganizer.library.folders import add_folder, ensure_volume
from vporganizer.library.library import Library
from vporganizer.library.records import NewClip, Stamp
from vporganizer.library.videos import add_video, create_content

QUERIES = (
    "a dog",
    "red guitar",
    "cup of coffee",
    "mountain bike",
    "old car",
    "a cat on a sofa",
    "piano",
    "tiger",
)
PER_VIDEO = 50


def fill(folder: Path, clips: int) -> None:
    """Makes a library of `clips` clips in videos of 50."""
    info = catalog.info("starter")
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((clips // 50, info.dim)).astype(np.float32)
    with Library.open(folder) as library:
        with library.write() as db:
            encoder_id = ensure_encoder(db, info.name, info.identity, info.dim)
            root = add_folder(db, b"/nowhere", ensure_volume(db, "bench", "bench").id)
        for number in range(clips // PER_VIDEO):
            near = centres[rng.integers(len(centres), size=PER_VIDEO)]
            vectors = near + 0.9 * rng.standard_normal((PER_VIDEO, info.dim)).astype(np.float32)
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            new = [NewClip(8.0 * n, 8.0 * n + 8, True, vector) for n, vector in enumerate(vectors)]
            with library.write() as db:
                content = create_content(db, f"bench-{number}", number)
                add_video(db, root.id, b"%d.mp4" % number, Stamp(number, number), content)
                end = new[-1].end
                store_windows(
                    db, content, encoder_id, new, complete_to=end, precision="float32", backend="cpu"
                )
                finish_windows(db, content, end, None)


def timed(call: Callable[[], object], times: int = 5) -> float:
    """The median of some runs, in seconds, after one that does not count."""
    call()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        taken.append(time.perf_counter() - began)
    return median(taken)


def main(clips: int) -> None:
    """Prints the figures."""
    program = [sys.executable, "-P", "-m", "vporganizer"]

    def run(*arguments: str) -> None:
        subprocess.run([*program, *arguments], check=True, capture_output=True)

    print(f"vporganizer --help: {timed(lambda: run('--help')):.2f} s")
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder), clips)
        cold = timed(lambda: run("--library", folder, "search", "a dog"))
        print(f"cold search on {clips:,} clips: {cold:.2f} s")
        with vporganizer.open_library(folder) as library:
            for query in QUERIES:
                library.search(query)
            warm = median(timed(lambda text=text: library.search(text), 3) for text in QUERIES)  # type: ignore[misc]
            encoder = library.encoder()
            text_only = median(timed(lambda text=text: encoder.embed_texts([text]), 3) for text in QUERIES)  # type: ignore[misc]
        print(
            f"search in a running process: {warm * 1000:.0f} ms, {text_only * 1000:.0f} ms of it for the text"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
