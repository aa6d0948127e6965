"""The optional backend: golden numbers, what is chosen and said where it is not to be had."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from helpers import golden
from helpers.openvino import EMBEDDING, NEEDS_OPENVINO, clips_and_answer, tiny
from helpers.standin import write_checkpoint

from vporganizer.encoder import videoprism
from vporganizer.encoder.videoprism import backends, openvino_graph, openvino_side
from vporganizer.errors import CheckpointMismatch, EncoderError

SIZES = [(4, 24), (7, 24), (4, 36)]
IMPORT = re.compile(r"^\s*(import|from) openvino\b", re.MULTILINE)

pytestmark = NEEDS_OPENVINO


@pytest.mark.parametrize(("frames", "side"), SIZES)
def test_float32_gives_the_golden_numbers(frames: int, side: int) -> None:
    model = tiny()
    clips, wanted = clips_and_answer(frames, side)
    assert golden.worst(model.embed_clips(clips), wanted) < EMBEDDING
    per_frame = golden.expected("tiny_video_text")[f"frames_t{frames}_s{side}"]
    assert golden.worst(model.embed_frames(clips), per_frame) < EMBEDDING
    assert (model.device, model.precision) == ("cpu (OpenVINO)", "float32")


def test_frames_of_bytes_are_scaled_in_the_graph() -> None:
    clips = np.round(golden.video("tiny", 4, 24, 2) * 255).astype(np.uint8)
    assert golden.worst(tiny().embed_clips(clips), tiny(backend="jax").embed_clips(clips)) < EMBEDDING


def test_fast_is_bfloat16_where_the_processor_has_it_and_stays_close() -> None:
    model = tiny(precision="fast")
    has = openvino_side.has_bfloat16(openvino_side.import_openvino())
    for frames, side in SIZES:
        clips, wanted = clips_and_answer(frames, side)
        found = model.embed_clips(clips)
        assert (found * wanted).sum(axis=-1).min() >= 0.999
        assert (golden.worst(found, wanted) > EMBEDDING) == has  # really another arithmetic
    assert model.precision == ("bfloat16" if has else "float32")


@pytest.mark.parametrize("has", [True, False])
def test_without_a_wish_it_is_chosen_where_the_processor_has_bfloat16(
    has: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openvino_side, "has_bfloat16", lambda _: has)
    monkeypatch.setattr(backends, "LEAST_WIDTH", golden.config("tiny_video_text").model_dim)
    model = tiny(backend=None, precision="fast")
    monkeypatch.setattr(openvino_side.OpenVinoVideoSide, "pooled", lambda *_: pytest.fail("not to be run"))
    side = model._clips.get()
    assert side.label == ("cpu (OpenVINO)" if has else "cpu")
    assert side.precision == ("bfloat16" if has else "float32")


@pytest.mark.parametrize("options", [{"precision": "exact"}, {"precision": "fast", "backend": "jax"}])
def test_it_is_not_chosen_for_exact_numbers_nor_against_a_wish(
    options: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backends, "LEAST_WIDTH", 1)
    assert tiny(**{"backend": None, **options})._clips.get().label == "cpu"


def test_without_a_wish_nothing_is_said_where_it_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(backends, "LEAST_WIDTH", 1)
    monkeypatch.setattr(backends.importlib.util, "find_spec", lambda _: None)
    assert tiny(backend=None, precision="fast")._clips.get().label == "cpu"
    assert not caplog.records


def test_a_narrow_model_is_left_to_jax_unless_asked() -> None:
    assert tiny(backend=None, precision="fast")._clips.get().label == "cpu"


def test_an_unknown_backend_is_refused() -> None:
    with pytest.raises(EncoderError, match="toaster"):
        tiny(backend="toaster")


class Gpu:
    platform = "gpu"


def test_on_a_gpu_it_is_left_out_and_said(caplog: pytest.LogCaptureFixture) -> None:
    config = golden.config("tiny_video_text")
    gpu: Any = Gpu()
    assert backends.video_side("openvino", {}, config, gpu, "fast") is None
    assert "GPU" in caplog.text


def test_where_it_cannot_be_imported_jax_answers_and_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    model = tiny()
    clips, wanted = clips_and_answer()
    assert golden.worst(model.embed_clips(clips), wanted) < EMBEDDING
    assert model.device == "cpu (OpenVINO is not installed)"
    assert [record.levelno for record in caplog.records if "OpenVINO" in record.message] == [logging.WARNING]


@pytest.mark.parametrize("step", ["convert_model", "Core"])
def test_where_it_fails_jax_answers_and_says_so(
    step: str, cache: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("Check failed:\n\nthis cannot be\n")

    monkeypatch.setattr(openvino_side.import_openvino(), step, broken)
    model = tiny()
    clips, wanted = clips_and_answer()
    for _ in range(2):
        assert golden.worst(model.embed_clips(clips), wanted) < EMBEDDING
    assert (model.device, model.precision) == ("cpu (OpenVINO failed)", "float32")
    assert caplog.text.count("this cannot be") == 1


def test_answers_that_are_no_numbers_are_not_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    run = openvino_side.OpenVinoVideoSide._run
    monkeypatch.setattr(
        openvino_side.OpenVinoVideoSide, "_run", lambda *given: [x * np.float32("nan") for x in run(*given)]
    )
    model = tiny()
    clips, wanted = clips_and_answer()
    assert golden.worst(model.embed_clips(clips), wanted) < EMBEDDING
    assert model.device == "cpu (OpenVINO failed)"


def test_a_damaged_checkpoint_is_not_taken_for_a_failure_of_openvino(monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(*_: Any) -> Any:
        raise CheckpointMismatch("The entry is damaged.")

    monkeypatch.setattr(openvino_graph, "parameters", damaged)
    with pytest.raises(CheckpointMismatch):
        tiny().embed_clips(clips_and_answer()[0])


def test_openvino_is_imported_in_one_place_only() -> None:
    package = Path(videoprism.__file__).parents[2]
    importing = [path.name for path in package.rglob("*.py") if re.search(IMPORT, path.read_text("utf-8"))]
    assert importing == ["openvino_side.py"]


def test_texts_load_no_openvino() -> None:
    code = """
import sys
sys.path.insert(0, sys.argv[1])
from helpers import golden
from helpers.standin import recipe
from vporganizer.encoder import videoprism
name = "tiny_video_text"
model = videoprism.load(golden.config(name), checkpoint=golden.weights(name), backend="openvino")
model.embed_token_ids(*recipe().token_ids("tiny", 3, 16, 200))
assert "openvino" not in sys.modules
"""
    tests = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-P", "-c", code, str(tests)], check=True)


@pytest.mark.trial
def test_the_full_size_model_is_close_and_faster_than_ours(tmp_path: Path) -> None:
    """The base model: cosine and time beside JAX's float32, in alternation; prints what it measures."""
    path = write_checkpoint(tmp_path / "base.npz", "videoprism_lvt_public_v1_base")
    name = "videoprism_lvt_public_v1_base"
    clip = golden.video("full", 16, 288, 1)
    began = time.perf_counter()
    fast = videoprism.load(name, checkpoint=path, device="cpu", precision="fast", backend="openvino")
    found = fast.embed_clips(clip)
    print(f"first clip, converted: {time.perf_counter() - began:.1f} s, {fast.precision},",
          f"{psutil.Process().memory_info().rss / 1e9:.2f} GB")  # fmt: skip
    wanted = golden.expected(name)["video_t16_s288"]
    exact = videoprism.load(name, checkpoint=path, device="cpu", backend="jax")
    exact.embed_clips(clip)
    pairs = []
    for _ in range(3):
        times = []
        for model in (fast, exact):
            began = time.perf_counter()
            model.embed_clips(clip)
            times.append(time.perf_counter() - began)
        pairs.append(times)
    ours, theirs = (min(column) for column in zip(*pairs, strict=True))
    cosine = float((found * wanted).sum())
    print(
        f"OpenVINO {ours:.2f} s, JAX float32 {theirs:.2f} s, ratio {ours / theirs:.2f}; cosine {cosine:.5f}"
    )
    assert fast.device == "cpu (OpenVINO)"
    assert cosine >= 0.999
    assert ours / theirs <= (0.55 if fast.precision == "bfloat16" else 1.1)
