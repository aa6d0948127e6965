"""Installs files that the person has, checks what is installed, and removes it."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from vporganizer.app import hub_cache, model_files
from vporganizer.app.downloading import OnFetch, size_of
from vporganizer.encoder.videoprism import checkpoint, installed
from vporganizer.encoder.videoprism.installed import Installed
from vporganizer.encoder.videoprism.published import PUBLISHED, Published, published
from vporganizer.errors import CheckpointMismatch, CheckpointMissing, EncoderError, VPOrganizerError
from vporganizer.indexing.progress import Control

log = logging.getLogger(__name__)

_NPZ = b"PK"


@dataclass(frozen=True, slots=True)
class Verified:
    """What a check of one model found: `problems` are sentences; none if all is as it was installed."""

    name: str
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Removal:
    """What removing a model deletes and what it leaves.

    Attributes:
        name: of the model.
        deleted: files that were fetched.
        kept: files of the person, or that others use.
        freed: bytes of the deleted ones.
    """

    name: str
    deleted: tuple[Path, ...]
    kept: tuple[Path, ...]
    freed: int


def install(
    name: str,
    files: Iterable[str | os.PathLike[str]],
    *,
    progress: OnFetch | None = None,
    control: Control | None = None,
) -> Installed:
    """Puts files on record that the person has; they stay where they are and are not copied.

    Args:
        name: a published model, 'base' or 'large'.
        files: the checkpoint, the tokenizer or both, in any order: told apart by what they hold.
        progress: hears of the check, in the calling thread.
        control: cancels it.

    Returns:
        The record. A tokenizer that was installed or fetched before is kept.

    Raises:
        EncoderError: there is no such model, the files are not two different ones, or a tokenizer does
            not fit or comes without weights.
        CheckpointMissing, CheckpointMismatch: the checkpoint is not there, damaged or another model's.
        Cancelled: it was cancelled.
    """
    model, control = published(name), control or Control()
    weights, tokenizer = _sorted_out(files, model)
    with model_files.alone(model.name, control, progress):
        found = installed.find(model.name)
        if weights is not None:
            model_files.check_weights(weights, model.name).verify()
            digest = model_files.hashed(weights, control, progress, "weights")
            old, found = found, model_files.new_record(model.name, weights, digest, "files")
            if old is not None and tokenizer is None and not installed.tokenizer_problem(model.name):
                found = replace(
                    found, tokenizer=old.tokenizer, tokenizer_sha256=old.tokenizer_sha256,
                    tokenizer_source=old.tokenizer_source,
                )  # fmt: skip
        if found is None:
            raise EncoderError(
                f"The weights of {model.name} are not installed yet, so a tokenizer alone is of no use.",
                hint=f"Name both: vporganizer models install {model.name} WEIGHTS.npz sentencepiece.model",
            )
        if tokenizer is not None:
            found = _with_tokenizer(found, tokenizer)
        elif found.tokenizer is None and model.has_text:
            found = _with_known_tokenizer(found)
        installed.record(found)
    return found


def verify(
    name: str | None = None, *, progress: OnFetch | None = None, control: Control | None = None
) -> list[Verified]:
    """Reads all of what is installed and compares it with the record and with what the model needs.

    Args:
        name: one model; all that are installed if None.
        progress: hears of it, in the calling thread.
        control: cancels it.

    Raises:
        EncoderError: there is no such model.
        Cancelled: it was cancelled.
    """
    if name is not None:
        names = [published(name).name]
    else:
        names = [one for one in PUBLISHED if one in installed.recorded()]
    return [Verified(one, tuple(_problems(one, progress, control or Control()))) for one in names]


def removal(name: str) -> Removal:
    """What `remove` would delete and what it would leave; deletes nothing.

    Raises:
        EncoderError: there is no such model, or nothing of it is here.
    """
    model = published(name)
    found = installed.find(model.name)
    deleted = hub_cache.partial_files(model.repo)
    kept: list[Path] = []
    if found is not None:
        fetched = found.source == "hub" and _is_of(found.checkpoint, model)
        (deleted if fetched else kept).append(found.checkpoint)
        if found.tokenizer is not None:
            (kept if _still_needed(found.tokenizer, model) else deleted).append(found.tokenizer)
    elif model.name not in installed.recorded() and not deleted:
        raise EncoderError(f"{model.name} is not installed.")
    there = tuple(path for path in deleted if os.path.lexists(path))
    stays = tuple(path for path in kept if os.path.lexists(path))
    return Removal(model.name, there, stays, sum(size_of(path) for path in there))


def remove(name: str) -> Removal:
    """Takes a model off the record and deletes what was fetched of it; never a file of the person.

    Raises:
        EncoderError: there is no such model, nothing of it is here, or a file cannot be deleted.
    """
    model = published(name)
    with model_files.alone(model.name, Control()):
        plan = removal(name)
        installed.forget(model.name)
        freed = 0
        for path in plan.deleted:
            try:
                freed += _delete(path)
            except OSError as error:
                raise EncoderError(
                    f"{path} cannot be deleted: {error.strerror or error}.", hint="Delete it by hand."
                ) from error
    return replace(plan, freed=freed)


def _sorted_out(files: Iterable[str | os.PathLike[str]], model: Published) -> tuple[Path | None, Path | None]:
    """Tells a checkpoint, which is a zip, from a tokenizer, which is none."""
    weights: list[Path] = []
    tokenizers: list[Path] = []
    for file in files:
        path = Path(os.path.abspath(file))
        checkpoint.stamp(path, what="model file")
        try:
            with open(path, "rb") as opened:
                (weights if opened.read(2) == _NPZ else tokenizers).append(path)
        except OSError as error:
            raise CheckpointMissing(f"The file {path} cannot be read: {error.strerror or error}.") from error
    if len(weights) > 1 or len(tokenizers) > 1 or not weights + tokenizers:
        raise EncoderError(
            f"{model.name} needs one file of weights and at most one tokenizer.",
            hint=f"Such as: vporganizer models install {model.name} {model.filename}",
        )
    if tokenizers and not model.has_text:
        raise EncoderError(
            f"{tokenizers[0]} is no npz file of weights, and {model.name} needs nothing else.",
            hint=f"Name its weights: {model.filename}",
        )
    if tokenizers:
        _check_tokenizer(tokenizers[0], model)
    return next(iter(weights), None), next(iter(tokenizers), None)


def _check_tokenizer(path: Path, model: Published) -> None:
    """Checks what is no zip; a download that failed is often a file with the name of weights."""
    try:
        model_files.check_tokenizer(path, model.name)
    except EncoderError as error:
        if path.suffix.lower() != ".npz":
            raise
        raise CheckpointMismatch(
            f"{path} is neither weights nor a tokenizer: it is no npz file, despite its name.",
            hint="Fetch or copy the file again.",
        ) from error


def _with_tokenizer(found: Installed, path: Path) -> Installed:
    return replace(found, tokenizer=path, tokenizer_sha256=checkpoint.sha256(path), tokenizer_source=None)


def _with_known_tokenizer(found: Installed) -> Installed:
    """Takes the tokenizer of another model, which is the same one, if there is one that fits."""
    for name in PUBLISHED:
        other = installed.find(name)
        if other is None or other.tokenizer is None or installed.tokenizer_problem(name):
            continue
        try:
            model_files.check_tokenizer(other.tokenizer, found.name)
        except EncoderError as error:
            log.info("The tokenizer of %s does not do: %s", name, error)
            continue
        return replace(
            found, tokenizer=other.tokenizer, tokenizer_sha256=other.tokenizer_sha256,
            tokenizer_source=other.tokenizer_source,
        )  # fmt: skip
    return found


def _problems(name: str, progress: OnFetch | None, control: Control) -> list[str]:
    """What is wrong with one model, as sentences."""
    found = installed.find(name)
    if found is None:
        return [installed.problem(name) or f"{name} is not installed."]
    wrong = []
    try:
        if model_files.hashed(found.checkpoint, control, progress, "weights") != found.sha256:
            wrong.append(f"The checkpoint {found.checkpoint} is not the one that was installed.")
        model_files.check_weights(found.checkpoint, name)
    except EncoderError as error:
        wrong.append(str(error))
    else:
        now = checkpoint.stamp(found.checkpoint)
        if not wrong and now != (found.size, found.mtime_ns):  # touched or copied back, and as it was
            installed.record(replace(found, size=now.size, mtime_ns=now.mtime_ns))
    if not PUBLISHED[name].has_text:
        return wrong
    if found.tokenizer is None:
        return [*wrong, installed.tokenizer_problem(name) or f"{name} has no tokenizer."]
    try:
        if checkpoint.sha256(found.tokenizer) != found.tokenizer_sha256:
            wrong.append(f"The tokenizer {found.tokenizer} is not the one that was installed.")
        model_files.check_tokenizer(found.tokenizer, name)
    except VPOrganizerError as error:
        wrong.append(str(error))
    return wrong


def _is_of(path: Path, model: Published) -> bool:
    """Whether a file is where fetching would have put it."""
    repo = f"models--{model.repo.replace('/', '--')}"
    return path.parent.parent.name == "snapshots" and path.parent.parent.parent.name == repo


def _still_needed(tokenizer: Path, model: Published) -> bool:
    """Whether a tokenizer is the person's own, or used by another model."""
    if tokenizer != model_files.tokenizer_file():
        return True
    records = (installed.find(name) for name in PUBLISHED if name != model.name)
    return any(other is not None and other.tokenizer == tokenizer for other in records)


def _delete(path: Path) -> int:
    """Deletes one file -> bytes freed."""
    if path.parent.parent.name == "snapshots":
        return hub_cache.delete(path)
    freed = size_of(path)
    path.unlink(missing_ok=True)
    return freed
