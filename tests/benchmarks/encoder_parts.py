"""The parts of `encoder.py`, each run in a process of its own; prints its figures as JSON.

The reference's Python runs this file as well: at the top only numpy is imported.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

SHORT, LONG = 11, 64  # tokens of a query as people type it, and the most


def timed(run: Callable[[], Any], repeats: int) -> float:
    """The median time of a call, after one that warms it up."""
    run()
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        run()
        times.append(time.perf_counter() - began)
    return median(times)


def peak_gb() -> float:
    """The most memory that this process ever held."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def frames_of(count: int) -> np.ndarray:
    """A clip of random bytes."""
    return np.random.default_rng(0).integers(0, 256, (1, count, 288, 288, 3), np.uint8)


def clip_part(chosen: argparse.Namespace) -> dict[str, float]:
    """Ours: clips."""
    import jax
    import jax.numpy as jnp

    from vporganizer.encoder import videoprism
    from vporganizer.encoder.videoprism import sides

    model = videoprism.load(chosen.model, checkpoint=chosen.checkpoint, device="cpu", backend="jax")
    side = model._video.get()
    clip = frames_of(16)
    began = time.perf_counter()
    compiled = sides._pooled.lower(side._encoder, side._params, side._pooler, jnp.asarray(clip)).compile()
    found = {"compile": time.perf_counter() - began,
             "scratch": compiled.memory_analysis().temp_size_in_bytes / 1e6}  # fmt: skip
    square = jnp.asarray(np.random.default_rng(0).standard_normal((2048, 2048)), jnp.float32)
    multiply = jax.jit(lambda a: a @ a)
    rates, times = [], {"clip_16": [], "clip_8": [], "frames_16": []}
    calls = {
        "clip_16": lambda: model.embed_clips(clip),
        "clip_8": lambda: model.embed_clips(frames_of(8)),
        "frames_16": lambda: model.embed_frames(clip),
    }
    for call in calls.values():
        call()
    for _ in range(chosen.repeats):
        for name, call in calls.items():
            rates.append(2 * 2048**3 / timed(lambda: multiply(square).block_until_ready(), 5) / 1e9)
            began = time.perf_counter()
            call()
            times[name].append(time.perf_counter() - began)
    found |= {name: median(each) for name, each in times.items()}
    return found | {"matmul": median(rates), "peak": peak_gb()}


def ours_part(chosen: argparse.Namespace) -> dict[str, float]:
    """Ours: what is also timed of the reference, and nothing else."""
    import jax.numpy as jnp

    from vporganizer.encoder import videoprism
    from vporganizer.encoder.videoprism import sides

    model = videoprism.load(chosen.model, checkpoint=chosen.checkpoint, device="cpu", backend="jax")
    clip = frames_of(16)
    found = {"clip_16": timed(lambda: model.embed_clips(clip), chosen.repeats)}
    side = model._video.get()
    lowered = sides._pooled.lower(side._encoder, side._params, side._pooler, jnp.asarray(clip))
    found["scratch"] = lowered.compile().memory_analysis().temp_size_in_bytes / 1e6
    for count in (1, 64):
        ids, paddings = queries(count, SHORT)
        run = lambda ids=ids, paddings=paddings: model.embed_token_ids(ids, paddings)  # noqa: E731
        found[f"text_{count}"] = timed(run, chosen.repeats)
    return found | {"peak": peak_gb()}


def text_part(chosen: argparse.Namespace) -> dict[str, float]:
    """Ours: texts."""
    from vporganizer.encoder import videoprism

    model = videoprism.load(chosen.model, checkpoint=chosen.checkpoint, device="cpu")
    found = {}
    for length in (SHORT, LONG):
        for count in (1, 8, 64):
            ids, paddings = queries(count, length)
            run = lambda ids=ids, paddings=paddings: model.embed_token_ids(ids, paddings)  # noqa: E731
            found[f"text_{count}_{length}"] = timed(run, 3 * chosen.repeats)
    return found | {"peak": peak_gb()}


def queries(count: int, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Token ids and paddings of texts of `length` tokens, filled up to 64."""
    ids = np.random.default_rng(1).integers(3, 32_000, (count, LONG)).astype(np.int32)
    paddings = np.broadcast_to(np.arange(LONG) >= length, (count, LONG)).astype(np.float32)
    return np.where(paddings > 0, 0, ids).astype(np.int32), paddings


def openvino_part(chosen: argparse.Namespace) -> dict[str, Any]:
    """OpenVINO and ours in alternation."""
    from vporganizer.encoder import videoprism

    began = time.perf_counter()
    clip = frames_of(16)
    fast = videoprism.load(
        chosen.model, checkpoint=chosen.checkpoint, device="cpu", precision="fast", backend="openvino"
    )
    there = fast.embed_clips(clip)
    first, peak = time.perf_counter() - began, peak_gb()
    exact = videoprism.load(chosen.model, checkpoint=chosen.checkpoint, device="cpu", backend="jax")
    here = exact.embed_clips(clip)
    pairs = [(timed_once(lambda: fast.embed_clips(clip)), timed_once(lambda: exact.embed_clips(clip)))
             for _ in range(chosen.repeats)]  # fmt: skip
    return {
        "first": first, "peak": peak, "cosine": float((there * here).sum()), "precision": fast.precision,
        "openvino": median(one for one, _ in pairs), "jax": median(other for _, other in pairs),
    }  # fmt: skip


def timed_once(run: Callable[[], Any]) -> float:
    """The time of a call."""
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def reference_part(chosen: argparse.Namespace) -> dict[str, float]:
    """The reference: its own model functions, jitted, fed with the same weights."""
    sys.path.insert(0, str(chosen.reference))
    import jax
    from videoprism import models

    model = models.get_model(chosen.model)
    tree: dict[str, Any] = {}
    with np.load(chosen.checkpoint) as stored:
        for name in stored.files:
            *path, leaf = name.split("/")
            node = tree
            for part in path:
                node = node.setdefault(part, {})
            node[leaf] = jax.numpy.asarray(stored[name])
    clip = (frames_of(16) / np.float32(255)).astype(np.float32)
    clips = jax.jit(lambda tree, x: model.apply(tree, x, None, None, train=False)[0])
    texts = jax.jit(lambda tree, ids, paddings: model.apply(tree, None, ids, paddings, train=False)[1])
    found = {"scratch": clips.lower(tree, clip).compile().memory_analysis().temp_size_in_bytes / 1e6}
    found["clip_16"] = timed(lambda: clips(tree, clip).block_until_ready(), chosen.repeats)
    for count in (1, 64):
        ids, paddings = queries(count, SHORT)
        run = lambda ids=ids, paddings=paddings: texts(tree, ids, paddings).block_until_ready()  # noqa: E731
        found[f"text_{count}"] = timed(run, chosen.repeats)
    return found | {"peak": peak_gb()}


CHILDREN = {
    "clip": clip_part,
    "text": text_part,
    "openvino": openvino_part,
    "ours": ours_part,
    "reference": reference_part,
}


def main() -> None:
    """Runs one part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=sorted(CHILDREN))
    parser.add_argument("--model", required=True)
    parser.add_argument("--repeats", type=int, required=True)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--reference", type=Path)
    chosen = parser.parse_args()
    print(json.dumps(CHILDREN[chosen.part](chosen)))


if __name__ == "__main__":
    main()
