"""What Lookout takes of a machine while little or nothing happens."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import uvloop

from tests.bench.clients import listening
from tests.bench.sender import Sender
from tests.bench.table import Figure, most
from tests.bench.usage import PYTHON, Meter, everything, mib
from tests.stack import Stack, running_stack

DASHBOARDS = 5
PER_SECOND = 10


class Sizes(NamedTuple):
    settle: float = 3
    seconds: float = 20


FULL = Sizes()
SHORT = Sizes(settle=0, seconds=1)


def measure(sizes: Sizes) -> list[Figure]:
    # As it is set where nothing is set; the tests' heartbeats are more frequent.
    with running_stack(LOOKOUT_METRICS_INTERVAL="10") as stack:
        return uvloop.run(on(stack, sizes))


async def on(stack: Stack, sizes: Sizes) -> list[Figure]:
    await asyncio.sleep(sizes.settle)
    running = everything(stack)
    memory = {name: mib(each) for name, each in running.items()}
    shared = {name: float(each.memory_full_info().pss) / 2**20 for name, each in running.items()}
    async with listening(stack.websocket, DASHBOARDS, batch=True, slim=True, events=["*", "state"]):
        await Sender(stack.url, PER_SECOND).run(min(sizes.seconds, 2))
        meter = Meter(running)
        await Sender(stack.url, PER_SECOND).run(sizes.seconds)
        shares = meter.shares()
    largest = max(memory[name] for name in PYTHON)
    percent = sum(shares.values()) * 100
    return [
        most("idle memory, the largest Python service", 60, largest, "MiB", samples=memory),
        most("idle memory, whole stack, with `lookout up`", 250, sum(memory.values()), "MiB"),
        # What is resident in several processes is counted once in each of them above.
        most("the same, with what processes share counted once", 250, sum(shared.values()), "MiB", samples=shared),
        most(f"10 events/s, {DASHBOARDS} dashboards, all processes", 5, percent, "% of a core", samples=shares),
    ]
