"""Real servers for tests, on free ports, each in a folder of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from services.access import ADDRESS, IDENTITY, Identity
from services.eventlog import Connection, connect
from tests.freeports import free_ports

# A busy machine is slow, which says nothing of what is tested. The same examples each time: what fails was changed.
hypothesis.settings.register_profile(
    "lookout", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], derandomize=True
)
hypothesis.settings.load_profile("lookout")

BIN = Path(sys.executable).parent
PASSWORD = "test-password"


def pytest_configure() -> None:
    """What tests start can be interrupted, also where a shell ran them in the background, which ignores it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


class Nats:
    """A nats-server with the configuration of deploy/nats.conf."""

    def __init__(self, store: Path) -> None:
        self.store = store
        [self.port] = free_ports(1)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        environment = os.environ | {
            "NATS_LISTEN": f"127.0.0.1:{self.port}",
            "NATS_STORE": str(self.store),
            "NATS_MAX_FILE": "1GB",
        }
        environment |= {f"NATS_{user}_PASSWORD": PASSWORD for user in ("INGEST", "STREAM", "API", "ACCESS", "SYSTEM")}
        with (self.store.parent / "nats.log").open("ab") as log:
            self.process = subprocess.Popen(
                [BIN / "nats-server", "-c", "deploy/nats.conf"], env=environment, stdout=log, stderr=log
            )
        wait_for_port(self.port)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    @asynccontextmanager
    async def connected(self, service: str) -> AsyncIterator[Connection]:
        async with connect(self.url, service, PASSWORD) as connection:
            yield connection


def known_as(identity: Identity | None, app: Any) -> Any:
    """The application, for requests of this one from 192.0.2.1, as the guard would hand them on."""

    async def guarded(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, IDENTITY: identity, ADDRESS: "192.0.2.1"}, receive, send)

    return guarded


def wait_for_port(port: int, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


async def until(probe: Callable[[], bool], what: str, seconds: float = 10) -> None:
    """Waits for what other processes or tasks bring about."""
    deadline = time.monotonic() + seconds
    while not probe():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        await asyncio.sleep(0.01)


@asynccontextmanager
async def within(seconds: float, what: str) -> AsyncIterator[None]:
    """A block that may wait for so long."""
    try:
        async with asyncio.timeout(seconds) as limit:
            yield
    except TimeoutError:
        assert not limit.expired(), f"not within {seconds} s: {what}"
        raise


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[Nats]:
    server = Nats(tmp_path / "jetstream")
    server.start()
    yield server
    server.kill()


@pytest.fixture
async def api_log(nats: Nats) -> AsyncIterator[Connection]:
    """The log as the API has it, with its stream made."""
    async with nats.connected("api") as connection:
        await connection.log.ensure_stream("epoch-1", 3600, 256 << 20)
        yield connection
