"""The record of a model's files survives anything but the loss of the files, and then says so."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from vporganizer.encoder.videoprism import installed
from vporganizer.encoder.videoprism.installed import Installed
from vporganizer.errors import EncoderError

NAME = "videoprism_lvt_public_v1_base"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VPORGANIZER_MODELS_DIR", str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture
def made(tmp_path: Path) -> Installed:
    weights = tmp_path / "weights.npz"
    weights.write_bytes(b"weights")
    pieces = tmp_path / "pieces.model"
    pieces.write_bytes(b"pieces")
    found = weights.stat()
    return Installed(
        NAME, weights, "ab" * 32, found.st_size, found.st_mtime_ns, pieces, "cd" * 32, "hub",
        "google/one", "f" * 40, "2025-01-01T00:00:00+00:00",
    )  # fmt: skip


def test_a_record_comes_back_as_it_was_written(made: Installed) -> None:
    assert installed.find(NAME) is None
    installed.record(made)
    assert installed.find(NAME) == made
    installed.record(
        replace(made, tokenizer=None, tokenizer_sha256=None, source="files", repo=None, commit=None)
    )
    found = installed.find(NAME)
    assert found is not None and found.tokenizer is None and found.source == "files"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names of files are text")
def test_paths_that_are_no_text_are_kept(made: Installed, tmp_path: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.npz"))
    odd.write_bytes(b"weights")
    installed.record(replace(made, checkpoint=odd))
    found = installed.find(NAME)
    assert found is not None and os.fsencode(found.checkpoint) == os.fsencode(odd)


def test_a_relative_path_is_noted_whole(
    made: Installed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    installed.record(replace(made, checkpoint=Path("weights.npz"), tokenizer=Path("pieces.model")))
    assert installed.find(NAME) == made


def test_what_is_wrong_with_a_model_is_said_with_what_to_do(made: Installed, folder: Path) -> None:
    assert "is not installed" in str(installed.problem(NAME))
    installed.record(made)
    assert installed.problem(NAME) is None
    os.utime(made.checkpoint, ns=(1, made.mtime_ns + 1))
    assert "has changed" in str(installed.problem(NAME))
    os.utime(made.checkpoint, ns=(1, made.mtime_ns))
    made.checkpoint.write_bytes(b"other weights")
    assert "has changed" in str(installed.problem(NAME))
    made.checkpoint.unlink()
    assert "not there any more" in str(installed.problem(NAME))
    for damage in (b"", b"{", b"[]", b'{"checkpoint": 3}', b"\xff"):
        (folder / f"{NAME}.json").write_bytes(damage)
        assert "is damaged" in str(installed.problem(NAME))
        assert installed.find(NAME) is None


def test_a_missing_tokenizer_is_a_matter_of_its_own(made: Installed) -> None:
    assert "is not installed" in str(installed.tokenizer_problem(NAME))
    installed.record(made)
    assert installed.tokenizer_problem(NAME) is None
    assert made.tokenizer is not None
    made.tokenizer.unlink()
    assert "not there any more" in str(installed.tokenizer_problem(NAME))
    installed.record(replace(made, tokenizer=None))
    assert "has no tokenizer" in str(installed.tokenizer_problem(NAME))
    assert installed.problem(NAME) is None


def test_forgetting_touches_no_file(made: Installed, folder: Path) -> None:
    installed.record(made)
    assert installed.forget(NAME)
    assert not installed.forget(NAME)
    assert installed.find(NAME) is None and made.checkpoint.exists()
    assert list(folder.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_said(
    made: Installed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("VPORGANIZER_MODELS_DIR", str(tmp_path / "file"))
    with pytest.raises(EncoderError, match="could not be noted"):
        installed.record(made)


def test_a_name_cannot_lead_out_of_the_folder() -> None:
    with pytest.raises(EncoderError, match="cannot be the name"):
        installed.find("../x")


def test_asking_loads_neither_jax_nor_the_hub_client() -> None:
    code = (
        "import sys\nfrom vporganizer.encoder.videoprism import installed, checkpoint, published\n"
        "installed.problem('x')\n"
        "assert not {'jax', 'flax', 'huggingface_hub'} & set(sys.modules), sorted(sys.modules)"
    )
    subprocess.run([sys.executable, "-P", "-c", code], check=True, timeout=60)
