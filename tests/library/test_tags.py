from __future__ import annotations

import pytest
from helpers.libraries import add_file, add_root

from vporganizer.errors import LibraryError
from vporganizer.library import tags
from vporganizer.library.connection import run
from vporganizer.library.library import Library


@pytest.fixture
def two(library: Library) -> list[int]:
    root = add_root(library)
    return [add_file(library, root, name)[0] for name in (b"a.mp4", b"b.mp4")]


def test_one_name_in_any_spelling_is_one_tag(library: Library, two: list[int]) -> None:
    spellings = ["Straße am  See", "  STRASSE AM SEE ", "strasse am see"]
    assert [tags.add_tag(library, two, name) for name in spellings] == [2, 0, 0]
    assert tags.add_tag(library, two[:1], "Cafe\u0301") == 1
    assert tags.add_tag(library, two, "café") == 1
    assert tags.all_tags(library) == {"Café": 2, "Straße am See": 2}


@pytest.mark.parametrize("name", ["", "   ", "\n\t", "no text \udcff", "a\nb", "a\x00", "\x1b[31mred"])
def test_a_name_that_is_none_is_refused(library: Library, two: list[int], name: str) -> None:
    with pytest.raises(LibraryError, match="name") as caught:
        tags.add_tag(library, two, name)
    assert "\n" not in str(caught.value)
    assert tags.all_tags(library) == {}


def test_tagging_is_all_or_nothing(library: Library, two: list[int]) -> None:
    import sqlite3

    with pytest.raises(sqlite3.IntegrityError):
        tags.add_tag(library, [two[0], 999], "x")
    assert tags.tags_of_many(library, two) == {two[0]: (), two[1]: ()}


def test_a_tag_taken_off_is_gone_from_those_videos_only(library: Library, two: list[int]) -> None:
    tags.add_tag(library, two, "Lake")
    assert tags.remove_tag(library, [two[0]], "LAKE") == 1
    assert tags.remove_tag(library, [two[0]], "lake") == 0
    assert tags.remove_tag(library, two, "never given") == 0
    assert tags.tags_of_many(library, two) == {two[0]: (), two[1]: ("Lake",)}


def test_found_tags_count_once_accepted(library: Library, two: list[int]) -> None:
    tags.add_tag(library, two, "dog", source="zero-shot")
    assert tags.all_tags(library) == {}
    run(library, "UPDATE video_tag SET verdict = 'accepted' WHERE video_id = ?", [two[0]])
    assert tags.tags_of_many(library, two) == {two[0]: ("dog",), two[1]: ()}
    assert [(tag.name, tag.source, tag.verdict) for tag in tags.tags_of(library, two[1])] == [
        ("dog", "zero-shot", "none")
    ]


def test_a_found_tag_taken_off_is_rejected_for_good(library: Library, two: list[int]) -> None:
    tags.add_tag(library, two, "dog", source="zero-shot")
    assert tags.remove_tag(library, two, "dog") == 2
    assert {tag.verdict for tag in tags.tags_of(library, two[0])} == {"rejected"}
    assert tags.add_tag(library, two[:1], "dog") == 1, "the person may still give it"
    assert tags.tags_of_many(library, two)[two[0]] == ("dog",)


def test_many_videos_are_asked_for_at_once(library: Library) -> None:
    root = add_root(library)
    with library.write():
        ids = [add_file(library, root, b"%d.mp4" % number)[0] for number in range(2000)]
    tags.add_tag(library, ids, "all")
    assert set(tags.tags_of_many(library, ids).values()) == {("all",)}
