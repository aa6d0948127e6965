"""A stand-in hub with tiny models and the command line over it; a library with a quick and a slow encoder."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from helpers.encoders import Slow, known
from helpers.hub import MODEL, OTHER, VIDEO_ONLY, Hub, command, environment
from helpers.standin import write_checkpoint
from helpers.tokenizers import train_tokenizer

import vporganizer
from vporganizer.app.context import OpenLibrary
from vporganizer.app.models import models
from vporganizer.encoder.videoprism import entries
from vporganizer.encoder.videoprism.config import VideoPrismConfig

GOLDEN = Path(__file__).parents[1] / "golden"


@dataclass(frozen=True)
class Tiny:
    """Small files in the published formats, and the dimensions that they have."""

    configs: dict[str, Any]
    weights: Path
    other_weights: Path
    video_weights: Path
    tokenizer: Path


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    folder = tmp_path_factory.mktemp("tiny")
    text = json.loads((GOLDEN / "tiny_video_text.json").read_text())["config"]
    video = json.loads((GOLDEN / "tiny_video.json").read_text())["config"]
    configs = {MODEL: text, OTHER: {**text, "num_spatial_layers": 4}, VIDEO_ONLY: video}
    paths = {
        name: write_checkpoint(folder / f"{name}.npz", entries.expected(VideoPrismConfig.from_dict(values)))
        for name, values in configs.items()
    }
    tokenizer = train_tokenizer(folder / "sentencepiece.model", text["vocabulary_size"])
    return Tiny(configs, paths[MODEL], paths[OTHER], paths[VIDEO_ONLY], tokenizer)


@pytest.fixture
def hub(tiny: Tiny) -> Iterator[Hub]:
    """The stand-in, with both video-text models and the tokenizer."""
    with Hub() as server:
        server.publish(MODEL, tiny.weights.read_bytes())
        server.publish(OTHER, tiny.other_weights.read_bytes())
        server.publish_tokenizer(tiny.tokenizer.read_bytes())
        yield server


_LIMITED = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
os.execv(sys.argv[2], sys.argv[2:])
"""


@dataclass
class Person:
    """Somebody at a command line."""

    home: Path
    hub: Hub
    tiny: Tiny

    @property
    def blobs(self) -> Path:
        """Where the content of the model's repository is."""
        return self.home / "hf" / "hub" / "models--google--videoprism-lvt-base-f16r288" / "blobs"

    def start(self, *arguments: str | Path, **more: Any) -> subprocess.Popen[str]:
        """Starts `vporganizer ARGUMENTS`; keywords in capitals are variables of its environment.

        With `file_limit` no file may grow beyond so many bytes.
        """
        limit = more.pop("file_limit", None)
        before = [] if limit is None else [sys.executable, "-c", _LIMITED, str(limit)]
        variables = {name: str(more.pop(name)) for name in list(more) if name.isupper()}
        return subprocess.Popen(
            [*before, *command(self.tiny.configs, *arguments)],
            env=environment(self.home, self.hub.url, variables),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more,
        )  # fmt: skip

    def run(self, *arguments: str | Path, code: int = 0, **more: Any) -> str:
        """Runs `vporganizer ARGUMENTS` -> what it printed, stderr after stdout."""
        with self.start(*arguments, **more) as process:
            out, err = process.communicate(timeout=60)
        assert process.returncode == code, f"exit {process.returncode}\n{out}\n{err}"
        return out + err

    def listed(self, name: str = MODEL) -> dict[str, Any]:
        """One model as `models list --json` tells it; asked in this process, whose environment is theirs."""
        found: dict[str, Any] = next(row.as_json() for row in models() if row.name == name)
        return found


@pytest.fixture
def person(tmp_path: Path, hub: Hub, tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> Person:
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("VPORGANIZER_MODELS_DIR", "HF_HOME"):
        monkeypatch.setenv(name, environment(tmp_path, hub.url)[name])
    return Person(tmp_path, hub, tiny)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Slow:
    """In place of the starter: quick, takes whatever frames there are."""
    encoder = Slow("starter", exact=False)
    known(monkeypatch, encoder)
    return encoder


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    """An encoder that takes hours, in its first version."""
    encoder = Slow("slow")
    known(monkeypatch, encoder)
    return encoder


@pytest.fixture
def library(tmp_path: Path, quick: Slow, slow: Slow) -> Iterator[OpenLibrary]:
    """An empty library that either can be chosen for."""
    with vporganizer.open_library(tmp_path / "library") as opened:
        yield opened
