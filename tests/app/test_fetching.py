"""Fetching a model from a stand-in of the hub, by the command line, through all that can go wrong."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from helpers.hub import COMMIT, MODEL, OTHER, TOKENIZER

Person = Any  # tests/app/conftest.py

NOT_WINDOWS = pytest.mark.skipif(os.name == "nt", reason="signals and limits of Unix")


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def partial(person: Person) -> list[Path]:
    """What stopped downloads left."""
    return list(person.blobs.glob("*.incomplete"))


def wait_until(condition: Any) -> None:
    patience = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < patience
        time.sleep(0.02)


def test_a_model_is_fetched_checked_and_on_record(person: Person) -> None:
    said = person.run("models", "fetch", "base")
    found = person.listed()
    content = person.tiny.weights.read_bytes()
    assert found["installed"] and found["problem"] is None and found["source"] == "hub"
    assert (found["commit"], found["sha256"]) == (COMMIT, sha256(content))
    assert Path(found["checkpoint"]).read_bytes() == content
    assert Path(found["tokenizer"]).read_bytes() == person.tiny.tokenizer.read_bytes()
    assert COMMIT in said and TOKENIZER in said and found["checkpoint"] in said
    assert partial(person) == []
    assert [path.name for path in person.blobs.iterdir()] == [sha256(content)]  # no second copy
    assert "as installed" in person.run("models", "verify")
    rows = [json.loads(line) for line in person.run("models", "list", "--json").splitlines()]
    assert found in rows and len(rows) == 5


def test_what_is_there_is_not_fetched_again(person: Person) -> None:
    person.run("models", "fetch", MODEL)
    before = len(person.hub.requests)
    person.run("models", "fetch", MODEL)
    assert len(person.hub.requests) == before
    shutil.rmtree(person.home / "models")  # the record is lost, the hub's cache is not
    said = person.run("models", "fetch", MODEL, HF_HUB_OFFLINE=1, code=1)
    assert "weights of videoprism_lvt_public_v1_base are installed, but its tokenizer is not" in said
    assert person.listed()["source"] == "cache"
    person.run("models", "fetch", MODEL)
    assert len(person.hub.gets()) == 1 and person.listed()["installed"]


def test_the_second_model_takes_the_first_ones_tokenizer(person: Person) -> None:
    person.run("models", "fetch", MODEL)
    person.run("models", "fetch", OTHER)
    assert len(person.hub.gets("sentencepiece.model")) == 1
    assert person.listed(OTHER)["tokenizer"] == person.listed(MODEL)["tokenizer"]


def test_a_dropped_connection_is_taken_up_where_it_broke(person: Person) -> None:
    content = person.tiny.weights.read_bytes()
    person.hub.publish(MODEL, content, drop_after=100_000, drops=2)
    person.run("models", "fetch", MODEL)
    assert person.hub.gets() == ["", "bytes=100000-", "bytes=200000-"]
    assert Path(person.listed()["checkpoint"]).read_bytes() == content


@NOT_WINDOWS
def test_ctrl_c_stops_at_once_and_the_next_fetch_goes_on(person: Person) -> None:
    content = person.tiny.weights.read_bytes()
    served = person.hub.publish(MODEL, content, rate=100_000)
    with person.start("models", "fetch", MODEL) as process:
        wait_until(lambda: partial(person) and partial(person)[0].stat().st_size > 20_000)
        started = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
        assert process.returncode == 1 and time.monotonic() - started < 1.5
    assert "was stopped" in said and "are kept" in said and "goes on from there" in said
    came = partial(person)[0].stat().st_size
    assert person.listed()["partial"] == came
    served.rate = 0
    assert "are here already" in person.run("models", "fetch", MODEL)
    assert person.hub.gets() == ["", f"bytes={came}-"]
    assert Path(person.listed()["checkpoint"]).read_bytes() == content


@NOT_WINDOWS
def test_a_killed_fetch_is_taken_up_too(person: Person) -> None:
    served = person.hub.publish(MODEL, person.tiny.weights.read_bytes(), rate=100_000)
    with person.start("models", "fetch", MODEL) as process:
        wait_until(lambda: partial(person) and partial(person)[0].stat().st_size > 20_000)
        process.kill()
    came = partial(person)[0].stat().st_size
    served.rate = 0
    person.run("models", "fetch", MODEL)
    assert person.hub.gets()[-1] == f"bytes={came}-" and person.listed()["installed"]


@NOT_WINDOWS
def test_ctrl_c_stops_while_the_server_is_silent(person: Person) -> None:
    person.hub.publish(MODEL, b"", silent=True)
    with person.start("models", "fetch", MODEL) as process:
        wait_until(lambda: person.hub.requests)
        time.sleep(0.2)
        started = time.monotonic()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
        assert process.returncode == 1 and time.monotonic() - started < 1.5


def test_wrong_content_of_the_right_size_is_deleted_and_can_be_fetched_again(person: Person) -> None:
    content = person.tiny.weights.read_bytes()
    person.hub.publish(MODEL, bytes(len(content)), stated=sha256(content))
    said = person.run("models", "fetch", MODEL, code=1)
    assert "is not the file whose sha256 was stated" in said and "Fetch again" in said
    assert list(person.blobs.iterdir()) == [] and not person.listed()["installed"]
    person.hub.publish(MODEL, content)
    person.run("models", "fetch", MODEL)
    assert Path(person.listed()["checkpoint"]).read_bytes() == content


def test_a_damaged_copy_in_the_cache_is_replaced(person: Person) -> None:
    person.run("models", "fetch", MODEL)
    content = person.tiny.weights.read_bytes()
    blob = person.blobs / sha256(content)
    blob.write_bytes(bytes(len(content)))
    said = person.run("models", "verify", code=1)
    assert "is not the one that was installed" in said
    person.run("models", "fetch", MODEL)
    assert blob.read_bytes() == content and person.listed()["installed"]


def test_another_models_weights_are_refused_by_name(person: Person) -> None:
    person.hub.publish(MODEL, person.tiny.other_weights.read_bytes())
    said = person.run("models", "fetch", MODEL, code=1)
    assert f"holds the weights of {OTHER}, not of {MODEL}" in said and "was deleted" in said
    assert list(person.blobs.iterdir()) == []


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"status": 404, "code": "EntryNotFound"}, "There is no file flax_lvt_base"),
        ({"status": 404, "code": "RepoNotFound"}, "There is no repository google/videoprism-lvt-base"),
        ({"status": 401}, "wants a sign-in"),
        ({"status": 403, "code": "GatedRepo"}, "want to be asked"),
        ({"status": 500}, "answers with error 500"),
        ({"stated": "not-a-sha256"}, "does not state the sha256"),
    ],
)
def test_a_refusal_is_one_sentence(person: Person, how: dict[str, Any], says: str) -> None:
    person.hub.publish(MODEL, person.tiny.weights.read_bytes(), **how)
    started = time.monotonic()
    said = person.run("models", "fetch", MODEL, code=1)
    assert says in said and "Traceback" not in said and time.monotonic() - started < 5
    assert not person.blobs.exists()


def test_the_token_is_sent_and_a_wrong_one_is_said(person: Person) -> None:
    person.hub.publish(MODEL, person.tiny.weights.read_bytes(), token="hf_right")
    said = person.run("models", "fetch", MODEL, code=1, HF_TOKEN="hf_wrong")
    assert "the token is not accepted" in said and "hf_wrong" not in said
    person.run("models", "fetch", MODEL, HF_TOKEN="hf_right")
    sent = {path: token for _, path, _, token in person.hub.requests}
    assert sent[TOKENIZER] == ""  # it is for the hub alone


def test_content_on_another_server_is_fetched_and_gone_on_with_without_the_token(person: Person) -> None:
    person.hub.publish(MODEL, person.tiny.weights.read_bytes(), elsewhere=True, drop_after=100_000, drops=1)
    person.run("models", "fetch", MODEL, HF_TOKEN="hf_secret")
    poured = [(part, token) for verb, path, part, token in person.hub.requests
              if verb == "GET" and path.startswith("/cdn/")]  # fmt: skip
    assert poured == [("", ""), ("bytes=100000-", "")]
    assert all(token for _, path, _, token in person.hub.requests if path.startswith("/google/"))
    assert person.listed()["installed"]


def test_offline_is_said_quickly(person: Person) -> None:
    started = time.monotonic()
    said = person.run("models", "fetch", MODEL, code=1, HF_ENDPOINT="http://127.0.0.1:9")
    assert "127.0.0.1:9 cannot be reached: Connection refused" in said and "models install" in said
    assert time.monotonic() - started < 5
    said = person.run("models", "fetch", MODEL, code=1, HF_HUB_OFFLINE=1)
    assert "HF_HUB_OFFLINE is set" in said and person.hub.requests == []


def test_a_file_that_does_not_fit_is_not_begun(person: Person) -> None:
    served = person.hub.publish(MODEL, person.tiny.weights.read_bytes())
    served.size = 10**18
    said = person.run("models", "fetch", MODEL, code=1)
    assert "needs 1000000000.0 GB of room in" in said and "are free" in said and "HF_HOME" in said
    assert person.hub.gets() == []


@NOT_WINDOWS
def test_a_disk_that_fills_up_on_the_way_leaves_what_came(person: Person) -> None:
    said = person.run("models", "fetch", MODEL, code=1, file_limit=150_000)
    assert "There is no room left" in said and "goes on where it stopped" in said
    assert partial(person)[0].stat().st_size == 150_000
    person.run("models", "fetch", MODEL)
    assert person.hub.gets() == ["", "bytes=150000-"] and person.listed()["installed"]


def test_two_at_once_download_once(person: Person) -> None:
    person.hub.publish(MODEL, person.tiny.weights.read_bytes(), rate=800_000)
    with person.start("models", "fetch", MODEL) as first, person.start("models", "fetch", MODEL) as second:
        said = first.communicate(timeout=60)[1] + second.communicate(timeout=60)[1]
        assert (first.returncode, second.returncode) == (0, 0), said
    assert len(person.hub.gets()) == 1 and "Waiting for another process" in said


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"content": b"<html>sign in to this network</html>"}, "is no SentencePiece model"),
        ({"content": b"", "status": 404}, "There is no file at"),
    ],
)
def test_a_tokenizer_that_fails_leaves_the_weights(person: Person, how: dict[str, Any], says: str) -> None:
    person.hub.publish_tokenizer(**how)
    said = person.run("models", "fetch", MODEL, code=1)
    assert "weights of videoprism_lvt_public_v1_base are installed, but its tokenizer is not" in said
    assert says in said
    found = person.listed()
    assert not found["installed"] and "has no tokenizer" in found["problem"]
    person.hub.publish_tokenizer(person.tiny.tokenizer.read_bytes(), unsized=True)
    person.run("models", "fetch", MODEL)
    assert person.listed()["installed"] and len(person.hub.gets()) == 1


def test_no_other_command_loads_the_client_of_the_hub(person: Person, tmp_path: Path) -> None:
    (tmp_path / "videos").mkdir()
    code = (
        "import json, sys\nfrom vporganizer.cli.main import run\n"
        "for command in json.loads(sys.argv[1]):\n"
        "    run(lambda *_: 0, command)\n"
        "    assert 'huggingface_hub' not in sys.modules, command\n"
    )
    library = ["--library", str(tmp_path / "library")]
    commands = [
        [*library, "scan", str(tmp_path / "videos")], [*library, "search", "a dog"], [*library, "status"],
        ["models", "list"], ["models", "verify"], ["models", "remove", "base", "--yes"],
        ["models", "install", "base", str(person.tiny.weights)],
    ]  # fmt: skip
    environment = {
        **os.environ,
        "VPORGANIZER_MODELS_DIR": str(tmp_path / "models"),
        "HF_HOME": str(tmp_path / "hf"),
    }
    subprocess.run(
        [sys.executable, "-P", "-c", code, json.dumps(commands)], check=True, env=environment, timeout=60
    )
