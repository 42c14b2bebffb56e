"""What a supervisor alone does not do; `tests/faults/disk.py` fills a real disk."""

from __future__ import annotations

import time
from pathlib import Path

from tests.stack import Stack, running_stack


def test_a_process_that_does_not_start_is_tried_every_few_seconds_until_it_does() -> None:
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
