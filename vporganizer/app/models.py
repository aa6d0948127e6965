"""The models there are: which, what for, how large, whether they are at hand; getting and removing them.

Only `fetch` touches the network, and only it loads the client of the Hugging Face hub.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vporganizer.app import hub_cache
from vporganizer.app.downloading import FetchProgress, OnFetch
from vporganizer.app.fetching import fetch, tokenizer_url
from vporganizer.app.installing import Removal, Verified, install, removal, remove, verify
from vporganizer.encoder import catalog
from vporganizer.encoder.starter import pins
from vporganizer.encoder.videoprism import installed
from vporganizer.encoder.videoprism.installed import Installed, Source
from vporganizer.encoder.videoprism.published import PUBLISHED, Published, published

__all__ = [
    "FetchProgress", "Installed", "Model", "OnFetch", "Removal", "Verified",
    "fetch", "has_text", "install", "models", "removal", "remove", "tokenizer_url", "verify",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Model:
    """One model as a person sees it.

    Attributes:
        name: what commands take.
        label: what it is called in a sentence.
        purpose: what it is for, as a phrase.
        size: of its file in bytes; 0 for the starter, which comes with the program.
        licence, credit: of the weights.
        searches: whether it can be an encoder of a library.
        installed: whether it can be used as it is, texts included.
        problem: what is missing, with what to do; None if it can be used.
        partial: bytes of a download that was stopped.
        checkpoint, tokenizer: where its files are; None if they are not, or come with the program.
        source: 'hub', 'cache' or 'files', see `Installed`; None if it is not installed.
        repo: where it is published; None if it comes with the program.
        commit, sha256: which checkpoint this is, if it is installed; the commit only if it came from the hub.
    """

    name: str
    label: str
    purpose: str
    size: int
    licence: str
    credit: str
    searches: bool
    installed: bool
    problem: str | None
    partial: int = 0
    checkpoint: Path | None = None
    tokenizer: Path | None = None
    source: Source | None = None
    repo: str | None = None
    commit: str | None = None
    sha256: str | None = None

    def as_json(self) -> dict[str, Any]:
        """For other programs; `size` and `partial` in bytes."""
        return {
            "name": self.name, "label": self.label, "purpose": self.purpose, "size": self.size,
            "licence": self.licence, "credit": self.credit, "searches": self.searches,
            "installed": self.installed, "problem": self.problem, "partial": self.partial,
            "checkpoint": None if self.checkpoint is None else str(self.checkpoint),
            "tokenizer": None if self.tokenizer is None else str(self.tokenizer),
            "source": self.source, "repo": self.repo, "commit": self.commit, "sha256": self.sha256,
        }  # fmt: skip


def has_text(name: str) -> bool:
    """Whether a published model understands texts, for which it needs a tokenizer.

    Raises:
        EncoderError: there is none of that name.
    """
    return published(name).has_text


def models() -> list[Model]:
    """Lists the starter and the VideoPrism models, with what is missing where one cannot be used."""
    return [_starter(), *(_published(one) for one in PUBLISHED.values())]


def _starter() -> Model:
    problem = catalog.missing(pins.NAME)
    return Model(
        pins.NAME, catalog.label(pins.NAME), "things in pictures; comes with the program", 0,
        "Apache-2.0", "EfficientNet-Lite0 (Google), all-MiniLM-L6-v2 (sentence-transformers)", True,
        problem is None, problem,
    )  # fmt: skip


def _published(one: Published) -> Model:
    problem = installed.problem(one.name)
    if problem is None and one.has_text:
        problem = installed.tokenizer_problem(one.name)
    found = installed.find(one.name)
    here = None if found is None else found.checkpoint
    return Model(
        one.name, catalog.label(one.name) if one.has_text else "video features", one.purpose, one.size,
        one.licence, one.credit, one.has_text, problem is None, problem,
        partial=hub_cache.partial_bytes(one.repo), checkpoint=here,
        tokenizer=None if found is None else found.tokenizer,
        source=None if found is None else found.source, repo=one.repo,
        commit=None if found is None else found.commit, sha256=None if found is None else found.sha256,
    )  # fmt: skip
