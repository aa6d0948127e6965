"""Takes the pictures of the README from the real window, over a library of videos made for it.

    python packaging/screenshots.py docs/images

The videos are pans over photographs that scikit-image carries (CC0 or public domain), so that the
pictures may be published. Works offscreen and on a screen.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QWidget

from vporganizer.app.context import open_library
from vporganizer.gui.finder import ByText
from vporganizer.gui.main_window import MainWindow
from vporganizer.gui.program import make_application
from vporganizer.gui.settings import WindowSettings
from vporganizer.media.film import Shot, write_film

QUERY = "a cat"
SIZE = (1180, 640)
PATIENCE_MS = 60_000

# Name of a video and its shots: photograph ('~': mirrored), seconds, zoom, centre of the view (x, y) in 0..1.
VIDEOS: dict[str, list[tuple[str, int, float, float, float]]] = {
    "Saturday morning.mp4": [
        ("coffee", 5, 0.9, 0.4, 0.5), ("chelsea", 6, 1.0, 0.5, 0.3), ("brick", 4, 0.7, 0.5, 0.5),
    ],
    "GX010042.mp4": [
        ("grass", 5, 0.8, 0.5, 0.5), ("chelsea~", 4, 0.8, 0.5, 0.4), ("gravel", 5, 0.7, 0.3, 0.5),
    ],
    "Kitchen.mp4": [("coffee~", 8, 0.7, 0.5, 0.5)],
    "Launch day.mp4": [("rocket", 8, 0.9, 0.5, 0.4), ("astronaut", 6, 0.9, 0.5, 0.3)],
    "Mia, close up.mp4": [("chelsea", 7, 0.5, 0.5, 0.35)],
    "Coin collection.mp4": [("coins", 9, 0.9, 0.5, 0.5), ("text", 4, 0.8, 0.5, 0.5)],
    "VID_20240317_181502.mp4": [
        ("brick", 4, 0.5, 0.4, 0.4), ("chelsea~", 5, 1.0, 0.4, 0.7), ("coffee", 4, 0.5, 0.6, 0.6),
    ],
    "Night sky.mp4": [("hubble_deep_field", 9, 0.6, 0.5, 0.5)],
    "Mia and the camera.mp4": [("camera", 6, 0.9, 0.5, 0.4), ("chelsea", 5, 0.7, 0.2, 0.7)],
    "Walk.mp4": [("grass", 6, 0.5, 0.5, 0.5), ("gravel", 6, 0.9, 0.5, 0.5)],
    "Sunday.mp4": [
        ("coffee~", 5, 0.9, 0.5, 0.5), ("chelsea~", 6, 0.62, 0.7, 0.5), ("text", 3, 0.9, 0.5, 0.5),
    ],
    "At the museum.mp4": [("camera", 7, 0.9, 0.5, 0.4), ("retina", 4, 0.9, 0.5, 0.5)],
}  # fmt: skip

DARK = {
    "Window": "#26292d", "WindowText": "#eceef0", "Base": "#1b1d20", "AlternateBase": "#212428",
    "Text": "#eceef0", "Button": "#33373c", "ButtonText": "#eceef0", "Highlight": "#4aa3ff",
    "HighlightedText": "#0c1116", "ToolTipBase": "#33373c", "ToolTipText": "#eceef0",
    "Light": "#4a4f55", "Midlight": "#3c4046", "Mid": "#191b1e", "Dark": "#141618", "Shadow": "#000000",
    "PlaceholderText": "#9aa0a6", "Link": "#4aa3ff",
}  # fmt: skip


def main() -> None:
    """Makes the videos, opens the window and takes the pictures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?", default=Path("docs/images"))
    folder = parser.parse_args().folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary)
        os.environ["HOME"] = temporary  # paths in the pictures are those of nobody, and no model is there
        for name in ("HF_HOME", "HF_HUB_CACHE", "XDG_CACHE_HOME", "XDG_DATA_HOME", "VPORGANIZER_MODELS_DIR"):
            os.environ.pop(name, None)
        videos = make_videos(home / "Videos")
        app = make_application(sys.argv[:1])
        take(home, videos, folder, suffix="")
        app.setPalette(dark())
        take(home, videos, folder, suffix="-dark")


def take(home: Path, videos: Path, folder: Path, *, suffix: str) -> None:
    """Takes the pictures in the colours that are set."""
    with window_on(home / ".local" / "share" / "vporganizer") as window:
        wait_until(lambda: window.pages.currentWidget() is window.first_run)
        save(window, folder / f"first-run{suffix}.png")
    with window_on(home / "library") as window:
        if not window.library.folders():
            window.scans.add([os.fsencode(videos)])
        wait_until(lambda: not window.scans.running)
        window.activity.hide()
        window.search_bar.set_text(QUERY)
        window.ask(ByText(QUERY))
        wait_until(lambda: not window.finder.busy)
        pause(300)  # until the moments are drawn, which is what asks for their pictures
        wait_until(lambda: window.pictures.idle)
        save(window, folder / f"window{suffix}.png")
        window.full.open()
        wait_until(window.full.dialog.isVisible)
        save(window.full.dialog, folder / f"full-search{suffix}.png")
        window.full.dialog.close()


@contextmanager
def window_on(path: Path) -> Iterator[MainWindow]:
    """The window on a library, closed and ended afterwards."""
    with open_library(path) as library:
        window = MainWindow(library, WindowSettings(path / "window.ini"))
        window.resize(*SIZE)
        window.show()
        window.open([])
        try:
            yield window
        finally:
            window.close()
            window.shut_down()
            window.deleteLater()
            pause(100)


def make_videos(folder: Path) -> Path:
    """Writes the videos, oldest first, so that their order in the window stays the same."""
    folder.mkdir()
    for age, (name, shots) in enumerate(VIDEOS.items()):
        film = [
            Shot(photograph(photo), seconds, (x - 0.06, y - 0.04), (x + 0.06, y + 0.04), zoom=zoom)
            for photo, seconds, zoom, x, y in shots
        ]
        write_film(folder / name, film)
        day = 1_710_000_000 - age * 2.6 * 86_400
        os.utime(folder / name, (day, day))
    return folder


def photograph(name: str) -> NDArray[np.uint8]:
    """A photograph of scikit-image, (H, W, 3) uint8 RGB."""
    spec = importlib.util.find_spec("skimage")
    if spec is None or not spec.submodule_search_locations:
        sys.exit("The pictures need scikit-image: pip install 'vporganizer[demo]'")
    data = Path(spec.submodule_search_locations[0], "data")
    with Image.open(next(data.glob(f"{name.rstrip('~')}.*"))) as picture:
        shown = np.asarray(picture.convert("RGB"))
    return np.ascontiguousarray(shown[:, ::-1]) if name.endswith("~") else shown


def dark() -> QPalette:
    """A dark palette, as a platform would bring it."""
    palette = QPalette()
    for role, colour in DARK.items():
        palette.setColor(getattr(QPalette.ColorRole, role), QColor(colour))
    return palette


def wait_until(holds: Callable[[], bool]) -> None:
    """Lets the window work until something holds."""
    for _ in range(PATIENCE_MS // 50):
        pause(50)
        if holds():
            return
    sys.exit("The window did not come to what the picture should show.")


def pause(milliseconds: int) -> None:
    """Lets the window work for a while."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def save(window: QWidget, path: Path) -> None:
    """Writes a picture of a window or a dialog."""
    pause(300)
    if not window.grab().save(os.fspath(path)):
        sys.exit(f"{path} cannot be written.")


if __name__ == "__main__":
    main()
