"""The stream service as a process of its own, with a real nats-server."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import psutil
from websockets.asyncio.client import ClientConnection, connect

from services.log import EventLog
from tests.conftest import PASSWORD, Nats
from tests.freeports import free_block
from tests.stream.ends import message

RUN = "from services.run import run; from services.configuration import load; run('stream', load())"


class Service:
    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.base = free_block()
        self.port = self.base + 2
        self.nats = Nats(folder / "jetstream")
        self.nats.port = self.base + 4
        self.environment = environment
        self.process: subprocess.Popen[bytes] | None = None
        (folder / "secrets.json").write_text(json.dumps({"stream": PASSWORD}))

    def start(self) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LOOKOUT_")}
        environment |= {"LOOKOUT_PORT": str(self.base), "LOOKOUT_DATA": str(self.folder)}
        environment |= {"LOOKOUT_CONFIG": str(self.folder / "none.yaml")} | self.environment
        with (self.folder / "stream.log").open("ab") as log:
            self.process = subprocess.Popen([sys.executable, "-c", RUN], env=environment, stdout=log, stderr=log)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.nats.kill()

    def tell_to_stop(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)

    async def exit_code(self, seconds: float = 10) -> int:
        assert self.process is not None
        return await asyncio.to_thread(self.process.wait, seconds)

    @property
    def log_text(self) -> str:
        return (self.folder / "stream.log").read_text()

    @property
    def memory(self) -> int:
        assert self.process is not None
        return int(psutil.Process(self.process.pid).memory_info().rss)

    @property
    def open_files(self) -> int:
        assert self.process is not None
        return psutil.Process(self.process.pid).num_fds()

    async def health(self) -> dict[str, Any]:
        async with httpx.AsyncClient() as client:
            answer: dict[str, Any] = (await client.get(f"http://127.0.0.1:{self.port}/health")).json()
            return answer

    async def until_healthy(self, seconds: float = 15) -> None:
        deadline = time.monotonic() + seconds
        while True:
            try:
                await self.health()
                return
            except httpx.TransportError:
                assert time.monotonic() < deadline, self.log_text
                await asyncio.sleep(0.05)

    async def until_connections(self, count: int, seconds: float = 10) -> None:
        deadline = time.monotonic() + seconds
        while (await self.health())["connections"] != count:
            assert time.monotonic() < deadline, await self.health()
            await asyncio.sleep(0.05)

    async def make_log(self, epoch: str = "epoch-1") -> None:
        async with self.nats.connected("api") as api:
            await api.log.ensure_stream(epoch, 3600, 256 << 20)

    @asynccontextmanager
    async def writer(self) -> AsyncIterator[EventLog]:
        async with self.nats.connected("ingest") as ingest:
            yield ingest.log

    def connect(self, path: str = "/ws", **options: Any) -> connect:
        return connect(f"ws://127.0.0.1:{self.port}{path}", proxy=None, **options)


async def say(client: ClientConnection, event: str, **data: Any) -> None:
    await client.send(msgspec.json.encode({"event": event, "data": data}).decode())


async def frame(client: ClientConnection, event: str, seconds: float = 10) -> dict[str, Any]:
    """The next frame of this kind; those before it are passed over."""
    async with asyncio.timeout(seconds):
        while True:
            found: dict[str, Any] = msgspec.json.decode(await client.recv())
            if found["event"] == event:
                return found


async def subscribe(client: ClientConnection, *events: str, **more: Any) -> dict[str, Any]:
    await say(client, "subscribe", events=list(events), **more)
    data: dict[str, Any] = (await frame(client, "subscribed"))["data"]
    return data


async def append(log: EventLog, first: int, count: int, **fields: Any) -> None:
    """Events `first` and so on, as many as a batch may hold or fewer."""
    await log.append_batch([message(number, **fields) for number in range(first, first + count)])
