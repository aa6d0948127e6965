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
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from encoder_parts import LONG, SHORT
from helpers.standin import write_checkpoint
from helpers.tokenizers import train_tokenizer

PARTS = Path(__file__).with_name("encoder_parts.py")
MODELS = ("videoprism_lvt_public_v1_base", "videoprism_lvt_public_v1_large")


def main() -> None:
    """Runs all parts, each in a process of its own."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="videoprism_lvt_public_v1_base", choices=MODELS)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--reference", type=Path, help="a checkout of google-deepmind/videoprism")
    parser.add_argument("--only-reference", action="store_true", help="leave out all but the reference")
    parser.add_argument("--reference-python", default=sys.executable)
    parser.add_argument("--checkpoint", type=Path, help="a checkpoint to use instead of stand-in weights")
    chosen = parser.parse_args()
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
    command = [python, str(PARTS), part, "--model", chosen.model, "--repeats", str(chosen.repeats),
               "--checkpoint", str(chosen.checkpoint)]  # fmt: skip
    if part == "reference":
        command += ["--reference", str(chosen.reference)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"the part '{part}' failed:\n{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


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


if __name__ == "__main__":
    main()
