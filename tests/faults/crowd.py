"""A thousand clients: what they cost, and what happens when all of them come back at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import Any

import msgspec
import psutil

from tests.checker import check
from tests.conftest import until
from tests.faults.fault import Run, calmest, percentile
from tests.faults.steady import waits
from tests.listener import Listener
from tests.post import Poster
from tests.stack import Stack, running_stack

CLIENTS = 1000
PER_SECOND = 10
SCHEDULER = 100.0
"""Milliseconds that waiting for a processor may add, which all these clients and Lookout share."""
SECONDS = 6.0
ROOM = {"LOOKOUT_MAX_CONNECTIONS": str(CLIENTS + 10)}


class Light(Listener):
    """A client of everything that keeps no event, but whether any was wrong and how long each was on its way."""

    def __init__(self, url: str, **subscription: Any) -> None:
        super().__init__(url, **subscription)
        self.wrong = 0
        self.delays: list[float] = []

    def _event(self, event: dict[str, Any]) -> None:
        self.wrong += event["seq"] != self.position + 1
        self.position = event["seq"]
        if event["event"] == "timed":
            self.delays.append(time.monotonic() - event["data"]["at"])


@asynccontextmanager
async def _crowd(run: Run, stack: Stack, **subscription: Any) -> AsyncIterator[list[Light]]:
    clients = [Light(stack.websocket, **subscription) for _ in range(CLIENTS)]
    listening = [asyncio.create_task(each.run()) for each in clients]
    try:
        await until(lambda: all(each.start is not None for each in clients), "all are subscribed", 90)
        run.say(f"{CLIENTS} clients are subscribed")
        yield clients
    finally:
        for task in listening:
            task.cancel()
        await asyncio.wait(listening)


async def _send(url: str, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    first = due = loop.time()
    with closing(Poster(url)) as poster:
        while due < first + seconds:
            body = msgspec.json.encode({"type": "timed", "data": {"at": time.monotonic(), "message": "x" * 100}})
            answer = await poster.post("/events", body)
            assert answer.status == 202, answer
            due += 1 / PER_SECOND
            await asyncio.sleep(max(0.0, due - loop.time()))


async def fan_out(run: Run) -> None:
    """P3: each gets ten events a second, one frame an event."""
    with running_stack(**ROOM) as stack:
        service = psutil.Process(stack.pid("stream"))
        empty = service.memory_info().rss
        async with _crowd(run, stack) as clients:
            await _send(stack.url, 2)
            cores: list[float] = []

            async def delivered() -> tuple[float, float]:
                """The p99 in ms, and what it may be."""
                for each in clients:
                    each.delays.clear()
                before, began = service.cpu_times(), time.monotonic()
                await _send(stack.url, SECONDS)
                await until(lambda: len({each.position for each in clients}) == 1, "all have everything", 30)
                after, took = service.cpu_times(), time.monotonic() - began
                cores.append((after.user + after.system - before.user - before.system) / took)
                return percentile([delay for each in clients for delay in each.delays], 0.99) * 1000, 500

            p99, limit, times = await calmest(delivered)
            run.most("p99 from sender to client", p99, limit, "ms", times)
            memory = (service.memory_info().rss - empty) / CLIENTS / 1024
            run.most("cores of the stream service", max(cores), 1)
            run.most("memory for a client", memory, 60, "KiB")
            run.most("events missing or repeated", sum(each.wrong for each in clients), 0)
            run.most("clients cut off", sum(bool(each.closes) for each in clients), 0)
        await check(stack, {}, [])


async def storm(run: Run) -> None:
    """P4: the stream service is killed and all resume."""
    with running_stack(**ROOM) as stack:
        async with _crowd(run, stack, batch=True) as clients:
            p99, limit, times = await calmest(lambda: _storm(run, stack, clients))
            run.most("last one resumed after", max(max(each.resumes) for each in clients), 15, "s")
            run.most("resumes refused", sum(each.refused for each in clients), 0)
            run.most("events missing or repeated", sum(each.wrong for each in clients), 0)
            run.most(f"ingest p99 meanwhile, twice that before and {SCHEDULER:.0f} ms", p99, limit, "ms", times)
        await check(stack, {}, [])


async def _storm(run: Run, stack: Stack, clients: list[Light]) -> tuple[float, float]:
    """The p99 of ingest meanwhile in ms, and what it may be, by what it is without."""
    before = await _ingest_p99(stack, run, 4)
    times = len(clients[0].resumes)
    run.say(f"kill -9 stream with {CLIENTS} clients")
    during = asyncio.create_task(_ingest_p99(stack, run, 6))
    await asyncio.to_thread(stack.kill, "stream")
    await until(lambda: all(len(each.resumes) > times for each in clients), "all are back", 90)
    at_storm = await during
    await until(lambda: len({each.position for each in clients}) == 1, "all have everything", 30)
    return at_storm * 1000, before * 2000 + SCHEDULER


async def _ingest_p99(stack: Stack, run: Run, seconds: float) -> float:
    """Of 50 events a second, in seconds."""
    return percentile(await waits(stack.url, 50, seconds, run.chance.random().hex()), 0.99)
