from __future__ import annotations

import numpy as np
import pytest
from helpers.libraries import DIM, add_file, add_root, add_windows, unit_vectors

from vporganizer.library import clips, failures, folders, vectors, videos
from vporganizer.library.connection import rows
from vporganizer.library.library import Library
from vporganizer.library.records import NewClip, Stamp


@pytest.fixture
def encoder(library: Library) -> int:
    return clips.ensure_encoder(library, "tiny", "tiny-1", DIM)


def pending(library: Library, encoder: int, **options: object) -> list[bytes]:
    return [one.path for one in clips.pending(library, encoder, **options)]  # type: ignore[arg-type]


def test_a_content_is_complete_once_all_windows_and_vectors_are_there(library: Library, encoder: int) -> None:
    _, content = add_file(library, add_root(library), b"a.mp4")
    assert not clips.is_complete(library, content, encoder)
    add_windows(library, content, encoder, unit_vectors(2), finish=False)
    [half] = clips.pending(library, encoder)
    assert (half.complete_to, half.windows_complete) == (2.0, False)
    clips.finish_windows(library, content, 2.0, None)
    assert clips.is_complete(library, content, encoder)
    assert clips.pending(library, encoder) == []


def test_storing_a_window_again_changes_nothing(library: Library, encoder: int) -> None:
    _, content = add_file(library, add_root(library), b"a.mp4")
    first = add_windows(library, content, encoder, unit_vectors(3, seed=1))
    before = clips.generation(library, encoder)
    assert add_windows(library, content, encoder, unit_vectors(3, seed=2)) == first
    assert clips.generation(library, encoder) == before
    np.testing.assert_array_equal(
        clips.vectors(library, encoder)[1], unit_vectors(3, seed=1).astype(np.float16)
    )


def test_a_batch_with_a_bad_vector_leaves_nothing_behind(library: Library, encoder: int) -> None:
    _, content = add_file(library, add_root(library), b"a.mp4")
    bad = unit_vectors(2)
    bad[1, 3] = np.nan
    with pytest.raises(ValueError, match="not finite"):
        add_windows(library, content, encoder, bad)
    assert rows(library, "SELECT * FROM clip") == rows(library, "SELECT * FROM window_set") == []
    with pytest.raises(ValueError, match="shape"):
        add_windows(library, content, encoder, unit_vectors(2, dim=DIM + 1))


def test_another_encoder_lacks_only_vectors(library: Library, encoder: int) -> None:
    _, content = add_file(library, add_root(library), b"a.mp4")
    ids = add_windows(library, content, encoder, unit_vectors(3))
    other = clips.ensure_encoder(library, "other", "other-1", 4)
    [one] = clips.pending(library, other)
    assert one.windows_complete
    assert [clip.id for clip in clips.unembedded(library, content, other)] == ids
    clips.store_vectors(library, other, list(zip(ids[:2], unit_vectors(2, 4), strict=True)), "float32", "cpu")
    assert [clip.id for clip in clips.unembedded(library, content, other)] == ids[2:]
    assert not clips.is_complete(library, content, other)
    clips.store_vectors(library, other, [(ids[2], unit_vectors(1, 4)[0])], "float32", "cpu")
    assert clips.is_complete(library, content, other)
    assert clips.is_complete(library, content, encoder)


def test_newest_files_come_first_and_copies_once(library: Library, encoder: int) -> None:
    root = add_root(library)
    _, old = add_file(library, root, b"old.mp4", mtime=1)
    add_file(library, root, b"new.mp4", mtime=3)
    videos.add_video(library, root, b"copy of old.mp4", Stamp(10, 2), old)
    assert pending(library, encoder) == [b"/videos/new.mp4", b"/videos/copy of old.mp4"]


def test_only_files_that_can_be_reached_are_pending(library: Library, encoder: int) -> None:
    here, away = add_root(library, b"/here"), add_root(library, b"/away")
    add_file(library, here, b"a.mp4")
    gone, _ = add_file(library, here, b"gone.mp4")
    add_file(library, away, b"b.mp4")
    videos.set_availability(library, [gone], "missing")
    folders.set_offline(library, away, "away")
    assert pending(library, encoder) == [b"/here/a.mp4"]


def test_pending_can_be_asked_of_some_folders(library: Library, encoder: int) -> None:
    first, second = add_root(library, b"/a"), add_root(library, b"/b")
    add_file(library, first, b"1.mp4")
    add_file(library, second, b"2.mp4")
    assert pending(library, encoder, folder_ids=[second]) == [b"/b/2.mp4"]
    assert pending(library, encoder, folder_ids=[]) == []


def test_a_file_that_fails_for_good_is_left_out_until_a_person_asks(library: Library, encoder: int) -> None:
    root = add_root(library)
    bad, content = add_file(library, root, b"bad.mp4")
    videos.add_video(library, root, b"copy of bad.mp4", Stamp(10, 2), content)
    flaky, _ = add_file(library, root, b"flaky.mp4")
    failures.record_failure(library, bad, "decode", "permanent", "Noise.")
    failures.record_failure(library, flaky, "decode", "transient", "No permission.")
    assert pending(library, encoder) == [b"/videos/flaky.mp4"]
    assert set(pending(library, encoder, retry_failed=True)) == {
        b"/videos/flaky.mp4",
        b"/videos/copy of bad.mp4",
    }


def test_a_video_that_could_be_read_in_part_is_not_pending(library: Library, encoder: int) -> None:
    _, content = add_file(library, add_root(library), b"a.mp4")
    add_windows(library, content, encoder, unit_vectors(2), finish=False)
    clips.finish_windows(library, content, 2.0, "It ends in the middle.")
    assert clips.pending(library, encoder) == []
    assert [one.content_id for one in clips.contents_with_windows(library)] == [content]
    assert videos.content(library, content).duration == 2.0


def test_windows_come_in_order_of_time(library: Library, encoder: int) -> None:
    _, content = add_file(library, add_root(library), b"a.mp4")
    for start in (4.0, 0.0, 2.0):
        clip = NewClip(start, start + 2, start == 0, unit_vectors(1)[0])
        clips.store_windows(library, content, encoder, [clip], complete_to=6, precision="p", backend="b")
    assert [(clip.start, clip.after_cut) for clip in clips.clips_of(library, content)] == [
        (0.0, True), (2.0, False), (4.0, False),
    ]  # fmt: skip


def test_the_table_of_clips_has_a_row_for_each(library: Library, encoder: int) -> None:
    assert len(clips.clip_table(library)) == 0
    _, content = add_file(library, add_root(library), b"a.mp4")
    ids = add_windows(library, content, encoder, unit_vectors(3))
    table = clips.clip_table(library)
    assert (table.id.tolist(), table.content.tolist()) == (ids, [content] * 3)
    assert (table.start.tolist(), table.end.tolist()) == ([0.0, 1.0, 2.0], [1.0, 2.0, 3.0])
    assert table.after_cut.tolist() == [True, False, False]


def test_every_change_of_the_vectors_is_a_new_generation(library: Library, encoder: int) -> None:
    seen = [vectors.change_marks(library, encoder)]
    root = add_root(library)
    _, content = add_file(library, root, b"a.mp4")
    add_windows(library, content, encoder, unit_vectors(2))
    seen.append(vectors.change_marks(library, encoder))
    with library.write() as db:
        videos.forget_path(db, b"/videos/a.mp4")
        videos.purge_orphans(db)
    seen.append(vectors.change_marks(library, encoder))
    generations = [mark[0] for mark in seen]
    assert generations == sorted(set(generations))
    assert seen[0][1] == seen[1][1] < seen[2][1]
    assert rows(library, "SELECT * FROM embedding") == rows(library, "SELECT * FROM clip") == []


def test_ids_of_clips_are_never_used_again(library: Library, encoder: int) -> None:
    root = add_root(library)
    _, content = add_file(library, root, b"a.mp4")
    first = add_windows(library, content, encoder, unit_vectors(2))
    with library.write() as db:
        videos.forget_path(db, b"/videos")
        videos.purge_orphans(db)
    _, content = add_file(library, root, b"b.mp4")
    assert min(add_windows(library, content, encoder, unit_vectors(2))) > max(first)


def test_vectors_are_read_in_the_order_asked_for(library: Library, encoder: int) -> None:
    _, content = add_file(library, add_root(library), b"a.mp4")
    ids = add_windows(library, content, encoder, unit_vectors(4))
    stored = unit_vectors(4).astype(np.float16)
    wanted = [ids[2], 99_999, ids[0]]
    np.testing.assert_array_equal(clips.vectors_of_clips(library, encoder, wanted), stored[[2, 0]])
    after, matrix = clips.vectors(library, encoder, after_clip_id=ids[1])
    assert after.tolist() == ids[2:]
    np.testing.assert_array_equal(matrix, stored[2:])
    assert clips.vectors_of_clips(library, encoder, []).shape == (0, DIM)


def test_the_same_identity_is_the_same_encoder(library: Library, encoder: int) -> None:
    assert clips.ensure_encoder(library, "tiny", "tiny-1", DIM) == encoder
    assert clips.ensure_encoder(library, "tiny", "tiny-2", DIM) != encoder
    with pytest.raises(ValueError, match="dimensions"):
        clips.ensure_encoder(library, "tiny", "tiny-1", DIM + 1)
