from __future__ import annotations

import time

from helpers.libraries import add_file, add_root

from vporganizer.library import failures, videos
from vporganizer.library.library import Library
from vporganizer.library.records import Stamp


def test_the_same_stage_again_is_another_attempt(library: Library) -> None:
    video, _ = add_file(library, add_root(library), b"\xff.mp4")
    failures.record_failure(library, video, "decode", "transient", "First.")
    failures.record_failure(library, video, "decode", "permanent", "Second \udcff.")
    [failure] = failures.failures(library)
    assert (failure.path, failure.kind, failure.attempts) == (b"/videos/\xff.mp4", "permanent", 2)
    assert failure.reason == "Second ?."
    assert failures.has_permanent_failure(library, video)


def test_a_permanent_failure_is_one_of_exact_copies_too(library: Library) -> None:
    root = add_root(library)
    video, content = add_file(library, root, b"a.mp4")
    copy = videos.add_video(library, root, b"b.mp4", Stamp(10, 1), content)
    failures.record_failure(library, video, "probe", "transient", "Busy.")
    failures.record_failure(library, video, "decode", "permanent", "Noise.")
    assert [(one.video_id, one.stage) for one in failures.failures(library)] == [
        (video, "decode"), (video, "probe"), (copy, "decode"),
    ]  # fmt: skip


def test_failures_are_cleared_by_stage_or_all(library: Library) -> None:
    video, _ = add_file(library, add_root(library), b"a.mp4")
    for stage in ("scan", "decode", "encode"):
        failures.record_failure(library, video, stage, "transient", "x")
    failures.clear_failures(library, video, "scan")
    assert [one.stage for one in failures.failures(library)] == ["decode", "encode"]
    failures.clear_failures(library, video)
    assert failures.failures(library) == []


def test_failures_of_folders_are_forgotten_when_they_are_over(library: Library) -> None:
    root = add_root(library)
    for path in (b"a", b"a/b", b"c"):
        failures.record_path_failure(library, root, path, "scan", "transient", "No permission.")
    failures.clear_path_failures(library, root, b"a", before=time.time() + 1)
    assert [one.path for one in failures.failures(library)] == [b"/videos/c"]
    failures.clear_path_failures(library, root, before=0)
    assert len(failures.failures(library)) == 1


def test_a_forgotten_video_takes_its_failures_along(library: Library) -> None:
    video, _ = add_file(library, add_root(library), b"a.mp4")
    failures.record_failure(library, video, "decode", "permanent", "x")
    videos.forget_path(library, b"/videos/a.mp4")
    assert failures.failures(library) == []


def test_all_videos_that_fail_together_are_counted(library: Library) -> None:
    root = add_root(library)
    video, content = add_file(library, root, b"a.mp4")
    for name in (b"b.mp4", b"c.mp4"):
        copy = videos.add_video(library, root, name, Stamp(10, 1), content)
    videos.set_availability(library, [copy], "missing")
    assert failures.record_failure(library, video, "scan", "transient", "Busy.") == 1
    assert failures.record_failure(library, video, "decode", "permanent", "Empty.") == 2
    assert len({one.video_id for one in failures.failures(library)}) == 2
    assert [failures.attempts(library, video, stage) for stage in ("scan", "decode", "encode")] == [1, 1, 0]
