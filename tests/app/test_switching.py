"""Switching a library's encoder, both ways: what is kept, what is let go, and what is said."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from helpers.encoders import Slow, known
from helpers.libraries import clips_by
from helpers.videos import Shot, make_video, solid

import vporganizer
from vporganizer.app.context import OpenLibrary
from vporganizer.app.dates import moment_of
from vporganizer.encoder import catalog
from vporganizer.errors import CheckpointMissing, DeviceUnavailable, LibraryError, NotInLibrary, QueryError
from vporganizer.indexing.progress import Control, Progress

COLOURS = [(220, 40, 40), (40, 220, 40), (40, 40, 220), (200, 200, 40)]


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four films of two shots each, two of them in a folder inside, each a day older than the one before."""
    folder = tmp_path_factory.mktemp("films")
    (folder / "inside").mkdir()
    for number in range(4):
        shots = [Shot(1.5, solid(*COLOURS[number])), Shot(1.5, solid(*COLOURS[(number + 1) % 4]))]
        path = folder / ("inside" if number > 1 else "") / f"{number}.mp4"
        make_video(path, shots, fps=10, size=(96, 64))
        when = datetime(2024, 5, 10 - number, 12).timestamp()
        os.utime(path, (when, when))
    return folder


def stop_after(count: int) -> tuple[Control, Callable[[Progress], None]]:
    control = Control()
    return control, lambda progress: control.cancel() if progress.clips >= count else None


def test_naming_another_encoder_is_the_switch_and_is_said(
    library: OpenLibrary, films: Path, quick: Slow, slow: Slow
) -> None:
    told: list[str] = []
    library.scan(films)
    assert library.chosen_encoder == "starter" and clips_by(library) == {"starter": 8}
    report = library.scan(films, encoder="slow", progress=lambda now: told.append(now.note))
    assert library.chosen_encoder == "slow" and slow.embedded == 8
    assert [note for note in told if note] == list(report.notes) and len(report.notes) == 2
    assert "slow from now on" in report.notes[0] and "the 8 vectors of search by starter" in report.notes[1]
    assert clips_by(library) == {"slow": 8}
    assert not list((library.path / "index").glob("starter.*"))
    [now] = library.status().encoders
    assert (now.share, now.chosen, now.complete, now.device) == (1.0, True, True, "cpu")
    again = library.scan()
    assert again.encoder == "slow" and again.clips == 0 and again.notes == ()


def test_while_half_is_done_both_answer_and_both_ways_keep_what_took_hours(
    library: OpenLibrary, films: Path, quick: Slow, slow: Slow
) -> None:
    library.scan(films)
    slow.seconds = 0.15
    control, listener = stop_after(2)
    stopped = library.scan(encoder="slow", control=control, progress=listener)
    assert stopped.cancelled and 0 < slow.embedded < 8
    half = clips_by(library)
    assert half == {"starter": 8, "slow": slow.embedded}
    found = library.search("red", limit=20, per_video=5)
    assert {hit.encoder for hit in found} == {"starter", "slow"}
    assert all(hit.relevance is not None for hit in found)
    like = library.similar(films / "0.mp4", limit=20)
    assert {hit.encoder for hit in like} == {"starter", "slow"}
    back = library.scan(encoder="starter")
    assert "starter from now on" in back.notes[0] and clips_by(library) == half
    assert {hit.encoder for hit in library.search("red", limit=20)} == {"starter"}
    slow.seconds = 0.0
    library.scan(encoder="slow")
    assert slow.embedded == 8 and quick.embedded == 8 and clips_by(library) == {"slow": 8}
    library.scan(encoder="starter")
    assert quick.embedded == 16 and clips_by(library) == {"starter": 8, "slow": 8}
    assert {hit.encoder for hit in library.search("red", limit=20)} == {"starter"}


def test_an_example_from_outside_is_read_as_each_encoder_needs_it(
    library: OpenLibrary, films: Path, slow: Slow, tmp_path: Path
) -> None:
    library.scan(films)
    slow.seconds = 0.15
    control, listener = stop_after(2)
    library.scan(encoder="slow", control=control, progress=listener)
    slow.seconds = 0.0
    before = slow.embedded
    shots = [Shot(1.0, solid(*COLOURS[number % 4])) for number in range(9)]
    outside = make_video(tmp_path / "outside.mp4", shots, fps=20, size=(160, 64))
    whole = library.similar(outside, limit=20)
    assert set(whole.encoders) == {"starter", "slow"} and len(whole) > 3
    assert 1 <= slow.embedded - before <= 6  # seconds each: not all nine
    before = slow.embedded
    part = library.similar(outside, 0.1, 0.9, encoder="slow")
    assert slow.embedded - before == 1 and part[0].relevance is not None
    assert {hit.encoder for hit in part} == {"slow"}


def test_newest_videos_come_first(library: OpenLibrary, films: Path, slow: Slow) -> None:
    library.scan(films)
    slow.seconds = 0.25
    control, listener = stop_after(2)
    library.scan(encoder="slow", control=control, progress=listener, workers=1)
    seen = {Path(row["path"]).name for row in library.export_rows() if row["encoder"] == "slow"}
    assert "0.mp4" in seen and "3.mp4" not in seen


def test_another_checkpoint_of_the_same_name_is_another_encoder(
    library: OpenLibrary, films: Path, slow: Slow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    library.scan(films, encoder="slow")
    newer = Slow("slow", identity="2", seconds=0.1)
    known(monkeypatch, newer)
    with vporganizer.open_library(library.path) as reopened:
        with pytest.raises(CheckpointMissing, match="scan again"):
            reopened.search("red")
        control, listener = stop_after(2)
        reopened.scan(control=control, progress=listener)
        assert 0 < newer.embedded < 8
        assert "scan again" in reopened.search("red").note
        assert reopened.status().as_json()["encoders"]["slow"]["clips"] == newer.embedded
        newer.seconds = 0.0
        report = reopened.scan()
        assert newer.embedded == 8 and "the 8 vectors of an older checkpoint of slow" in report.notes[0]
        assert len(reopened.search("red", per_video=5)) == 8 and reopened.search("red").note == ""


def test_a_drive_that_is_away_is_waited_for(
    library: OpenLibrary, films: Path, slow: Slow, tmp_path: Path
) -> None:
    away = tmp_path / "drive"
    away.mkdir()
    make_video(away / "far.mp4", [Shot(1.5, solid(9, 9, 200))], fps=10, size=(96, 64))
    library.scan([films, away])
    away.rename(tmp_path / "unplugged")
    library.scan(encoder="slow")
    assert clips_by(library) == {"starter": 9, "slow": 8}
    assert {hit.encoder for hit in library.search("red", limit=20)} == {"starter", "slow"}
    (tmp_path / "unplugged").rename(away)
    library.scan()
    assert clips_by(library) == {"slow": 9}


def test_only_what_was_asked_for_is_indexed(library: OpenLibrary, films: Path, slow: Slow) -> None:
    library.scan(films)
    library.scan(films / "inside", encoder="slow")
    assert slow.embedded == 4
    library.scan(newer_than="2024-05-10")
    assert slow.embedded == 6
    assert clips_by(library) == {"starter": 8, "slow": 6}


def test_an_estimate_measures_a_clip_and_indexes_nothing(
    library: OpenLibrary, films: Path, slow: Slow
) -> None:
    slow.seconds = 0.03
    unknown = library.estimate(films, encoder="slow", look=True)
    assert unknown.videos == 4 and unknown.clips >= 1 and library.status().clips == 0
    library.scan()
    found = library.estimate(encoder="slow")
    assert (found.videos, found.clips, found.device) == (4, 8, "cpu")
    assert found.per_clip >= 0.03 and found.seconds == pytest.approx(8 * found.per_clip)
    assert library.estimate(encoder="slow", newer_than="2024-05-09").clips == 4
    assert library.estimate(films / "inside", encoder="slow").clips == 4
    assert library.estimate().seconds == 0 and library.chosen_encoder == "starter"


def test_what_an_encoder_indexed_is_forgotten_only_by_name(
    library: OpenLibrary, films: Path, slow: Slow
) -> None:
    library.scan(films)
    library.scan(encoder="slow")
    assert (library.path / "index" / "slow.neutral").is_file()
    assert library.forget_encoder("slow") == 8
    assert not list((library.path / "index").glob("*slow*"))
    with pytest.raises(NotInLibrary, match="slow"):
        library.forget_encoder("slow")
    library.scan()
    assert slow.embedded == 16


def test_a_model_that_is_not_there_is_said_before_anything_is_done(
    library: OpenLibrary, films: Path, slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    known(
        monkeypatch,
        slow,
        missing=lambda: "The model slow is not installed; run: vporganizer models fetch slow",
    )
    for call in (library.scan, library.estimate):
        with pytest.raises(CheckpointMissing, match="models fetch slow"):
            call(films, encoder="slow")
    assert library.chosen_encoder == "starter" and library.status().videos == 0
    with pytest.raises(LibraryError):
        library.scan(films / "nowhere")


def test_dates_as_people_write_them() -> None:
    now = datetime(2024, 3, 31, 12)
    assert moment_of("90d", now=now) == datetime(2024, 1, 1, 12).timestamp()
    assert moment_of("1m", now=now) == datetime(2024, 2, 29, 12).timestamp()
    assert moment_of("2Y", now=now) == datetime(2022, 3, 31, 12).timestamp()
    assert moment_of("2024-02") == datetime(2024, 2, 1).timestamp()
    assert moment_of(5) == 5.0 and moment_of(None) is None
    for wrong in ("soon", "2024-13", "9999999y", ""):
        with pytest.raises(QueryError, match="no date"):
            moment_of(wrong)


def test_status_says_why_what_is_indexed_is_not_searched(
    library: OpenLibrary, films: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.scan(films / "inside")
    assert [one.problem for one in library.status().encoders] == [None]
    known(monkeypatch, Slow("starter", exact=False, identity="2"))  # other files of the same name
    [now] = library.status().encoders
    assert now.clips == 4 and "scan again" in (now.problem or "")
    assert library.status().as_json()["encoders"]["starter"]["problem"] == now.problem
    library.scan()
    assert [one.problem for one in library.status().encoders] == [None]
    known(monkeypatch, Slow("starter", exact=False), missing=lambda: "It is away. Bring it back.")
    assert [one.problem for one in library.status().encoders] == ["It is away. Bring it back."]


def test_the_chosen_encoder_is_shown_before_its_first_clip(library: OpenLibrary, films: Path) -> None:
    assert library.status().encoders == ()
    library.scan(films)
    control = Control()
    control.cancel()
    assert library.scan(encoder="slow", control=control).cancelled
    quick, slow = library.status().encoders
    assert (quick.name, quick.complete) == ("starter", True)
    assert (slow.name, slow.chosen, slow.clips, slow.complete) == ("slow", True, 0, False)
    assert slow.problem is None and "made" in slow.index


def test_an_estimate_counts_at_least_a_clip_for_each_video(library: OpenLibrary, films: Path) -> None:
    found = library.estimate(films, encoder="slow", look=True)
    assert found.videos == 4 and found.clips >= 4  # though the files are small


def test_an_encoder_that_cannot_be_opened_is_not_switched_to(
    library: OpenLibrary, films: Path, slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_device(*_: object) -> Slow:
        raise DeviceUnavailable("JAX finds no GPU on this machine.")

    entry = catalog.ENCODERS["slow"]
    monkeypatch.setitem(catalog.ENCODERS, "slow", replace(entry, load=no_device))
    with pytest.raises(DeviceUnavailable):
        library.scan(films, encoder="slow")
    assert library.chosen_encoder == "starter" and slow.embedded == 0


def test_in_an_empty_library_nothing_is_said_of_what_is_searched_meanwhile(
    library: OpenLibrary, films: Path
) -> None:
    report = library.scan(films, encoder="slow")
    assert report.notes[0] == "This library is indexed with slow from now on."


def test_a_wish_to_stop_that_comes_with_the_last_file_is_no_stop(library: OpenLibrary, films: Path) -> None:
    control, last = Control(), []

    def at_the_end(progress: Progress) -> None:
        if progress.files_total and progress.files_done == progress.files_total and not last:
            last.append(progress)
            control.cancel()

    report = library.scan(films, progress=at_the_end, control=control)
    assert last and not report.cancelled and clips_by(library) == {"starter": 8}
