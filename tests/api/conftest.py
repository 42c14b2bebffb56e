"""The API in this process, on a log in memory."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import msgspec
import pytest
from quart import Quart

from services.access import LOCAL
from services.adapters import ADAPTERS
from services.api import fold
from services.api.app import create_app
from services.api.demo import Demo
from services.api.fold import Rules
from services.api.health import Heartbeats
from services.api.history import open_history
from services.api.projector import Projector
from services.api.sources import Sources
from services.asgi import cancel
from services.beats import Beat
from services.events import encode, message_id, now
from services.log import Message
from services.settings import Settings
from services.subjects import event_subject
from tests.conftest import known_as, until
from tests.memorylog import MemoryLog


class Api(NamedTuple):
    client: httpx.AsyncClient
    known: Sources
    log: MemoryLog
    app: Quart

    async def record(self, *said: Mapping[str, Any]) -> None:
        """Stores events as ingest would, and waits until they are folded."""
        for event in ADAPTERS["/events"].translate(msgspec.json.encode(said), {}, now()):
            subject = event_subject(event.project, event.session, event.type)
            await self.log.append(Message(subject, message_id(event), encode(event)))
        await until(lambda: self.known.state.seq == self.log.last, "everything is folded")

    async def get(self, path: str, **parameters: Any) -> Any:
        answer = await self.client.get(path, params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def beat(self, service: str, gauges: Mapping[str, float] | None = None, **counters: int) -> None:
        beat = Beat(
            service=service,
            instance="one",
            pid=1,
            uptime=10,
            interval=5,
            cpu=0.25,
            memory=1 << 20,
            counters=counters,
            gauges=dict(gauges or {}),
        )
        self.known.heartbeats.heard(beat, time.monotonic())


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with AsyncExitStack() as stack:
        log = MemoryLog()
        history = open_history(tmp_path / "history.sqlite", log.epoch, fold.schema())
        stack.callback(history.close)
        projector = Projector(log, history, log.epoch, Rules())
        await projector.restore()
        running = asyncio.create_task(projector.run())
        stack.push_async_callback(cancel, running)
        known = Sources(log, projector, history, Heartbeats(time.monotonic()), 5, time.monotonic())
        app = create_app(known, Demo(Settings()))
        transport = httpx.ASGITransport(known_as(LOCAL, app))
        client = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url="http://test"))
        yield Api(client, known, log, app)
