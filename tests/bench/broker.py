"""A nats-server that also listens for WebSockets itself: the peer of the relay, with the relay's own configuration.

Events are published to it as JetStream republishes what it has stored, the position in the headers, since storing
200,000 of them takes longer than passing them on.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from services.settings import ROOT
from services.subjects import LIVE, LOG, STREAM
from tests.bench.clients import until
from tests.bench.events import stored_events
from tests.conftest import BIN, PASSWORD, wait_for_port

WINDOW = 10_000
"""Events that the slowest client may be behind the publisher: neither side is measured while it drops."""

PIECE = 250

WEBSOCKET = """
websocket { listen: "127.0.0.1:%d", no_tls: true }
"""
BENCH = '{ user: bench, password: "%s" }'


class Broker:
    def __init__(self, folder: Path, port: int, websocket_port: int) -> None:
        self.port = port
        self.websocket = f"ws://127.0.0.1:{websocket_port}"
        self._folder = folder
        self._websocket_port = websocket_port
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        text = (ROOT / "deploy" / "nats.conf").read_text()
        assert text.count("users = [\n") == 1
        text = text.replace("users = [\n", f"users = [\n{BENCH % PASSWORD}\n") + WEBSOCKET % self._websocket_port
        (self._folder / "nats.conf").write_text(text)
        users = ("INGEST", "STREAM", "API", "ACCESS", "SYSTEM")
        environment = os.environ | {f"NATS_{user}_PASSWORD": PASSWORD for user in users}
        environment |= {
            "NATS_LISTEN": f"127.0.0.1:{self.port}",
            "NATS_STORE": str(self._folder / "jetstream"),
            "NATS_MAX_FILE": "1GB",
        }
        with (self._folder / "nats.log").open("ab") as log:
            command = [str(BIN / "nats-server"), "-c", str(self._folder / "nats.conf")]
            self._process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        wait_for_port(self.port)
        wait_for_port(self._websocket_port)
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    async def publish(self, pieces: list[bytes], reached: Callable[[], int]) -> None:
        """Sends each piece as soon as all clients have `reached` near enough to it."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(b'CONNECT {"verbose":false,"headers":true,"user":"bench","pass":"%b"}\r\n' % PASSWORD.encode())
        for number, piece in enumerate(pieces):
            at = number * PIECE
            await until(lambda at=at: at - reached() <= WINDOW, "the slowest client follows")  # type: ignore[misc]
            writer.write(piece)
            await writer.drain()
        writer.write(b"PING\r\n")
        await reader.readuntil(b"PONG")
        writer.close()


def pieces(count: int) -> list[bytes]:
    """What is published, in NATS's own protocol; positions begin at 1."""
    made = list(_published(count))
    return [b"".join(made[start : start + PIECE]) for start in range(0, count, PIECE)]


def _published(count: int) -> Iterator[bytes]:
    time = datetime.now(UTC).isoformat().replace("+00:00", "000Z").encode()
    for seq, each in enumerate(stored_events(count), 1):
        subject = each.subject.encode()
        headers = (
            b"NATS/1.0\r\nNats-Stream: %b\r\nNats-Subject: %b\r\nNats-Sequence: %d\r\nNats-Time-Stamp: %b\r\n"
            b"Nats-Last-Sequence: %d\r\n\r\n" % (STREAM.encode(), subject, seq, time, seq - 1)
        )
        live = LIVE.encode() + subject.removeprefix(LOG.encode())
        size = len(headers) + len(each.payload)
        yield b"HPUB %b %d %d\r\n%b%b\r\n" % (live, len(headers), size, headers, each.payload)


def delivered_bytes(pieces: list[bytes]) -> int:
    """What one subscriber with the subscription id 1 gets of them: `HPUB` becomes `HMSG`, with the id."""
    return sum(map(len, pieces)) + event_count(pieces) * len(b"1 ")


def event_count(pieces: list[bytes]) -> int:
    return sum(piece.count(b"HPUB live.") for piece in pieces)
