"""How full search is told: devices, times, amounts and errors in plain words."""

from __future__ import annotations

import pytest
from helpers.full_search import model

from vporganizer.app.models import FetchProgress
from vporganizer.errors import CheckpointMissing, DownloadError, EncoderError
from vporganizer.gui.full import words


@pytest.mark.parametrize(
    ("device", "told"),
    [
        ("cpu", "this computer's processor"),
        ("cpu (OpenVINO)", "this computer's processor"),
        ("", "this computer's processor"),
        ("gpu: NVIDIA H100 80GB HBM3", "NVIDIA H100 80GB HBM3"),
        ("cuda:NVIDIA T4", "NVIDIA T4"),
        ("tpu", "tpu"),
    ],
)
def test_a_device_is_called_by_its_own_name(device: str, told: str) -> None:
    assert words.device_words(device) == told


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0.0, "less than a minute"), (59.0, "less than a minute"), (61.0, "about 1 min"),
        (14 * 60.0, "about 14 min"), (17 * 60.0, "about 15 min"), (3600 * 3.14, "about 3 h 10 min"),
        (3600 * 31.0, "about 31 hours"), (86_400 * 9.0, "about 9 days"),
    ],
)  # fmt: skip
def test_a_rough_time_is_no_finer_than_it_is_known(seconds: float, told: str) -> None:
    assert words.rough(seconds) == told


@pytest.mark.parametrize(
    ("share", "percent"), [(0.0, "<1 %"), (0.005, "<1 %"), (0.31, "31 %"), (0.9999, "99 %")]
)
def test_a_part_is_never_told_as_all_or_nothing(share: float, percent: str) -> None:
    assert words.covered(share, "cpu") == f"Full search: {percent} looked at, on this computer's processor"


def test_memory_is_that_of_the_weights_and_of_the_work() -> None:
    assert words.memory_words(model()) == "up to 3.1 GB while it works"


def test_each_stage_of_a_download_is_told() -> None:
    asking = words.told(FetchProgress("asking", "weights"))
    assert asking.state == "Asking for full search…" and asking.total == 0
    half = words.told(FetchProgress("downloading", "weights", 500_000_000, 991_000_000, 8.1e6, 60.0))
    assert half.state == "Downloading full search" and half.done / half.total == pytest.approx(0.5, abs=0.01)
    assert half.detail == "500 MB of 991 MB · 8 MB a second · about 60 s left"
    assert "last small part" in words.told(FetchProgress("downloading", "tokenizer", 10)).state
    assert "Checking" in words.told(FetchProgress("checking", "weights", 1, 2)).state
    assert "another program" in words.told(FetchProgress("waiting", "weights")).state


def test_an_error_loses_names_and_commands_and_keeps_what_can_be_done() -> None:
    sentence, hint = words.plain(
        DownloadError(
            "videoprism_lvt_public_v1_base needs 991 MB of room in /cache, where 12 MB are free.",
            hint="Make room, or set HF_HOME to a folder on a larger drive.",
        )
    )
    assert sentence == "Full search needs 991 MB of room in /cache, where 12 MB are free."
    assert hint == (
        "Make room, or set HF_HOME to a folder on a larger drive. Then try again: it goes on from what came."
    )
    lost = DownloadError("The connection was lost.", hint="Fetch again later: it goes on where it stopped.")
    assert words.plain(lost)[1] == "Try again later: it goes on where it stopped."
    offline = DownloadError(
        "HF_HUB_OFFLINE is set, so that nothing is downloaded.",
        hint="Unset it, or install files that you have: vporganizer models install NAME FILE",
    )
    assert words.plain(offline)[1] == "Unset it. Then try again: it goes on from what came."
    assert words.plain(DownloadError("No.", hint="Or: vporganizer models"))[1].startswith("Try again: it")
    gone = CheckpointMissing(
        "videoprism_lvt_public_v1_base@8 is not installed. Get it: vporganizer models fetch videoprism_x"
    )
    assert words.plain(gone) == ("Full search is not installed.", "")
    assert words.is_about_full_search(gone) and not words.is_about_full_search(EncoderError("No room."))
