"""Progress, the estimate, and the token that pauses and cancels."""

from __future__ import annotations

import threading

import pytest

from vporganizer.errors import Cancelled
from vporganizer.indexing.progress import Control, Meter


class Clock:
    """A clock that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_estimate_is_what_is_left_at_the_present_pace() -> None:
    clock = Clock()
    meter = Meter(1000, clock=clock)
    assert meter.seconds_left is None
    for second in range(1, 11):
        clock.now = second
        meter.add(20.0 * second, 40.0 * second)
    assert meter.seconds_left == pytest.approx(40)
    assert meter.speed == pytest.approx(40)


def test_a_pause_does_not_count_as_slowness() -> None:
    clock = Clock()
    meter = Meter(1000, clock=clock)
    clock.now = 10
    meter.add(100, 100)
    clock.now = 1010
    meter.restart()
    clock.now = 1020
    meter.add(200, 200)
    assert meter.seconds_left == pytest.approx(80)


def test_only_the_last_minute_counts() -> None:
    clock = Clock()
    meter = Meter(10_000, clock=clock)
    for second in range(1, 200):
        clock.now = second
        meter.add(second if second < 100 else 100 + 10 * (second - 100), 1)
    assert meter.seconds_left == pytest.approx((10_000 - 1090) / 10, rel=0.02)


def test_cancelling_ends_paused_work() -> None:
    control = Control()
    control.pause()
    ended = threading.Event()

    def work() -> None:
        with pytest.raises(Cancelled):
            control.checkpoint()
        ended.set()

    thread = threading.Thread(target=work)
    thread.start()
    assert not ended.wait(0.1)
    control.cancel()
    assert ended.wait(5)
    thread.join()


def test_resumed_work_goes_on() -> None:
    control = Control()
    control.pause()
    assert control.paused
    control.resume()
    control.checkpoint()
    assert not control.paused
