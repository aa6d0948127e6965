"""One file from a server that does not behave."""

from __future__ import annotations

import importlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
from helpers.hub import Hub, Served

from vporganizer.app.downloading import FetchProgress, Report, Source, download
from vporganizer.app.fetching import need_room
from vporganizer.app.waiting import in_background
from vporganizer.errors import Cancelled, DownloadError
from vporganizer.indexing.progress import Control

CONTENT = bytes(range(256)) * 1000


@pytest.fixture
def server() -> Iterator[Hub]:
    with Hub() as hub:
        yield hub


@pytest.fixture
def client() -> Iterator[Any]:
    """A client of the kind that the hub's own client has."""
    kind = type(huggingface_hub.get_session()).__module__.partition(".")[0]
    with importlib.import_module(kind).Client(trust_env=False) as made:
        yield made


def fetched(
    server: Hub, client: Any, target: Path, *, size: int | None = None, most: int | None = None,
    control: Control | None = None, **how: Any,
) -> list[FetchProgress]:  # fmt: skip
    """Downloads CONTENT, served as said -> the progress."""
    server.files["/file"] = Served(CONTENT, **how)
    heard: list[FetchProgress] = []
    source = Source(f"{server.url}/file", {}, size, client, most)
    download(source, target, control or Control(), Report(heard.append, "downloading", "weights", size))
    return heard


def test_progress_has_bytes_pace_and_an_estimate(server: Hub, client: Any, tmp_path: Path) -> None:
    heard = fetched(server, client, tmp_path / "file", size=len(CONTENT), rate=250_000)
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert [one.done for one in heard] == sorted(one.done for one in heard)
    assert heard[0].done == 0 and heard[-1].done == heard[-1].total == len(CONTENT)
    assert any(one.speed and 100_000 < one.speed < 500_000 for one in heard)
    assert any(one.seconds_left is not None and one.seconds_left < 3 for one in heard)


def test_a_whole_file_of_unknown_size_is_known_as_whole(server: Hub, client: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(CONTENT)
    fetched(server, client, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert [part for *_, part, _ in server.requests] == [f"bytes={len(CONTENT)}-"]


def test_what_is_longer_than_the_file_is_begun_anew(server: Hub, client: Any, tmp_path: Path) -> None:
    for size in (None, len(CONTENT)):
        (tmp_path / "file").write_bytes(CONTENT + b"more")
        fetched(server, client, tmp_path / "file", size=size)
        assert (tmp_path / "file").read_bytes() == CONTENT


def test_more_than_was_stated_is_refused(server: Hub, client: Any, tmp_path: Path) -> None:
    for limits in ({"size": 1000}, {"most": 1000}):
        with pytest.raises(DownloadError, match="sends more than the 1,000 bytes"):
            fetched(server, client, tmp_path / "file", **limits)
        assert (tmp_path / "file").stat().st_size <= 1000


def test_another_part_than_asked_for_is_refused(server: Hub, client: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(CONTENT[:1000])
    with pytest.raises(DownloadError, match="another part of the file"):
        fetched(server, client, tmp_path / "file", size=len(CONTENT), begins=500)
    assert (tmp_path / "file").read_bytes() == CONTENT[:1000]


def test_a_connection_that_gives_nothing_any_more_is_given_up(
    server: Hub, client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vporganizer.app.downloading._PAUSE", 0.01)
    with pytest.raises(DownloadError, match=r"was lost: .*closed"):
        fetched(server, client, tmp_path / "file", size=len(CONTENT), drop_after=0, drops=99)
    with pytest.raises(DownloadError, match="was lost: it answered with error 503"):
        fetched(server, client, tmp_path / "file", size=len(CONTENT), status=503)
    with pytest.raises(DownloadError, match="refuses the file: error 418"):
        fetched(server, client, tmp_path / "file", size=len(CONTENT), status=418)


def test_a_pause_holds_the_download(server: Hub, client: Any, tmp_path: Path) -> None:
    control = Control()
    done = threading.Event()

    def work() -> None:
        fetched(server, client, tmp_path / "file", size=len(CONTENT), rate=400_000, control=control)
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    while not (tmp_path / "file").exists() or (tmp_path / "file").stat().st_size < 10_000:
        time.sleep(0.01)
    control.pause()
    time.sleep(0.2)
    before = (tmp_path / "file").stat().st_size
    assert not done.wait(0.4) and (tmp_path / "file").stat().st_size == before < len(CONTENT)
    control.resume()
    assert done.wait(5)
    thread.join()
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_a_file_that_does_not_fit_is_said_before(tmp_path: Path) -> None:
    need_room(tmp_path / "not" / "yet" / "there", 1000, "It")
    with pytest.raises(DownloadError, match=r"It needs 1000000000\.0 GB of room in .* are free"):
        need_room(tmp_path / "not" / "yet" / "there", 10**18, "It")


def test_waiting_ends_by_cancelling_or_by_patience() -> None:
    control = Control()
    threading.Timer(0.2, control.cancel).start()
    started = time.monotonic()
    with pytest.raises(Cancelled):
        in_background(lambda stop: stop.wait(30), control)
    with pytest.raises(DownloadError, match="no answer within 0 seconds"):
        in_background(lambda stop: stop.wait(30), Control(), patience=0.1)
    with pytest.raises(TimeoutError, match="own"):
        in_background(lambda _stop: (_ for _ in ()).throw(TimeoutError("own")), Control())
    assert time.monotonic() - started < 5
