"""What is opened, what is refused, and in which words."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest
from helpers.videos import (
    Shot,
    cut_off,
    make_audio_only,
    make_header_only,
    make_noise,
    make_undecodable,
    make_video,
    solid,
    textured,
)

from vporganizer.errors import MediaError, NoVideoStream, Unreadable, Vanished
from vporganizer.media.opening import open_video
from vporganizer.media.probe import probe

SHORT = [Shot(0.5, textured(0))]


def refused(path: Path | bytes, kind: type[MediaError]) -> str:
    with pytest.raises(kind) as caught:
        probe(os.fsencode(path))
    assert type(caught.value) is kind
    return str(caught.value)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def text(path: Path) -> None:
    path.write_text("just words\n" * 50)


def playlist(path: Path) -> None:
    make_video(path.with_name("other.mp4"), SHORT)
    path.write_text("ffconcat version 1.0\nfile other.mp4\n")


def still_picture(path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (64, 64), "red").save(path, "PNG")


def song_with_cover(path: Path) -> None:
    import av
    from PIL import Image

    cover = path.with_suffix(".jpg")
    Image.new("RGB", (64, 64), "red").save(cover)
    sound = make_audio_only(path.with_suffix(".m4a"))
    with av.open(str(sound)) as one, av.open(str(cover)) as two, av.open(str(path), "w") as output:
        audio = output.add_stream_from_template(one.streams.audio[0])
        picture = output.add_stream_from_template(two.streams.video[0])
        picture.disposition = av.stream.Disposition.attached_pic
        for source, target in ((two, picture), (one, audio)):
            for packet in source.demux():
                if packet.dts is not None:
                    packet.stream = target
                    output.mux(packet)


@pytest.mark.parametrize(
    ("make", "kind", "words"),
    [
        (empty, Unreadable, "empty"),
        (text, Unreadable, "not a video"),
        (make_noise, Unreadable, "not a video"),
        (playlist, Unreadable, "not a video"),
        (still_picture, Unreadable, "not a video"),
        (lambda path: cut_off(make_video(path)), Unreadable, "cut off: its end"),
        (lambda path: make_audio_only(path.with_suffix(".m4a")).rename(path), NoVideoStream, "sound only"),
        (song_with_cover, NoVideoStream, "sound only"),
        (make_undecodable, Unreadable, "could not be decoded"),
        (make_header_only, Unreadable, "could not be decoded"),
        (Path.mkdir, Unreadable, "a folder, not a video"),
        (os.mkfifo, Unreadable, "not an ordinary file"),
        (lambda path: None, Vanished, "not there"),
    ],
)
def test_what_is_no_video_is_refused_in_plain_words(
    tmp_path: Path, make: Any, kind: type[MediaError], words: str
) -> None:
    path = tmp_path / "a.mp4"
    make(path)
    assert words in refused(path, kind)


def test_a_file_that_never_was_is_not_said_to_have_gone(tmp_path: Path) -> None:
    inside_a_file = make_video(tmp_path / "a.mp4", SHORT) / "b.mp4"
    for path in (tmp_path / "typo.mp4", inside_a_file):
        with pytest.raises(Vanished, match=r"^The file is not there\.$") as caught:
            probe(os.fsencode(path))
        assert "name" in caught.value.hint and caught.value.kind == "transient"
    assert refused(b"", Unreadable) == "No file was named."


def test_a_socket_and_a_link_to_a_pipe_are_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("s.mp4")
        assert "ordinary" in refused(tmp_path / "s.mp4", Unreadable)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link.mp4").symlink_to(tmp_path / "pipe")
    assert "ordinary" in refused(tmp_path / "link.mp4", Unreadable)


@pytest.mark.parametrize(
    "name",
    [
        b"new\nline.mp4",
        b"quotes'\".mp4",
        "Kätzchen \N{CAT FACE}.mp4".encode(),
        b"100% %d %03d.mp4",
        b"-i.mp4",
        b"not utf-8 \xff\xfe.mp4",
        b"http:colon.mp4",
        b"x" * 196 + b".mp4",
    ],
)
def test_any_name_can_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: bytes) -> None:
    plain = make_video(tmp_path / "plain.mp4", [Shot(0.2, solid(200, 10, 10))], size=(32, 32))
    os.rename(plain, os.path.join(os.fsencode(tmp_path), name))
    monkeypatch.chdir(tmp_path)
    assert probe(name).codec == "h264"
    assert probe(os.path.join(os.fsencode(tmp_path), name)).codec == "h264"


def test_the_ending_of_the_name_does_not_matter(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", SHORT).rename(tmp_path / "a.avi")
    with open_video(os.fsencode(path)) as video:
        assert "mp4" in video.container.format.name
