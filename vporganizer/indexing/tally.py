"""Counts what the threads of a scan have done, and makes a `Progress` of it."""

from __future__ import annotations

import os
import threading

from vporganizer.indexing.progress import Control, Meter, Progress
from vporganizer.indexing.work import Job
from vporganizer.indexing.workload import Workload

CLIPS_WINDOW = 600.0  # seconds over which the pace counts where one clip may take half a minute


class Tally:
    """Thread-safe counts of one run of the pipeline.

    With a `workload` the time left is told by clips, as measured since the encoder was ready; without
    one by bytes of video files, since reading them is then what takes the time.
    """

    def __init__(self, jobs: list[Job], workload: Workload | None = None) -> None:
        self._lock = threading.Lock()
        self._total = len(jobs)
        self._workload = workload
        if workload is None:
            self._meter = Meter(sum(job.pending.size for job in jobs))
        else:
            self._meter = Meter(workload.left, window=CLIPS_WINDOW)
        self._positions: dict[int, float] = {}
        self._durations: dict[int, float] = {}
        self._current: dict[int, Job] = {}
        self._dropped: set[int] = set()
        self._bytes_done = 0.0
        self.device = ""
        self.files_done = 0
        self.files_failed = 0
        self.clips = 0
        self.video_seconds = 0.0
        self.read: set[int] = set()
        self.broken: set[int] = set()

    def ready(self, device: str) -> None:
        """The encoder is loaded and compiled: from now on its pace can be measured."""
        with self._lock:
            self.device = device
            if self._workload is not None:
                self._meter.restart()

    def started(self, job: Job) -> None:
        """A child began to read the job's file."""
        with self._lock:
            self._current[job.pending.content_id] = job
            self._positions[job.pending.content_id] = job.pending.complete_to

    def knows_duration(self, job: Job, seconds: float | None) -> None:
        """The file says how long it is."""
        if seconds:
            with self._lock:
                self._durations[job.pending.content_id] = seconds
                if self._workload is not None:
                    self._workload.knows_duration(job, seconds)

    def found(self, job: Job, clips: int) -> None:
        """The windows of the job's video are known: `clips` of them are to be embedded."""
        with self._lock:
            if self._workload is not None:
                self._workload.knows_clips(job, clips)

    def reached(self, job: Job, position: float) -> None:
        """The job's file is read up to `position` seconds."""
        with self._lock:
            key = job.pending.content_id
            self._positions[key] = max(self._positions.get(key, 0.0), position)

    def stored(self, job: Job, clips: int, seconds: float) -> None:
        """Clips of a job that cover `seconds` of video were stored."""
        with self._lock:
            if self._workload is not None:
                self._workload.stored(job, clips)
            self.clips += clips
            self.video_seconds += seconds

    def ended(self, job: Job, *, failed: int) -> None:
        """The job is done, or `failed` files of its content failed: exact copies are counted as well."""
        with self._lock:
            self._current.pop(job.pending.content_id, None)
            self._positions.pop(job.pending.content_id, None)
            self._bytes_done += job.pending.size
            if self._workload is not None:
                self._workload.ended(job)
            self.files_done += max(1, failed)
            self._total += max(1, failed) - 1
            self.files_failed += failed
            (self.broken if failed else self.read).add(job.pending.content_id)

    def drop(self, job: Job) -> None:
        """The job's video was forgotten meanwhile: it is neither done nor failed, but no job any more."""
        with self._lock:
            key = job.pending.content_id
            if key in self._dropped:
                return
            self._dropped.add(key)
            self._current.pop(key, None)
            self._positions.pop(key, None)
            self._bytes_done += job.pending.size
            if self._workload is not None:
                self._workload.ended(job)
            self._total -= 1

    def is_dropped(self, job: Job) -> bool:
        """True if nothing more is to be done for the job."""
        with self._lock:
            return job.pending.content_id in self._dropped

    def progress(self, control: Control) -> Progress:
        """Takes the present state; called ten times a second at most, by one thread."""
        with self._lock:
            reading = sum(
                job.pending.size * min(1.0, self._positions.get(key, 0.0) / self._durations[key])
                for key, job in self._current.items()
                if self._durations.get(key)
            )
            done = self._bytes_done + reading
            if self._workload is not None:
                done = float(self.clips)
                self._meter.total = done + self._workload.left
            if control.paused:
                self._meter.restart()
            else:
                self._meter.add(done, self.video_seconds)
            return Progress(
                stage="indexing",
                files_done=self.files_done,
                files_total=self._total,
                files_failed=self.files_failed,
                clips=self.clips,
                video_seconds=self.video_seconds,
                speed=self._meter.speed,
                seconds_left=self._meter.seconds_left,
                current=tuple(os.fsdecode(job.pending.path) for job in self._current.values()),
                device=self.device,
                paused=control.paused,
                clips_total=0 if self._workload is None else round(self._meter.total),
            )
