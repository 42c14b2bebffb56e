"""Heartbeats: what each service says of itself every few seconds on the bus, unlogged."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

import msgspec
import psutil
from msgspec import Struct

from services.eventlog import Bus
from services.subjects import BEATS_WANTED, beat_subject


class Beat(Struct, frozen=True, kw_only=True):
    """One heartbeat. `counters` only ever grow while the instance lives; `gauges` go up and down."""

    service: str
    instance: str
    pid: int
    uptime: float
    """Seconds since the instance began."""
    interval: float
    """Seconds until the next one."""
    cpu: float
    """Share of one core since the last one: 0.5 is half a core."""
    memory: int
    """Resident bytes."""
    counters: dict[str, int]
    gauges: dict[str, float]


Figures = Callable[[], tuple[Mapping[str, int], Mapping[str, float]]]
"""The counters and gauges of a service, as they are now."""


async def beat(bus: Bus, service: str, instance: str, interval: float, figures: Figures) -> None:
    """Sends a heartbeat at once, then every `interval` seconds and whenever one is wanted, without end."""
    process = psutil.Process()
    process.cpu_percent()
    started = time.monotonic()
    subject = beat_subject(service, instance)
    wanted = asyncio.Event()

    async def hurry(subject: str, payload: bytes) -> None:
        wanted.set()

    async with bus.subscribed(BEATS_WANTED, hurry):
        while True:
            wanted.clear()
            counters, gauges = figures()
            one = Beat(
                service=service,
                instance=instance,
                pid=os.getpid(),
                uptime=round(time.monotonic() - started, 3),
                interval=interval,
                cpu=process.cpu_percent() / 100,
                memory=process.memory_info().rss,
                counters=dict(counters),
                gauges=dict(gauges),
            )
            await bus.publish(subject, msgspec.json.encode(one))
            with suppress(TimeoutError):
                async with asyncio.timeout(interval):
                    await wanted.wait()
