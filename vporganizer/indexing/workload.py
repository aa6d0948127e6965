"""How many clips a scan still has to embed, where embedding and not reading takes the time.

Windows that are stored already are counted; of a video that was never cut into windows the number is
guessed from its length, or from its size until it has been opened.
"""

from __future__ import annotations

from collections.abc import Iterable

from vporganizer.indexing.work import Job
from vporganizer.library.library import Library
from vporganizer.library.overview import Pace, pace
from vporganizer.library.records import Pending


def expected_clips(pending: Pending, known: int, usual: Pace) -> float:
    """Clips of a content that lack a vector: those `known` and those still to be found."""
    if pending.windows_complete:
        return float(known)
    seconds = pending.duration or pending.size * usual.seconds_per_byte
    return known + max(0.0, seconds - pending.complete_to) / usual.window_seconds


class Workload:
    """Clips left to embed, job by job; not thread-safe by itself."""

    def __init__(self, jobs: Iterable[Job], usual: Pace) -> None:
        self._usual = usual
        self._left = {
            job.pending.content_id: expected_clips(job.pending, len(job.clips), usual)
            for job in jobs
            if not job.pictures_only
        }
        self.left = sum(self._left.values())

    @classmethod
    def of(cls, library: Library, jobs: Iterable[Job]) -> Workload:
        """The work that `jobs` of a library are."""
        return cls(jobs, pace(library.db))

    def knows_duration(self, job: Job, seconds: float) -> None:
        """A video whose windows are not known yet says how long it is."""
        if not job.pending.duration and not job.pending.windows_complete:
            rest = max(0.0, seconds - job.pending.complete_to) / self._usual.window_seconds
            self._set(job, len(job.clips) + rest)

    def knows_clips(self, job: Job, count: int) -> None:
        """The windows of a video are found: `count` are still to be embedded."""
        self._set(job, float(count))

    def stored(self, job: Job, count: int) -> None:
        """`count` clips of a job have a vector now."""
        self._set(job, max(0.0, self._left.get(job.pending.content_id, 0.0) - count))

    def ended(self, job: Job) -> None:
        """Nothing is left of a job."""
        self._set(job, 0.0)

    def _set(self, job: Job, count: float) -> None:
        key = job.pending.content_id
        if key in self._left:
            self.left += count - self._left[key]
            self._left[key] = count
