"""How many events reach clients in a second: our relay beside nats-server's own WebSocket listener.

One nats-server, the same events from the same publisher; first the clients are its own, then ours.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import psutil
import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from tests.bench.broker import Broker, delivered_bytes, event_count, pieces
from tests.bench.clients import Client, listening, until
from tests.bench.table import Figure, least
from tests.bench.usage import Meter
from tests.conftest import PASSWORD
from tests.freeports import free_ports
from tests.stream.process import Service


class Sizes(NamedTuple):
    """counts: of clients, and the ratio to the peer that is to be reached with them."""

    events: int = 200_000
    framed: int = 20_000
    counts: tuple[tuple[int, float], ...] = ((20, 1.0), (100, 1.5))
    rounds: int = 2


FULL = Sizes()
SHORT = Sizes(events=3000, framed=500, counts=((3, 0.0),), rounds=1)
FRAMED_CLIENTS = 20
TICK = 0.01
"""Seconds, in which the kernel counts processor time."""


def measure(sizes: Sizes) -> list[Figure]:
    published = pieces(sizes.events)
    figures = []
    for count, ratio in sizes.counts:
        ours, theirs = [], []
        for _ in range(sizes.rounds):
            theirs.append(uvloop.run(_nats_server(published, count)))
            ours.append(uvloop.run(_relay(published, count)))
        figures.append(
            least(
                f"fan-out in batches, {count} clients, beside nats-server's WebSockets",
                ratio,
                max(ours),
                "deliveries/s",
                peer=max(theirs),
                note=f"best of {sizes.rounds} each",
                samples={"ours": ours, "nats-server": theirs},
            )
        )
    return [*figures, uvloop.run(_frames(sizes))]


class NatsClient(WSListener):
    """Subscribes to everything live; what comes is counted in bytes, as it is always the same."""

    def __init__(self) -> None:
        self.greeted = False
        self.received = 0
        self.transport: WSTransport | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        options = {"verbose": False, "headers": True, "user": "bench", "pass": PASSWORD}
        transport.send(WSMsgType.BINARY, b"CONNECT %b\r\nSUB live.> 1\r\nPING\r\n" % json.dumps(options).encode())

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if self.greeted:
            self.received += frame.payload_size
        else:
            self.greeted = frame.get_payload_as_bytes().endswith(b"PONG\r\n")


async def _nats_server(published: list[bytes], count: int) -> float:
    with tempfile.TemporaryDirectory() as folder, Broker(Path(folder), *free_ports(2)) as broker:
        clients = [NatsClient() for _ in range(count)]
        await asyncio.gather(*(ws_connect(lambda each=each: each, broker.websocket) for each in clients))
        await until(lambda: all(each.greeted for each in clients), "nats-server has all subscriptions")
        size, events = delivered_bytes(published), event_count(published)
        seconds = await _seconds(
            broker, published, events, lambda: min(each.received for each in clients) * events // size
        )
    return events * count / seconds


async def _relay(published: list[bytes], count: int) -> float:
    async with _stream() as (service, broker), listening(_url(service), count, batch=True) as clients:
        events = event_count(published)
        return events * count / await _seconds(broker, published, events, lambda: _reached(clients))


async def _frames(sizes: Sizes) -> Figure:
    published = pieces(sizes.framed)
    async with _stream() as (service, broker), listening(_url(service), FRAMED_CLIENTS) as clients:
        assert service.process is not None
        meter = Meter({"stream": psutil.Process(service.process.pid)})
        seconds = await _seconds(broker, published, sizes.framed, lambda: _reached(clients))
        core = max(meter.shares()["stream"], TICK / seconds)
        assert all(each.frames == sizes.framed for each in clients), "every event is one frame"
    rate = sizes.framed * FRAMED_CLIENTS / seconds
    samples = {"per second": rate, "share of a core": core}
    return least(
        "fan-out, one frame an event, 20 clients", 40_000, rate / core, "frames a core-second", samples=samples
    )


async def _seconds(broker: Broker, published: list[bytes], events: int, reached: Callable[[], int]) -> float:
    """From the first event published to the last one that is everywhere."""
    began = time.monotonic()
    publishing = asyncio.create_task(broker.publish(published, reached))
    await until(lambda: reached() >= events, "every client has every event", 90)
    took = time.monotonic() - began
    await publishing
    return took


def _reached(clients: Sequence[Client]) -> int:
    return min(each.position for each in clients)


@asynccontextmanager
async def _stream() -> AsyncIterator[tuple[Service, Broker]]:
    """The stream service on an empty log, and its nats-server."""
    with tempfile.TemporaryDirectory() as folder:
        service = Service(Path(folder))
        with Broker(Path(folder), service.nats.port, *free_ports(1)) as broker:
            await service.make_log()
            service.start()
            try:
                await service.until_healthy()
                yield service, broker
            finally:
                service.stop()


def _url(service: Service) -> str:
    return f"ws://127.0.0.1:{service.port}/ws"
