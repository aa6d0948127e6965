"""A tiny model for the tests of each file, and where the graphs of the optional backend go."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.tiny_model import CONFIG, load_tiny
from helpers.tokenizers import train_tokenizer

from vporganizer.encoder.videoprism import openvino_cache
from vporganizer.encoder.videoprism.model import VideoPrism


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> VideoPrism:
    """The tiny model, with a tokenizer."""
    path = train_tokenizer(tmp_path_factory.mktemp("tokenizer") / "spm.model", CONFIG.vocabulary_size)
    return load_tiny(tokenizer=path)


@pytest.fixture(scope="module")
def graphs_of_tests(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Graphs that the tests of a file share."""
    return tmp_path_factory.mktemp("graphs")


@pytest.fixture
def no_graphs_of_the_user(graphs_of_tests: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Graphs are kept in a folder of these tests; JAX goes on with the cache that it was given first."""
    monkeypatch.setattr(openvino_cache, "folder", lambda: graphs_of_tests)


@pytest.fixture
def cache(tmp_path: Path, no_graphs_of_the_user: None, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of graphs of the test's own."""
    monkeypatch.setattr(openvino_cache, "folder", lambda: tmp_path / "graphs")
    return tmp_path / "graphs"
