"""How long it takes from a POST to the frame at every client, through the gateway; with many clients, and after all of
them were cut off at once."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import uvloop

from tests.bench.clients import Client, connected, listening, until
from tests.bench.sender import Sender, apart
from tests.bench.table import Figure, most, percentile, reference, thinned
from tests.bench.usage import Meter, mib, processes
from tests.stack import Stack, running_stack

STORM_AT_ONCE = 250
"""Handshakes of the storm under way; the rest waits in line, as it does in the kernel's backlog."""

STORM_RATE = 50.0
STARTED = 0.5


class Sizes(NamedTuple):
    """`clients` at 100 events a second, `crowd` at ten."""

    seconds: float = 10
    clients: int = 100
    crowd: int = 1000


FULL = Sizes()
SHORT = Sizes(seconds=1, clients=5, crowd=10)


def measure(sizes: Sizes) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "configuration.yaml"
        # Room for those that come back before it is known that they are gone.
        config.write_text("monitoring:\n  websocket:\n    max_connections: 2500\n")
        with running_stack(LOOKOUT_CONFIG=str(config)) as stack:
            return uvloop.run(on(stack, sizes))


async def on(stack: Stack, sizes: Sizes) -> list[Figure]:
    await Sender(stack.url, 50).run(min(2, sizes.seconds))
    return [*await _usual(stack, sizes), *await _crowd(stack, sizes)]


async def _usual(stack: Stack, sizes: Sizes) -> list[Figure]:
    async with listening(stack.websocket, sizes.clients, timed=True) as clients:
        delays = await _delays(stack, clients, 100, sizes.seconds)
    name = f"POST to frame, 100 events/s to {sizes.clients} clients"
    return [
        most(f"{name}, p50", 20, percentile(delays, 50), "ms", samples=thinned(delays)),
        most(f"{name}, p99", 100, percentile(delays, 99), "ms"),
    ]


async def _delays(stack: Stack, clients: Sequence[Client], per_second: float, seconds: float) -> list[float]:
    """Of every event to every client, in ms; each must have come once."""
    sent = await Sender(stack.url, per_second).run(seconds)
    await until(lambda: all(each.position >= sent.acknowledged for each in clients), "every client has every event")
    assert {len(each.delays) for each in clients} == {sent.events}
    return [delay for each in clients for delay in each.delays]


async def _crowd(stack: Stack, sizes: Sizes) -> list[Figure]:
    between = processes(stack, ["stream", "gateway"])
    before = {name: mib(each) for name, each in between.items()}
    async with listening(stack.websocket, sizes.crowd, timed=True) as clients:
        meter = Meter(between)
        delays = await _delays(stack, clients, 10, sizes.seconds)
        cores = meter.shares()
        more = {name: max(0.0, mib(each) - before[name]) for name, each in between.items()}
    memory = {name: each * 1024 / sizes.crowd for name, each in more.items()}
    name = f"{sizes.crowd:,} clients, 10 events/s"
    return [
        most(f"{name}, p99", 500, percentile(delays, 99), "ms", samples=thinned(delays)),
        most(f"{name}, stream service", 1, cores["stream"], "cores", samples=cores),
        reference(f"{name}, gateway", cores["gateway"], "cores"),
        most(f"{name}, memory of the stream service a client", 45, memory["stream"], "KiB", samples=memory),
        reference(f"{name}, memory of the gateway a client", memory["gateway"], "KiB"),
        *await _storm(stack, sizes),
    ]


async def _storm(stack: Stack, sizes: Sizes) -> list[Figure]:
    """All clients are cut off in one moment and come back where they were, while events go on."""
    async with listening(stack.websocket, sizes.crowd) as clients:
        before = await apart(stack.url, STORM_RATE, sizes.seconds / 2)
        await until(lambda: all(each.position >= before.acknowledged for each in clients), "all have all")
        for each in clients:
            each.leave()
        await until(lambda: all(each.gone for each in clients), "all are gone")
        sending = asyncio.create_task(apart(stack.url, STORM_RATE, sizes.seconds / 2))
        # The sender is there first.
        await asyncio.sleep(STARTED)
        seconds, back = await _come_back(stack, clients)
        during = await sending
        await until(lambda: all(each.position >= during.acknowledged for each in back), "all have all")
        frames = {each.frames for each in back}
        assert frames == {during.events}, frames
        for each in back:
            each.leave()
        for each in clients:
            each.gone = False
    calm, stormy = percentile(before.waits, 99), percentile(during.waits, 99)
    samples = {"before": before.waits, "during": during.waits}
    return [
        most(f"reconnect storm, {sizes.crowd:,} clients resumed", 15, seconds, "s"),
        most("reconnect storm, ingest p99 beside before", 2, stormy, "ms", peer=calm, samples=samples),
    ]


async def _come_back(stack: Stack, clients: Sequence[Client]) -> tuple[float, list[Client]]:
    """How long until the last one has resumed, and who they are now."""
    began = time.monotonic()
    back = [Client({"events": ["*"], "since": each.since}) for each in clients]
    await connected(stack.websocket, back, STORM_AT_ONCE)
    took = time.monotonic() - began
    assert all(each.recovered for each in back)
    return took, back
