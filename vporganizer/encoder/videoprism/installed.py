"""Where the files of a model are: one small record a model; loads no JAX and asks no network.

The files themselves stay where they are, in the Hugging Face cache or where the person has them.
"""

from __future__ import annotations

import json
import logging
import os
import re
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

import platformdirs

from vporganizer.errors import EncoderError

log = logging.getLogger(__name__)

Source = Literal["hub", "cache", "files"]

_FIELDS: dict[str, tuple[type, ...]] = {
    "checkpoint": (str,),
    "sha256": (str,),
    "size": (int,),
    "mtime_ns": (int,),
    "tokenizer": (str, type(None)),
    "tokenizer_sha256": (str, type(None)),
    "tokenizer_source": (str, type(None)),
    "source": (str,),
    "repo": (str, type(None)),
    "commit": (str, type(None)),
    "installed_at": (str,),
}


@dataclass(frozen=True, slots=True)
class Installed:
    """The files of one model.

    Attributes:
        name: of the model, such as 'videoprism_lvt_public_v1_base'.
        checkpoint: the npz of weights.
        sha256: of the checkpoint when it was installed.
        size, mtime_ns: of the checkpoint then; they tell a changed file without reading it.
        tokenizer: the SentencePiece model; None where there is none (yet).
        tokenizer_sha256: of the tokenizer.
        source: 'hub' if we fetched the checkpoint, 'cache' if the hub's cache had it before, 'files' if
            the person named a file.
        repo, commit: where on the hub it came from; None for a person's own file.
        installed_at: when, ISO 8601 in UTC.
        tokenizer_source: the address that we fetched the tokenizer from; None for a person's own file.
    """

    name: str
    checkpoint: Path
    sha256: str
    size: int
    mtime_ns: int
    tokenizer: Path | None = None
    tokenizer_sha256: str | None = None
    source: Source = "files"
    repo: str | None = None
    commit: str | None = None
    installed_at: str = ""
    tokenizer_source: str | None = None


def models_folder() -> Path:
    """The folder of the records: $VPORGANIZER_MODELS_DIR, or `models` in the person's data folder."""
    named = os.environ.get("VPORGANIZER_MODELS_DIR")
    return Path(named) if named else platformdirs.user_data_path("vporganizer", appauthor=False) / "models"


def find(name: str) -> Installed | None:
    """The record of a model; None if it is not installed or its record cannot be read (see `problem`)."""
    found = _read(name)
    return found if isinstance(found, Installed) else None


def recorded() -> set[str]:
    """The models that have a record, be it a damaged one."""
    return {path.stem for path in models_folder().glob("*.json")}


def record(installed: Installed) -> None:
    """Writes a model's record, in one step, in place of an older one.

    Raises:
        EncoderError: the folder cannot be written to.
    """
    target = _file(installed.name)
    values = asdict(installed)
    values["checkpoint"] = os.path.abspath(installed.checkpoint)
    values["tokenizer"] = None if installed.tokenizer is None else os.path.abspath(installed.tokenizer)
    text = json.dumps(values, indent=1) + "\n"  # ASCII: lone surrogates stand for bytes that are no text
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, target)
        except OSError:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise EncoderError(
            f"Where the model is could not be noted in {target.parent}: {error.strerror}.",
            hint="Make room or give write access there, or name another folder in VPORGANIZER_MODELS_DIR.",
        ) from error


def forget(name: str) -> bool:
    """Deletes a model's record, but none of its files -> whether there was one.

    Raises:
        EncoderError: the record cannot be deleted.
    """
    try:
        _file(name).unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise EncoderError(f"The record {_file(name)} cannot be deleted: {error.strerror}.") from error
    return True


def problem(name: str) -> str | None:
    """Why a model's weights cannot be used now, as a sentence with what to do; None if they can.

    Looks at size and time of change only: quick, and enough for an accident; `models verify` reads all.
    A missing tokenizer is no problem here, see `tokenizer_problem`.
    """
    found = _read(name)
    again = f"Get it again: vporganizer models fetch {name}"
    if found is None:
        return f"{name} is not installed. Get it: vporganizer models fetch {name}"
    if isinstance(found, str):
        return f"{found} {again}"
    where = f"The checkpoint of {name}, {found.checkpoint},"
    try:
        now = found.checkpoint.stat()
    except FileNotFoundError:
        return f"{where} is not there any more. Bring it back, or: vporganizer models fetch {name}"
    except OSError as error:
        return f"{where} cannot be read: {error.strerror}."
    if (now.st_size, now.st_mtime_ns) != (found.size, found.mtime_ns):
        return f"{where} has changed since it was installed. Check it: vporganizer models verify {name}"
    return None


def tokenizer_problem(name: str) -> str | None:
    """Why an installed model cannot understand texts now, as a sentence with what to do; None if it can."""
    found = find(name)
    if found is None:
        return problem(name)
    get = f"Get it: vporganizer models fetch {name}"
    if found.tokenizer is None:
        return f"{name} has no tokenizer, so that it cannot understand texts. {get}"
    if not found.tokenizer.is_file():
        return f"The tokenizer of {name}, {found.tokenizer}, is not there any more. {get}"
    return None


def _file(name: str) -> Path:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", name):
        raise EncoderError(f"{name!r} cannot be the name of a model.")
    return models_folder() / f"{name}.json"


def _read(name: str) -> Installed | str | None:
    """The record; None if there is none; a sentence if it cannot be used."""
    file = _file(name)
    try:
        values = json.loads(file.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        return f"The record {file} cannot be read: {error.strerror}."
    except (ValueError, RecursionError):
        values = None
    if (
        not isinstance(values, dict)
        or any(type(values.get(key)) not in kinds for key, kinds in _FIELDS.items())
        or values["source"] not in get_args(Source)
    ):
        log.info("The record %s is damaged", file)
        return f"The record {file} is damaged."
    tokenizer = values["tokenizer"]
    return Installed(
        name=name,
        checkpoint=Path(values["checkpoint"]),
        sha256=values["sha256"],
        size=values["size"],
        mtime_ns=values["mtime_ns"],
        tokenizer=None if tokenizer is None else Path(tokenizer),
        tokenizer_sha256=values["tokenizer_sha256"],
        source=values["source"],
        repo=values["repo"],
        commit=values["commit"],
        installed_at=values["installed_at"],
        tokenizer_source=values["tokenizer_source"],
    )
