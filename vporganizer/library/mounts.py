"""Which file system a path lies on, where the system tells."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

NETWORK_TYPES = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afpfs", "webdav", "9p", "ncpfs", "afs", "fuse.sshfs", "davfs"}
)
"""File systems that other machines write to as well: SQLite's WAL and change events do not work there."""


@dataclass(frozen=True, slots=True)
class Mount:
    """A mounted file system: where, of what type, and from which device or share."""

    point: bytes
    fstype: str
    source: str

    @property
    def is_network(self) -> bool:
        """True if it lies on another machine."""
        return self.fstype in NETWORK_TYPES


def parse_mountinfo(table: bytes) -> list[Mount]:
    """Parses `/proc/self/mountinfo` (proc(5)): optional fields end at a lone '-', odd bytes are octal."""
    mounts = []
    for line in table.splitlines():
        before, dash, after = line.partition(b" - ")
        fields, rest = before.split(b" "), after.split(b" ")
        if dash and len(fields) >= 5 and len(rest) >= 2:
            source = os.fsdecode(_unescape(rest[1]))
            mounts.append(Mount(_unescape(fields[4]), rest[0].decode("ascii", "replace"), source))
    return mounts


def mount_of(path: bytes) -> Mount | None:
    """Returns the file system that `path` lies on; None where the system does not say (not Linux)."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        with open("/proc/self/mountinfo", "rb") as file:
            mounts = parse_mountinfo(file.read())
    except OSError:
        return None
    real = os.path.realpath(path)
    best: Mount | None = None
    for mount in mounts:  # later lines lie over earlier ones
        if _contains(mount.point, real) and (best is None or len(mount.point) >= len(best.point)):
            best = mount
    return best


def _contains(folder: bytes, path: bytes) -> bool:
    return folder == b"/" or path == folder or path.startswith(folder + b"/")


def _unescape(field: bytes) -> bytes:
    for code, char in ((b"\\040", b" "), (b"\\011", b"\t"), (b"\\012", b"\n"), (b"\\134", b"\\")):
        field = field.replace(code, char)
    return field
