"""How many events are taken, each on the disk before it is answered; by wrk, through the gateway."""

from __future__ import annotations

import asyncio
import json
import random
from typing import NamedTuple

import uvloop

from tests import bulk
from tests.bench.clients import listening, until
from tests.bench.sender import event
from tests.bench.table import Figure, least, most
from tests.bench.wrk import Answered, posts
from tests.stack import Stack, running_stack

BATCH = 500
NDJSON_CONNECTIONS = 4
DASHBOARDS = 100


class Sizes(NamedTuple):
    """Seconds of each run, and pages that listen meanwhile."""

    seconds: float = 10
    pause: float = 2
    dashboards: int = DASHBOARDS


FULL = Sizes()
SHORT = Sizes(seconds=1, pause=0, dashboards=3)


def measure(sizes: Sizes) -> list[Figure]:
    with running_stack() as stack:
        return uvloop.run(on(stack, sizes))


async def on(stack: Stack, sizes: Sizes) -> list[Figure]:
    await _single(stack, 4, min(sizes.seconds, 2))
    few = await _single(stack, 16, sizes.seconds)
    many = await _single(stack, 64, sizes.seconds)
    await _folded(stack, sizes.pause)
    alone = await _batches(stack, sizes.seconds)
    await _folded(stack, sizes.pause)
    async with listening(stack.websocket, sizes.dashboards, batch=True, slim=True, events=["*", "state"]) as pages:
        watched = await _batches(stack, sizes.seconds)
        last = stack.get("/status")["log"]["last"]
        await until(lambda: all(page.position >= last for page in pages), "every page has every event", 120)
    assert not stack.log("ingest").count("Traceback")
    beside = "claude-mpm 6.5.83 in memory: 1,628/s without, 698/s with ten dashboards"
    return [
        least("single durable POST, 16 connections", 2000, few.per_second, "/s", note=beside, samples=few.percentiles),
        most("single durable POST, 16 connections, p99", 50, few.p99_ms, "ms"),
        least("single durable POST, 64 connections", 2500, many.per_second, "/s", samples=many.percentiles),
        least("NDJSON of 500, durable", 25_000, alone.per_second * BATCH, "events/s", samples=alone.percentiles),
        least(
            f"NDJSON of 500, {sizes.dashboards} dashboards",
            18_000,
            watched.per_second * BATCH,
            "events/s",
            samples=watched.percentiles,
        ),
    ]


async def _single(stack: Stack, connections: int, seconds: float) -> Answered:
    return await _posts(stack, json.dumps(event(1)).encode(), "application/json", connections, seconds)


async def _batches(stack: Stack, seconds: float) -> Answered:
    return await _posts(stack, lines(), "application/x-ndjson", NDJSON_CONNECTIONS, seconds)


async def _posts(stack: Stack, body: bytes, media_type: str, connections: int, seconds: float) -> Answered:
    before = stack.get("/status")["log"]["last"]
    answered = await asyncio.to_thread(posts, f"{stack.url}/events", body, media_type, connections, seconds)
    assert answered.requests > 0
    assert answered.refused == answered.broken == 0, answered
    stored = stack.get("/status")["log"]["last"] - before
    promised = answered.requests * (body.count(b"\n") + 1)
    assert stored >= promised, f"{promised} events were acknowledged, {stored} are stored"
    return answered


async def _folded(stack: Stack, pause: float) -> None:
    """Returns when the API has caught up and the disk had a moment."""
    last = stack.get("/status")["log"]["last"]
    await asyncio.to_thread(stack.until, "/health", lambda health: health["seq"] >= last, 120)
    await asyncio.sleep(pause)


def lines() -> bytes:
    """A batch of what a team does."""
    chance = random.Random(7)
    made: list[bytes] = []
    number = 0
    while len(made) < BATCH:
        number += 1
        made += [json.dumps(each).encode() for each in bulk.events(chance, number)]
    return b"\n".join(made[:BATCH])
