"""Brings back what the supervisor alone does not, for as long as `lookout up` runs.

nats-server goes on after a write has failed for want of room, but stores nothing more until it is started anew, also
when there is room again (2.15). And supervisor waits longer before each new try of a process that does not start; after
a few tries it gives up, and the process is started from here, so that what was missing may come late.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import xmlrpc.client
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import msgspec
from supervisor.xmlrpc import SupervisorTransport

from services.broker import connected
from services.eventlog import Bus
from services.log import Unavailable
from services.room import is_full
from services.settings import Settings

LOOK = 1.0
SICK_LOOKS = 2
"""Looks in a row at which nats-server must say that it cannot store before it is started anew."""

HEALTH = "$SYS.REQ.SERVER.PING.HEALTHZ"


class _Health(msgspec.Struct):
    status: str = ""
    error: str = ""


class _Answer(msgspec.Struct):
    data: _Health


def in_background(settings: Settings) -> None:
    """Watches from a thread, until this process ends."""
    # That nats-server is away for a moment is told in the logs of the services, and not at a person's terminal.
    logging.getLogger("lookout").addHandler(logging.NullHandler())
    threading.Thread(target=lambda: asyncio.run(watch(settings)), name="watch", daemon=True).start()


async def watch(settings: Settings) -> None:
    """Without end. The supervisor's own end is somebody else's to see."""
    watcher = Watcher(settings)
    async with asyncio.TaskGroup() as group:
        group.create_task(_each_second(watcher.start_what_was_given_up))
        group.create_task(_watch_broker(settings, watcher))


async def _each_second(look: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(LOOK)
        with suppress(OSError, xmlrpc.client.Error):
            look()


async def _watch_broker(settings: Settings, watcher: Watcher) -> None:
    async with connected(settings, "system") as connection:
        while True:
            await asyncio.sleep(LOOK)
            with suppress(OSError, xmlrpc.client.Error):
                watcher.look(await trouble(connection.bus))


async def trouble(bus: Bus) -> str:
    """What keeps nats-server from storing, in its words; empty where nothing does or it does not answer."""
    try:
        health = msgspec.json.decode(await bus.request(HEALTH, b"{}"), type=_Answer).data
    except (Unavailable, msgspec.DecodeError):
        return ""
    return "" if health.status == "ok" else health.error or health.status


class Watcher:
    def __init__(self, settings: Settings) -> None:
        self._data = settings.data_dir
        self._sick = 0
        self._told = False

    def start_what_was_given_up(self) -> None:
        with self._supervisor() as supervisor:
            for process in supervisor.getAllProcessInfo():
                if process["statename"] == "FATAL":
                    supervisor.startProcess(process["name"], False)

    def look(self, trouble: str) -> None:
        """Starts nats-server anew where it cannot store although there is room."""
        full = is_full(self._data)
        if full and not self._told:
            _say(f"The disk of {self._data} is full: events are refused until there is room on it.")
        self._told = full
        self._sick = self._sick + 1 if trouble and not full else 0
        if self._sick >= SICK_LOOKS:
            _say(f"nats-server stores nothing ({trouble}) and is started anew.")
            self._sick = 0
            with self._supervisor() as supervisor:
                supervisor.stopProcess("nats")
                supervisor.startProcess("nats", False)

    @contextmanager
    def _supervisor(self) -> Iterator[Any]:
        transport = SupervisorTransport(None, None, f"unix://{self._data}/run/supervisor.sock")
        with xmlrpc.client.ServerProxy("http://localhost", transport=transport) as proxy:
            yield proxy.supervisor


def _say(sentence: str) -> None:
    # A terminal that was closed takes no more words.
    with suppress(OSError):
        print(sentence, file=sys.stderr, flush=True)
