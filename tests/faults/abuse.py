"""Clients that mean ill, through Caddy."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from contextlib import suppress
from functools import partial
from typing import Any

import psutil

from tests.conftest import until
from tests.faults.fault import Run, Scene, calmest, percentile, scene

MIB = 1 << 20
ATTACK_SECONDS = 4.0
CALM_SECONDS = 0.5
SCHEDULER = 50.0
"""Milliseconds that waiting for a processor may add, which the attack takes as well."""


def masked(payload: bytes, opcode: int = 1, final: bool = True, reserved: int = 0) -> bytes:
    """A frame of a client (RFC 6455, section 5.2), masked by zeros."""
    first = opcode | reserved | (0x80 if final else 0)
    if len(payload) < 126:
        return struct.pack("!BBI", first, 0x80 | len(payload), 0) + payload
    return struct.pack("!BBQI", first, 0x80 | 127, len(payload), 0) + payload


SUBSCRIBE = masked(b'{"event":"subscribe","data":{"events":["*"]}}')
ATTACKS: dict[str, tuple[bytes, bytes]] = {
    "messages of 64 KiB that go on after the close": (b"", masked(b"x" * (64 << 10))),
    "one message without end, in parts": (masked(b"x", final=False), masked(b"x" * MIB, opcode=0, final=False)),
    "1,000 messages a second": (b"", masked(b'{"event":"pong"}') * 100),
    "10,000 subscriptions": (b"", SUBSCRIBE * 1000),
    "a frame said to be compressed": (b"", masked(b"\0" * 190_000, reserved=0x40)),
    "text that is no UTF-8": (masked(b"\xff\xfe\xfd"), masked(b"\xff\xfe\xfd")),
    "pings without pause": (SUBSCRIBE * 50, masked(b"p" * 100, opcode=9) * 1000),
}
"""What is sent first, and what then without end."""


async def websocket(run: Run) -> None:
    """S1: each is sent away at once, costs little, and nobody else feels it."""
    async with scene(run, per_second=50) as here:
        service = psutil.Process(here.stack.pid("stream"))
        names = run.chance.sample(list(ATTACKS), len(ATTACKS))
        memory = service.memory_info().rss
        told: list[float] = []
        sizes = [memory]

        async def attacked(name: str) -> tuple[float, float]:
            """The p99 of ingest meanwhile in ms, and what it may be, by what it was just before."""
            calm = await _p99(here, asyncio.create_task(asyncio.sleep(CALM_SECONDS)))
            run.say(name)
            attack = asyncio.create_task(asyncio.to_thread(_attack, here.stack.port, *ATTACKS[name]))
            watch = asyncio.create_task(_watch(service, sizes))
            during = await _p99(here, attack)
            watch.cancel()
            told.append(attack.result())
            run.say(f"told to go after {told[-1]:.2f} s")
            return during, calm * 2 + SCHEDULER

        waits = [await calmest(partial(attacked, name)) for name in names]
        cut = sum(len(each.closes) for each in here.listeners)
        await until(lambda: service.pid == here.stack.pid("stream"), "the same process")
        await here.settle()
        run.most("last one told to go after", max(told), 1, "s")
        run.most("RSS more", (max(sizes) - memory) / MIB, 20, "MiB")
        run.most("others cut off", cut, 0)
        p99, limit, times = max(waits, key=lambda each: each[0] / each[1])
        run.most(f"ingest p99 meanwhile, twice that before and {SCHEDULER:.0f} ms", p99, limit, "ms", times)


async def _p99(here: Scene, meanwhile: asyncio.Task[Any]) -> float:
    """Of ingest in ms, while that runs."""
    here.traffic.waits.clear()
    await meanwhile
    return percentile(here.traffic.waits, 0.99) * 1000


async def _watch(service: psutil.Process, sizes: list[int]) -> None:
    while True:
        sizes.append(service.memory_info().rss)
        await asyncio.sleep(0.02)


def _attack(port: int, first: bytes, then: bytes) -> float:
    """Sends for as long as it is let; seconds until the server's close came, or the end of the connection."""
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(
            b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Extensions: permessage-deflate\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += client.recv(1)
        assert b" 101 " in answer, answer
        return _flood(client, first, then)


def _flood(client: socket.socket, first: bytes, then: bytes) -> float:
    began = time.monotonic()
    told, heard = 0.0, b""
    client.setblocking(False)
    waiting = first
    with suppress(ConnectionError):
        while time.monotonic() - began < ATTACK_SECONDS:
            waiting = waiting or then
            with suppress(BlockingIOError):
                waiting = waiting[client.send(waiting) :]
            with suppress(BlockingIOError):
                part = client.recv(1 << 16)
                if not part:
                    break
                heard += part
                if not told and _says_close(heard):
                    told = time.monotonic() - began
            time.sleep(0.001)
    return told or time.monotonic() - began


def _says_close(heard: bytes) -> bool:
    """Whether one of the frames is a close."""
    start = 0
    while start + 2 <= len(heard):
        if heard[start] == 0x88:
            return True
        length = heard[start + 1]
        size = {126: 2, 127: 8}.get(length, 0)
        if size:
            length = int.from_bytes(heard[start + 2 : start + 2 + size], "big")
        start += 2 + size + length
    return False
