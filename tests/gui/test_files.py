"""File URLs and paths."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QMimeData, QUrl

from vporganizer.gui.files import Dropped, dropped, path_of, sorted_paths, url_of


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=40).filter(lambda name: b"/" not in name and b"\0" not in name))
def test_any_name_survives_the_way_through_a_url(name: bytes) -> None:
    path = b"/videos/" + name
    assert path_of(url_of(os.fsdecode(path))) == path


@pytest.mark.parametrize(
    "name", ["100% real.mp4", "a#b?c.mp4", "-dash.mp4", "Ünïcode 🎬.mp4", "two\nlines.mp4"]
)
def test_qt_names_the_same_file(name: str) -> None:
    assert path_of(QUrl.fromLocalFile(f"/videos/{name}")) == os.fsencode(f"/videos/{name}")
    assert url_of(f"/videos/{name}").toLocalFile() == f"/videos/{name}"


def test_a_drag_is_sorted_into_folders_and_files_and_what_is_not_here_is_left(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").touch()
    data = QMimeData()
    local = [QUrl.fromLocalFile(str(path)) for path in (tmp_path, tmp_path / "film.mp4")]
    data.setUrls([*local, QUrl("https://example.org/film.mp4")])
    assert dropped(data) == Dropped((os.fsencode(tmp_path),), (os.fsencode(tmp_path / "film.mp4"),))
    assert not dropped(QMimeData())


def test_paths_are_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert sorted_paths([b"gone.mp4"]).files == (os.fsencode(tmp_path / "gone.mp4"),)
