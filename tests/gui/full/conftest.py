"""Full search without its model."""

from __future__ import annotations

import pytest
from helpers.full_search import BASE, LARGE, Shop, entry

from vporganizer.app import models
from vporganizer.encoder import catalog


@pytest.fixture(autouse=True)
def shop(monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Models that can be got without a network."""
    made = Shop()
    monkeypatch.setattr(models, "models", made.listed)
    monkeypatch.setattr(models, "fetch", made.fetch)
    monkeypatch.setattr(models, "install", made.install)
    for name, frames in ((BASE, 16), (f"{BASE}@8", 8), (LARGE, 8)):
        monkeypatch.setitem(catalog.ENCODERS, name, entry(name, frames))
    return made
