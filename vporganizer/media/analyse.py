"""The one decode pass: shot changes, windows with their frames, poster and storyboard.

Memory stays flat however long the video: each window is handed over as soon as it is certain.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from vporganizer.errors import Unreadable
from vporganizer.media.choosing import Album, Shelf
from vporganizer.media.crew import Crew
from vporganizer.media.decoding import Seen
from vporganizer.media.dissolves import DissolveFinder
from vporganizer.media.endings import cut_short
from vporganizer.media.groups import Grouper
from vporganizer.media.looking import look_through
from vporganizer.media.opening import open_video
from vporganizer.media.pictures import COLUMNS, POSTER_WIDTH, ROWS, assemble, make_pictures
from vporganizer.media.probe import probe_open
from vporganizer.media.records import (
    Analyse,
    Answer,
    Finished,
    Heartbeat,
    Opened,
    Pictures,
    TimeSpan,
    VideoInfo,
    Window,
)
from vporganizer.media.seeking import packets_from
from vporganizer.media.shots import Cut, CutFinder
from vporganizer.media.timing import clock_text
from vporganizer.media.windows import WindowPlanner

_RUN_UP_SECONDS = 8.0
"""How long before its start a resumed pass begins, so that it decides as an undisturbed one did."""
_MISSING_SECONDS = 1.0
"""A video that ends this much before its stated end was cut off; less is normal."""


@dataclass(slots=True)
class _Pass:
    """What one pass knows by now."""

    request: Analyse
    finder: CutFinder = field(default_factory=CutFinder)
    dissolves: DissolveFinder = field(default_factory=DissolveFinder)
    planner: WindowPlanner = field(default_factory=WindowPlanner)
    shelf: Shelf = field(default_factory=Shelf)
    album: Album = field(default_factory=lambda: Album(COLUMNS * ROWS))
    position: float = -1.0
    skipped: int = 0

    def take(self, seen: Seen) -> Iterator[Answer]:
        """Takes the next piece seen; yields the windows that are certain by it."""
        self.skipped += seen.skipped
        self.shelf.add(seen.candidates)
        self.album.add(seen.candidates)
        for look in seen.looks:
            for cut in (*self.finder.push(look), *self.dissolves.push(look)):
                self._learn(cut)
            self.position = look.time
        for span, after_cut in self.planner.advance(min(self.finder.known, self.dissolves.known)):
            yield self._window(span, after_cut)
        if seen.looks:
            yield Heartbeat(self.position)

    def finish(self, duration: float) -> Iterator[Answer]:
        """The video ends at `duration`: yields the rest."""
        for cut in self.finder.finish():
            self._learn(cut)
        for span, after_cut in self.planner.finish(duration):
            yield self._window(span, after_cut)

    def end_of(self, packets_end: float, frame_seconds: float) -> float:
        """Where the last picture that could be decoded ends, given where the packets read end."""
        lasting = packets_end - self.position
        return packets_end if 0 < lasting <= 1.0 else self.position + frame_seconds

    def pictures(self, crew: Crew, duration: float) -> Pictures:
        """Poster and storyboard of what was seen."""
        chosen = self.album.poster()
        if chosen is None:
            raise Unreadable("The picture in this file could not be decoded.")
        large = crew.poster(chosen.key, POSTER_WIDTH) if chosen.key is not None else None
        poster = chosen.picture if large is None else large
        return assemble(poster, chosen.time, self.album.spread(duration))

    def _learn(self, cut: Cut) -> None:
        if cut.time == self.request.start:
            self.planner.after_cut = True
        self.planner.push(cut)

    def _window(self, span: TimeSpan, after_cut: bool) -> Window:
        frames, times = self.shelf.take(span, self.request.num_frames)
        return Window(span, after_cut, frames, times)


def analyse(request: Analyse) -> Iterator[Answer]:
    """Decodes a video once; yields `Opened`, each `Window` in order, `Pictures` if wanted, `Finished`.

    Raises:
        MediaError: the file cannot be opened, or nothing in it can be decoded.
    """
    with open_video(request.path) as video:
        info = probe_open(video)
    yield Opened(info)
    with (
        open_video(request.path) as video,
        Crew(request.path, request.short_side, (info.width, info.height)) as crew,
    ):
        begin = request.start - _RUN_UP_SECONDS if request.start > 0 else 0.0
        state = _Pass(request, planner=WindowPlanner(request.start, after_cut=request.start <= 0))
        grouper = Grouper(packets_from(video, begin), video.clock)
        for seen in look_through(grouper, crew):
            yield from state.take(seen)
        if state.position < 0:
            raise Unreadable("The picture in this file could not be decoded.")
        duration = state.end_of(grouper.end, video.clock.frame_seconds)
        yield from state.finish(duration)
        if request.pictures and request.start <= 0:
            yield state.pictures(crew, duration)
    if request.pictures and request.start > 0:
        yield make_pictures(request.path)
    yield Finished(duration, _missing(request, info, duration), state.skipped)


def _missing(request: Analyse, info: VideoInfo, duration: float) -> str | None:
    """A sentence on what could not be read; None if all was."""
    stated = info.duration
    if stated is not None and duration < stated - max(_MISSING_SECONDS, 0.02 * stated):
        return f"The file could be read up to {clock_text(duration)} only, of {clock_text(stated)}."
    if cut_short(request.path, info.container):
        return f"The file is cut off; it could be read up to {clock_text(duration)} only."
    return None
