"""A link between clients and Caddy that carries nothing for a while, in both directions or in one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import msgspec

from services.stream.protocol import HEARTBEAT, PATIENCE
from tests.checker import everything
from tests.faults.fault import Run, scene
from tests.listener import Listener

EACH = 5
"""Clients behind each of the two links."""

SILENCE = HEARTBEAT + PATIENCE - 1.5
"""Seconds without a word after which a client gives up a connection; it looks once a second."""


class Link:
    """Carries TCP connections to a port of this machine; what is cut is swallowed without a word."""

    def __init__(self, target: int) -> None:
        self.port = 0
        self._target = target
        self._up = asyncio.Event()
        self._down = asyncio.Event()
        self.mend()
        self._carrying: set[asyncio.Task[None]] = set()

    def cut(self, one_way: bool) -> None:
        """one_way: what the server says still arrives, what the client says does not."""
        self._up.clear()
        if not one_way:
            self._down.clear()

    def mend(self) -> None:
        self._up.set()
        self._down.set()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()
            for task in self._carrying:
                task.cancel()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._up.wait()
        far_reader, far_writer = await asyncio.open_connection("localhost", self._target)
        for source, drain, passes in ((reader, far_writer, self._up), (far_reader, writer, self._down)):
            task = asyncio.create_task(_carry(source, drain, passes))
            self._carrying.add(task)
            task.add_done_callback(self._carrying.discard)


async def _carry(source: asyncio.StreamReader, drain: asyncio.StreamWriter, passes: asyncio.Event) -> None:
    try:
        with suppress(ConnectionError):
            while data := await source.read(1 << 16):
                if passes.is_set():
                    drain.write(data)
                    await drain.drain()
                elif drain.transport.is_closing():
                    break
        # A link that is cut does not carry the end of a connection either.
        await passes.wait()
    finally:
        drain.close()


async def link(run: Run) -> None:
    """R8: both ends notice, and the client resumes without a loss."""
    async with scene(run, per_second=20) as here:
        whole, half = Link(here.stack.port), Link(here.stack.port)
        async with whole.open(), half.open():
            cut_off = [_behind(each) for each in (whole, half) for _ in range(EACH)]
            listening = [asyncio.create_task(each.run()) for each in cut_off]
            here.clients = [*here.clients, *((each, everything) for each in cut_off)]
            await here.subscribed()
            await run.wait(1, 2)
            freed, noticed = await _cut(run, [whole, half], cut_off, here.stack.port + 2, len(here.clients))
            await here.settle()
            for task in listening:
                task.cancel()
        run.most("slot freed after", freed, 40, "s")
        run.most("client noticed after", noticed, 35, "s")


def _behind(link: Link) -> Listener:
    return Listener(f"ws://localhost:{link.port}/ws", patience=SILENCE)


async def _cut(run: Run, links: list[Link], clients: list[Listener], port: int, connected: int) -> tuple[float, float]:
    """Seconds until the service has let go of the clients, and until the last of them has noticed."""
    loop = asyncio.get_running_loop()
    run.say("the links are cut, one of them in one direction only")
    links[0].cut(one_way=False)
    links[1].cut(one_way=True)
    began = loop.time()
    while await connections(port) > connected - len(clients):
        assert loop.time() - began < 60, "the service does not let go of clients that are gone"
        await asyncio.sleep(0.2)
    freed = loop.time() - began
    while any(not each.closes for each in clients):
        assert loop.time() - began < 60, "clients do not notice"
        await asyncio.sleep(0.1)
    run.say("the links are mended")
    noticed = loop.time() - began
    for each in links:
        each.mend()
    return freed, noticed


async def connections(port: int) -> int:
    """Of the stream service."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    found: int = msgspec.json.decode(answer.partition(b"\r\n\r\n")[2])["connections"]
    return found
