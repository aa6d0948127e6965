"""Bad files get a reason, odd but good ones are indexed, what is no video is left, and the scan goes on."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from helpers import videos as make
from helpers.running import json_lines, status, vporganizer
from helpers.videos import Shot, make_video, textured

SHORT = [Shot(1.2, textured(1))]


def bad_files(folder: Path) -> dict[str, str]:
    """Makes files that cannot be read -> name and a word of the reason expected."""
    (folder / "empty.mp4").touch()
    (folder / "text.mkv").write_text("Dear diary, this is no video.\n" * 50)
    make.make_noise(folder / "noise.avi")
    make.cut_off(make_video(folder / "no index.mp4", SHORT))
    make.make_audio_only(folder / "song.m4v")
    make.make_undecodable(folder / "never decodes.mp4")
    make.make_header_only(folder / "header only.mov")
    return {
        "empty.mp4": "empty", "text.mkv": "video", "noise.avi": "video", "no index.mp4": "cut off",
        "song.m4v": "sound", "never decodes.mp4": "decode", "header only.mov": "",
    }  # fmt: skip


def odd_but_good(folder: Path) -> set[bytes]:
    """Makes files that are odd but must be indexed -> their paths in the folder."""
    names = [
        b"new\nline.mp4", b"'quotes' \"double\".mp4", "emoji 🎬🏖.mp4".encode(), b"100%d%s.mp4", b"-dash.mp4",
        b"not text \xff\xfe.mp4", b"n" * 196 + b".mp4", b"ending of another.avi", b"UPPER.MP4",
    ]  # fmt: skip
    for number, name in enumerate(names):
        source = make_video(folder / "source.mp4", [Shot(1.2, textured(50 + number))])
        os.rename(os.fsencode(source), os.path.join(os.fsencode(folder), name))
    deep = folder.joinpath(*(f"level {n}" for n in range(30)))
    deep.mkdir(parents=True)
    made = {
        make_video(deep / "deep.mp4", [Shot(1.2, textured(2))]),
        make_video(folder / "odd size.mp4", SHORT, size=(322, 178)),
        make_video(folder / "tiny.mkv", SHORT, size=(16, 16), codec="ffv1"),
        make_video(folder / "one frame.mp4", [Shot(1 / 30, textured(3))]),
        make_video(folder / "ten bit.mkv", SHORT, codec="libx265", pix_fmt="yuv420p10le"),
        make_video(folder / "stream.ts", SHORT),
        make_video(folder / "old.avi", SHORT, codec="mpeg4"),
        make_video(folder / "av1.webm", SHORT, codec="libsvtav1"),
        make_video(folder / "fast.mp4", SHORT, fps=Fraction(60000, 1001)),
        make.make_gif(folder / "moving.gif"),
        make.cut_off(make_video(folder / "cut in the middle.mkv", [Shot(6, textured(4))])),
    }
    relative = {os.fsencode(path.relative_to(folder)) for path in made}
    return relative | set(names)


def left_alone(folder: Path) -> None:
    """Makes what is no video and must be left silently."""
    for name in ("notes.txt", "._film.mp4", ".hidden.mp4", "half.mp4.part", "half.mp4.crdownload"):
        (folder / name).write_bytes(b"x" * 100)
    for name in (
        "@eaDir",
        "#recycle",
        "$RECYCLE.BIN",
        ".Trash-1000",
        "lost+found",
        "System Volume Information",
    ):
        (folder / name).mkdir()
        (folder / name / "inside.mp4").write_bytes(b"x" * 100)
    os.mkfifo(folder / "pipe.mp4")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(folder / "socket.mp4"))
    (folder / "dangling.mp4").symlink_to(folder / "nowhere.mp4")
    (folder / "loop").symlink_to(folder)
    (folder / "device.mp4").symlink_to("/dev/zero")
    (folder / "proxy-film.mp4").write_bytes(b"x" * 100)


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, dict[str, str], set[bytes]]:
    """One scan over everything odd -> library, folder, bad files, good files."""
    folder = tmp_path_factory.mktemp("odd")
    library = tmp_path_factory.mktemp("library")
    bad, good = bad_files(folder), odd_but_good(folder)
    left_alone(folder)
    vporganizer(library, "scan", folder, "--ignore", "proxy*")
    return library, folder, bad, good


def test_bad_files_get_a_reason_each(scanned: tuple[Path, Path, dict[str, str], set[bytes]]) -> None:
    library, folder, bad, _ = scanned
    failures = {os.path.relpath(one["path"], folder): one for one in status(library)["failures"]}
    assert failures.keys() == bad.keys()
    for name, word in bad.items():
        assert failures[name]["kind"] == "permanent", name
        assert word in failures[name]["reason"], failures[name]["reason"]


def test_odd_but_good_files_are_indexed(scanned: tuple[Path, Path, dict[str, str], set[bytes]]) -> None:
    library, folder, _, good = scanned
    rows = json_lines(vporganizer(library, "export", "--format", "json").stdout)
    assert {os.path.relpath(os.fsencode(row["path"]), os.fsencode(folder)) for row in rows} == good


def test_a_file_that_ends_early_is_indexed_and_says_so(
    scanned: tuple[Path, Path, dict[str, str], set[bytes]],
) -> None:
    partial = {os.path.basename(one["path"]): one["reason"] for one in status(scanned[0])["partial"]}
    assert set(partial) == {"cut in the middle.mkv"}
    assert "0:0" in partial["cut in the middle.mkv"]


def test_a_second_scan_tries_no_bad_file_again(
    scanned: tuple[Path, Path, dict[str, str], set[bytes]],
) -> None:
    library, folder, _, _ = scanned
    assert "Nothing new to index." in vporganizer(library, "scan", folder).stderr


def test_what_is_shown_for_people_stays_on_one_line(
    scanned: tuple[Path, Path, dict[str, str], set[bytes]],
) -> None:
    library, _, bad, _ = scanned
    text = vporganizer(library, "status").stdout
    assert f"Could not be read ({len(bad)}):" in text
    assert "\\udcff" not in text or "\n" in text


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users can enter, which pytest's are not."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def scan_as_another_user(library: Path, *folders: Path) -> None:
    """Scans as a user who may read nothing of root's; everything is loaded before, this Python included."""
    library.mkdir()
    os.chown(library, 65534, 65534)
    code = (
        "import os, sys, encodings.ascii, encodings.idna, vporganizer.cli.main, vporganizer.cli.index\n"
        "import vporganizer.app.context\n"
        "import vporganizer.library.nearest, vporganizer.media.child, multiprocessing.popen_spawn_posix\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534); os.environ['HOME'] = sys.argv[1]\n"
        "run = vporganizer.cli.main.run\n"
        "sys.exit(run(lambda *_: 1, ['--library', sys.argv[1], 'scan', *sys.argv[2:]]))\n"
    )
    command = [sys.executable, "-P", "-c", code, str(library), *map(str, folders)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="drops from root to another user")
def test_unreadable_files_and_folders_are_recorded_and_tried_again(open_folder: Path) -> None:
    videos, library = open_folder / "videos", open_folder / "library"
    (videos / "locked").mkdir(parents=True)
    make_video(videos / "secret.mp4", SHORT)
    make_video(videos / "locked" / "inside.mp4", SHORT)
    (videos / "secret.mp4").chmod(0)
    (videos / "locked").chmod(0)
    scan_as_another_user(library, videos)
    failures = status(library)["failures"]
    assert {os.path.relpath(one["path"], videos) for one in failures} == {"secret.mp4", "locked"}
    assert all(one["kind"] == "transient" and "permission" in one["reason"] for one in failures)
    (videos / "secret.mp4").chmod(0o644)
    (videos / "locked").chmod(0o755)
    vporganizer(library, "scan", videos)
    assert status(library)["failures"] == [] and status(library)["encoders"]["starter"]["complete"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="drops from root to another user")
def test_an_unreadable_root_is_offline_and_the_others_are_scanned(open_folder: Path) -> None:
    closed, other, library = open_folder / "closed", open_folder / "other", open_folder / "library"
    closed.mkdir()
    other.mkdir()
    make_video(other / "secret.mp4", SHORT).chmod(0)
    closed.chmod(0)
    scan_as_another_user(library, closed, other)
    state = status(library)
    assert state["offline"] == [str(closed)]
    assert [one["path"] for one in state["failures"]] == [str(other / "secret.mp4")]
