"""The decode child: whatever happens to it costs one file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from helpers.videos import Shot, counter, make_audio_only, make_video, textured

from vporganizer.errors import Cancelled, DecoderCrashed, DecodeTimeout, NoVideoStream
from vporganizer.media.analyse import analyse
from vporganizer.media.child import DecodeChild
from vporganizer.media.records import Analyse, Finished, MakePictures, Opened, Pictures, Window


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("child") / "film.mp4"
    make_video(path, [Shot(60.0, counter())], size=(320, 240), gop=300)
    return os.fsencode(path)


@pytest.fixture
def child() -> Iterator[DecodeChild]:
    with DecodeChild() as child:
        yield child


def request(path: bytes) -> Analyse:
    return Analyse(path, num_frames=3, short_side=48)


def test_answers_are_those_of_the_pass_itself(child: DecodeChild, tmp_path: Path) -> None:
    shots = [Shot(2.0, textured(i)) for i in range(2)]
    path = os.fsencode(make_video(tmp_path / "a.mp4", shots, size=(160, 120)))
    for theirs, ours in zip(child.run(request(path)), analyse(request(path)), strict=True):
        if isinstance(ours, Window):
            assert isinstance(theirs, Window)
            assert (theirs.span, theirs.after_cut, theirs.times) == (ours.span, ours.after_cut, ours.times)
            np.testing.assert_array_equal(theirs.frames, ours.frames)
        else:
            assert theirs == ours
    (pictures,) = child.run(MakePictures(path))
    assert isinstance(pictures, Pictures)


def test_errors_come_as_what_they_are(child: DecodeChild, tmp_path: Path) -> None:
    path = make_audio_only(tmp_path / "a.m4a")
    with pytest.raises(NoVideoStream, match="sound only"):
        list(child.run(request(os.fsencode(path))))
    pid = child.pid
    with pytest.raises(NoVideoStream):
        list(child.run(request(os.fsencode(path))))
    assert child.pid == pid  # an error is not a reason for a new process


def test_a_killed_child_is_an_error_and_the_next_request_gets_a_new_one(
    child: DecodeChild, film: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    answers = child.run(request(film))
    assert isinstance(next(answers), Opened)
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    with pytest.raises(DecoderCrashed) as caught:
        list(answers)
    assert str(caught.value) == "Reading this file made the decoder crash."
    assert "memory" in caught.value.hint
    assert "exit code -9" in caplog.text
    assert isinstance(list(child.run(request(film)))[-1], Finished)


def test_a_child_that_died_between_requests_is_replaced(child: DecodeChild, film: bytes) -> None:
    child.start()
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    process = psutil.Process(child.pid)
    while process.status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    assert isinstance(next(child.run(request(film))), Opened)


def test_a_child_that_hangs_is_killed_after_the_time_limit(child: DecodeChild, film: bytes) -> None:
    answers = child.run(request(film), timeout=0.8)
    next(answers)
    assert child.pid is not None
    hung = psutil.Process(child.pid)
    hung.suspend()
    started = time.monotonic()
    with pytest.raises(DecodeTimeout):
        list(answers)
    assert time.monotonic() - started < 5
    assert not hung.is_running()


def test_a_slow_taker_is_no_hang(child: DecodeChild, film: bytes) -> None:
    answers = child.run(request(film), timeout=0.8)
    next(answers)
    time.sleep(1.2)
    assert isinstance(list(answers)[-1], Finished)


def test_leaving_early_leaves_a_usable_child(child: DecodeChild, film: bytes) -> None:
    answers = child.run(request(film))
    next(answers)
    pid = child.pid
    answers.close()  # type: ignore[attr-defined]
    assert pid is not None and not psutil.pid_exists(pid)
    assert isinstance(next(child.run(request(film))), Opened)


def test_cancelling_stops_at_once(child: DecodeChild, film: bytes) -> None:
    stop = threading.Event()
    answers = child.run(request(film), cancelled=stop.is_set)
    next(answers)
    stop.set()
    with pytest.raises(Cancelled):
        list(answers)


def test_interrupts_are_left_to_the_parent(child: DecodeChild, film: bytes) -> None:
    answers = child.run(request(film))
    next(answers)
    assert child.pid is not None
    os.kill(child.pid, signal.SIGINT)
    assert isinstance(list(answers)[-1], Finished)


INTERRUPTED = """
import os, signal, sys, time
from vporganizer.media.child import DecodeChild
from vporganizer.media.records import Analyse, Finished
signal.signal(signal.SIGINT, lambda *_: None)
with DecodeChild() as one, DecodeChild() as other:
    one.start()
    other.start()
    pids = one.pid, other.pid
    for _ in range(60):
        os.killpg(0, signal.SIGINT)
        time.sleep(0.005)
    for child in (one, other):
        *_, last = child.run(Analyse(os.fsencode(sys.argv[1]), num_frames=1, short_side=32, pictures=False))
        print(isinstance(last, Finished))
    print((one.pid, other.pid) == pids)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals a group of processes")
def test_an_interrupt_while_a_child_starts_neither_ends_it_nor_prints_anything(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", [Shot(0.5, textured(0))], size=(64, 48))
    script = tmp_path / "script.py"
    script.write_text(INTERRUPTED)
    command = [sys.executable, str(script), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, start_new_session=True)
    assert (done.stderr, done.stdout) == ("", "True\nTrue\nTrue\n")


SCRIPT = """
import os, sys
from vporganizer.media.child import DecodeChild
from vporganizer.media.records import Analyse
child = DecodeChild()
answers = child.run(Analyse(os.fsencode(sys.argv[1]), num_frames=3, short_side=48))
next(answers)
print(child.pid, flush=True)
if sys.argv[2] == "loaded":
    maps = open(f"/proc/{child.pid}/maps").read()
    print([name for name in ("jaxlib", "PySide6", "sqlite") if name in maps], flush=True)
    child.close()
else:
    sys.stdin.read()
"""


def test_the_child_dies_with_a_killed_parent(film: bytes, tmp_path: Path) -> None:
    script = tmp_path / "script.py"  # without a main guard: a child must not run it again
    script.write_text(SCRIPT)
    command = [sys.executable, str(script), os.fsdecode(film), "wait"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
        _, alive = psutil.wait_procs([child], timeout=5)
        assert not alive


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_child_loads_neither_jax_nor_qt_nor_a_database(film: bytes, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("import sqlite3\n" + SCRIPT)
    command = [sys.executable, str(script), os.fsdecode(film), "loaded"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.splitlines()[1] == "[]"
