from __future__ import annotations

from helpers.libraries import DIM, add_file, add_root, add_windows, unit_vectors

from vporganizer.library import clips, failures, folders, overview, tags, videos
from vporganizer.library.library import Library
from vporganizer.library.records import Stamp


def test_an_empty_library_counts_nothing(library: Library) -> None:
    assert overview.counts(library) == overview.Overview(0, 0, (), 0, (), (), ())


def test_counts_say_what_is_there_and_what_is_lacking(library: Library) -> None:
    root, away = add_root(library), add_root(library, b"/away")
    encoder = clips.ensure_encoder(library, "tiny", "tiny-1", DIM)
    _, whole = add_file(library, root, b"whole.mp4")
    add_windows(library, whole, encoder, unit_vectors(3))
    _, part = add_file(library, root, b"part.mp4")
    add_windows(library, part, encoder, unit_vectors(2), finish=False)
    clips.finish_windows(library, part, 2.0, "It ends in the middle.")
    bad, _ = add_file(library, root, b"bad.mp4")
    failures.record_failure(library, bad, "decode", "permanent", "Noise.")
    gone, _ = add_file(library, root, b"gone.mp4")
    videos.set_availability(library, [gone], "missing")
    folders.set_offline(library, away, "away")
    found = overview.counts(library)
    assert (found.videos, found.clips, found.failed) == (3, 5, 1)
    assert found.encoders == (overview.EncoderCount("tiny", 5, True),)
    assert found.partial == ((b"/videos/part.mp4", "It ends in the middle."),)
    assert (found.offline, found.missing) == ((b"/away",), (b"/videos/gone.mp4",))
    add_file(library, root, b"new.mp4")
    assert overview.counts(library).encoders == (overview.EncoderCount("tiny", 5, False),)


def test_export_has_a_line_for_each_file_clip_and_encoder(library: Library) -> None:
    root = add_root(library)
    first = clips.ensure_encoder(library, "one", "one-1", DIM)
    second = clips.ensure_encoder(library, "two", "two-1", DIM)
    video, content = add_file(library, root, b"a.mp4")
    ids = add_windows(library, content, first, unit_vectors(2))
    clips.store_vectors(library, second, [(ids[0], unit_vectors(1)[0])], "float32", "cpu")
    videos.add_video(library, root, b"\xff copy.mp4", Stamp(10, 1), content)
    add_file(library, root, b"nothing yet.mp4")
    tags.add_tag(library, [video], "Lake")
    rows = [tuple(row.values()) for row in overview.export_rows(library)]
    assert rows == [
        ("/videos/a.mp4", 0.0, 1.0, "one", ["Lake"]),
        ("/videos/a.mp4", 0.0, 1.0, "two", ["Lake"]),
        ("/videos/a.mp4", 1.0, 2.0, "one", ["Lake"]),
        ("/videos/\udcff copy.mp4", 0.0, 1.0, "one", []),
        ("/videos/\udcff copy.mp4", 0.0, 1.0, "two", []),
        ("/videos/\udcff copy.mp4", 1.0, 2.0, "one", []),
    ]


def test_export_has_one_line_for_two_checkpoints_of_one_encoder(library: Library) -> None:
    root = add_root(library)
    older, newer = (clips.ensure_encoder(library, "one", identity, DIM) for identity in ("one-1", "one-2"))
    _, content = add_file(library, root, b"a.mp4")
    ids = add_windows(library, content, older, unit_vectors(2))
    clips.store_vectors(library, newer, [(ids[0], unit_vectors(1)[0])], "float32", "cpu")
    assert [(row["start"], row["encoder"]) for row in overview.export_rows(library)] == [
        (0.0, "one"),
        (1.0, "one"),
    ]


def test_clips_of_files_that_are_all_missing_are_not_counted_and_not_exported(library: Library) -> None:
    root = add_root(library)
    encoder = clips.ensure_encoder(library, "tiny", "tiny-1", DIM)
    for name in (b"kept.mp4", b"gone.mp4", b"copied.mp4"):
        video, content = add_file(library, root, name)
        add_windows(library, content, encoder, unit_vectors(2))
        if name != b"kept.mp4":
            videos.set_availability(library, [video], "missing")
    videos.add_video(library, root, b"copy.mp4", Stamp(10, 1), content)
    found = overview.counts(library)
    assert (found.clips, found.encoders) == (4, (overview.EncoderCount("tiny", 4, True),))
    assert len(list(overview.export_rows(library))) == 4


def test_a_missing_file_is_not_a_failed_one_as_well(library: Library) -> None:
    video, _ = add_file(library, add_root(library), b"bad.mp4")
    failures.record_failure(library, video, "decode", "permanent", "Noise.")
    videos.set_availability(library, [video], "missing")
    assert (overview.counts(library).failed, failures.failures(library)) == (0, [])
    videos.set_availability(library, [video], "drive offline")
    assert (overview.counts(library).failed, len(failures.failures(library))) == (1, 1)
