"""New videos in a library with a slow encoder: quick search goes first, nothing is done or counted twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers.encoders import Slow, known
from helpers.libraries import clips_by
from helpers.videos import Shot, make_video, solid

from vporganizer.app.context import OpenLibrary
from vporganizer.errors import CheckpointMismatch
from vporganizer.indexing.progress import Control, Progress
from vporganizer.library.failures import attempts
from vporganizer.library.pictures import poster, storyboard
from vporganizer.library.videos import all_videos

COLOURS = [(220, 40, 40), (40, 220, 40), (40, 40, 220)]
CLIPS = 6


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three films of two shots each."""
    folder = tmp_path_factory.mktemp("films")
    for number in range(3):
        shots = [Shot(1.5, solid(*COLOURS[number])), Shot(1.5, solid(*COLOURS[(number + 1) % 3]))]
        make_video(folder / f"{number}.mp4", shots, fps=10, size=(96, 64))
    return folder


def stopping(phase: str, clips: int) -> tuple[Control, Callable[[Progress], None]]:
    """Cancels once so many clips of a phase are stored."""
    control = Control()

    def listen(progress: Progress) -> None:
        if progress.phase == phase and progress.clips >= clips:
            control.cancel()

    return control, listen


def test_new_videos_are_found_and_have_pictures_before_the_slow_encoder_begins(
    library: OpenLibrary, films: Path, quick: Slow, slow: Slow
) -> None:
    seen: list[Progress] = []
    found: list[str] = []

    def listen(progress: Progress) -> None:
        if progress.phase == "full" and not found:
            assert slow.embedded == 0 and clips_by(library) == {"starter": CLIPS}
            found.extend(hit.encoder for hit in library.search("red", limit=20, per_video=5))
            for video in all_videos(library.library.db):
                assert poster(library.library, video.content_id)
                assert storyboard(library.library, video.content_id)
        seen.append(progress)

    report = library.scan(films, encoder="slow", progress=listen)
    assert found == ["starter"] * CLIPS
    phases = [one.phase for one in seen if one.stage == "indexing" and not one.note]
    assert phases == sorted(phases, reverse=True) and set(phases) == {"quick", "full"}
    assert all(one.files_total == 3 for one in seen if one.phase)
    full = [one for one in seen if one.phase == "full"]
    assert {one.clips_total for one in full} == {CLIPS} and full[0].clips == 0 and full[-1].clips == CLIPS
    assert (report.indexed, report.failed, report.clips) == (3, 0, CLIPS)
    assert report.video_seconds == pytest.approx(9.0, abs=0.5) and report.encoder == "slow"
    assert (report.quick_files, report.quick_clips) == (3, CLIPS)
    assert (seen[-1].stage, seen[-1].files_done, seen[-1].clips) == ("done", 3, CLIPS)
    assert quick.embedded == slow.embedded == CLIPS
    assert clips_by(library) == {"slow": CLIPS}, "quick search is not kept where it is not needed"


def test_only_what_is_new_goes_by_quick_search_once_the_library_has_switched(
    library: OpenLibrary, films: Path, quick: Slow, slow: Slow, tmp_path: Path
) -> None:
    library.scan(films, encoder="slow")
    more = tmp_path / "more"
    more.mkdir()
    make_video(more / "new.mp4", [Shot(1.5, solid(200, 200, 9))], fps=10, size=(96, 64))
    report = library.scan(more)
    assert (report.indexed, report.clips, report.quick_files) == (1, 1, 1)
    assert quick.embedded == slow.embedded == CLIPS + 1
    again = library.scan()
    assert (again.indexed, again.quick_files, quick.embedded) == (0, 0, CLIPS + 1)
    with library.library.write() as db:  # as if killed between the last window and the end of each video
        db.execute("UPDATE window_set SET finished = 0")
    ends = library.scan()
    assert (ends.indexed, ends.quick_files, ends.clips) == (4, 4, 0)
    assert slow.embedded == CLIPS + 1 and clips_by(library) == {"slow": CLIPS + 1}


def test_quick_search_looks_only_at_what_was_asked_for(
    library: OpenLibrary, films: Path, quick: Slow, slow: Slow
) -> None:
    library.add_folder(films)
    assert library.scan(encoder="slow", newer_than="2999-01-01").quick_files == 0
    assert quick.embedded == slow.embedded == 0
    assert [one.name for one in library.status().encoders] == ["slow"]


def test_stopped_in_either_phase_nothing_is_done_twice(
    library: OpenLibrary, films: Path, quick: Slow, slow: Slow
) -> None:
    quick.seconds = slow.seconds = 0.2
    control, listen = stopping("quick", 2)
    first = library.scan(films, encoder="slow", control=control, progress=listen, workers=1)
    assert first.cancelled and (first.indexed, first.clips, slow.embedded) == (0, 0, 0)
    assert 0 < first.quick_clips == quick.embedded < CLIPS
    assert clips_by(library) == {"starter": quick.embedded} and library.chosen_encoder == "slow"
    control, listen = stopping("full", 2)
    second = library.scan(control=control, progress=listen, workers=1)
    assert second.cancelled and 0 < second.clips == slow.embedded < CLIPS
    assert second.indexed < 3 and first.quick_files + second.quick_files == 3
    assert clips_by(library) == {"starter": CLIPS, "slow": slow.embedded}
    third = library.scan()
    assert not third.cancelled and third.quick_files == 0
    assert quick.embedded == slow.embedded == CLIPS and clips_by(library) == {"slow": CLIPS}


def test_paused_in_either_phase_it_waits_and_goes_on(
    library: OpenLibrary, films: Path, quick: Slow, slow: Slow
) -> None:
    control = Control()
    paused: list[str] = []
    timers: list[threading.Timer] = []

    def listen(progress: Progress) -> None:
        if progress.stage == "indexing" and progress.phase not in ("", *paused):
            paused.append(progress.phase)
            control.pause()
            timers.append(threading.Timer(0.3, control.resume))
            timers[-1].start()
        elif progress.paused:
            assert progress.phase == paused[-1] and progress.seconds_left is None

    report = library.scan(films, encoder="slow", control=control, progress=listen)
    for timer in timers:
        timer.join()
    assert paused == ["quick", "full"] and not report.cancelled
    assert quick.embedded == slow.embedded == report.clips == CLIPS


def test_what_quick_search_could_not_read_is_tried_and_counted_once(
    library: OpenLibrary, films: Path, slow: Slow, tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "none.mp4").write_bytes(b"this is no video " * 500)
    seen: list[Progress] = []
    first = library.scan([films, broken], encoder="slow", progress=seen.append)
    assert (first.indexed, first.failed, first.quick_files) == (3, 1, 3)
    assert {one.files_failed for one in seen if one.phase == "full" or one.stage == "done"} == {1}
    [bad] = [one for one in all_videos(library.library.db) if one.path.endswith(b"none.mp4")]
    assert attempts(library.library.db, bad.id, "decode") == 1
    again = library.scan(retry_failed=True)
    assert (again.indexed, again.failed) == (0, 1)
    assert attempts(library.library.db, bad.id, "decode") == 2


@pytest.mark.parametrize("how", ["missing", "damaged"])
def test_without_quick_search_the_slow_encoder_goes_alone_and_says_so(
    library: OpenLibrary, films: Path, quick: Slow, slow: Slow, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    def damaged() -> Slow:
        raise CheckpointMismatch("Its weights are damaged.", hint="Install it again.")

    if how == "missing":
        known(monkeypatch, quick, missing=lambda: "Its package is not installed. Install it again.")
    else:
        known(monkeypatch, quick, load=damaged)
    told: list[str] = []
    report = library.scan(films, encoder="slow", progress=lambda now: told.append(now.note))
    assert (report.indexed, report.clips, report.quick_files) == (3, CLIPS, 0)
    assert quick.embedded == 0 and slow.embedded == CLIPS and clips_by(library) == {"slow": CLIPS}
    [note] = [one for one in report.notes if "quick search first" in one]
    assert "Install it again." in note and told.count(note) == 1
    assert library.scan().notes == (), "nothing is new, so nothing is missed"


def test_videos_that_the_slow_encoder_began_alone_are_finished_by_both(
    library: OpenLibrary, films: Path, quick: Slow, slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    known(monkeypatch, quick, missing=lambda: "It is not installed.")
    slow.seconds = 0.3
    control, listen = stopping("full", 1)
    library.scan(films, encoder="slow", control=control, progress=listen, workers=1)
    begun = slow.embedded
    assert 0 < begun < CLIPS
    known(monkeypatch, quick)
    report = library.scan()
    assert report.indexed >= 2 and report.clips == CLIPS - begun
    assert slow.embedded == CLIPS and clips_by(library) == {"slow": CLIPS}
