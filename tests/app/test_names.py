"""One encoder has one name in a library, however it is written, and is opened anew when it is another."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from helpers.encoders import Slow, known
from helpers.libraries import add_file, add_root, add_windows

import vporganizer
from vporganizer.app.choice import choose
from vporganizer.encoder import catalog
from vporganizer.errors import EncoderError
from vporganizer.library import clips

LARGE = catalog.FULL_LARGE
BASE = catalog.FULL


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("starter", "starter"),
        ("base", BASE),
        (BASE, BASE),
        (f"{BASE}@16", BASE),  # its own number of frames
        (f"{BASE}@8", f"{BASE}@8"),
        ("base@08", f"{BASE}@8"),
        ("large@8", LARGE),
        (f"{LARGE}@16", f"{LARGE}@16"),
    ],
)
def test_an_encoder_has_one_name(written: str, meant: str) -> None:
    assert catalog.canonical(written) == meant
    assert catalog.label(written) == catalog.label(meant)


@pytest.mark.parametrize("name", ["", "@8", "basic", "base@", "base@0", "base@8@8", "starter@8"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(EncoderError):
        catalog.canonical(name)


def test_the_same_encoder_by_another_name_is_no_switch(tmp_path: Path) -> None:
    with vporganizer.open_library(tmp_path) as library:
        assert choose(library.library, "base")
        assert not choose(library.library, f"{BASE}@16")
        assert library.chosen_encoder == BASE
        encoder_id = clips.ensure_encoder(library.library, BASE, "an identity", 4)
        _, content = add_file(library.library, add_root(library.library), b"a.mp4")
        add_windows(library.library, content, encoder_id, np.eye(4, dtype=np.float32))
        assert library.forget_encoder("base@16") == 4


def test_a_checkpoint_that_is_installed_while_the_library_is_open_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = Slow("slow", identity="1"), Slow("slow", identity="2")
    with vporganizer.open_library(tmp_path) as library:
        known(monkeypatch, first)
        assert library.encoder("slow") is first
        known(monkeypatch, second)
        assert library.encoder("slow") is second
