"""What the command line prints survives odd names, odd input and full disks."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.photos import film
from helpers.running import json_lines, vporganizer

NAMES = [b"plain.mp4", b"new\nline.mp4", b"re\rturn, comma.mp4", b'"quoted".mp4', b"not text \xff.mp4"]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of one film at names that are hard to print."""
    folder = tmp_path_factory.mktemp("videos")
    content = film(folder / "source.mp4", ["chelsea.png"], seconds=1.5).read_bytes()
    (folder / "source.mp4").unlink()
    for name in NAMES:
        with open(os.path.join(os.fsencode(folder), name), "wb") as file:
            file.write(content)
    library = tmp_path_factory.mktemp("library")
    vporganizer(library, "scan", folder)
    return library


def test_csv_gives_back_every_name(library: Path) -> None:
    command = [sys.executable, "-P", "-m", "vporganizer", "--library", library, "export", "--format", "csv"]
    text = subprocess.run(command, capture_output=True, check=True).stdout.decode("utf-8", "surrogateescape")
    rows = list(csv.DictReader(text.splitlines(keepends=True)))
    assert sorted(os.path.basename(os.fsencode(row["path"])) for row in rows) == sorted(NAMES)


def test_json_gives_back_every_name(library: Path) -> None:
    text = vporganizer(library, "export", "--format", "json").stdout
    assert text.isascii()
    assert sorted(os.path.basename(os.fsencode(row["path"])) for row in json_lines(text)) == sorted(NAMES)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [["search", "a cat"], ["export", "--format", "csv"], ["status"]])
def test_a_full_disk_under_the_output_is_a_sentence(library: Path, arguments: list[str]) -> None:
    command = [sys.executable, "-P", "-m", "vporganizer", "--library", str(library), *arguments]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert "could not be written" in done.stderr and "Traceback" not in done.stderr


def test_queries_saved_with_a_byte_order_mark_are_read(library: Path, tmp_path: Path) -> None:
    (tmp_path / "queries.txt").write_bytes("a cat\r\n".encode("utf-8-sig"))
    done = vporganizer(library, "search", "--queries-file", tmp_path / "queries.txt", "--json")
    assert {hit["query"] for hit in json_lines(done.stdout)} == {"a cat"}


def test_queries_that_are_not_utf8_are_a_sentence(library: Path, tmp_path: Path) -> None:
    (tmp_path / "queries.txt").write_bytes(b"caf\xe9\n")
    done = vporganizer(library, "search", "--queries-file", tmp_path / "queries.txt", code=1)
    assert "UTF-8" in done.stderr and "Traceback" not in done.stderr


def test_an_empty_path_is_refused(library: Path) -> None:
    for command in (["scan", ""], ["similar", ""], ["tags", ""]):
        assert "The path is empty." in vporganizer(library, *command, code=1).stderr


def test_all_hits_are_shown_when_only_one_video_is_left(tmp_path: Path) -> None:
    (tmp_path / "videos").mkdir()
    four = ["chelsea.png", "coffee.png", "rocket.jpg", "coins.png"]
    film(tmp_path / "videos" / "one.mp4", four, seconds=1.5)
    film(tmp_path / "videos" / "two.mp4", ["moon.png"], seconds=1.5)
    vporganizer(tmp_path / "library", "scan", tmp_path / "videos")

    def hits() -> int:
        return len(json_lines(vporganizer(tmp_path / "library", "search", "a cat", "--json").stdout))

    assert hits() == 4
    (tmp_path / "videos" / "two.mp4").unlink()
    vporganizer(tmp_path / "library", "scan", tmp_path / "videos")
    assert hits() == 4
