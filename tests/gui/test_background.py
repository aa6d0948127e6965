"""Requests off the GUI thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from pytestqt.qtbot import QtBot

from vporganizer.errors import QueryError
from vporganizer.gui.background import Channel, end_pools


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    pool = ThreadPoolExecutor(1, thread_name_prefix="vporganizer-test")
    yield pool
    assert end_pools([pool], 5)


def test_work_runs_in_the_pool_and_its_answer_comes_to_the_gui_thread(
    qtbot: QtBot, pool: ThreadPoolExecutor
) -> None:
    channel: Channel[str] = Channel(pool)
    heard: list[tuple[str, threading.Thread]] = []
    channel.answered.connect(lambda name: heard.append((name, threading.current_thread())))
    channel.ask(lambda: threading.current_thread().name)
    assert channel.busy
    qtbot.waitUntil(lambda: bool(heard))
    assert heard[0][0].startswith("vporganizer-test") and heard[0][1] is threading.main_thread()
    assert not channel.busy


def test_only_the_latest_question_is_answered_and_overtaken_ones_are_not_worked_on(
    qtbot: QtBot, pool: ThreadPoolExecutor
) -> None:
    channel: Channel[int] = Channel(pool)
    worked: list[int] = []
    heard: list[int] = []
    channel.answered.connect(heard.append)

    def work(number: int) -> int:
        time.sleep(0.1)
        worked.append(number)
        return number

    for number in range(5):
        channel.ask(lambda number=number: work(number))
    qtbot.waitUntil(lambda: bool(heard))
    assert heard == [4] and len(worked) <= 2


def test_an_error_for_people_comes_as_one_and_a_mistake_of_ours_is_raised(
    qtbot: QtBot, pool: ThreadPoolExecutor
) -> None:
    channel: Channel[None] = Channel(pool)

    def fail(error: Exception) -> None:
        raise error

    with qtbot.waitSignal(channel.failed) as told:
        channel.ask(lambda: fail(QueryError("no text")))
    assert isinstance(told.args[0], QueryError)
    with qtbot.captureExceptions() as caught:
        channel.ask(lambda: fail(ZeroDivisionError()))
        qtbot.waitUntil(lambda: not channel.busy)
    assert [kind for kind, _, _ in caught] == [ZeroDivisionError]


def test_what_hangs_is_not_waited_for_longer_than_said(qtbot: QtBot) -> None:
    go = threading.Event()
    pool = ThreadPoolExecutor(1, thread_name_prefix="vporganizer-test")
    pool.submit(go.wait)
    began = time.monotonic()
    assert not end_pools([pool], 0.2)
    assert time.monotonic() - began < 2
    go.set()
