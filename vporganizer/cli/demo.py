"""The demo's report as a person reads it."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from vporganizer.app.demo import DemoReport, Step
from vporganizer.app.words import clock, counted, duration, printable
from vporganizer.cli import output


def show(report: DemoReport, sheet: Path) -> None:
    """Prints the steps in order, then how to go on."""
    scan = report.first_scan
    if scan.clips:
        output.line(
            f"Indexed {counted(scan.indexed, 'sample video')}, {duration(scan.video_seconds)} of video, "
            f"in {duration(scan.seconds)} on {scan.device}."
        )
    else:
        output.line("The sample videos are indexed already.")
    output.line(f"They are in {printable(str(report.folder / 'videos'))}")
    for step in report.steps:
        output.line()
        _show_step(step)
    output.line()
    again = report.second_scan
    output.line(
        f"A second scan: {counted(again.unchanged, 'video')} unchanged, {again.indexed} opened, "
        f"{duration(again.seconds)}."
    )
    output.line(f"Pictures of all hits: {printable(str(sheet))}")
    output.line()
    program = _program()
    output.line("Your own videos:")
    output.line(f"  {program} scan FOLDER")
    output.line(f'  {program} search "a dog"')
    output.line(f"  {program}      opens the window; {program} demo --window opens it on these samples")


def _program() -> str:
    """How the person can call the program from where they are."""
    here = os.path.realpath(sys.argv[0])
    found = shutil.which("vporganizer")
    if os.path.basename(here) != "vporganizer" or (found and os.path.realpath(found) == here):
        return "vporganizer"
    return os.path.relpath(sys.argv[0])


def _show_step(step: Step) -> None:
    if step.kind == "similar":
        output.line(f"Moments like the clip {printable(step.title)}, which is not in the library:")
    else:
        output.line(f"Search: {step.title}")
    if step.kind == "unknown" and not step.result.hits:
        output.line(f"  {step.result.note}")
        output.line("  To see the nearest all the same, add --anyway to the search.")
        return
    if not step.result.matches:
        output.line("  Nothing that fits.")
    for hit, still in zip(step.result.hits, step.stills, strict=True):
        if hit.match is not None:
            output.line(f"  {clock(hit.start)}-{clock(hit.end)} in {printable(hit.name)}, {hit.match} match")
            if still is not None:
                output.line(f"    picture: {printable(str(still))}")
