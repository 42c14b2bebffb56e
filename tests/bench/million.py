"""A log of a million events: how long the API takes to start on it, and to answer questions about it."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple
from urllib.parse import quote

from services.eventlog import connect
from tests.bench.events import messages
from tests.bench.table import Figure, most, percentile
from tests.stack import Stack, running_stack

BATCH = 1000

QUERIES = (
    "",
    "type:tool_use",
    "agent:engineer tool:Bash",
    "is:error",
    "type:file_operation path:src/part_3/*",
    "session:session-4 dur>1000",
    "part",
    '"module 17"',
    "handlers",
    "module_123 -tool:Read",
    "path~module_(11|13)\\.py",
    "agent:qa tool:WebFetch is:error dur>900",
)


class Sizes(NamedTuple):
    events: int = 1_000_000
    moments: int = 60
    searches: int = 8


FULL = Sizes()
SHORT = Sizes(events=3000, moments=3, searches=1)


def measure(sizes: Sizes) -> list[Figure]:
    with running_stack() as stack:
        return on(stack, sizes)


def on(stack: Stack, sizes: Sizes) -> list[Figure]:
    with stack.stopped("api"):
        head = asyncio.run(_fill(stack, sizes.events))
        for file in stack.data.glob("history.sqlite*"):
            file.unlink()
        began = time.monotonic()
    built = _until_folded(stack, head) - began
    with stack.stopped("api"):
        began = time.monotonic()
    resumed = _until_folded(stack, head) - began
    states = _timed(stack, _moments(sizes.moments, head))
    searches = _timed(stack, _searches(sizes.searches, head))
    return [
        most(f"start on {sizes.events:,} events, from a checkpoint", 1, resumed, "s"),
        most(f"start on {sizes.events:,} events, from nothing", 25, built, "s", note="history and full text"),
        most(f"/state?at= in {sizes.events:,} events, p95", 300, percentile(states, 95), "ms", samples=states),
        most(f"/events?q= in {sizes.events:,} events, p95", 100, percentile(searches, 95), "ms", samples=searches),
    ]


async def _fill(stack: Stack, count: int) -> int:
    """Stores the events past the services; returns the last seq."""
    async with connect(stack.nats_url, "ingest", stack.nats_password("ingest")) as connection:
        waiting = iter(messages(count))
        while batch := list(islice(waiting, BATCH)):
            await connection.log.append_batch(batch)
        return (await connection.log.head()).last


def _until_folded(stack: Stack, head: int) -> float:
    """When the API had folded the whole log, in seconds of the monotonic clock."""
    stack.until("/health", lambda health: health["seq"] >= head, 180)
    return time.monotonic()


def _moments(count: int, head: int) -> Iterable[str]:
    chance = random.Random(11)
    return [f"/state?at={chance.randrange(1, head)}" for _ in range(count)]


def _searches(rounds: int, head: int) -> Iterable[str]:
    chance = random.Random(13)
    for _ in range(rounds):
        for query in QUERIES:
            yield f"/events?q={quote(query)}&limit=100"
        yield f"/events?before={chance.randrange(1, head)}&limit=100"


def _timed(stack: Stack, paths: Iterable[str]) -> list[float]:
    """Of each answer, in ms."""
    waits = []
    for path in paths:
        began = time.perf_counter()
        stack.get(path)
        waits.append(round((time.perf_counter() - began) * 1000, 3))
    return waits
