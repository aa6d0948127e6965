"""The Hugging Face hub, through its own client: what it states of a file, and its refusals as sentences.

The client is imported here and nowhere else, inside functions, so that only fetching loads it. It is not
asked to download: it does not compare content with the hash, forgets what came when it is stopped, and can
only be stopped every ten megabytes. Its cache, its variables, its sign-in and its redirects are used.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from vporganizer.app import hub_cache
from vporganizer.app.downloading import Source, reason_of, transport_errors, unreachable
from vporganizer.encoder.videoprism.published import Published
from vporganizer.errors import DownloadError

_PATIENCE = 5.0  # seconds for the first answer
_QUIET = {"HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}


@dataclass(frozen=True, slots=True)
class Stated:
    """What the hub states of a file: where to get it, which commit it is of, its hash and size."""

    source: Source
    commit: str
    sha256: str
    size: int


def client() -> Any:
    """The hub client's connection, which knows proxies and the offline switch.

    Raises:
        DownloadError: the person has said that nothing is to be downloaded.
    """
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    from huggingface_hub import constants, get_session

    if constants.HF_HUB_OFFLINE:
        raise DownloadError(
            "HF_HUB_OFFLINE is set, so that nothing is downloaded.",
            hint="Unset it, or install files that you have: vporganizer models install NAME FILE",
        )
    return get_session()


def describe(published: Published) -> Stated:
    """Asks the hub for a file's newest commit, size and sha256; reads nothing of it.

    Raises:
        DownloadError: the hub cannot be reached or refuses.
    """
    session = client()
    from huggingface_hub import errors, get_hf_file_metadata, get_token, hf_hub_url

    where = f"{published.filename} in {published.repo}"
    url = hf_hub_url(published.repo, published.filename)
    host = urlsplit(url).netloc or url
    lost: tuple[type[Exception], ...] = (*transport_errors(session), ConnectionError)
    try:
        found = get_hf_file_metadata(url, timeout=_PATIENCE)
        token = get_token()
    except errors.HfHubHTTPError as error:
        raise _refused(error.response, where, published.repo, host) from error
    except lost as error:
        raise unreachable(host, reason_of(error)) from error
    except OSError as error:  # of a folder of its own, such as that of the token
        raise DownloadError(
            f"The hub's client cannot work in its folder: {error.strerror or error} ({error.filename}).",
            hint="See that HF_HOME, if set, names a folder that you can write to.",
        ) from error
    sha256, commit = found.etag or "", found.commit_hash
    if not hub_cache.is_sha256(sha256) or commit is None or found.size is None:
        raise DownloadError(
            f"{host} does not state the sha256, size and commit of {where}, so that it cannot be checked.",
            hint="See that HF_ENDPOINT, if set, names a mirror of the hub.",
        )
    headers = {"authorization": f"Bearer {token}"} if token else {}
    pinned = hf_hub_url(published.repo, published.filename, revision=commit)
    return Stated(Source(pinned, headers, found.size, session), commit, sha256, found.size)


def file_away(published: Published, stated: Stated, part: Path | None) -> Path:
    """Puts a checked download into the hub's cache, as its client would have -> its path there.

    Args:
        published, stated: what was downloaded.
        part: the download; None if its content is in the cache already.

    Raises:
        DownloadError: the cache cannot be written to, or the hub was lost meanwhile.
    """
    from huggingface_hub import hf_hub_download

    blob = hub_cache.blob_file(published.repo, stated.sha256)
    lost: tuple[type[Exception], ...] = (*transport_errors(stated.source.client), OSError)
    try:
        if part is not None:
            os.replace(part, blob)
        # It finds the content there, and only links it into the snapshot of the commit.
        path = hf_hub_download(
            published.repo, published.filename, revision=stated.commit,
            cache_dir=hub_cache.cache_folder(), etag_timeout=_PATIENCE,
        )  # fmt: skip
    except lost as error:
        raise DownloadError(
            f"The download is whole but could not be filed in {blob.parent}: {reason_of(error)}.",
            hint=f"Fetch again, which will be quick: vporganizer models fetch {published.name}",
        ) from error
    return Path(path)


def _refused(response: Any, where: str, repo: str, host: str) -> DownloadError:
    """The error for an answer of the hub that is none; its codes are in `huggingface_hub.errors`."""
    status, code = response.status_code, response.headers.get("X-Error-Code", "")
    signed = "authorization" in response.request.headers
    if code == "GatedRepo":
        return DownloadError(
            f"The owners of {repo} want to be asked before they give {where} away.",
            hint=f"Ask on https://{host}/{repo}, then set HF_TOKEN to a token of that account.",
        )
    if status in (401, 403):
        return DownloadError(
            f"{host} refuses {where}: " + ("the token is not accepted." if signed else "it wants a sign-in."),
            hint="Set HF_TOKEN to a token of an account that may read it.",
        )
    if status == 404:
        what = "repository" if code == "RepoNotFound" else "file"
        return DownloadError(
            f"There is no {what} {repo if what == 'repository' else where} on {host} (any more).",
            hint="If you have the file: vporganizer models install NAME FILE",
        )
    return DownloadError(f"{host} answers with error {status} for {where}.", hint="Try again later.")
