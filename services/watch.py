"""Brings back what the supervisor alone does not, for as long as `lookout up` runs.

nats-server goes on after a write has failed for want of room, but stores nothing more, also when there is room again
(2.15), until its JetStream is started anew. Told so by its configuration it is off and on again within milliseconds,
and nobody's connection is lost; that works from another container too, where nobody may end the process.

And supervisor waits longer before each new try of a process that does not start; after
a few tries it gives up, and the process is started from here, so that what was missing may come late.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import xmlrpc.client
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
from supervisor.xmlrpc import SupervisorTransport

from services.broker import connected, read_again, write_switch
from services.eventlog import Bus
from services.log import Unavailable
from services.room import is_full
from services.settings import Settings

LOOK = 1.0
SICK_LOOKS = 2
"""Looks in a row at which nats-server must say that it cannot store before something is done."""

HEALTH = "$SYS.REQ.SERVER.PING.HEALTHZ"


class _Health(msgspec.Struct):
    status: str = ""
    error: str = ""


class _Server(msgspec.Struct):
    jetstream: bool = False


class _Answer(msgspec.Struct):
    data: _Health
    server: _Server


def in_background(settings: Settings) -> None:
    """Watches from a thread, until this process ends."""
    # That nats-server is away for a moment is told in the logs of the services, and not at a person's terminal.
    logging.getLogger("lookout").addHandler(logging.NullHandler())
    threading.Thread(target=lambda: asyncio.run(watch(settings)), name="watch", daemon=True).start()


async def watch(settings: Settings) -> None:
    """Without end. The supervisor's own end is somebody else's to see."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_start_what_was_given_up(Supervisor(settings.data_dir)))
        group.create_task(keep_storing(settings))


async def _start_what_was_given_up(supervisor: Supervisor) -> None:
    while True:
        await asyncio.sleep(LOOK)
        with suppress(OSError, xmlrpc.client.Error):
            supervisor.start_what_was_given_up()


async def keep_storing(settings: Settings) -> None:
    """Without end."""
    async with connected(settings, "system") as connection:
        storage = Storage(settings.data_dir, connection.bus)
        while True:
            await asyncio.sleep(LOOK)
            with suppress(OSError, Unavailable):
                await storage.look()


async def trouble(bus: Bus) -> str:
    """What keeps nats-server from storing, in its words; empty where nothing does or it does not answer."""
    try:
        answer = msgspec.json.decode(await bus.request(HEALTH, b"{}"), type=_Answer)
    except (Unavailable, msgspec.DecodeError):
        return ""
    if not answer.server.jetstream:
        return "JetStream is off"
    return "" if answer.data.status == "ok" else answer.data.error or answer.data.status


class Storage:
    """What nats-server stores with; `bus` is that of the user `system`."""

    def __init__(self, data: Path, bus: Bus) -> None:
        self._data = data
        self._bus = bus
        self._sick = 0
        self._told = False

    async def look(self) -> None:
        """Opens it anew where nothing can be stored although there is room. Raises OSError, Unavailable."""
        full, found = is_full(self._data), await trouble(self._bus)
        if full and not self._told:
            _say(f"The disk of {self._data} is full: events are refused until there is room on it.")
        self._told = full
        self._sick = self._sick + 1 if found and not full else 0
        if self._sick >= SICK_LOOKS:
            _say(f"nats-server stores nothing ({found}): its storage is opened anew.")
            self._sick = 0
            for on in (False, True):
                write_switch(self._data, on)
                await read_again(self._bus)


class Supervisor:
    def __init__(self, data: Path) -> None:
        self._data = data

    def start_what_was_given_up(self) -> None:
        with self._supervisor() as supervisor:
            for process in supervisor.getAllProcessInfo():
                if process["statename"] == "FATAL":
                    supervisor.startProcess(process["name"], False)

    @contextmanager
    def _supervisor(self) -> Iterator[Any]:
        transport = SupervisorTransport(None, None, f"unix://{self._data}/run/supervisor.sock")
        with xmlrpc.client.ServerProxy("http://localhost", transport=transport) as proxy:
            yield proxy.supervisor


def _say(sentence: str) -> None:
    # A terminal that was closed takes no more words.
    with suppress(OSError):
        print(sentence, file=sys.stderr, flush=True)
