"""A link between clients and Caddy that carries nothing for a while, in both directions or in one."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple

import msgspec
import psutil

from services.stream.protocol import HEARTBEAT, PATIENCE
from tests.checker import everything
from tests.faults.fault import Run, scene
from tests.listener import Listener
from tests.refusing import accept_no_more

EACH = 5
"""Clients behind each link."""

SILENCE = HEARTBEAT + PATIENCE - 1.5
"""Seconds without a word after which a client gives up a connection."""


NAMESPACES = (["unshare", "--net"], ["unshare", "--net", "--map-root-user"])
"""How a process gets a network of its own: as root, or as a user who may be root in it."""


def own_network() -> list[str]:
    """What a command is to begin with, so that it runs in a network of its own; nothing where that cannot be had."""
    for unshare in NAMESPACES:
        with suppress(FileNotFoundError):
            if subprocess.run([*unshare, "iptables", "-L"], capture_output=True, check=False).returncode == 0:
                return unshare
    return []


def _is_alone() -> bool:
    """Whether this process was given a network of its own: its loopback is down, and only then brought up."""
    if psutil.net_if_stats()["lo"].isup:
        return False
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    return True


class Link:
    """Carries TCP connections to a port of this machine; what is cut is swallowed without a word.

    Both ends are told that what they sent has arrived, which a network that is cut does not tell them.
    """

    def __init__(self, target: int) -> None:
        self.port = 0
        self._target = target
        self._up = asyncio.Event()
        self._down = asyncio.Event()
        self.mend()
        self._carrying: set[asyncio.Task[None]] = set()
        self._ends: list[asyncio.StreamWriter] = []

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
        listener = server.sockets[0]
        self.port = listener.getsockname()[1]
        try:
            yield
        finally:
            await accept_no_more(listener)
            server.close()
            for task in self._carrying:
                task.cancel()
            await asyncio.gather(*self._carrying, return_exceptions=True)
            for end in self._ends:
                end.transport.abort()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._ends.append(writer)
        self._start(self._join(reader, writer))

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._up.wait()
        far_reader, far_writer = await asyncio.open_connection("localhost", self._target)
        self._ends.append(far_writer)
        self._start(_carry(reader, far_writer, self._up))
        self._start(_carry(far_reader, writer, self._down))

    def _start(self, carrying: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(carrying)
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


class Way(NamedTuple):
    """Some clients, and how the network between them and Lookout is cut and mended."""

    clients: list[Listener]
    cut: Callable[[], None]
    mend: Callable[[], None]


@asynccontextmanager
async def _ways(run: Run, port: int, alone: bool) -> AsyncIterator[list[Way]]:
    if alone:
        run.note = "packets dropped in a network namespace"
        yield [_dropped(port), _dropped(port, down=False), _dropped(port, up=False)]
        return
    run.note = "by a proxy: a network namespace with iptables cannot be had here"
    whole, half = Link(port), Link(port)
    async with whole.open(), half.open():
        yield [_carried(whole, one_way=False), _carried(half, one_way=True)]


def _dropped(port: int, up: bool = True, down: bool = True) -> Way:
    """Clients of an address of their own: what they say (up), or are told (down), is dropped by the kernel."""
    address = f"127.0.{1 + up}.{1 + down}"
    rules = [["-s", address, "--dport", str(port)]] if up else []
    rules += [["-d", address, "--sport", str(port)]] if down else []

    def change(how: str) -> None:
        for rule in rules:
            subprocess.run(["iptables", "-w", how, "INPUT", "-p", "tcp", *rule, "-j", "DROP"], check=True)

    clients = [Listener(f"ws://127.0.0.1:{port}/ws", patience=SILENCE, address=address) for _ in range(EACH)]
    return Way(clients, lambda: change("-A"), lambda: change("-D"))


def _carried(link: Link, one_way: bool) -> Way:
    clients = [Listener(f"ws://localhost:{link.port}/ws", patience=SILENCE) for _ in range(EACH)]
    return Way(clients, lambda: link.cut(one_way), link.mend)


async def link(run: Run) -> None:
    """R8: both ends notice, and the client resumes without a loss."""
    alone = _is_alone()
    async with scene(run, per_second=20) as here, _ways(run, here.stack.port, alone) as ways:
        cut_off = [each for way in ways for each in way.clients]
        here.join([(each, everything) for each in cut_off])
        await here.subscribed()
        await run.wait(1, 2)
        freed, noticed = await _cut(run, ways, cut_off, here.stack.port + 2, len(here.clients))
        await here.settle()
        run.most("slot freed after", freed, 40, "s")
        run.most("client noticed after", noticed, 35, "s")


async def _cut(
    run: Run, ways: Sequence[Way], clients: list[Listener], port: int, connected: int
) -> tuple[float, float]:
    """Seconds until the service has let go of the clients, and until the last of them has noticed."""
    loop = asyncio.get_running_loop()
    run.say("cut: all of it for some clients, what they say for others, what they are told for others again")
    for each in ways:
        each.cut()
    began = loop.time()
    freed = 0.0
    while not freed or any(not each.closes for each in clients):
        assert loop.time() - began < 60, "the service does not let go of clients that are gone, or they do not notice"
        if not freed and await connections(port) <= connected - len(clients):
            freed = loop.time() - began
        await asyncio.sleep(0.1)
    run.say("the links are mended")
    for each in ways:
        each.mend()
    return freed, max(each.noticed or began for each in clients) - began


async def connections(port: int) -> int:
    """Of the stream service."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    found: int = msgspec.json.decode(answer.partition(b"\r\n\r\n")[2])["connections"]
    return found
