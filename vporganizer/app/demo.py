"""The main job done once on sample videos, as steps that either face can show."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image, ImageDraw, ImageFont

from vporganizer.app.context import OpenLibrary, open_library
from vporganizer.app.hits import SearchHit, SearchResult
from vporganizer.app.samples import make_samples
from vporganizer.app.scanning import ScanReport
from vporganizer.app.words import clock
from vporganizer.indexing.progress import Listener

FOUND = ("cat", "cup of coffee", "rocket")
NOT_THERE = "violin"
UNKNOWN = "people dancing"
MARK = ".vporganizer-demo"  # only a folder that holds this file is ever deleted

Kind = Literal["found", "not there", "unknown", "similar"]


@dataclass(frozen=True, slots=True)
class Step:
    """One look-up: what was asked, the answer, and a still of each hit, None where there is none."""

    kind: Kind
    title: str
    result: SearchResult
    stills: tuple[Path | None, ...]


@dataclass(frozen=True, slots=True)
class DemoReport:
    """All that the demo did."""

    folder: Path
    first_scan: ScanReport
    steps: tuple[Step, ...]
    second_scan: ScanReport


def default_folder() -> Path:
    """Where the samples live if nobody says: in the user's cache folder."""
    from platformdirs import user_cache_path

    return user_cache_path("vporganizer", appauthor=False) / "demo"


def library_folder(folder: Path) -> Path:
    """The library of the samples in `folder`."""
    return folder / "library"


def prepare(
    folder: Path, *, device: str | None = None, progress: Listener | None = None
) -> tuple[Path, ScanReport]:
    """Makes the samples and indexes them -> (the clip kept outside, what the scan did)."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).touch()
    samples = make_samples(folder)
    with open_library(library_folder(folder), device=device) as library:
        return samples.outside, library.scan([samples.videos], progress=progress)


def remove(folder: Path) -> bool:
    """Deletes the samples and their library -> False if there are none."""
    if not (folder / MARK).exists():
        return False
    shutil.rmtree(folder)
    return True


def run(folder: Path, *, device: str | None = None, progress: Listener | None = None) -> DemoReport:
    """Does the main job on the samples.

    Raises:
        VPOrganizerError: if the packages that carry the pictures are not installed.
    """
    outside, first = prepare(folder, device=device, progress=progress)
    with open_library(library_folder(folder), device=device) as library:
        steps = [_search(library, "found", text) for text in FOUND]
        steps.append(_search(library, "not there", NOT_THERE))
        steps.append(_search(library, "unknown", UNKNOWN))
        near = library.similar(outside, limit=2)
        steps.append(Step("similar", str(outside), near, _stills(library, near)))
        second = library.scan([folder / "videos"])
    return DemoReport(folder, first, tuple(steps), second)


def _search(library: OpenLibrary, kind: Kind, text: str) -> Step:
    result = library.search(text, limit=2)
    return Step(kind, text, result, _stills(library, result))


def _stills(library: OpenLibrary, result: SearchResult) -> tuple[Path | None, ...]:
    return tuple(library.still(hit) for hit in result.hits)


def contact_sheet(report: DemoReport, target: Path) -> None:
    """Draws one row a look-up: what was asked, the pictures of the hits, their places."""
    tile, gap, head = (256, 144), 12, 30
    heights = [head + (tile[1] + 34 if _shown(step) else 4) for step in report.steps]
    sheet = Image.new("RGB", (2 * (tile[0] + gap) + gap, sum(heights) + gap), "white")
    draw = ImageDraw.Draw(sheet)
    font, small = ImageFont.load_default(17), ImageFont.load_default(13)
    top = gap
    for step, height in zip(report.steps, heights, strict=True):
        draw.text((gap, top), _heading(step), fill="black", font=font)
        for column, (hit, still) in enumerate(_shown(step)):
            corner = (gap + column * (tile[0] + gap), top + head)
            _paste(sheet, still, corner, tile)
            draw.text((corner[0], corner[1] + tile[1] + 4), _caption(hit), fill="#444444", font=small)
        top += height
    target.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(target)


def _shown(step: Step) -> list[tuple[SearchHit, Path | None]]:
    pairs = zip(step.result.hits, step.stills, strict=True)
    return [(hit, still) for hit, still in pairs if hit.match is not None]


def _heading(step: Step) -> str:
    if step.kind == "similar":
        return f"Like {Path(step.title).name}"
    if step.kind == "unknown":
        return f"“{step.title}”: quick search does not know this"
    return f"“{step.title}”" + ("" if step.result.matches else ": nothing that fits")


def _caption(hit: SearchHit) -> str:
    return f"{hit.name}  {clock(hit.start)}-{clock(hit.end)}  {hit.match}"


def _paste(sheet: Image.Image, still: Path | None, corner: tuple[int, int], tile: tuple[int, int]) -> None:
    if still is None:
        return
    with Image.open(still) as picture:
        picture.thumbnail(tile)
        sheet.paste(picture, corner)
