"""Files that a person has are checked, recorded where they are, verified and never deleted."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.hub import MODEL, OTHER, VIDEO_ONLY
from helpers.tokenizers import train_tokenizer

from vporganizer.app.models import FetchProgress, install, models, removal, remove, verify
from vporganizer.cli.main import run
from vporganizer.encoder.videoprism import config, installed
from vporganizer.encoder.videoprism.config import VideoPrismConfig
from vporganizer.errors import Cancelled, CheckpointMismatch, CheckpointMissing, EncoderError
from vporganizer.indexing.progress import Control


@pytest.fixture(autouse=True)
def small_models(tiny: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, values in tiny.configs.items():
        monkeypatch.setitem(config.CONFIGS, name, VideoPrismConfig.from_dict(values))
    monkeypatch.setenv("VPORGANIZER_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)


def vporganizer(*arguments: str | Path) -> int:
    return run(lambda *_: 0, [str(argument) for argument in arguments])


def copied(path: Path, folder: Path) -> Path:
    return Path(shutil.copy(path, folder / f"copy-{path.name}"))


def test_files_are_told_apart_by_content_and_left_where_they_are(tiny: Any, tmp_path: Path) -> None:
    weights = tmp_path / "a.model"
    tokenizer = tmp_path / "b.npz"
    shutil.copy(tiny.weights, weights)
    shutil.copy(tiny.tokenizer, tokenizer)
    found = install("base", [tokenizer, weights])
    assert (found.checkpoint, found.tokenizer, found.source) == (weights, tokenizer, "files")
    assert installed.find(MODEL) == found
    assert installed.problem(MODEL) is None and installed.tokenizer_problem(MODEL) is None
    assert {path.suffix for path in (tmp_path / "models").iterdir()} <= {".json", ".lock"}


def test_weights_and_tokenizer_may_come_one_after_the_other(tiny: Any) -> None:
    with pytest.raises(EncoderError, match="a tokenizer alone is of no use"):
        install(MODEL, [tiny.tokenizer])
    assert install(MODEL, [tiny.weights]).tokenizer is None
    assert install(MODEL, [tiny.tokenizer]).checkpoint == tiny.weights
    assert install(MODEL, [tiny.weights]).tokenizer == tiny.tokenizer
    assert install(OTHER, [tiny.other_weights]).tokenizer == tiny.tokenizer  # the models share one


def test_a_compressed_npz_does_too(tiny: Any, tmp_path: Path) -> None:
    path = tmp_path / "small.npz"
    with np.load(tiny.weights) as arrays:
        np.savez_compressed(path, **arrays)
    assert install(MODEL, [path]).checkpoint == path
    assert verify(MODEL)[0].problems != ()  # no tokenizer


def test_wrong_weights_are_refused_and_nothing_changes(tiny: Any, tmp_path: Path) -> None:
    cut, foreign, pickled, damaged, empty, page = (
        tmp_path / f"{name}.npz" for name in ("cut", "foreign", "pickled", "damaged", "empty", "page")
    )
    empty.write_bytes(b"")
    page.write_text("<html>Sign in to download</html>")
    whole = tiny.weights.read_bytes()
    cut.write_bytes(whole[: len(whole) // 2])
    np.savez(foreign, a=np.zeros(3, np.float32), b=np.zeros((2, 2), np.float32))
    np.savez(pickled, a=np.array([{}], object))
    at = len(whole) // 2
    damaged.write_bytes(whole[:at] + bytes(64) + whole[at + 64 :])
    for path, says in (
        (cut, "cut short or damaged"),
        (foreign, "missing: params/.* and [0-9]+ more; not expected: a, b"),
        (pickled, "pickled objects, which are never opened"),
        (damaged, "entry params/.* is damaged: its checksum is wrong"),
        (empty, "neither weights nor a tokenizer"),
        (page, "neither weights nor a tokenizer"),
        (tiny.other_weights, f"holds the weights of {OTHER}, not of {MODEL}"),
    ):
        with pytest.raises(CheckpointMismatch, match=says) as caught:
            install(MODEL, [path])
        assert str(path) in str(caught.value) and caught.value.hint
    with pytest.raises(CheckpointMissing, match=r"no model file at .*none\.npz"):
        install(MODEL, [tmp_path / "none.npz"])
    assert installed.find(MODEL) is None


def test_wrong_tokenizers_are_refused(tiny: Any, tmp_path: Path) -> None:
    text = tmp_path / "text.model"
    text.write_text("hello")
    with pytest.raises(EncoderError, match="no SentencePiece model"):
        install(MODEL, [tiny.weights, text])
    with pytest.raises(EncoderError, match=r"has 150 pieces, but videoprism_lvt_public_v1_base needs 200"):
        install(MODEL, [tiny.weights, train_tokenizer(tmp_path / "fewer.model", 150)])
    with pytest.raises(EncoderError, match="needs nothing else"):
        install(VIDEO_ONLY, [tiny.video_weights, tiny.tokenizer])
    with pytest.raises(EncoderError, match="one file of weights"):
        install(MODEL, [tiny.weights, tiny.other_weights])
    assert installed.find(MODEL) is None


def test_a_video_only_model_needs_no_tokenizer(tiny: Any) -> None:
    install(VIDEO_ONLY, [tiny.video_weights])
    assert next(one for one in models() if one.name == VIDEO_ONLY).installed
    assert verify() == verify(VIDEO_ONLY) and verify()[0].problems == ()


def test_unknown_names_are_told_with_what_there_is() -> None:
    for name, says in (("bass", "no model called 'bass'"), ("starter", "comes with the program")):
        with pytest.raises(EncoderError, match=says):
            verify(name)
    for name in ("large@8", f"{MODEL}@8"):  # an encoder's name means its model
        [found] = verify(name)
        assert "is not installed" in found.problems[0]


def test_verifying_reads_all_and_says_what_changed(tiny: Any, tmp_path: Path) -> None:
    weights, tokenizer = copied(tiny.weights, tmp_path), copied(tiny.tokenizer, tmp_path)
    install(MODEL, [weights, tokenizer])
    assert [one.problems for one in verify()] == [()]
    raw = weights.read_bytes()
    stat = weights.stat()
    weights.write_bytes(raw[:5000] + bytes([raw[5000] ^ 1]) + raw[5001:])
    os.utime(weights, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert installed.problem(MODEL) is None  # a quick look does not see it
    assert "is not the one that was installed" in verify()[0].problems[0]
    weights.write_bytes(raw)
    tokenizer.write_bytes(b"other")
    assert "is not the one that was installed" in " ".join(verify()[0].problems)
    tokenizer.unlink()
    weights.unlink()
    assert len(verify()[0].problems) == 2


def test_verifying_a_file_that_was_only_touched_makes_it_usable_again(tiny: Any, tmp_path: Path) -> None:
    weights = copied(tiny.weights, tmp_path)
    install(MODEL, [weights, tiny.tokenizer])
    os.utime(weights, ns=(1, 1))
    assert "has changed" in str(installed.problem(MODEL))
    assert verify(MODEL)[0].problems == ()
    assert installed.problem(MODEL) is None


def test_a_check_can_be_stopped_and_tells_how_far_it_is(tiny: Any) -> None:
    heard: list[FetchProgress] = []
    install(MODEL, [tiny.weights], progress=heard.append)
    assert heard[-1].stage == "checking" and heard[-1].done == heard[-1].total == tiny.weights.stat().st_size
    control = Control()
    control.cancel()
    with pytest.raises(Cancelled):
        verify(MODEL, control=control)


def test_removing_never_deletes_a_persons_files(
    tiny: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights, tokenizer = copied(tiny.weights, tmp_path), copied(tiny.tokenizer, tmp_path)
    install(MODEL, [weights, tokenizer])
    plan = removal(MODEL)
    assert plan.deleted == () and set(plan.kept) == {weights, tokenizer} and plan.freed == 0
    assert vporganizer("models", "remove", MODEL) == 2  # asks, and there is nobody to answer
    assert installed.find(MODEL) is not None
    assert vporganizer("models", "remove", MODEL, "--yes") == 0
    said = capsys.readouterr().err
    assert "Files that were here before stay" in said and "free again" not in said
    assert weights.exists() and tokenizer.exists() and installed.find(MODEL) is None
    install(MODEL, [weights, tokenizer])
    weights.unlink()
    assert removal(MODEL).kept == (tokenizer,)  # what is gone does not stay
    remove(MODEL)
    with pytest.raises(EncoderError, match="is not installed"):
        remove(MODEL)


def test_removing_what_was_fetched_frees_the_disk(person: Any) -> None:
    person.run("models", "fetch", MODEL)
    person.run("models", "fetch", OTHER)
    here = Path(person.listed(MODEL)["checkpoint"])
    readme = here.parent / "README.md"  # from another program
    readme.write_text("about")
    freed = remove(MODEL).freed
    assert freed == len(person.tiny.weights.read_bytes())
    assert not here.exists() and list(person.blobs.iterdir()) == [] and readme.exists()
    tokenizer = Path(person.listed(OTHER)["tokenizer"])
    assert tokenizer.exists()  # the other model needs it
    remove(OTHER)
    assert not tokenizer.exists()


def test_content_that_another_snapshot_has_too_stays(person: Any) -> None:
    person.run("models", "fetch", MODEL)
    here = Path(person.listed()["checkpoint"])
    other = here.parent.parent / ("9" * 40) / here.name
    other.parent.mkdir()
    other.symlink_to(Path("..", "..", "blobs", here.resolve().name))
    assert remove(MODEL).freed == person.tiny.tokenizer.stat().st_size
    assert not here.exists() and other.read_bytes() == person.tiny.weights.read_bytes()


def test_what_the_cache_had_before_stays(person: Any) -> None:
    person.run("models", "fetch", MODEL)
    here = Path(person.listed()["checkpoint"])
    installed.forget(MODEL)
    person.run("models", "fetch", MODEL)
    assert here in removal(MODEL).kept
    remove(MODEL)
    assert here.exists()


def test_a_stopped_download_can_be_removed(person: Any) -> None:
    person.blobs.mkdir(parents=True)
    part = person.blobs / f"{'0' * 64}.vporganizer.incomplete"
    part.write_bytes(bytes(1000))
    assert person.listed()["partial"] == 1000
    assert remove(MODEL).freed == 1000 and not part.exists()


def test_a_damaged_record_is_told_and_can_be_replaced(tiny: Any, capsys: pytest.CaptureFixture[str]) -> None:
    install(MODEL, [tiny.weights, tiny.tokenizer])
    (installed.models_folder() / f"{MODEL}.json").write_text("{")
    assert vporganizer("models", "verify") == 1
    said = capsys.readouterr()
    assert "is damaged" in said.out and f"vporganizer models install {MODEL} FILE" in said.err
    assert vporganizer("models", "list", "--json") == 0
    row = [json.loads(line) for line in capsys.readouterr().out.splitlines()][1]
    assert row["name"] == MODEL and not row["installed"] and "is damaged" in row["problem"]
    install(MODEL, [tiny.weights, tiny.tokenizer])
    assert verify(MODEL)[0].problems == ()


def test_the_list_is_told_to_people(tiny: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert vporganizer("models", "install", "base", tiny.weights) == 0
    assert "no tokenizer yet" in capsys.readouterr().err
    assert vporganizer("models", "install", "base", tiny.tokenizer) == 0
    capsys.readouterr()
    assert vporganizer("models", "list") == 0
    said = capsys.readouterr().out
    assert f"Weights: {tiny.weights} (your own file)" in said and f"Tokenizer: {tiny.tokenizer}" in said
    assert "2.3 GB, Apache-2.0; VideoPrism" in said and "vporganizer models fetch" in said
    assert vporganizer("models", "verify") == 0
    assert capsys.readouterr().out == f"{MODEL}: as installed\n"
