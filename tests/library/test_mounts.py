from __future__ import annotations

import sys
from pathlib import Path

import pytest

from vporganizer.library import library as module
from vporganizer.library.library import Library
from vporganizer.library.mounts import Mount, mount_of, parse_mountinfo

TABLE = rb"""22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
30 27 0:44 / /mnt/my\040share rw shared:1 master:2 - cifs //nas/video\040files rw
broken line
31 27 0:45 / /mnt/na\134s\011x rw - nfs4 nas:/export rw
"""


def test_mounts_are_read_with_odd_names_and_optional_fields() -> None:
    assert parse_mountinfo(TABLE) == [
        Mount(b"/proc", "proc", "proc"),
        Mount(b"/", "ext4", "/dev/vda"),
        Mount(b"/mnt/my share", "cifs", "//nas/video files"),
        Mount(b"/mnt/na\\s\tx", "nfs4", "nas:/export"),
    ]
    assert [mount.is_network for mount in parse_mountinfo(TABLE)] == [False, False, True, True]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mountinfo is Linux's")
def test_the_innermost_mount_is_found() -> None:
    found = mount_of(b"/proc/self")
    assert found is not None and (found.point, found.fstype) == (b"/proc", "proc")


def test_a_library_on_a_network_share_is_warned_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "mount_of", lambda path: Mount(b"/", "nfs4", "nas:/home"))
    with Library.open(tmp_path) as library:
        assert "network share (nfs4)" in library.warnings[0]
