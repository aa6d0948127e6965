"""VideoPrism's speed and memory, each figure beside what it is to be compared with, from one run.

    python tests/benchmarks/encoder.py [--model NAME] [--repeats N]
        [--reference DIR --reference-python PYTHON]

Weights are stand-ins (`tests/golden/recipe.py`) in the published format, written to a temporary folder
(1 GB for the base model): speed does not depend on their numbers. With --reference, a checkout of
google-deepmind/videoprism, that is timed too, by the Python that has what it imports; the two
programs alternate, each in a process of its own. Nothing else should run meanwhile.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

MODELS = ("videoprism_lvt_public_v1_base", "videoprism_lvt_public_v1_large")
SHORT, LONG = 11, 64  # tokens of a query as people type it, and the most


def main() -> None:
    """Runs all parts, or one of them in a child."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="videoprism_lvt_public_v1_base", choices=MODELS)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--reference", type=Path, help="a checkout of google-deepmind/videoprism")
    parser.add_argument("--only-reference", action="store_true", help="leave out all but the reference")
    parser.add_argument("--reference-python", default=sys.executable)
    parser.add_argument("--child", choices=sorted(CHILDREN), help=argparse.SUPPRESS)
    parser.add_argument("--checkpoint", type=Path, help="a checkpoint to use instead of stand-in weights")
    chosen = parser.parse_args()
    if chosen.child:
        print(json.dumps(CHILDREN[chosen.child](chosen)))
        return
    # Not at the top: the reference's Python has none of this, and runs this file as well.
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from helpers.standin import write_checkpoint
    from helpers.tokenizers import train_tokenizer

    with tempfile.TemporaryDirectory() as folder:
        if chosen.checkpoint is None:
            chosen.checkpoint = write_checkpoint(Path(folder, "model.npz"), chosen.model)
        train_tokenizer(Path(folder, "spm.model"), 32_000)
        os.environ["VPORGANIZER_CACHE_DIR"] = str(Path(folder, "cache"))
        report(chosen, Path(folder, "spm.model"))


def report(chosen: argparse.Namespace, tokenizer: Path) -> None:
    """Prints every figure."""
    print(f"{chosen.model}, {os.cpu_count()} cores, float32, stand-in weights; medians of {chosen.repeats}")
    if not chosen.only_reference:
        report_ours(chosen, tokenizer)
    if chosen.reference:
        against_reference(chosen)


def report_ours(chosen: argparse.Namespace, tokenizer: Path) -> None:
    """Prints the figures of this program."""
    cold = child(chosen, "clip")
    warm = child(chosen, "clip")
    for line in clip_lines(chosen, cold, warm):
        print(line)
    for line in text_lines(child(chosen, "text")):
        print(line)
    starts = [start_seconds(chosen, tokenizer) for _ in range(chosen.repeats + 1)][1:]
    print(f"start of interpreter to first text embedding, warm cache: {median(starts):.2f} s (target 1.2)")
    openvino_lines(chosen)


def clip_lines(chosen: argparse.Namespace, cold: dict[str, Any], warm: dict[str, Any]) -> list[str]:
    """Lines about clips."""
    rate = gflop(chosen.model, 16) / warm["clip_16"]
    return [
        f"2048^3 float32 matmul in the same run: {warm['matmul']:.0f} GFLOP/s",
        f"clip of 16 frames: {warm['clip_16']:.2f} s = {rate:.0f} GFLOP/s, "
        f"{rate / warm['matmul']:.2f} of the matmul's rate (target 0.80)",
        f"clip of 8 frames: {warm['clip_8']:.2f} s, {warm['clip_8'] / warm['clip_16']:.2f} (target 0.5)",
        f"clip with its frames' embeddings: {warm['frames_16'] / warm['clip_16']:.2f} of it (target 1.02)",
        f"scratch memory of the clip function: {warm['scratch']:.0f} MB",
        f"peak memory of a process that loads the model and embeds clips: {warm['peak']:.2f} GB",
        f"compile, clip: {cold['compile']:.2f} s cold, {warm['compile']:.2f} s with a warm cache, "
        f"{warm['compile'] / cold['compile']:.2f} of it (target 0.35)",
    ]


def gflop(name: str, frames: int) -> float:
    """Work for a clip with the folded pooler, in 10^9 multiplications and additions."""
    from vporganizer.encoder.videoprism import CONFIGS

    config = CONFIGS[name]
    dim, patches = config.model_dim, config.pos_emb_shape[1] * config.pos_emb_shape[2]
    tokens = frames * patches
    products = 4 * dim**2 + 2 * dim * config.mlp_dim
    stacks = ((config.num_spatial_layers, patches), (config.num_temporal_layers, frames),
              (config.num_auxiliary_layers, tokens))  # fmt: skip
    layers = sum(depth * (2 * products + 4 * seen * dim) for depth, seen in stacks)
    return tokens * (layers + 2 * 3 * config.patch_size**2 * dim) / 1e9


def text_lines(found: dict[str, Any]) -> list[str]:
    """Lines about texts."""
    lines = []
    for length in (SHORT, LONG):
        parts = (f"{count}: {1e3 * found[f'text_{count}_{length}']:.0f} ms" for count in (1, 8, 64))
        lines.append(f"text queries of {length} tokens: {', '.join(parts)}")
    return [*lines, f"peak memory of a process that embeds texts only: {found['peak']:.2f} GB"]


def openvino_lines(chosen: argparse.Namespace) -> None:
    """Prints how the optional backend does, where it is installed."""
    if importlib.util.find_spec("openvino") is None:
        print("OpenVINO: not installed (pip install 'vporganizer[openvino]')")
        return
    first = child(chosen, "openvino")
    found = child(chosen, "openvino")
    print(
        f"OpenVINO, {found['precision']}: {found['openvino']:.2f} s, ours in float32 {found['jax']:.2f} s, "
        f"alternating: {found['openvino'] / found['jax']:.2f} (target 0.55 with bfloat16); "
        f"cosine {found['cosine']:.5f} (target 0.999)"
    )
    print(
        f"OpenVINO: first clip after {first['first']:.1f} s with conversion, {found['first']:.1f} s without; "
        f"peak memory {first['peak']:.2f} GB, {found['peak']:.2f} GB"
    )


def against_reference(chosen: argparse.Namespace) -> None:
    """Prints the ratios to the reference: two programs, nothing else in either, alternating."""
    rounds = [(child(chosen, "ours"), child(chosen, "reference")) for _ in range(chosen.repeats)]
    ours, theirs = (
        {key: median(one[side][key] for one in rounds) for key in rounds[0][side]} for side in (0, 1)
    )
    print(f"reference, clip in float32: {theirs['clip_16']:.2f} s; ours / reference "
          f"{ours['clip_16'] / theirs['clip_16']:.2f} (target 0.60)")  # fmt: skip
    for count, target in ((1, 0.65), (64, 0.28)):
        name = f"text_{count}"
        print(f"reference, {count} short queries: {1e3 * theirs[name]:.0f} ms; ours / reference "
              f"{ours[name] / theirs[name]:.2f} (target {target})")  # fmt: skip
    print(f"reference, scratch memory: {theirs['scratch']:.0f} MB; ours / reference "
          f"{ours['scratch'] / theirs['scratch']:.2f} (target 0.15)")  # fmt: skip
    ratio = ours["peak"] / theirs["peak"]
    print(f"reference, peak memory: {theirs['peak']:.2f} GB; ours / reference {ratio:.2f}")


def child(chosen: argparse.Namespace, part: str) -> dict[str, Any]:
    """Runs a part in a process of its own and takes its figures."""
    python = chosen.reference_python if part == "reference" else sys.executable
    command = [python, __file__, "--child", part, "--model", chosen.model, "--repeats", str(chosen.repeats),
               "--checkpoint", str(chosen.checkpoint)]  # fmt: skip
    if part == "reference":
        command += ["--reference", str(chosen.reference)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"the part '{part}' failed:\n{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


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


def start_seconds(chosen: argparse.Namespace, tokenizer: Path) -> float:
    """Seconds from a new interpreter to its first embedding of a text."""
    code = (
        "import sys; from vporganizer.encoder import videoprism; "
        "model = videoprism.load(sys.argv[1], checkpoint=sys.argv[2], tokenizer=sys.argv[3]); "
        "model.embed_texts(['a dog runs'])"
    )
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", code, chosen.model, str(chosen.checkpoint), str(tokenizer)], check=True
    )
    return time.perf_counter() - began


CHILDREN = {
    "clip": clip_part,
    "text": text_part,
    "openvino": openvino_part,
    "ours": ours_part,
    "reference": reference_part,
}

if __name__ == "__main__":
    main()
