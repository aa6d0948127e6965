"""How fast and how right nearest neighbours are: exactly, and by the index.

    python tests/benchmarks/bench_search.py [CLIPS] [DIM]

Vectors are unit length in clusters (one for 50 clips; cosine to the own cluster's others about 0.7), as
of a film's shots. Queries are vectors of clips, moved a little, as in clip-to-clip look-ups. 'Cold' is the
first search of a new process with a warm file cache, without loading JAX.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

from vporganizer.library import clips, folders, videos
from vporganizer.library.indexes import refresh_index
from vporganizer.library.library import Library
from vporganizer.library.nearest import Nearest
from vporganizer.library.records import NewClip, Stamp
from vporganizer.library.vector_index import VectorIndex

COLD = """
import sys, time
from pathlib import Path
import numpy as np
from vporganizer.library.library import Library
from vporganizer.library.nearest import Nearest
query = np.ones((1, int(sys.argv[2])), np.float32)
with Library.open(Path(sys.argv[1])) as library:
    began = time.perf_counter()
    Nearest(library, 1).scores(query)
    print(time.perf_counter() - began)
"""


def clustered(count: int, dim: int, seed: int = 0) -> NDArray[np.float32]:
    """Unit vectors, (count, dim), in clusters of about 50."""
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((max(1, count // 50), dim)).astype(np.float32)
    made = centres[rng.integers(len(centres), size=count)]
    made += 0.65 * rng.standard_normal((count, dim)).astype(np.float32)
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    return made


def fill(library: Library, vectors: NDArray[np.float32]) -> int:
    """Stores one video of clips for every hundred vectors, ten at a time; returns the encoder's id."""
    encoder = clips.ensure_encoder(library, "bench", "bench-1", vectors.shape[1])
    root = folders.add_folder(library, b"/bench", folders.ensure_volume(library, "bench", "bench").id)
    for begin in range(0, len(vectors), 100):
        content = videos.create_content(library, f"bench {begin}", begin)
        videos.add_video(library, root.id, b"%d.mp4" % begin, Stamp(1, 1), content)
        for at in range(begin, min(begin + 100, len(vectors)), 10):
            made = [
                NewClip(float(n), n + 1.0, True, vectors[n]) for n in range(at, min(at + 10, len(vectors)))
            ]
            how = {"precision": "float32", "backend": "cpu"}
            clips.store_windows(library, content, encoder, made, complete_to=at + 10.0, **how)
    return encoder


def timed(label: str, call: Callable[[], object], times: int = 1) -> float:
    """Prints and returns the median seconds of a call."""
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - began)
    print(f"{label:58} {median(seconds) * 1000:10.1f} ms")
    return median(seconds)


def measure(library: Library, encoder: int, vectors: NDArray[np.float32]) -> None:
    """Prints all figures."""
    dim = vectors.shape[1]
    command = [sys.executable, "-c", COLD, str(library.path), str(dim)]
    runs = [float(subprocess.run(command, capture_output=True, check=True).stdout) for _ in range(5)]
    print(f"{'first search of a process (reads all vectors)':58} {median(runs) * 1000:10.1f} ms")
    queries = vectors[:: max(1, len(vectors) // 200)][:200].copy()
    queries += 0.02 * np.random.default_rng(1).standard_normal(queries.shape).astype(np.float32)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    near = Nearest(library, encoder)
    near.scores(queries[:1])
    timed("second search (puts the vectors into memory)", lambda: near.scores(queries[:1]))
    timed("later searches: top 10, exact, numpy", lambda: near.top(queries[0], 10), 30)
    timed("24 queries at once, exact, numpy", lambda: near.scores(queries[:24]), 10)
    import jax  # from now on products are jitted

    device = jax.default_backend()
    timed(f"first jitted product on {device} (compiles)", lambda: near.scores(queries[:1]))
    timed("later searches: top 10, exact, jitted", lambda: near.top(queries[0], 10), 30)
    near.scores(queries[:24])
    timed("24 queries at once, exact, jitted", lambda: near.scores(queries[:24]), 10)
    exact = [[clip for clip, _ in near.top(query, 10)] for query in queries]
    timed("building and saving the index", lambda: refresh_index(library, encoder))
    file = library.index_dir / "bench.hnsw"
    print(f"{'index file':58} {file.stat().st_size / 1e6:10.1f} MB")
    row = clips.encoder(library, encoder)
    timed("loading the index (checksum included)", lambda: VectorIndex.load(library.index_dir, row), 3)
    by_index = Nearest(library, encoder)
    by_index.similar(queries[0], 10)
    timed("similar: top 10 by the index, scored again", lambda: by_index.similar(queries[0], 10), 30)
    found = [[clip for clip, _ in by_index.similar(query, 10)] for query in queries]
    same = sum(len(set(one) & set(two)) for one, two in zip(exact, found, strict=True))
    print(f"{'recall@10 of the index against exact, clip to clip':58} {same / sum(map(len, exact)):10.4f}")
    best = sum(one[0] == two[0] for one, two in zip(exact, found, strict=True))
    print(f"{'first place the same':58} {best / len(exact):10.4f}")
    with library.write() as db:
        content = videos.create_content(db, "late", 1)
    late = [NewClip(float(n), n + 1.0, True, vectors[n]) for n in range(100)]
    clips.store_windows(library, content, encoder, late, complete_to=100, precision="p", backend="b")
    timed("bringing the index up to date after 100 new clips", lambda: refresh_index(library, encoder))


def main() -> None:
    """Fills a library in a temporary folder and measures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    dim = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    print(f"{count} clips of {dim} numbers, {os.cpu_count()} cores")
    vectors = clustered(count, dim)
    with tempfile.TemporaryDirectory() as folder, Library.open(Path(folder) / "library") as library:
        began = time.perf_counter()
        encoder = fill(library, vectors)
        print(f"{'storing':58} {time.perf_counter() - began:10.1f} s")
        measure(library, encoder, vectors)


if __name__ == "__main__":
    main()
