from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from vporganizer.indexing import volumes
from vporganizer.indexing.volumes import volume_of
from vporganizer.library.mounts import Mount


def on(monkeypatch: pytest.MonkeyPatch, point: bytes, fstype: str, source: str) -> volumes.VolumeId:
    monkeypatch.setattr(volumes, "mount_of", lambda path: Mount(point, fstype, source))
    return volume_of(b"/")


def test_a_folder_is_on_the_same_volume_as_what_is_in_it_and_in_every_process(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    here = volume_of(bytes(tmp_path))
    assert volume_of(bytes(tmp_path / "sub")) == here
    program = "import sys, os; from vporganizer.indexing.volumes import volume_of\n"
    program += "print(ascii(volume_of(os.fsencode(sys.argv[1])).uid))"
    command = [sys.executable, "-c", program, tmp_path]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == ascii(
        here.uid
    )


@pytest.mark.skipif(sys.platform != "linux", reason="mounts are told on Linux only")
def test_other_file_systems_are_other_volumes() -> None:
    assert volume_of(b"/proc").uid != volume_of(b"/").uid


def test_a_share_is_known_by_its_address_wherever_it_is_mounted(monkeypatch: pytest.MonkeyPatch) -> None:
    one = on(monkeypatch, b"/mnt/a", "nfs4", "nas:/videos")
    two = on(monkeypatch, b"/mnt/b", "nfs4", "nas:/videos")
    assert one == two == volumes.VolumeId("nfs4:nas:/videos", "nas:/videos")


def test_a_drive_is_known_by_its_uuid(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "sdb1").write_bytes(b"")
    (tmp_path / "uuids").mkdir()
    (tmp_path / "uuids" / "1234-ABCD").symlink_to(tmp_path / "sdb1")
    monkeypatch.setattr(volumes, "_BY_UUID", str(tmp_path / "uuids"))
    assert on(monkeypatch, b"/media/STICK", "vfat", str(tmp_path / "sdb1")) == volumes.VolumeId(
        "uuid:1234-ABCD", "STICK"
    )


def test_without_a_uuid_the_place_and_type_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(volumes, "_BY_UUID", "/nowhere")
    assert on(monkeypatch, b"/", "overlay", "overlay").uid == "mount:overlay:/"
    assert on(monkeypatch, b"/mnt/\xff", "tmpfs", "tmpfs").uid == "mount:tmpfs:/mnt/\\udcff"


def test_where_the_system_tells_nothing_the_mount_point_does(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(volumes, "mount_of", lambda path: None)
    assert volume_of(bytes(tmp_path)).uid.startswith("mount:/")


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        volume_of(bytes(tmp_path / "none"))


def test_only_what_is_gone_from_a_drive_that_is_there_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = os.fsencode(tmp_path)
    uid = volumes.volume_of(here).uid
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "file").write_bytes(b"")
    asked = [here, here + b"/gone", here + b"/gone/deep", here + b"/dangling", here + b"/file/inside"]
    assert [volumes.is_gone(path, uid) for path in asked] == [False, True, True, False, True]
    assert not any(volumes.is_gone(path, "uuid:of another drive") for path in asked)

    def refused(path: bytes) -> os.stat_result:
        raise PermissionError

    monkeypatch.setattr(os, "lstat", refused)
    assert not volumes.is_gone(here + b"/gone", uid)
