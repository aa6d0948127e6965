"""The main job on real videos: scan folders, search by text, get the moment."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from helpers.photos import film
from helpers.running import json_lines, status, vporganizer

import vporganizer as package
from vporganizer.indexing.progress import Control, Progress

SHOTS = ["rocket.jpg", "coffee.png", "astronaut.png", "chelsea.png", "coins.png"]


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a film of five shots of four seconds, and a copy of it."""
    folder = tmp_path_factory.mktemp("videos")
    film(folder / "film.mp4", SHOTS, gop=20)
    film(folder / "cup.mkv", ["coffee.png"], seconds=3)
    (folder / "backup").mkdir()
    (folder / "backup" / "the same.mp4").write_bytes((folder / "film.mp4").read_bytes())
    return folder


@pytest.fixture(scope="module")
def library(videos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library with the folder indexed, by the command line."""
    path = tmp_path_factory.mktemp("library")
    done = vporganizer(path, "scan", videos)
    assert "Indexed 2 videos" in done.stderr
    assert done.stdout == ""
    return path


def overlap(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Intersection over union of two spans of time."""
    shared = min(one[1], other[1]) - max(one[0], other[0])
    return max(0.0, shared) / (max(one[1], other[1]) - min(one[0], other[0]))


def test_a_text_finds_its_moment_inside_the_film(library: Path, videos: Path) -> None:
    best = json_lines(vporganizer(library, "search", "a cat", "--json").stdout)[0]
    assert Path(best["path"]).name in ("film.mp4", "the same.mp4")
    assert overlap((best["start"], best["end"]), (12, 16)) > 0.9
    assert best["encoder"] == "starter" and best["why"] == "content" and best["relevance"] is None
    assert 0.15 < best["score"] <= 1
    assert Path(best["thumbnail"]).is_file()


def test_exact_copies_are_one_hit_that_names_the_others(library: Path, videos: Path) -> None:
    hits = json_lines(vporganizer(library, "search", "a cat", "--json").stdout)
    both = {str(videos / "film.mp4"), str(videos / "backup" / "the same.mp4")}
    assert {hits[0]["path"], *hits[0]["copies"]} == both
    assert not {hit["path"] for hit in hits} & set(hits[0]["copies"])


def test_people_read_places_and_matches_in_words(library: Path) -> None:
    text = vporganizer(library, "search", "a cat").stdout
    assert "0:12-0:16" in text and "match" in text and "0." not in text.replace("0:", "")


def test_a_text_that_is_not_known_gives_nothing_and_says_so(library: Path) -> None:
    done = vporganizer(library, "search", "people dancing")
    assert done.stdout == "" and "not people, actions or places" in done.stderr and "--anyway" in done.stderr
    assert len(json_lines(vporganizer(library, "search", "people dancing", "--anyway", "--json").stdout)) > 0


def test_a_thing_that_is_not_there_is_no_match(library: Path) -> None:
    text = vporganizer(library, "search", "violin").stdout
    assert text.startswith("Nothing that fits.") and "strong match" not in text


def test_many_queries_share_one_start(library: Path, tmp_path: Path) -> None:
    queries = tmp_path / "queries.txt"
    queries.write_text("a cat\n\ncup of coffee\n")
    hits = json_lines(
        vporganizer(library, "search", "--queries-file", queries, "--limit", "1", "--json").stdout
    )
    assert [hit["query"] for hit in hits] == ["a cat", "cup of coffee"]


def test_hits_of_one_video_are_limited(library: Path) -> None:
    hits = json_lines(vporganizer(library, "search", "a cat", "--json", "--per-video", "1").stdout)
    assert len({hit["path"] for hit in hits}) == len(hits) == 2


def test_a_clip_from_outside_finds_its_like(library: Path, tmp_path: Path) -> None:
    outside = film(tmp_path / "outside.mp4", ["chelsea.png"], seconds=2, size=(256, 256))
    best = json_lines(vporganizer(library, "similar", outside, "--json").stdout)[0]
    assert overlap((best["start"], best["end"]), (12, 16)) > 0.9


def test_a_part_of_a_known_film_finds_its_like_elsewhere(library: Path, videos: Path) -> None:
    done = vporganizer(library, "similar", videos / "film.mp4", "--start", "5", "--end", "7", "--json")
    assert Path(json_lines(done.stdout)[0]["path"]).name == "cup.mkv"


def test_a_second_scan_touches_nothing(library: Path, videos: Path) -> None:
    before = vporganizer(library, "export", "--format", "json").stdout
    done = vporganizer(library, "scan", videos)
    assert "Nothing new to index." in done.stderr
    assert vporganizer(library, "export", "--format", "json").stdout == before


def test_status_and_export_agree(library: Path, videos: Path) -> None:
    state = status(library)
    rows = json_lines(vporganizer(library, "export", "--format", "json").stdout)
    assert state["videos"] == 3 and state["failures"] == [] and state["offline"] == []
    assert state["encoders"]["starter"] == {
        "clips": state["clips"], "complete": True, "share": 1.0, "chosen": True, "device": state["device"],
        "problem": None,
    }  # fmt: skip
    assert state["chosen"] == "starter"
    of_film = [row for row in rows if Path(row["path"]).name == "film.mp4"]
    copies = [row for row in rows if Path(row["path"]).name == "the same.mp4"]
    assert [(r["start"], r["end"]) for r in of_film] == [(r["start"], r["end"]) for r in copies]
    assert len(rows) == state["clips"] + len(copies)
    csv = vporganizer(library, "export", "--format", "csv").stdout.splitlines()
    assert csv[0] == "path,start,end,encoder,tags" and len(csv) == len(rows) + 1


def test_export_of_a_query_writes_its_hits(library: Path) -> None:
    csv = vporganizer(library, "export", "--format", "csv", "a cat").stdout.splitlines()
    assert csv[0].startswith("path,start,end,score") and "film.mp4" in csv[1] + csv[2]


def test_tags_are_given_shown_and_taken(library: Path, videos: Path) -> None:
    vporganizer(library, "tag", videos / "cup.mkv", "morning coffee")
    assert vporganizer(library, "tags", videos / "cup.mkv").stdout == "morning coffee\n"
    hits = json_lines(vporganizer(library, "search", "cup of coffee", "--json").stdout)
    assert next(hit["tags"] for hit in hits if hit["path"].endswith("cup.mkv")) == ["morning coffee"]
    vporganizer(library, "untag", videos / "cup.mkv", "Morning Coffee")
    assert vporganizer(library, "tags", videos / "cup.mkv").stdout == ""


def test_the_library_is_private(library: Path) -> None:
    assert library.stat().st_mode & 0o777 == 0o700
    for path in library.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_the_python_face_does_the_same(videos: Path, tmp_path: Path) -> None:
    seen: list[Progress] = []
    with package.open_library(tmp_path) as library:
        report = library.scan([videos], encoder="starter", progress=seen.append)
        assert (report.new, report.copies, report.indexed, report.failed) == (2, 1, 2, 0)
        assert report.device and report.clips == library.status().clips
        hit = library.search("a cat", limit=10, anyway=False)[0]
        assert overlap((hit.start, hit.end), (12, 16)) > 0.9
        assert hit.match in ("strong", "fair") and hit.tags == () and hit.relevance is None
        still = library.still(hit)
        assert still is not None and still.read_bytes().startswith(b"\xff\xd8")
        assert library.similar(videos / "cup.mkv", limit=1)[0].path != str(videos / "cup.mkv")
    assert seen[-1].stage == "done" and {"looking", "indexing"} <= {one.stage for one in seen}


def test_a_cancelled_scan_keeps_what_is_finished_and_goes_on_later(videos: Path, tmp_path: Path) -> None:
    control = Control()

    def stop_at_first_clip(progress: Progress) -> None:
        if progress.clips:
            control.cancel()

    with package.open_library(tmp_path) as library:
        first = library.scan([videos], progress=stop_at_first_clip, control=control)
        second = library.scan()
        assert first.cancelled or first.indexed == 2
        assert first.clips + second.clips == library.status().clips
        assert library.status().encoders[0].complete


def test_pictures_and_index_may_be_deleted_at_any_moment(videos: Path, tmp_path: Path) -> None:
    vporganizer(tmp_path, "scan", videos)
    hits = vporganizer(tmp_path, "search", "a cat", "--json").stdout
    shutil.rmtree(tmp_path / "thumbs")
    shutil.rmtree(tmp_path / "index")
    assert [
        hit["score"] for hit in json_lines(vporganizer(tmp_path, "search", "a cat", "--json").stdout)
    ] == [hit["score"] for hit in json_lines(hits)]
    assert "Made missing pictures of 2 videos." in vporganizer(tmp_path, "scan").stderr
    assert vporganizer(tmp_path, "search", "a cat", "--json").stdout == hits
    assert status(tmp_path)["indexes"] == {"starter": "current"}


def test_forgetting_takes_out_of_the_library_and_touches_no_file(videos: Path, tmp_path: Path) -> None:
    vporganizer(tmp_path, "scan", videos)
    vporganizer(tmp_path, "forget", videos / "cup.mkv")
    assert status(tmp_path)["videos"] == 2 and (videos / "cup.mkv").exists()
    assert "1 folder" not in vporganizer(tmp_path, "folders").stdout
    vporganizer(tmp_path, "folders", "remove", videos)
    assert status(tmp_path)["videos"] == 0 and (videos / "film.mp4").exists()
    assert not list((tmp_path / "thumbs").rglob("*.jpg"))


def test_errors_are_a_sentence_and_an_exit_code(library: Path, tmp_path: Path) -> None:
    done = vporganizer(library, "tags", tmp_path / "nowhere.mp4", code=1)
    assert "is not in this library" in done.stderr and "Traceback" not in done.stderr
    assert "There is no folder" in vporganizer(library, "scan", tmp_path / "no folder", code=1).stderr
    assert "empty" in vporganizer(library, "search", "  ", code=1).stderr
    assert "no encoder called" in vporganizer(library, "search", "dog", "--encoder", "none", code=1).stderr
    done = vporganizer(library, "serach", "dog", code=2)
    assert "Did you mean 'search'?" in done.stderr
    vporganizer(library, "search", code=2)


def test_an_empty_library_says_how_to_begin(tmp_path: Path) -> None:
    assert "scan FOLDER" in vporganizer(tmp_path, "search", "a dog").stderr
    assert json.loads(vporganizer(tmp_path, "status", "--json").stdout)["videos"] == 0


def test_only_one_process_indexes_at_a_time(videos: Path, tmp_path: Path) -> None:
    with package.open_library(tmp_path) as library, library.library.indexer_lock():
        done = vporganizer(tmp_path, "scan", videos, code=1)
    assert str(os.getpid()) in done.stderr
