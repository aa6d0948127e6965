"""A stand-in of the Hugging Face hub on this machine, and the command line run against it.

    with Hub() as hub:
        hub.publish(MODEL, content)
        subprocess.run(command(configs, "models", "fetch", MODEL), env=environment(home, hub.url))

Models are the real ones by name, with the dimensions of a tiny one, so that their files are small.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any

from vporganizer.encoder.videoprism.published import PUBLISHED

COMMIT = "0123456789abcdef0123456789abcdef01234567"
MODEL = "videoprism_lvt_public_v1_base"
OTHER = "videoprism_lvt_public_v1_large"
VIDEO_ONLY = "videoprism_public_v1_base"
TOKENIZER = "/vocabs/sentencepiece.model"

# Gives the public models tiny dimensions and runs the command line.
CHILD = """
import json, sys
from vporganizer.encoder.videoprism import config
for name, values in json.loads(sys.argv[1]).items():
    config.CONFIGS[name] = config.VideoPrismConfig.from_dict(values)
from vporganizer.cli.main import run
sys.exit(run(lambda *_: 0, sys.argv[2:]))
"""


@dataclass
class Served:
    """A file that the stand-in has, and how it serves it.

    Attributes:
        content: its bytes.
        stated: the sha256 that is stated for it; its own if empty.
        status, code: an answer with an error instead, with the hub's X-Error-Code.
        token: the only token that gets it, if any.
        drop_after: bytes of an answer after which the connection is dropped, as often as `drops` says.
        rate: bytes a second; 0 for at once.
        silent: whether the server takes the request and says nothing.
        unsized: whether the length is not stated.
        size: what is stated as the length of the whole; that of the content if 0.
        elsewhere: whether the content is on a server of another name, to which requests are sent on.
        begins: where an answer to a request for a part says that it begins, if that is a lie.
    """

    content: bytes
    stated: str = ""
    status: int = 200
    code: str = ""
    token: str = ""
    drop_after: int = 0
    drops: int = 0
    rate: int = 0
    silent: bool = False
    unsized: bool = False
    size: int = 0
    elsewhere: bool = False
    begins: int | None = None


@dataclass
class Hub:
    """The server; `requests` notes method, path, Range and Authorization of each request."""

    files: dict[str, Served] = field(default_factory=dict)
    requests: list[tuple[str, str, str, str]] = field(default_factory=list)

    def __enter__(self) -> Hub:
        hub = self

        class Handler(_Handler):
            served = hub

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def publish(self, name: str, content: bytes, **how: Any) -> Served:
        """Serves the weights of a model."""
        one = PUBLISHED[name]
        self.files[f"/{one.repo}/{one.filename}"] = served = Served(content, **how)
        return served

    def publish_tokenizer(self, content: bytes, **how: Any) -> Served:
        """Serves the tokenizer."""
        self.files[TOKENIZER] = served = Served(content, **how)
        return served

    def gets(self, ending: str = ".npz") -> list[str]:
        """The Range of each GET of a file with that ending, in order; '' where none was asked for."""
        return [part for method, path, part, _ in self.requests if method == "GET" and path.endswith(ending)]

    def find(self, path: str) -> Served | None:
        """The file at an address."""
        return self.files.get(re.sub(rf"/resolve/(main|{COMMIT})/", "/", path.removeprefix("/cdn")))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    served: Hub

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass

    def _answer(self, *, body: bool) -> None:
        headers = self.headers
        self.served.requests.append(
            (self.command, self.path, headers.get("Range", ""), headers.get("Authorization", ""))
        )
        found = self.served.find(self.path)
        if found is None:
            self._error(404, "EntryNotFound" if "/resolve/" in self.path else "")
        elif found.silent:
            time.sleep(20)
        elif found.status != 200:
            self._error(found.status, found.code)
        elif found.token and headers.get("Authorization") != f"Bearer {found.token}":
            self._error(401, "")
        else:
            self._send(found, body=body)

    def _error(self, status: int, code: str) -> None:
        self.send_response(status)
        if code:
            self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, found: Served, *, body: bool) -> None:
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").split("-")[0])
        size = len(found.content)
        stated = found.stated or hashlib.sha256(found.content).hexdigest()
        if start >= size:
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{size}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        moved = found.elsewhere and not self.path.startswith("/cdn/")
        body = body and not moved
        self.send_response(302 if moved else 206 if start else 200)
        if moved:
            port = self.server.server_address[1]
            self.send_header("Location", f"http://localhost:{port}/cdn{self.path}")
            self.send_header("Content-Length", "0")
        elif start:
            begins = start if found.begins is None else found.begins
            self.send_header("Content-Range", f"bytes {begins}-{size - 1}/{size}")
        if not found.unsized and not moved:
            self.send_header("Content-Length", str(size - start))
        for name, value in (
            ("ETag", f'"{stated}"'), ("X-Linked-Etag", f'"{stated}"'),
            ("X-Linked-Size", str(found.size or size)), ("X-Repo-Commit", COMMIT),
            ("Accept-Ranges", "bytes"), ("Connection", "close"),
        ):  # fmt: skip
            self.send_header(name, value)
        self.end_headers()
        self.close_connection = True
        if body:
            self._pour(found, found.content[start:])

    def _pour(self, found: Served, rest: bytes) -> None:
        dropped = found.drops > 0
        if dropped:
            found.drops -= 1
            rest = rest[: found.drop_after]
        step = found.rate // 20 or len(rest) or 1
        try:
            for at in range(0, len(rest), step):
                self.wfile.write(rest[at : at + step])
                if found.rate:
                    time.sleep(0.05)
        except OSError:  # the other side has gone, as it may
            pass


def environment(home: Path, hub_url: str, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a person with a home folder of their own, whose hub is the stand-in."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    return {
        **kept,
        "HOME": str(home),
        "HF_HOME": str(home / "hf"),
        "HF_ENDPOINT": hub_url,
        "VPORGANIZER_MODELS_DIR": str(home / "models"),
        "VPORGANIZER_TOKENIZER_URL": hub_url + TOKENIZER,
        "NO_PROXY": "127.0.0.1",
        **(more or {}),
    }


def command(configs: Mapping[str, Any], *arguments: str | Path) -> list[str]:
    """The command line in a process whose models have these dimensions."""
    return [sys.executable, "-P", "-c", CHILD, json.dumps(configs), *map(str, arguments)]
