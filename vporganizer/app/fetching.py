"""Fetches a model: its weights from the Hugging Face hub, its tokenizer from where that is published.

Nothing but `fetch` touches the network. What came is compared with the sha256 that the hub states and with
the entries that the model needs before it gets its name.
"""

from __future__ import annotations

import logging
import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from vporganizer.app import hub, hub_cache, model_files, words
from vporganizer.app.downloading import FetchProgress, OnFetch, Report, Source, download, size_of
from vporganizer.app.waiting import in_background
from vporganizer.encoder.videoprism import installed
from vporganizer.encoder.videoprism.installed import Installed
from vporganizer.encoder.videoprism.published import Published, published
from vporganizer.errors import (
    Cancelled,
    CheckpointMismatch,
    CheckpointMissing,
    DownloadError,
    EncoderError,
    VPOrganizerError,
)
from vporganizer.indexing.progress import Control

log = logging.getLogger(__name__)

TOKENIZER_URL = "https://storage.googleapis.com/t5-data/vocabs/cc_en.32000/sentencepiece.model"
"""Where c4_en is published; $VPORGANIZER_TOKENIZER_URL names another place."""

_ANSWER = 15.0  # seconds for what the hub states, redirects and name look-up included
_FILING = 60.0
_SPARE = 32 << 20  # bytes to leave free
_LARGEST_TOKENIZER = 64 << 20


@dataclass(frozen=True, slots=True)
class _Job:
    """One model on its way: what it is, who may stop it, who hears of it."""

    model: Published
    control: Control
    listener: OnFetch | None

    def asking(self, what: str) -> None:
        if self.listener is not None:
            self.listener(FetchProgress("asking", what))


def fetch(name: str, *, progress: OnFetch | None = None, control: Control | None = None) -> Installed:
    """Gets a model's files and puts them on record; what is there already is not fetched again.

    Args:
        name: a published model, 'base' or 'large'.
        progress: hears of each step, in the calling thread.
        control: cancels, at any moment; a later call goes on from there.

    Returns:
        The record, with the tokenizer where the model needs one.

    Raises:
        EncoderError: there is no such model, or its record cannot be written.
        DownloadError: offline, refused, no room, connection lost, or what came is not what was stated.
        CheckpointMismatch: the published file does not hold the model's entries.
        Cancelled: it was cancelled.
    """
    job = _Job(published(name), control or Control(), progress)
    model = job.model.name
    try:
        with model_files.alone(model, job.control, progress):
            found = installed.find(model)
            if found is None or (installed.problem(model) and not _as_it_was(job, found)):
                found = _with_tokenizer_of(found, _weights(job))
                installed.record(found)
            if job.model.has_text and installed.tokenizer_problem(model):
                found = _with_tokenizer(job, found)
                installed.record(found)
    except Cancelled as stopped:
        kept = hub_cache.partial_bytes(job.model.repo)
        there = f"; {words.size(kept)} are kept" if kept else ""
        raise Cancelled(
            f"The download of {model} was stopped{there}.",
            hint=f"It goes on from there with: vporganizer models fetch {model}",
        ) from stopped
    if progress is not None:
        progress(FetchProgress("done", "weights", found.size, found.size))
    return found


def tokenizer_url() -> str:
    """The address that the tokenizer is fetched from."""
    return os.environ.get("VPORGANIZER_TOKENIZER_URL") or TOKENIZER_URL


def need_room(folder: Path, count: int, what: str) -> None:
    """Makes sure that `count` bytes fit where a folder is or will be.

    Raises:
        DownloadError: they do not.
    """
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    free = shutil.disk_usage(there).free
    if count + _SPARE > free:
        raise DownloadError(
            f"{what} needs {words.size(count)} of room in {folder}, where {words.size(free)} are free.",
            hint="Make room, or set HF_HOME to a folder on a larger drive.",
        )


def _as_it_was(job: _Job, found: Installed) -> bool:
    """Whether a file that seems changed holds what it did, as when copied back: the record is renewed."""
    if size_of(found.checkpoint) != found.size:
        return False
    if model_files.hashed(found.checkpoint, job.control, job.listener, "weights") != found.sha256:
        return False
    installed.record(replace(found, mtime_ns=found.checkpoint.stat().st_mtime_ns))
    return True


# The weights ------------------------------------------------------------------------------------


def _weights(job: _Job) -> Installed:
    """From the cache if they are there, else from the hub; checked either way."""
    model = job.model
    job.asking("weights")
    try:
        stated = in_background(lambda _stop: hub.describe(model), job.control, patience=_ANSWER)
    except DownloadError as refused:
        held = _cached(job, None)
        if held is None:
            raise
        log.warning("The hub could not be asked, so its cache is taken as it is: %s", refused)
        return held
    held = _cached(job, stated)
    return held if held is not None else _downloaded(job, stated)


def _cached(job: _Job, stated: hub.Stated | None) -> Installed | None:
    """A copy that the hub's cache has, if it is whole; of the commit that is wanted, if one is known."""
    model = job.model
    for path in hub_cache.snapshot_files(model.repo, model.filename):
        commit = hub_cache.commit_of(path)
        if stated is not None and commit != stated.commit:
            continue
        wanted = hub_cache.stated_sha256(path) if stated is None else stated.sha256
        digest = model_files.hashed(path, job.control, job.listener, "weights")
        if wanted in (None, digest):
            found = model_files.check_weights(path, model.name)
            if wanted is None:
                found.verify()
            return model_files.new_record(model.name, path, digest, "cache", repo=model.repo, commit=commit)
        log.warning("The content of %s is not what its name says", path)
        if stated is not None:  # it can be had again
            hub_cache.delete(path)
    return None


def _downloaded(job: _Job, stated: hub.Stated) -> Installed:
    """Downloads, checks and files the weights."""
    model, control = job.model, job.control
    blob = hub_cache.blob_file(model.repo, stated.sha256)
    part = hub_cache.partial_file(model.repo, stated.sha256)
    if not blob.is_file():
        need_room(part.parent, stated.size - size_of(part), model.name)
        download(stated.source, part, control, Report(job.listener, "downloading", "weights", stated.size))
    came = blob if blob.is_file() else part
    _check(job, stated, came)
    path = in_background(
        lambda _stop: hub.file_away(model, stated, None if came == blob else part), control, patience=_FILING
    )
    for stale in hub_cache.partial_files(model.repo):  # of an earlier version of the file
        stale.unlink(missing_ok=True)
    return model_files.new_record(
        model.name, path, stated.sha256, "hub", repo=model.repo, commit=stated.commit
    )


def _check(job: _Job, stated: hub.Stated, came: Path) -> None:
    """Compares what came with what was stated, and removes it if it is something else."""
    model = job.model
    if model_files.hashed(came, job.control, job.listener, "weights") != stated.sha256:
        came.unlink(missing_ok=True)
        raise DownloadError(
            f"What came from {stated.source.host} for {model.name} is not the file whose sha256 was stated; "
            "it was deleted.",
            hint="Fetch again; if it happens again, something on the way changes what you download.",
        )
    try:
        model_files.check_weights(came, model.name, what=f"{model.filename} of {model.repo}")
    except (CheckpointMismatch, CheckpointMissing) as error:
        came.unlink(missing_ok=True)
        raise CheckpointMismatch(
            f"{error} The download was deleted.",
            hint="The published file has changed: look for a newer VP Organizer.",
        ) from error


# The tokenizer ----------------------------------------------------------------------------------


def _with_tokenizer_of(old: Installed | None, new: Installed) -> Installed:
    """Keeps a tokenizer that was installed before, if it is still there."""
    if old is None or old.tokenizer is None or not old.tokenizer.is_file():
        return new
    return replace(
        new,
        tokenizer=old.tokenizer,
        tokenizer_sha256=old.tokenizer_sha256,
        tokenizer_source=old.tokenizer_source,
    )


def _with_tokenizer(job: _Job, found: Installed) -> Installed:
    """Gets the tokenizer that the video-text models share."""
    target = model_files.tokenizer_file()
    url = tokenizer_url()
    with model_files.alone("tokenizer", job.control, job.listener):
        try:
            if not _usable(target, job.model.name):
                _download_tokenizer(job, url, target)
        except Cancelled:
            raise
        except VPOrganizerError as error:
            raise DownloadError(
                f"The weights of {job.model.name} are installed, but its tokenizer is not: {error}",
                hint=f"Try again: vporganizer models fetch {job.model.name}; or, if you have the file: "
                f"vporganizer models install {job.model.name} sentencepiece.model",
            ) from error
        digest = model_files.hashed(target, job.control, job.listener, "tokenizer")
    log.info("Tokenizer from %s, sha256 %s", url, digest)
    return replace(found, tokenizer=target, tokenizer_sha256=digest, tokenizer_source=url)


def _usable(path: Path, name: str) -> bool:
    """Whether the tokenizer was fetched before, for another model."""
    if not path.is_file():
        return False
    try:
        model_files.check_tokenizer(path, name)
    except EncoderError as error:
        log.warning("The tokenizer is fetched again: %s", error)
        return False
    return True


def _download_tokenizer(job: _Job, url: str, target: Path) -> None:
    job.asking("tokenizer")
    part = target.with_suffix(".incomplete")
    source = Source(url, {}, None, hub.client(), most=_LARGEST_TOKENIZER)
    need_room(part.parent, 1 << 20, "The tokenizer")
    download(source, part, job.control, Report(job.listener, "downloading", "tokenizer"))
    try:
        model_files.check_tokenizer(part, job.model.name)
    except EncoderError as error:
        part.unlink(missing_ok=True)
        raise DownloadError(f"what came from {url} is not the tokenizer: {error}") from error
    os.replace(part, target)
