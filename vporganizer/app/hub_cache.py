"""The Hugging Face cache on disk, as its client lays it out; asks no network and does not load the client.

    <cache>/models--OWNER--NAME/blobs/SHA256             the content
    <cache>/models--OWNER--NAME/snapshots/COMMIT/FILE    a link to it, or a copy where links cannot be
(https://huggingface.co/docs/huggingface_hub/guides/manage-cache)
"""

from __future__ import annotations

import os
from pathlib import Path

_PARTIAL = ".vporganizer.incomplete"


def cache_folder() -> Path:
    """The cache's folder: $HF_HUB_CACHE, or `hub` in $HF_HOME, or in the person's own cache folder."""
    environment = os.environ
    named = environment.get("HF_HUB_CACHE") or environment.get("HUGGINGFACE_HUB_CACHE")
    if not named:
        caches = environment.get("XDG_CACHE_HOME") or os.path.join("~", ".cache")
        named = os.path.join(environment.get("HF_HOME") or os.path.join(caches, "huggingface"), "hub")
    return Path(os.path.abspath(os.path.expandvars(os.path.expanduser(named))))


def repo_folder(repo: str) -> Path:
    """Where the files of a repository such as 'google/videoprism-base-f16r288' are kept."""
    return cache_folder() / f"models--{repo.replace('/', '--')}"


def blob_file(repo: str, sha256: str) -> Path:
    """Where a file's content is kept."""
    return repo_folder(repo) / "blobs" / sha256


def partial_file(repo: str, sha256: str) -> Path:
    """Where a download collects, to be gone on with after a stop. Its name says what it becomes."""
    return repo_folder(repo) / "blobs" / f"{sha256}{_PARTIAL}"


def partial_files(repo: str) -> list[Path]:
    """Downloads of ours that are not finished."""
    return sorted((repo_folder(repo) / "blobs").glob(f"*{_PARTIAL}"))


def partial_bytes(repo: str) -> int:
    """How much of a file is there already."""
    return sum(_size(path) for path in partial_files(repo))


def snapshot_files(repo: str, filename: str) -> list[Path]:
    """The versions of a file that are there, newest first."""
    found = [path for path in (repo_folder(repo) / "snapshots").glob(f"*/{filename}") if path.is_file()]
    return sorted(found, key=lambda path: path.stat().st_mtime_ns, reverse=True)


def commit_of(path: Path) -> str:
    """The commit that a file in a snapshot is of."""
    return path.parent.name


def stated_sha256(path: Path) -> str | None:
    """The sha256 that the hub stated for a file in a snapshot; None where links cannot be."""
    name = path.resolve().name
    return name if path.is_symlink() and is_sha256(name) else None


def is_sha256(text: str) -> bool:
    """Whether a text is a sha256 in hex."""
    return len(text) == 64 and set(text) <= set("0123456789abcdef")


def delete(path: Path) -> int:
    """Deletes a file of a snapshot, and its content unless another snapshot has it too -> bytes freed.

    Raises:
        OSError: it cannot be deleted.
    """
    repo = path.parent.parent.parent
    if path.parent.parent.name != "snapshots" or not repo.name.startswith("models--"):
        raise ValueError(f"{path} is not in a cache of the hub")
    blob = path.resolve() if path.is_symlink() else None
    freed = 0 if blob is not None else _size(path)
    path.unlink(missing_ok=True)
    others = [link.resolve() for link in repo.glob("snapshots/*/*") if link.is_symlink()]
    if blob is not None and blob.parent == (repo / "blobs").resolve() and blob not in others:
        freed = _size(blob)
        blob.unlink(missing_ok=True)
    if not any(path.parent.iterdir()):
        path.parent.rmdir()
    return freed


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
