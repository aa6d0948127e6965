"""An open library with everything that a person can ask of it: the Python face, and what both faces use."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from vporganizer.app import choice, export, rules, scanning, similar, stills, tagging
from vporganizer.app import folders as folder_list
from vporganizer.app.choice import DEFAULT_ENCODER as DEFAULT_ENCODER
from vporganizer.app.dates import moment_of
from vporganizer.app.decoder import SharedDecoder
from vporganizer.app.estimate import Estimate, estimate
from vporganizer.app.files import PathLike, as_bytes
from vporganizer.app.hits import SearchHit, SearchResult
from vporganizer.app.ranking import Wanted
from vporganizer.app.rules import Rules
from vporganizer.app.scanning import ScanOptions, ScanReport
from vporganizer.app.search import PER_VIDEO, Asked, asked_for, search_text
from vporganizer.app.searcher import Searcher
from vporganizer.app.status import Status, status
from vporganizer.app.windows import Windows
from vporganizer.encoder import catalog
from vporganizer.encoder.protocol import ClipEncoder
from vporganizer.indexing.progress import Control, Listener
from vporganizer.library.library import Library
from vporganizer.library.records import TagOnVideo
from vporganizer.logs import log_to_file, stop_logging_to

log = logging.getLogger(__name__)


def default_library() -> Path:
    """Where the library is if nobody says: `$VPORGANIZER_LIBRARY`, else the user's data folder."""
    if named := os.environ.get("VPORGANIZER_LIBRARY"):
        return Path(named)
    from platformdirs import user_data_path

    return user_data_path("vporganizer", appauthor=False)


def open_library(
    path: PathLike | None = None, *, device: str | None = None, backend: str | None = None
) -> OpenLibrary:
    """Opens the library in the folder `path`, making it if it is missing.

    Args:
        path: the library's folder; None for the user's own (`default_library`).
        device: 'cpu' or 'gpu' for the models; None for a GPU where JAX finds one.
        backend: 'jax' or 'openvino'; None or 'auto' for what is fastest on that device.

    Raises:
        LibraryTooNew: if a newer version of the program wrote it.
        LibraryDamaged: if its database is damaged.
    """
    folder = default_library() if path is None else Path(os.fsdecode(path))
    return OpenLibrary(Library.open(folder.absolute()), device=device, backend=backend)


class OpenLibrary:
    """A library and the models that serve it; close it, or use it in a `with`.

    Every method may be called from any thread. Files are named by path; times are seconds from the
    first picture of a video.
    """

    def __init__(self, library: Library, *, device: str | None = None, backend: str | None = None) -> None:
        self.library = library
        self._device = device
        self._backend = None if backend == "auto" else backend
        self._lock = threading.RLock()
        self._encoders: dict[str, ClipEncoder] = {}
        self._searchers: dict[tuple[str, str], Searcher] = {}
        self._windows = Windows(library)
        self._decoder = SharedDecoder()
        log_to_file(library.path / "log")

    def __enter__(self) -> OpenLibrary:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends child processes and closes the database."""
        self._decoder.close()
        self.library.close()
        stop_logging_to(self.library.path / "log")

    @property
    def path(self) -> Path:
        """The library's folder."""
        return self.library.path

    @property
    def chosen_encoder(self) -> str:
        """Name of the encoder that the library is indexed with: the one a person last scanned with."""
        return choice.chosen_encoder(self.library)

    def encoder(self, name: str | None = None) -> ClipEncoder:
        """An encoder, the chosen one if none is named, loaded at its first use and then kept.

        Raises:
            EncoderError: if there is no such encoder or its files are missing.
        """
        name = catalog.canonical(name or self.chosen_encoder)
        with self._lock:
            found = self._encoders.get(name)
            if found is None or found.info.identity != catalog.info(name).identity:  # installed anew
                found = catalog.load(name, device=self._device, backend=self._backend)
                self._encoders[name] = found
            return found

    def searcher(self, name: str | None = None) -> Searcher:
        """The vectors of an encoder, ready to be searched."""
        info = catalog.info(name or self.chosen_encoder)
        key = (info.name, info.identity)
        with self._lock:
            if key not in self._searchers:
                self._searchers[key] = Searcher(self.library, info, self._windows)
            return self._searchers[key]

    def scan(
        self, folders: PathLike | Sequence[PathLike] = (), *, encoder: str | None = None,
        progress: Listener | None = None, control: Control | None = None, **options: Any,
    ) -> ScanReport:  # fmt: skip
        """Indexes the videos in `folders`, or in all folders of the library if none is named.

        Args:
            folders: folders to look through; they join the library.
            encoder: name of the encoder, which becomes the library's; None for the one chosen before.
            progress: called with a `Progress` about five times a second, in this thread.
            control: pauses or cancels from another thread.
            **options: the other fields of `ScanOptions`.

        Raises:
            LibraryLocked: if another process is indexing into this library.
            LibraryError: if a folder does not exist.
            EncoderError: if the model is missing.
        """
        name = catalog.canonical(encoder or self.chosen_encoder)
        paths = [as_bytes(folder) for folder in _several(folders)]
        return scanning.scan(
            self.library, paths, self.encoder, ScanOptions(encoder=name, **options),
            control=control, progress=progress,
        )  # fmt: skip

    def estimate(
        self, folders: PathLike | Sequence[PathLike] = (), *, encoder: str | None = None,
        newer_than: float | str | None = None, look: bool = False, measured: Estimate | None = None,
    ) -> Estimate:  # fmt: skip
        """How long a scan would take for what is pending, by embedding one clip of it on this machine.

        Args:
            folders: only videos in these.
            encoder: name of the encoder; None for the chosen one.
            newer_than: only videos recorded later, as in `ScanOptions`.
            look: look through the folders first, which then join the library, as a scan does.
            measured: an estimate of the same encoder: nothing is measured anew.

        Raises:
            LibraryLocked: if `look` is asked for and another process is indexing.
            EncoderError: if the model is missing.
        """
        name = catalog.canonical(encoder or self.chosen_encoder)
        paths = [as_bytes(folder) for folder in _several(folders)]
        if look:
            scanning.look(self.library, paths)
        since = moment_of(newer_than)
        return estimate(
            self.library, name, lambda: self.encoder(name), paths, since,
            decoder=self._decoder, measured=measured,
        )  # fmt: skip

    def _asked(self, encoder: str | None) -> tuple[list[Asked], tuple[str, ...]]:
        """Whom a question goes to, and what to say of those that cannot be asked."""
        if encoder is not None:
            return [self._ask(encoder)], ()
        found = choice.answering(self.library)
        if not found.names and not found.notes:
            return [self._ask(self.chosen_encoder)], ()
        return asked_for(found.names, self._ask, found.notes), found.notes

    def _ask(self, name: str) -> Asked:
        return Asked(self.searcher(name), lambda: self.encoder(name))

    def search(
        self, text: str, *, limit: int = 10, per_video: int = PER_VIDEO, min_score: float | None = None,
        anyway: bool = False, encoder: str | None = None,
    ) -> SearchResult:  # fmt: skip
        """Finds the moments that fit `text`, best first.

        Args:
            text: what to look for, in English.
            limit: hits at most.
            per_video: hits of one video at most, unless only one video is left.
            min_score: leaves out hits with a lower cosine.
            anyway: give the nearest even if the encoder does not know the text.
            encoder: name of the encoder to ask; None for the chosen one if it has seen the whole
                library, else all that have seen a part of it.

        Raises:
            QueryError: if the text is empty.
            EncoderError: if no encoder that has vectors here can be used.
        """
        asked, notes = self._asked(encoder)
        wanted = Wanted(limit, per_video, min_score)
        return search_text(self.library, self._windows, asked, text, wanted, anyway=anyway, notes=notes)

    def similar(
        self, file: PathLike, start: float | None = None, end: float | None = None, *, limit: int = 10,
        per_video: int = PER_VIDEO, encoder: str | None = None,
    ) -> SearchResult:  # fmt: skip
        """Finds moments like a clip of `file`, which need not be in the library.

        Raises:
            MediaError: if the file cannot be read.
            QueryError: if the times make no span.
            EncoderError: if no encoder that has vectors here can be used.
        """
        asked, notes = self._asked(encoder)
        return similar.similar(
            self.library, self._windows, asked, self._decoder, as_bytes(file), Wanted(limit, per_video),
            start=start, end=end, notes=notes,
        )  # fmt: skip

    def still(self, hit: SearchHit) -> Path | None:
        """A picture of the moment, as a file: made once, then kept; the poster if the file is away."""
        return stills.still(self.library, self._decoder, hit.content_id, hit.start, hit.end)

    def tag(self, files: PathLike | Sequence[PathLike], name: str) -> int:
        """Gives a tag to one file or several -> how many did not have it."""
        return tagging.tag(self.library, _several(files), name)

    def untag(self, files: PathLike | Sequence[PathLike], name: str) -> int:
        """Takes a tag from one file or several -> how many had it."""
        return tagging.untag(self.library, _several(files), name)

    def tags(self, file: PathLike) -> list[TagOnVideo]:
        """The tags of a file."""
        return tagging.tags_of(self.library, file)

    def folders(self) -> list[folder_list.FolderStatus]:
        """The folders of the library."""
        return folder_list.folder_statuses(self.library)

    def add_folder(self, folder: PathLike) -> None:
        """Adds a folder without looking into it yet."""
        folder_list.add(self.library, as_bytes(folder))

    def remove_folder(self, folder: PathLike) -> int:
        """Takes a folder and what is known of its videos out of the library -> videos forgotten."""
        return folder_list.remove(self.library, as_bytes(folder))

    def rules(self) -> Rules:
        """Which files a scan takes for videos, beside what is built in."""
        return rules.rules(self.library)

    def add_rules(self, *, ignore: Sequence[str] = (), endings: Sequence[str] = ()) -> Rules:
        """Adds globs to leave out and endings to take for videos -> the rules as they are then."""
        return rules.add_rules(self.library, ignore=ignore, endings=endings)

    def remove_rule(self, rule: str) -> bool:
        """Removes a glob or an ending -> False if there was none like it."""
        return rules.remove_rule(self.library, rule)

    def forget(self, path: PathLike) -> int:
        """Takes a file, or all below a folder, out of the library; no file is touched -> videos forgotten."""
        return folder_list.forget(self.library, as_bytes(path))

    def forget_encoder(self, name: str) -> int:
        """Drops all that an encoder has indexed, which may have taken hours -> vectors dropped.

        Raises:
            NotInLibrary: if the library holds nothing of it.
        """
        with self.library.indexer_lock():
            return choice.forget_encoder(self.library, name)

    def status(self) -> Status:
        """What is in the library, what could not be read, and what the models run on."""
        return status(self.library, device=self._device)

    def export_rows(self) -> Iterator[dict[str, Any]]:
        """One row for each file, clip and encoder."""
        return export.rows(self.library)


def _several(files: PathLike | Sequence[PathLike]) -> list[PathLike]:
    return [files] if isinstance(files, (str, bytes, os.PathLike)) else list(files)
