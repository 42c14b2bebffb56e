"""Supervisor's loop, what wakes it, and what it starts again."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.supervise import Wakeup
from tests.stack import Stack, running_stack


@pytest.fixture
def wakeup() -> Iterator[Wakeup]:
    handled = signal.signal(signal.SIGUSR1, lambda number, frame: None)
    yield (made := Wakeup())
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGUSR1, handled)
    os.close(made.reader)
    os.close(made.writer)


def rounds(wakeup: Wakeup) -> int:
    """How many rounds of the loop there are before it waits."""
    count = 0
    while select.select([wakeup.reader], [], [], 0)[0]:
        wakeup.handle_read_event()
        count += 1
    return count


def test_the_first_round_is_not_waited_for(wakeup: Wakeup) -> None:
    assert rounds(wakeup) == 1


def test_a_signal_is_seen_in_one_round_and_acted_on_in_the_next(wakeup: Wakeup) -> None:
    rounds(wakeup)
    os.kill(os.getpid(), signal.SIGUSR1)
    assert rounds(wakeup) == 2
    for _ in range(100):
        os.kill(os.getpid(), signal.SIGUSR1)
    assert rounds(wakeup) == 2


def test_a_process_that_does_not_start_is_tried_each_second_until_it_does() -> None:
    with running_stack() as stack:
        store = stack.data / "jetstream"
        with stack.stopped("nats"):
            store.rename(stack.data / "aside")
            store.write_text("in the way")
        _wait_for(stack, "FATAL")
        store.unlink()
        (stack.data / "aside").rename(store)
        stack.until("/health", lambda health: health["status"] == "healthy", 15)


def _wait_for(stack: Stack, word: str) -> None:
    log: Path = stack.data / "log" / "supervisord.log"
    for _ in range(400):
        if f"entered {word} state" in log.read_text():
            return
        time.sleep(0.05)
    raise AssertionError(log.read_text())
