"""Clients that take nothing, among many that do."""

from __future__ import annotations

import asyncio
import json
import socket
import statistics
import time
from contextlib import closing
from typing import Any

import msgspec
import psutil

from services.asgi import cancel
from services.events import Envelope
from services.stream.protocol import SLOW
from tests.conftest import until
from tests.faults.fault import Run, percentile, scene
from tests.faults.partition import connections
from tests.listener import Listener
from tests.post import Poster
from tests.stack import Stack

STALLED = 20
HEALTHY = 180
MIB = 1 << 20
PER_SECOND = 20
WINDOW_SECONDS = 2.0
WINDOWS = 3
SCHEDULER = 25.0
"""Milliseconds that the scheduler of a small machine may add."""
BYTES = 40_000
"""Of one event: enough that every buffer on the way to a client that takes nothing is full within seconds."""


class Timed(Listener):
    """A client that notes how long each event took from its sender, in seconds."""

    def __init__(self, url: str, **subscription: Any) -> None:
        super().__init__(url, **subscription)
        self.delays: list[float] = []

    def _event(self, event: dict[str, Any]) -> None:
        super()._event(event)
        if event["event"] == "big_event":
            self.delays.append(asyncio.get_running_loop().time() - float(event["data"]["at"]))


def of_big_events(event: Envelope[Any]) -> bool:
    return event.type == "big_event"


async def readers(run: Run) -> None:
    """R10: they are sent away and hurt nobody else."""
    async with scene(run, clients=1, per_second=5) as here:
        stack = here.stack
        timed = [Timed(stack.websocket, batch=True, slim=True, events=["big_event"]) for _ in range(HEALTHY)]
        here.join([(each, of_big_events) for each in timed])
        await here.subscribed()
        service = psutil.Process(stack.pid("stream"))
        sending = asyncio.create_task(_send(stack))
        lazy = [await asyncio.to_thread(_subscribed, stack.port) for _ in range(STALLED)]
        reading = [asyncio.create_task(_read(each)) for each in lazy]
        p99s: list[float] = []
        watching = asyncio.create_task(_watch(timed, p99s))
        await until(lambda: len(p99s) > WINDOWS, "so many windows", 60)
        before = p99s[1:]
        memory, files = service.memory_info().rss, service.num_fds()
        run.say(f"{STALLED} of {STALLED + HEALTHY} clients take nothing more")
        for each in reading:
            each.cancel()
        loop = asyncio.get_running_loop()
        began, peak = loop.time(), memory
        await asyncio.sleep(1)
        while await connections(stack.port + 2) > HEALTHY + 1:
            assert loop.time() - began < 60, "stalled clients are not sent away"
            peak = max(peak, service.memory_info().rss)
            await asyncio.sleep(0.2)
        evicted = loop.time() - began
        during = p99s[len(before) + 2 :]
        then = len(p99s) + 1
        await until(lambda: service.num_fds() <= files - STALLED + 2, "descriptors are back", 20)
        for client in lazy:
            client.close()
        await until(lambda: len(p99s) >= then + WINDOWS, "so many windows", 60)
        watching.cancel()
        await cancel(sending)
        told = await asyncio.to_thread(_told_slow, stack)
        await here.settle()
        growth = (peak - memory - PER_SECOND * BYTES * evicted) / MIB
        run.most("last one sent away after", evicted, 20, "s")
        run.least("sent away as too slow", told, STALLED)
        run.most("RSS for each of them, beside the ring's events", growth / STALLED, 2, "MiB")
        without = max(statistics.median(before), statistics.median(p99s[then:]))
        limit = without * 1.2 + SCHEDULER
        run.most(f"p99 of the others, a fifth and {SCHEDULER:.0f} ms more", statistics.median(during), limit, "ms")
        run.most("others cut off", sum(len(each.closes) for each in timed), 0)


def _told_slow(stack: Stack) -> int:
    """How many the service has sent away with 4008, by its next heartbeat."""
    time.sleep(2)
    beats = [each["beat"] for each in stack.get("/status")["instances"]]
    return sum(beat["counters"].get(f"closed_{SLOW.code}", 0) for beat in beats)


async def _watch(timed: list[Timed], p99s: list[float]) -> None:
    """The p99 of each window of time in ms, of which the median counts: what else the machine does slows some."""
    while True:
        for each in timed:
            each.delays.clear()
        await asyncio.sleep(WINDOW_SECONDS)
        p99s.append(percentile([delay for each in timed for delay in each.delays], 0.99) * 1000)


async def _send(stack: Stack) -> None:
    loop = asyncio.get_running_loop()
    with closing(Poster(stack.url)) as poster:
        due = loop.time()
        while True:
            event = {"type": "big_event", "data": {"at": f"{loop.time():.6f}", "x": "x" * BYTES}}
            answer = await poster.post("/events", msgspec.json.encode(event))
            assert answer.status == 202, answer
            due += 1 / PER_SECOND
            await asyncio.sleep(max(0.0, due - loop.time()))


async def _read(client: socket.socket) -> None:
    while await asyncio.get_running_loop().sock_recv(client, 1 << 20):
        pass


def _subscribed(port: int) -> socket.socket:
    """A client that wants everything, to be read or not."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", port))
    client.sendall(
        b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += client.recv(1)
    assert b" 101 " in answer, answer
    text = json.dumps({"event": "subscribe", "data": {"events": ["*"]}}).encode()
    client.sendall(bytes((0x81, 0x80 | len(text), 0, 0, 0, 0)) + text)
    client.setblocking(False)
    return client
