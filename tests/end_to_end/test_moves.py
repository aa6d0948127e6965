"""Files and folders that move, go and come back keep what is known of them; nothing is embedded again."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers.photos import film
from helpers.running import json_lines, status, vporganizer

FILMS = {"a.mp4": "coffee.png", "b.mp4": "chelsea.png", "c.mp4": "rocket.jpg"}


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A library over three films, each tagged with what it shows."""
    (tmp_path / "videos").mkdir()
    for name, photo in FILMS.items():
        film(tmp_path / "videos" / name, [photo], seconds=1.5)
    library = tmp_path / "library"
    vporganizer(library, "scan", tmp_path / "videos")
    for name, photo in FILMS.items():
        vporganizer(library, "tag", tmp_path / "videos" / name, photo)
    return library


def tags(library: Path, folder: Path) -> dict[str, list[str]]:
    """File name -> its tags, by export."""
    rows = json_lines(vporganizer(library, "export", "--format", "json").stdout)
    return {os.path.relpath(row["path"], folder): row["tags"] for row in rows}


def rename(folder: Path) -> dict[str, str]:
    (folder / "a.mp4").rename(folder / "new name.mp4")
    return {"new name.mp4": "coffee.png", "b.mp4": "chelsea.png", "c.mp4": "rocket.jpg"}


def chain(folder: Path) -> dict[str, str]:
    (folder / "c.mp4").rename(folder / "d.mp4")
    (folder / "b.mp4").rename(folder / "c.mp4")
    (folder / "a.mp4").rename(folder / "b.mp4")
    return {"b.mp4": "coffee.png", "c.mp4": "chelsea.png", "d.mp4": "rocket.jpg"}


def swap(folder: Path) -> dict[str, str]:
    (folder / "a.mp4").rename(folder / "x")
    (folder / "b.mp4").rename(folder / "a.mp4")
    (folder / "x").rename(folder / "b.mp4")
    return {"a.mp4": "chelsea.png", "b.mp4": "coffee.png", "c.mp4": "rocket.jpg"}


def case_only(folder: Path) -> dict[str, str]:
    (folder / "a.mp4").rename(folder / "A.MP4")
    return {"A.MP4": "coffee.png", "b.mp4": "chelsea.png", "c.mp4": "rocket.jpg"}


def into_a_folder(folder: Path) -> dict[str, str]:
    (folder / "sub").mkdir()
    (folder / "a.mp4").rename(folder / "sub" / "a.mp4")
    return {"sub/a.mp4": "coffee.png", "b.mp4": "chelsea.png", "c.mp4": "rocket.jpg"}


@pytest.mark.parametrize("move", [rename, chain, swap, case_only, into_a_folder])
def test_moved_files_keep_their_tags_and_are_not_embedded_again(
    library: Path, tmp_path: Path, move: Callable[[Path], dict[str, str]]
) -> None:
    expected = move(tmp_path / "videos")
    done = vporganizer(library, "scan", tmp_path / "videos")
    assert "Nothing new to index." in done.stderr, done.stderr
    assert tags(library, tmp_path / "videos") == {name: [tag] for name, tag in expected.items()}
    assert status(library)["missing"] == []


def test_a_new_video_at_an_old_path_keeps_the_tag_and_is_indexed(library: Path, tmp_path: Path) -> None:
    film(tmp_path / "videos" / "a.mp4", ["coins.png"], seconds=2)
    done = vporganizer(library, "scan", tmp_path / "videos")
    assert "Indexed 1 video" in done.stderr
    assert tags(library, tmp_path / "videos")["a.mp4"] == ["coffee.png"]


def test_a_folder_that_is_away_stays_and_comes_back(library: Path, tmp_path: Path) -> None:
    (tmp_path / "videos").rename(tmp_path / "away")
    done = vporganizer(library, "scan")
    assert "Skipped" in done.stderr
    assert status(library)["offline"] == [str(tmp_path / "videos")]
    hits = json_lines(vporganizer(library, "search", "cup of coffee", "--json").stdout)
    assert hits[0]["path"] == str(tmp_path / "videos" / "a.mp4") and hits[0]["tags"] == ["coffee.png"]
    assert "not connected" in vporganizer(library, "search", "cup of coffee").stdout
    (tmp_path / "away").rename(tmp_path / "videos")
    assert "Nothing new to index." in vporganizer(library, "scan").stderr
    assert status(library)["offline"] == []


def test_an_empty_folder_is_away_until_a_person_says_that_it_is_empty(library: Path, tmp_path: Path) -> None:
    (tmp_path / "videos").rename(tmp_path / "away")
    (tmp_path / "videos").mkdir()
    vporganizer(library, "scan")
    assert status(library)["offline"] == [str(tmp_path / "videos")]
    vporganizer(library, "scan", tmp_path / "videos", "--confirm-empty")
    state = status(library)
    assert state["offline"] == [] and len(state["missing"]) == 3
    assert vporganizer(library, "search", "cup of coffee", "--json").stdout == ""


def test_a_copy_is_not_embedded_again(library: Path, tmp_path: Path) -> None:
    (tmp_path / "videos" / "copy.mp4").write_bytes((tmp_path / "videos" / "a.mp4").read_bytes())
    assert "Nothing new to index." in vporganizer(library, "scan", tmp_path / "videos").stderr
    assert set(tags(library, tmp_path / "videos")) == {*FILMS, "copy.mp4"}
