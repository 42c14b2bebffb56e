"""A nats-server that stores nothing; `tests/faults/disk.py` fills a real disk."""

from __future__ import annotations

from contextlib import closing

from services.broker import system
from services.configuration import load
from services.settings import Settings
from services.system import write_switch
from tests.stack import running_stack


def test_a_broker_that_stores_nothing_is_brought_to_do_so_and_keeps_its_connections() -> None:
    with running_stack() as stack:
        before = stack.pid("nats")
        switch_off(load(stack.environment))
        stack.until("/health", lambda _: stack.post("/events", {"type": "made_up"}).status == 202)
        stack.until("/health", lambda health: health["status"] == "healthy")
        assert stack.pid("nats") == before


def switch_off(settings: Settings) -> None:
    """As after a full disk: nats-server goes on, and stores nothing."""
    with closing(system(settings)) as asked:
        write_switch(settings.data_dir, False)
        assert asked.read_again() == ""
        assert asked.trouble() == "JetStream is off"
