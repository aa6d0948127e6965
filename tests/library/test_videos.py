from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from helpers.libraries import add_file, add_root
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vporganizer.errors import NotInLibrary
from vporganizer.library import failures, tags, videos
from vporganizer.library.connection import rows, run
from vporganizer.library.library import Library
from vporganizer.library.records import Stamp

NAMES = st.binary(min_size=1, max_size=40).filter(lambda name: b"/" not in name and b"\0" not in name)


@given(name=NAMES)
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_name_that_a_file_can_have_is_found_again(library: Library, name: bytes) -> None:
    with pytest.raises(ZeroDivisionError), library.write() as db:
        video, _ = add_file(library, add_root(library), name)
        found = videos.video_by_path(db, b"/videos/" + name)
        assert found is not None and (found.id, found.relative) == (video, name)
        raise ZeroDivisionError  # takes it back for the next name


def test_bytes_and_text_of_the_same_spelling_are_different_names(library: Library) -> None:
    root = add_root(library)
    composed, decomposed = "é.mp4".encode(), "e\u0301.mp4".encode()
    first, second = add_file(library, root, composed), add_file(library, root, decomposed)
    found = videos.video_by_path(library, b"/videos/" + decomposed)
    assert found is not None and found.id == second[0] != first[0]


def test_a_name_that_is_no_text_is_shown_with_question_marks(library: Library) -> None:
    add_file(library, add_root(library), b"\xff\xfe.mp4")
    assert rows(library, "SELECT display FROM video") == [("??.mp4",)]


def test_facts_are_kept_and_those_not_named_stay(library: Library) -> None:
    _, content = add_file(library, add_root(library), b"a.mp4")
    videos.set_media_facts(
        library, content, duration=np.float32(2.5), width=np.int64(640), fps=Fraction(30000, 1001)
    )
    videos.set_media_facts(library, content, place=(48.1, 11.5), audio=True, camera="X \udcff", height=None)
    kept = videos.content(library, content)
    assert (kept.duration, kept.width, kept.place, kept.audio, kept.height) == (
        2.5,
        640,
        (48.1, 11.5),
        True,
        None,
    )
    assert kept.fps == pytest.approx(29.97, abs=0.001)
    assert kept.camera == "X ?"


def test_a_fact_of_an_unknown_name_is_a_mistake(library: Library) -> None:
    _, content = add_file(library, add_root(library), b"a.mp4")
    with pytest.raises(ValueError, match="lenght"):
        videos.set_media_facts(library, content, lenght=3)


def test_other_bytes_at_a_place_keep_what_the_person_said_and_drop_the_rest(library: Library) -> None:
    video, content = add_file(library, add_root(library), b"a.mp4")
    tags.add_tag(library, [video], "mine")
    tags.add_tag(library, [video], "found", source="zero-shot")
    run(library, "UPDATE video SET rating = 5, note = 'good' WHERE id = ?", [video])
    failures.record_failure(library, video, "decode", "permanent", "Bad.")
    videos.set_content(library, video, content)
    assert len(tags.tags_of(library, video)) == 2, "the same content changes nothing"
    videos.set_content(library, video, videos.create_content(library, "other", 11))
    assert [tag.name for tag in tags.tags_of(library, video)] == ["mine"]
    after = videos.video(library, video)
    assert (after.rating, after.note) == (5, "good")
    assert failures.failures(library) == []


def test_an_overwritten_file_leaves_its_tags_to_the_one_in_its_place(library: Library) -> None:
    root = add_root(library)
    (mover, _), (other, _) = add_file(library, root, b"a.mp4"), add_file(library, root, b"b.mp4")
    tags.add_tag(library, [mover, other], "both")
    tags.add_tag(library, [other], "other")
    run(library, "UPDATE video SET rating = 2, note = 'kept' WHERE id = ?", [other])
    run(library, "UPDATE video SET rating = 4 WHERE id = ?", [mover])
    videos.absorb_video(library, mover, other)
    after = videos.video(library, mover)
    assert (after.rating, after.note) == (4, "kept")
    assert tags.tags_of_many(library, [mover])[mover] == ("both", "other")
    with pytest.raises(NotInLibrary):
        videos.video(library, other)


def test_forgetting_a_folder_takes_all_below_it_and_nothing_beside_it(library: Library) -> None:
    root = add_root(library)
    for name in (b"a/1.mp4", b"a/b/2.mp4", b"a.mp4", b"ab/3.mp4", b"a\xff/4.mp4"):
        add_file(library, root, name)
    with library.write() as db:
        assert videos.forget_path(db, b"/videos/a") == 2
        assert len(videos.purge_orphans(db)) == 2
    left = {video.relative for video in videos.all_videos(library)}
    assert left == {b"a.mp4", b"ab/3.mp4", b"a\xff/4.mp4"}


def test_forgetting_a_folder_around_roots_takes_all_of_them(library: Library) -> None:
    add_file(library, add_root(library, b"/all/a"), b"1.mp4")
    add_file(library, add_root(library, b"/all/b"), b"2.mp4")
    add_file(library, add_root(library, b"/else"), b"3.mp4")
    assert videos.forget_path(library, b"/all") == 2
    assert videos.forget_path(library, b"/nowhere") == 0


def test_copies_are_found_by_their_content(library: Library) -> None:
    root = add_root(library)
    _, content = add_file(library, root, b"a.mp4")
    copy = videos.add_video(library, root, b"copy.mp4", Stamp(10, 1), content)
    assert [video.id for video in videos.videos_with_content(library, content)][1] == copy
    assert {key: len(found) for key, found in videos.videos_by_content(library).items()} == {content: 2}


def test_absurd_numbers_of_a_file_system_come_back_as_they_were(library: Library) -> None:
    stamp = Stamp(size=2**62, mtime_ns=-5, ctime_ns=2**63 - 1, inode=2**127)
    video = videos.add_video(library, add_root(library), b"a.mp4", stamp, None)
    assert videos.video(library, video).stamp == stamp
