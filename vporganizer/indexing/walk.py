"""Looks through a folder for video files; opens none of them."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import translate

from vporganizer.library.folders import join, relative_to
from vporganizer.library.records import Stamp

VIDEO_ENDINGS = frozenset(
    b".3g2 .3gp .3gpp .asf .avi .divx .f4v .flv .gif .m1v .m2t .m2ts .m2v .m4v .mkv .mov .mp2v .mp4 .mpe"
    b" .mpeg .mpg .mts .mxf .ogm .ogv .qt .tod .tp .trp .ts .vob .webm .wmv".split()
)
"""Endings of names that are taken for videos, in lower case; the person can add to them."""

_HELPERS = frozenset(
    name.lower()
    for name in (
        b"@eaDir", b"#recycle", b"#snapshot", b"@Recycle", b"@Recently-Snapshot", b"$RECYCLE.BIN",
        b"RECYCLER", b"lost+found", b"System Volume Information", b"Network Trash Folder", b"Temporary Items",
    )
)  # fmt: skip
"""Folders that systems and network storages keep for themselves; hidden ones are left out anyway."""

_PARTIAL = (
    b".part",
    b".crdownload",
    b".download",
    b".partial",
    b".filepart",
    b".!qb",
    b".!ut",
    b".tmp",
)
"""Endings of downloads in progress; some browsers make a folder of that name with the video inside."""

_LARGEST = 2**63 - 1

Tick = Callable[[], None]
"""Called often while work goes on; may raise to stop it."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that could not be looked at, `relative` to its root, and why, as a sentence."""

    relative: bytes
    reason: str


@dataclass(slots=True)
class Listing:
    """What a folder holds: videos by their path relative to the root, and what could not be looked at."""

    files: dict[bytes, Stamp] = field(default_factory=dict)
    unreadable: list[Unreadable] = field(default_factory=list)

    def hides(self, relative: bytes) -> bool:
        """True if nothing can be said of a path, since it or a folder around it could not be read."""
        return any(relative_to(each.relative, relative) is not None for each in self.unreadable)


class Rules:
    """What is taken for a video, and what is left out.

    Args:
        extra_endings: endings such as '.vid' beside `VIDEO_ENDINGS`.
        ignore: globs of the person's, matched against names and against paths relative to the root.
    """

    def __init__(self, extra_endings: Iterable[str] = (), ignore: Iterable[str] = ()) -> None:
        extra = (os.fsencode(ending).lower().lstrip(b".") for ending in extra_endings)
        self._endings = VIDEO_ENDINGS | {b"." + ending for ending in extra if ending}
        self._ignore = [re.compile(translate(glob.rstrip("/"))) for glob in ignore if glob.strip("/")]

    def is_video(self, name: bytes) -> bool:
        """True if a file's name ends like a video's."""
        return os.path.splitext(name)[1].lower() in self._endings

    def leaves_out(self, name: bytes, relative: bytes) -> bool:
        """True for hidden things (AppleDouble among them), helper folders, downloads and the globs."""
        lower = name.lower()
        if name.startswith(b".") or lower in _HELPERS or lower.endswith(_PARTIAL):
            return True
        if not self._ignore:
            return False
        texts = (os.fsdecode(name), os.fsdecode(relative).replace(os.sep, "/"))
        return any(glob.match(text) for glob in self._ignore for text in texts)


def walk(root: bytes, below: bytes, rules: Rules, other_roots: Sequence[bytes], tick: Tick) -> Listing:
    """Lists the videos in a root, or in its sub-folder `below`, without opening a file.

    Links are followed after everything else, each file and folder is met once, so loops end and a
    link to something that is there anyway adds nothing. Other roots inside are left to themselves.

    Raises:
        OSError: the root itself cannot be read.
    """
    walker = _Walker(root, join(root, below), rules, other_roots, tick)
    walker.run(below)
    return walker.listing


class _Walker:
    def __init__(
        self, root: bytes, top: bytes, rules: Rules, other_roots: Sequence[bytes], tick: Tick
    ) -> None:
        self.listing = Listing()
        self._root, self._rules, self._tick = root, rules, tick
        self._others = frozenset(other_roots)
        self._real_others = [os.path.realpath(other) for other in other_roots]
        self._real_root, self._real_top = os.path.realpath(root), os.path.realpath(top)
        self._seen: set[tuple[int, int] | bytes] = set()
        self._links: list[bytes] = []

    def run(self, below: bytes) -> None:
        os.scandir(self._root).close()  # that this one cannot be read is for the caller
        self._tree(below)
        while self._links:
            self._follow(self._links.pop(0))

    def _tree(self, relative: bytes) -> None:
        folders = [relative]
        while folders:
            folder = folders.pop()
            try:
                if self._first_time(join(self._root, folder)):
                    folders += self._folder(folder)
            except FileNotFoundError:
                continue  # deleted while we looked
            except OSError as error:
                self.listing.unreadable.append(Unreadable(folder, why(error, "this folder")))

    def _folder(self, folder: bytes) -> Iterator[bytes]:
        """Notes the videos and links in a folder and yields its sub-folders."""
        with os.scandir(join(self._root, folder)) as entries:
            for entry in entries:
                self._tick()
                relative = join(folder, entry.name) if folder else entry.name
                if self._rules.leaves_out(entry.name, relative):
                    continue
                if entry.is_symlink():
                    self._links.append(relative)
                elif entry.is_dir(follow_symlinks=False):
                    if entry.path not in self._others:
                        yield relative
                elif self._rules.is_video(entry.name):
                    self._file(relative)

    def _file(self, relative: bytes) -> None:
        try:
            found = os.stat(join(self._root, relative))
        except FileNotFoundError:
            return
        except OSError as error:
            self.listing.unreadable.append(Unreadable(relative, why(error, "this file")))
            return
        if stat.S_ISREG(found.st_mode):  # opening a pipe would wait for ever
            self.listing.files[relative] = stamp_of(found)
            self._seen.add(_identity(found, relative))

    def _follow(self, relative: bytes) -> None:
        path = join(self._root, relative)
        real = os.path.realpath(path)
        if any(relative_to(other, real) is not None for other in self._real_others):
            return
        try:
            found = os.stat(path)
        except OSError:
            return  # leads nowhere, or in a circle
        if stat.S_ISDIR(found.st_mode):
            elsewhere = relative_to(self._real_root, real) is None
            if elsewhere or relative_to(self._real_top, real) is not None:
                self._tree(relative)
        elif self._rules.is_video(os.path.basename(relative)) and _identity(found, real) not in self._seen:
            self._file(relative)

    def _first_time(self, path: bytes) -> bool:
        identity = _identity(os.stat(path), path)
        if identity in self._seen:
            return False
        self._seen.add(identity)
        return True


def stamp_of(found: os.stat_result) -> Stamp:
    """Returns what the file system says of a file; absurd times are cut to what a database holds."""

    def held(number: int) -> int:
        return max(-_LARGEST, min(number, _LARGEST))

    return Stamp(held(found.st_size), held(found.st_mtime_ns), held(found.st_ctime_ns), found.st_ino)


def why(error: OSError, what: str) -> str:
    """Returns why the system did not let us, as a sentence."""
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"No permission to read {what}."
    if error.errno == errno.ENAMETOOLONG:
        return f"The path of {what} is too long for the system."
    if error.errno == errno.ENOENT:
        return f"It was there a moment ago, but {what} vanished while it was looked at."
    return f"The system cannot read {what} ({error.strerror or error})."


def _identity(found: os.stat_result, path: bytes) -> tuple[int, int] | bytes:
    """Returns what makes two paths the same thing; some file systems number nothing."""
    return (found.st_dev, found.st_ino) if found.st_ino else os.path.realpath(path)
