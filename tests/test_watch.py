"""What a supervisor alone does not do; `tests/faults/disk.py` fills a real disk."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from services.broker import connected, read_again, write_switch
from services.configuration import load
from services.settings import Settings
from services.watch import trouble
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


def test_a_broker_that_stores_nothing_is_brought_to_do_so_and_keeps_its_connections() -> None:
    with running_stack() as stack:
        before = stack.pid("nats")
        asyncio.run(switched_off(load(stack.environment)))
        stack.until("/health", lambda _: stack.post("/events", {"type": "made_up"}).status == 202)
        stack.until("/health", lambda health: health["status"] == "healthy")
        assert stack.pid("nats") == before


async def switched_off(settings: Settings) -> None:
    """As after a full disk: nats-server goes on, and stores nothing."""
    async with connected(settings, "system") as connection:
        write_switch(settings.data_dir, False)
        assert await read_again(connection.bus) == ""
        assert await trouble(connection.bus) == "JetStream is off"


def _wait_for(stack: Stack, word: str) -> None:
    log: Path = stack.data / "log" / "supervisord.log"
    for _ in range(400):
        if f"entered {word} state" in log.read_text():
            return
        time.sleep(0.05)
    raise AssertionError(log.read_text())
