"""Everything the command line prints. Data goes to stdout, progress and errors to stderr."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Iterable
from typing import IO, Any

from vporganizer.app.estimate import Estimate
from vporganizer.app.hits import SearchHit, SearchResult
from vporganizer.app.scanning import ScanReport
from vporganizer.app.status import EncoderStatus, Status
from vporganizer.app.words import clock, counted, duration, percent, printable, times
from vporganizer.errors import VPOrganizerError
from vporganizer.indexing.progress import Progress


def line(text: str = "") -> None:
    """Prints a line of data."""
    print(text)


def exact_line(text: str) -> None:
    """Prints a line whose lone surrogates become the bytes that they stand for."""
    sys.stdout.flush()
    sys.stdout.buffer.write(os.fsencode(text) + b"\n")


def note(text: str) -> None:
    """Prints a line for the person, beside the data."""
    print(text, file=sys.stderr)


def json_line(value: Any) -> None:
    """Prints one JSON object on a line of its own: ASCII, so that any path survives any terminal."""
    print(json.dumps(value))


def error(problem: VPOrganizerError) -> None:
    """Prints an error's sentence and what to do next."""
    note(f"vporganizer: {printable(str(problem))}")
    if problem.hint:
        note(printable(problem.hint))


def hits_as_text(result: SearchResult, *, heading: str = "") -> None:
    """Prints hits as a person reads them: name, place, match, folder."""
    if heading:
        line(heading)
    if result.note:
        note(result.note)
    if result.knows == "no" and not result.hits:
        note("To see the nearest anyway, add --anyway.")
    elif not result.matches and result.clips_searched:
        line("Nothing that fits." + ("" if result.others else " No moment comes near."))
    for hit in result.matches:
        _hit_line(hit)
    if result.others and (result.knows == "no" or not result.matches):
        line("The nearest, though not a match:")
        for hit in result.others:
            _hit_line(hit)
    elif result.others:
        note(f"{counted(len(result.others), 'weaker one')} not shown; --json shows all.")


def _hit_line(hit: SearchHit) -> None:
    where = f"{clock(hit.start)}-{clock(hit.end)}"
    match = f"{hit.match} match" if hit.match else "no match"
    extras = []
    if hit.copies:
        extras.append(f"also {', '.join(printable(copy) for copy in hit.copies)}")
    if hit.tags:
        extras.append(f"tags: {', '.join(hit.tags)}")
    if not hit.online:
        extras.append("its drive is not connected")
    more = f"  ({'; '.join(extras)})" if extras else ""
    line(f"{where:>13}  {match:<12}  {printable(hit.path)}{more}")


def hits_as_json(result: SearchResult, *, query: str | None = None) -> None:
    """Prints one JSON object a hit; notes go to stderr."""
    for hit in result:
        row = hit.as_json()
        json_line(row if query is None else {"query": query, **row})
    if result.note:
        note(result.note)


def status_as_text(status: Status) -> None:
    """Prints the state of a library."""
    line(f"Library: {printable(status.library)}")
    line(f"{counted(status.videos, 'video')}, {counted(status.clips, 'clip')}")
    for encoder in status.encoders:
        line(f"  {_coverage(encoder)}")
        if encoder.problem is not None:
            line(f"    Not searched: {printable(encoder.problem)}")
    line(f"Models run on: {status.device}")
    for path in status.offline:
        line(f"Not connected: {printable(path)}. Its videos stay in the library.")
    _listing("Read only in part", status.partial)
    _listing("Could not be read", [(one.path, one.reason) for one in status.failures])
    _listing("Not found where they were", [(path, "") for path in status.missing])


def _coverage(encoder: EncoderStatus) -> str:
    """How far an encoder has come, as a line."""
    name = f"{encoder.name} (chosen)" if encoder.chosen else encoder.name
    share = (
        "all clips" if encoder.complete and encoder.share == 1 else f"{percent(encoder.share)} of all clips"
    )
    if encoder.complete:
        state = "complete"
    elif encoder.chosen and encoder.problem is None:
        state = "not complete; scan again to go on"
    else:  # to go on with it would be to switch
        state = "not complete"
    return f"{name}: {counted(encoder.clips, 'clip')}, {share}, {state}; index: {encoder.index}"


def estimate_as_text(found: Estimate) -> None:
    """Prints how long a scan would take."""
    if not found.videos:
        line("Nothing to index.")
        return
    line(
        f"{counted(found.videos, 'video')}, about {counted(found.clips, 'clip')}: about"
        f" {duration(found.seconds)} ({found.per_clip:.3g} s a clip, measured on {found.device})."
    )


def _listing(title: str, rows: Iterable[tuple[str, str]]) -> None:
    listed = list(rows)
    if not listed:
        return
    line(f"{title} ({len(listed)}):")
    for path, reason in listed:
        line(f"  {printable(path)}" + (f": {reason}" if reason else ""))


def scan_report(report: ScanReport) -> None:
    """Prints what a scan did, to stderr."""
    parts = [counted(report.looked_at, "video")]
    for count, word in ((report.new, "new"), (report.copies, "copies"), (report.changed, "changed"),
                        (report.moved, "moved"), (report.missing, "gone")):  # fmt: skip
        if count:
            parts.append(f"{count} {word}")
    note(f"Looked at {', '.join(parts)}.")
    if report.quick_files:
        quick, clips = counted(report.quick_files, "video"), counted(report.quick_clips, "clip")
        note(f"Quick search first: indexed {quick}, {clips}.")
    if report.clips:
        speed = report.video_seconds / report.seconds if report.seconds else 0
        note(
            f"Indexed {counted(report.indexed, 'video')}, {counted(report.clips, 'clip')}, "
            f"{duration(report.video_seconds)} of video in {duration(report.seconds)} "
            f"({times(speed)} real time, {report.device})."
        )
    elif report.indexed and not report.quick_files:
        note(f"Made missing pictures of {counted(report.indexed, 'video')}.")
    elif not report.cancelled and not report.quick_files:
        note("Nothing new to index.")
    if report.failed:
        note(f"{counted(report.failed, 'file')} could not be read; see why with: vporganizer status")
    for path, reason in report.offline:
        note(f"Skipped {printable(path)}: {reason}")
    if report.cancelled:
        note("Stopped early. What was finished is kept; scan again to go on.")


class StatusLine:
    """A line on stderr that changes: in place on a terminal, else a new one now and then."""

    EVERY = 15.0  # seconds between lines where stderr is a file or a pipe

    def __init__(self, stream: IO[str] | None = None) -> None:
        self._stream = stream if stream is not None else sys.stderr
        self._terminal = self._stream.isatty()
        self._last = time.monotonic()
        self._shown = False

    def show(self, text: str) -> None:
        """Shows where things stand."""
        now = time.monotonic()
        if self._terminal:
            width = shutil.get_terminal_size().columns - 1
            self.clear()
            print(text[:width], end="", file=self._stream, flush=True)
            self._shown = True
        elif now - self._last >= self.EVERY:
            self._last = now
            print(text, file=self._stream, flush=True)

    def stay(self, text: str) -> None:
        """Prints a line that stays."""
        self.clear()
        print(text, file=self._stream, flush=True)

    def clear(self) -> None:
        """Takes the line away."""
        if self._shown:
            print("\r\x1b[K", end="", file=self._stream, flush=True)
            self._shown = False


_WORK = {"": "Indexing", "quick": "Quick search first,", "full": "Full search"}
"""What goes on in a phase of a scan."""
_BEFORE = {"": "", "quick": "Quick search first: ", "full": "Full search: "}


class ProgressPrinter:
    """Shows the progress of a scan on stderr."""

    def __init__(self, stream: IO[str] | None = None) -> None:
        self._line = StatusLine(stream)
        self._works = ("", "")

    def __call__(self, progress: Progress) -> None:
        """Takes a `Progress`."""
        works = (progress.phase, progress.device)
        if progress.stage == "indexing" and progress.device and not progress.note and works != self._works:
            self._works = works
            self._line.stay(f"{_WORK[progress.phase]} on {progress.device}.")
        if progress.note:
            self._line.stay(progress.note)
        if progress.stage == "done":
            self._line.clear()
        else:
            self._line.show(describe(progress))


def describe(progress: Progress) -> str:
    """Progress as one line."""
    if progress.stage == "looking":
        return f"Looking: {counted(progress.files_seen, 'file')}"
    parts = [
        f"{progress.files_done} of {counted(progress.files_total, 'video')}",
        f"{progress.clips:,} of about {counted(progress.clips_total, 'clip')}"
        if progress.clips_total
        else counted(progress.clips, "clip"),
    ]
    if progress.files_failed:
        parts.append(f"{progress.files_failed} could not be read")
    if progress.speed:
        parts.append(f"{times(progress.speed)} real time")
    if progress.seconds_left is not None:
        parts.append(f"about {duration(progress.seconds_left)} left")
    if progress.paused:
        parts.append("paused")
    return _BEFORE[progress.phase] + ", ".join(parts)
