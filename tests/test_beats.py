"""Heartbeats on a real bus."""

from __future__ import annotations

import asyncio
import os

import msgspec

from services.asgi import cancel
from services.beats import Beat, beat
from services.subjects import BEATS_WANTED
from tests.conftest import Nats, until


async def test_a_service_tells_who_it_is_and_how_it_does(nats: Nats) -> None:
    heard: list[Beat] = []

    async def hear(subject: str, payload: bytes) -> None:
        assert subject == "beat.ingest.one"
        heard.append(msgspec.json.decode(payload, type=Beat))

    def figures() -> tuple[dict[str, int], dict[str, float]]:
        return {"requests": 3}, {"waiting": 0.5}

    async with (
        nats.connected("api") as api,
        nats.connected("ingest") as ingest,
        api.bus.subscribed("beat.*.*", hear),
    ):
        beating = asyncio.create_task(beat(ingest.bus, "ingest", "one", 0.05, figures))
        await until(lambda: len(heard) >= 2, "two heartbeats")
        await cancel(beating)
    assert heard[0].counters == {"requests": 3}
    assert heard[0].gauges == {"waiting": 0.5}
    assert heard[0].pid == os.getpid()
    assert heard[0].memory > 1 << 20
    assert heard[1].uptime > heard[0].uptime


async def test_an_api_that_has_just_begun_to_listen_need_not_wait_for_the_next_heartbeat(nats: Nats) -> None:
    heard: list[Beat] = []

    async def hear(subject: str, payload: bytes) -> None:
        heard.append(msgspec.json.decode(payload, type=Beat))

    async with nats.connected("api") as api, nats.connected("stream") as stream:
        async with api.bus.subscribed("beat.*.*", hear):
            beating = asyncio.create_task(beat(stream.bus, "stream", "one", 3600, lambda: ({}, {})))
            await until(lambda: len(heard) == 1, "its first heartbeat")
        async with api.bus.subscribed("beat.*.*", hear):
            await api.bus.publish(BEATS_WANTED, b"")
            await until(lambda: len(heard) == 2, "another one")
        await cancel(beating)
