"""What the pages of full search show, taken from the library off the GUI thread."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

from vporganizer.app import hub_cache, models
from vporganizer.app.context import DEFAULT_ENCODER, OpenLibrary
from vporganizer.app.estimate import Estimate
from vporganizer.app.folders import FolderStatus
from vporganizer.app.models import Model
from vporganizer.gui.scanner import RECENTLY


@dataclass(frozen=True, slots=True)
class Offer:
    """What is offered before anything is downloaded.

    Attributes:
        models: those of full search, the usual one first.
        device: what models run on here, as the program names it.
        free: bytes of room where a download goes.
        videos: files in the library.
        folders: of the library.
    """

    models: tuple[Model, ...]
    device: str
    free: int
    videos: int
    folders: tuple[FolderStatus, ...]

    def model(self, name: str) -> Model:
        """One of the models; the usual one where there is none of that name."""
        return next((one for one in self.models if one.name == name), self.models[0])


def full_models() -> tuple[Model, ...]:
    """The models of full search, the usual one first."""
    return tuple(one for one in models.models() if one.searches and one.name != DEFAULT_ENCODER)


def offer(library: OpenLibrary) -> Offer:
    """Takes an offer's facts."""
    now = library.status()
    return Offer(full_models(), now.device, _free(), now.videos, tuple(library.folders()))


def _free() -> int:
    there = hub_cache.cache_folder()
    while not there.exists() and there != there.parent:
        there = there.parent
    return shutil.disk_usage(there).free


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far full search has come with a library.

    Attributes:
        name: the model that is used or has come farthest, 'NAME' or 'NAME@8'; empty if none was begun.
        share: of all moments, those that it has looked at, 0 to 1.
        device: what it ran on.
        videos: in the library.
        chosen: whether the library is looked at with it from now on.
        complete: nothing is left that it could look at.
        here: whether its files are.
    """

    name: str = ""
    share: float = 0.0
    device: str = ""
    videos: int = 0
    chosen: bool = False
    complete: bool = False
    here: bool = False

    @property
    def all_done(self) -> bool:
        """True if it alone answers, and nothing is left to offer."""
        return self.chosen and self.complete and self.here


@dataclass(frozen=True, slots=True)
class Asked:
    """What times are asked for.

    Attributes:
        name: of the model, 'NAME' or 'NAME@8'.
        folder: of the library; empty if none is meant.
    """

    name: str
    folder: str


@dataclass(frozen=True, slots=True)
class Price:
    """What is left to look at in some videos: how many, how many moments of them, about how many seconds."""

    videos: int
    clips: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What full search would take here.

    Attributes:
        name: of the model, 'NAME' or 'NAME@8'.
        pictures: of each moment that it looks at.
        device: what it runs on.
        per_clip: seconds that one moment took; None if there was none to measure.
        everything, recent, folder: what is left of each; None for a folder that was not asked for.
    """

    name: str
    pictures: int
    device: str
    per_clip: float | None
    everything: Price
    recent: Price
    folder: Price | None


def coverage(library: OpenLibrary) -> Coverage:
    """Looks how far full search has come."""
    now = library.status()
    known = {model.name: model for model in full_models()}
    begun = [one for one in now.encoders if model_of(one.name) in known]
    if not begun:
        return Coverage(videos=now.videos)
    best = max(begun, key=lambda one: (one.chosen, one.complete, one.clips))
    here = known[model_of(best.name)].installed
    device = best.device or now.device
    return Coverage(best.name, best.share, device, now.videos, best.chosen, best.complete, here)


def model_of(name: str) -> str:
    """The model of 'NAME@8', which is 'NAME'."""
    return name.partition("@")[0]


def plan(library: OpenLibrary, asked: Asked) -> Plan:
    """Measures one moment and reckons what full search would take; loads the model, which takes a while."""
    pictures = library.encoder(asked.name).info.num_frames
    everything = library.estimate(encoder=asked.name)

    def price(found: Estimate) -> Price:
        return Price(found.videos, found.clips, found.seconds)

    recent = library.estimate(encoder=asked.name, newer_than=RECENTLY, measured=everything)
    folder = None
    if asked.folder:
        folder = library.estimate(asked.folder, encoder=asked.name, measured=everything)
    return Plan(
        asked.name, pictures, everything.device, everything.per_clip or None, price(everything),
        price(recent), price(folder) if folder else None,
    )  # fmt: skip
