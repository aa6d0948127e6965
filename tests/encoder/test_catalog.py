"""What there is to choose from can be asked without loading anything."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from vporganizer.encoder import catalog
from vporganizer.encoder.videoprism import installed
from vporganizer.errors import CheckpointMissing, EncoderError


def test_the_starter_is_there() -> None:
    info = catalog.info("starter")
    assert (info.name, info.dim, info.frame_size, info.needs_exact_times) == ("starter", 1000, None, False)


def test_the_identity_can_be_part_of_a_file_name_and_tells_the_frames() -> None:
    info = catalog.info("starter")
    assert re.fullmatch(rf"starter-[0-9a-f]{{16}}-frames{info.num_frames}-v\d+", info.identity)


def test_the_loaded_encoder_has_the_same_facts() -> None:
    assert catalog.load("starter", device="cpu").info == catalog.info("starter")


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(EncoderError, match="clip") as caught:
        catalog.info("clip")
    assert "starter" in caught.value.hint


@pytest.mark.parametrize("by_example", [False, True])
def test_limits_fall_from_strong_to_weak(by_example: bool) -> None:
    limits = catalog.match_limits("starter", by_example=by_example)
    assert 1 > limits.strong > limits.fair > limits.weak > 0


def test_people_read_quick_search() -> None:
    assert catalog.label("starter") == "quick search"


def test_asking_loads_neither_jax_nor_numpy_models() -> None:
    code = """
import sys
from vporganizer.encoder import catalog, starter, videoprism
for name in catalog.names():
    catalog.missing(name) or catalog.info(name)
    catalog.label(name), catalog.examples(name), catalog.match_limits(name)
assert not {"jax", "jaxlib", "PIL", "flax", "sentencepiece", "openvino", "huggingface_hub"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


FULL = "videoprism_lvt_public_v1_base"


def test_full_search_is_listed_before_it_is_installed() -> None:
    assert FULL in catalog.names()
    assert catalog.label(FULL) == catalog.label(f"{FULL}@8") == "full search"
    assert f"models fetch {FULL}" in (catalog.missing(FULL) or "")
    with pytest.raises(CheckpointMissing, match="is not installed"):
        catalog.info(FULL)
    assert catalog.match_limits(FULL) is None


def test_other_frames_are_another_name_and_another_identity(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VPORGANIZER_MODELS_DIR", str(tmp_path / "models"))
    file = tmp_path / "base.npz"
    file.write_bytes(b"weights")
    made = file.stat()
    installed.record(installed.Installed(FULL, file, "ab" * 32, made.st_size, made.st_mtime_ns))
    usual, eight = catalog.info(FULL), catalog.info(f"{FULL}@8")
    assert (usual.name, usual.num_frames, usual.frame_size) == (FULL, 16, 288)
    assert (eight.name, eight.num_frames) == (f"{FULL}@8", 8)
    assert usual.identity != eight.identity
    assert catalog.info(f"{FULL}@16") == usual


@pytest.mark.parametrize("name", [f"{FULL}@0", f"{FULL}@many", "videoprism_public_v1_base"])
def test_what_cannot_search_is_no_encoder(name: str) -> None:
    with pytest.raises(EncoderError):
        catalog.info(name)


def test_a_model_without_its_tokenizer_can_be_used_but_not_asked_by_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VPORGANIZER_MODELS_DIR", str(tmp_path / "models"))
    file = tmp_path / "base.npz"
    file.write_bytes(b"weights")
    found = file.stat()
    installed.record(installed.Installed(FULL, file, "0" * 64, found.st_size, found.st_mtime_ns))
    assert catalog.missing(f"{FULL}@8") is None
    assert f"no tokenizer, so that it cannot understand texts. Get it: vporganizer models fetch {FULL}" in (
        catalog.text_problem(f"{FULL}@8") or ""
    )
    assert catalog.text_problem("starter") is None
