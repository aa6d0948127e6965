"""Which drive or share a folder is on, under a name that stays the same between runs."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

from vporganizer.library.mounts import Mount, mount_of

_BY_UUID = "/dev/disk/by-uuid"
_STABLE_FSID = frozenset({"ext2", "ext3", "ext4", "btrfs"})
"""File systems whose statvfs id is made from their UUID; others number theirs anew at each mount."""


@dataclass(frozen=True, slots=True)
class VolumeId:
    """A drive or share: `uid` tells it from others, `name` is for people."""

    uid: str
    name: str


def volume_of(path: bytes) -> VolumeId:
    """Returns the drive or share that an existing path is on.

    A file system's UUID, or a share's address, where the system tells; else where it is mounted and
    what type it is, so that at least a drive that is away is told from one that is there.

    Raises:
        OSError: the path cannot be reached.
    """
    os.stat(path)
    mount = mount_of(path)
    if mount is not None:
        return _on_linux(mount, path)
    if sys.platform == "win32":
        drive = os.path.splitdrive(os.path.abspath(path))[0]
        return VolumeId(f"serial:{os.stat(path).st_dev:x}", os.fsdecode(drive))
    point = _mount_point(path)
    return VolumeId(_text(f"mount:{os.fsdecode(point)}"), _name(point))


def is_gone(path: bytes, uid: str) -> bool:
    """True if nothing is at `path` any more though the drive `uid`, which it was on, is there.

    Then it was renamed, moved or deleted. Of a drive that is away, what is left of the path is on
    another one; where nothing can be told, it counts as away.
    """
    nothing = (FileNotFoundError, NotADirectoryError)
    try:
        os.lstat(path)
    except nothing:
        pass
    except OSError:
        return False
    else:
        return False
    while (around := os.path.dirname(path)) != path:
        path = around
        try:
            return volume_of(path).uid == uid
        except nothing:
            continue
        except OSError:
            return False
    return False


def _on_linux(mount: Mount, path: bytes) -> VolumeId:
    if mount.is_network:
        return VolumeId(_text(f"{mount.fstype}:{mount.source}"), _text(mount.source))
    uuid = _uuid(mount.source)
    if uuid is not None:
        return VolumeId(f"uuid:{uuid}", _name(mount.point))
    if mount.fstype in _STABLE_FSID and (fsid := os.statvfs(path).f_fsid):
        return VolumeId(f"fsid:{mount.fstype}:{fsid:x}", _name(mount.point))
    return VolumeId(_text(f"mount:{mount.fstype}:{os.fsdecode(mount.point)}"), _name(mount.point))


def _uuid(device: str) -> str | None:
    """Returns the UUID that udev knows a block device by; None without udev, as in a container."""
    try:
        wanted = os.path.realpath(device)
        with os.scandir(_BY_UUID) as entries:
            return next((entry.name for entry in entries if os.path.realpath(entry.path) == wanted), None)
    except OSError:
        return None


def _mount_point(path: bytes) -> bytes:
    point = os.path.realpath(path)
    while not os.path.ismount(point) and os.path.dirname(point) != point:
        point = os.path.dirname(point)
    return point


def _name(point: bytes) -> str:
    return _text(os.fsdecode(os.path.basename(point) or point))


def _text(name: str) -> str:
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
