"""What there is to choose from can be asked without loading anything."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from vporganizer.encoder import catalog
from vporganizer.errors import EncoderError


def test_the_starter_is_there() -> None:
    info = catalog.info("starter")
    assert (info.name, info.dim, info.frame_size, info.needs_exact_times) == ("starter", 1000, None, False)


def test_the_identity_can_be_part_of_a_file_name_and_tells_the_frames() -> None:
    info = catalog.info("starter")
    assert re.fullmatch(rf"starter-[0-9a-f]{{16}}-frames{info.num_frames}-v\d+", info.identity)


def test_the_loaded_encoder_has_the_same_facts() -> None:
    assert catalog.load("starter", device="cpu").info == catalog.info("starter")


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(EncoderError, match="clip") as caught:
        catalog.info("clip")
    assert "starter" in caught.value.hint


@pytest.mark.parametrize("by_example", [False, True])
def test_limits_fall_from_strong_to_weak(by_example: bool) -> None:
    limits = catalog.match_limits("starter", by_example=by_example)
    assert 1 > limits.strong > limits.fair > limits.weak > 0


def test_people_read_quick_search() -> None:
    assert catalog.label("starter") == "quick search"


def test_asking_loads_neither_jax_nor_numpy_models() -> None:
    code = """
import sys
from vporganizer.encoder import catalog, starter
[catalog.info(name) for name in catalog.names()]
assert not {"jax", "jaxlib", "PIL"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
