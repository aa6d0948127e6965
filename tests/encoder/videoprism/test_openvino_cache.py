"""The graphs that the optional backend keeps: converted once, checked, removed; nothing else is written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from helpers import golden
from helpers.openvino import EMBEDDING, NEEDS_OPENVINO, clips_and_answer, tiny

from vporganizer.encoder import videoprism
from vporganizer.encoder.videoprism import openvino_cache, openvino_side

CHILD = """
import json, os, sys
seen = []
def watch(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto", "os.fork", "os.posix_spawn",
                 "subprocess.Popen", "os.mkdir", "os.rename"):
        seen.append([event, str(arguments[:1])])
    elif event == "open" and isinstance(arguments[0], (str, bytes)):
        if arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            seen.append([event, os.fsdecode(arguments[0])])
sys.path.insert(0, sys.argv[1])
from helpers import golden
from vporganizer.encoder import videoprism
name = "tiny_video_text"
weights, config, clips = golden.weights(name), golden.config(name), golden.video("tiny", 4, 24, 1)
# JAX's own cache is not what is looked at here.
model = videoprism.load(config, checkpoint=weights, device="cpu", backend="openvino", precision="fast")
assert "openvino" not in sys.modules
sys.addaudithook(watch)
model.embed_clips(clips)
assert model.device == "cpu (OpenVINO)", model.device
print(json.dumps(seen))
"""

pytestmark = NEEDS_OPENVINO


def test_a_graph_is_converted_once_whatever_the_weights(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clips, wanted = clips_and_answer()
    tiny().embed_clips(clips)
    (kept,) = cache.iterdir()
    assert kept.stat().st_size < 200_000
    monkeypatch.setattr(
        openvino_side.import_openvino(), "convert_model", lambda *_: pytest.fail("converted again")
    )
    assert golden.worst(tiny().embed_clips(clips), wanted) < EMBEDDING
    name = "tiny_video_text"
    others = [
        videoprism.load(
            golden.config(name), checkpoint=golden.weights(name, 1), device="cpu", backend=backend
        )
        for backend in ("openvino", "jax")
    ]
    assert golden.worst(*(model.embed_clips(clips) for model in others)) < EMBEDDING
    assert others[0].device == "cpu (OpenVINO)"


@pytest.mark.parametrize("kind", ["cut short", "a bit flipped", "another graph"])
def test_a_damaged_or_foreign_graph_is_converted_anew(kind: str, cache: Path) -> None:
    clips, wanted = clips_and_answer()
    tiny().embed_clips(clips)
    (kept,) = cache.iterdir()
    good = kept.read_bytes()
    if kind == "cut short":
        kept.write_bytes(good[:-1000])
    elif kind == "a bit flipped":
        kept.write_bytes(good[:5000] + bytes([good[5000] ^ 1]) + good[5001:])
    else:
        tiny().embed_clips(clips_and_answer(7)[0])
        other = next(path for path in cache.iterdir() if path != kept)
        kept.write_bytes(other.read_bytes())
    model = tiny()
    assert golden.worst(model.embed_clips(clips), wanted) < EMBEDDING
    assert model.device == "cpu (OpenVINO)"
    assert abs(kept.stat().st_size - len(good)) < 1000
    assert not list(cache.glob("new-*"))


def test_without_room_for_the_cache_it_goes_on_and_says_so(
    cache: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    model = tiny()
    clips, wanted = clips_and_answer()
    assert golden.worst(model.embed_clips(clips), wanted) < EMBEDDING
    assert "No space left" in caplog.text
    assert model.device == "cpu (OpenVINO)"
    assert not list(cache.iterdir())


def test_graphs_of_other_versions_and_of_many_shapes_are_removed(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openvino_cache, "MOST", 2)
    cache.mkdir(parents=True)
    (cache / f"{'0' * 16}-{'1' * 16}.zip").write_bytes(b"of an older version")
    module = openvino_side.import_openvino()
    parameter = module.op.Parameter(module.Type.f32, module.Shape([2]))
    graph = module.Model([module.opset1.relu(parameter)], [parameter])
    for n in range(4):
        openvino_cache.write(module, openvino_cache.Key("version", f"shape{n}"), graph)
        os.utime(cache / f"version-shape{n}.zip", ns=(n, n))
    assert sorted(path.name for path in cache.iterdir()) == ["version-shape2.zip", "version-shape3.zip"]


def test_nothing_is_sent_or_written_outside_the_cache(tmp_path: Path) -> None:
    home, place, spy = tmp_path / "home", tmp_path / "place", tmp_path / "spy"
    home.mkdir()
    spy.mkdir()
    (spy / "openvino_telemetry.py").write_text("open('telemetry', 'w')")  # must not even be imported
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("XDG_")},
        "HOME": str(home), "USERPROFILE": str(home), "VPORGANIZER_CACHE_DIR": str(place),
        "TMPDIR": str(place), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(spy),
    }  # fmt: skip
    tests = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-P", "-c", CHILD, str(tests)],
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    outside = [event for event in seen if str(place) not in event[1] and event[1] != os.devnull]
    assert seen and not outside
    assert not list(home.rglob("*"))
