"""Supervisor's loop, and what wakes it."""

from __future__ import annotations

import os
import select
import signal
import xmlrpc.client
from collections.abc import Iterator
from contextlib import suppress

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


def test_it_still_wakes_after_supervisor_has_read_its_file_again() -> None:
    with running_stack() as stack:
        before = stack.pid("api")
        os.kill(int((stack.data / "run" / "supervisord.pid").read_text()), signal.SIGHUP)
        # In between supervisor does not answer, and the API that it ends still does.
        stack.until("/health", lambda health: health["status"] == "healthy" and _another(stack, before), 30)
        stack.kill("api")
        stack.until("/health", lambda health: health["status"] == "healthy")


def _another(stack: Stack, before: int) -> bool:
    with suppress(OSError, xmlrpc.client.Error):
        return stack.pid("api") not in (0, before)
    return False
