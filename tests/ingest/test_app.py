"""The ingest service over ASGI: what it answers, and that an answer means stored."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any

import httpx
import pytest

from services.access import LOCAL
from services.adapters import Adapter, Refused
from services.events import Envelope, decode
from services.ingest.app import create_app
from services.ingest.writer import Writer
from services.intake import EVENT_BYTES, Intake
from tests.conftest import known_as
from tests.memorylog import MemoryLog


def translate(body: bytes, headers: Mapping[str, str], received: datetime) -> list[Envelope[Any]]:
    """A body is a list of names of events; `bad` is none."""
    names = json.loads(body)
    bad = [{"index": index, "detail": "bad is no event"} for index, name in enumerate(names) if name == "bad"]
    if bad:
        raise Refused("items 1 are no events", bad)
    return [
        Envelope(id=name, source="test", type="made_up", time=received, project="p", session="s", data={"name": name})
        for name in names
    ]


ADAPTERS = {
    "/positions": Adapter(translate, 1 << 20, True),
    "/silent": Adapter(translate, 1 << 20, False),
}


@pytest.fixture
async def log() -> MemoryLog:
    return MemoryLog()


@pytest.fixture
async def app(log: MemoryLog) -> AsyncIterator[Intake]:
    writer = Writer(log)
    running = asyncio.create_task(writer.run())
    yield create_app(log, writer, ADAPTERS)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
async def client(app: Intake) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(known_as(LOCAL, app)), base_url="http://test") as client:
        yield client


def names(log: MemoryLog) -> list[str]:
    return [decode("made_up", stored.payload).data["name"] for stored in log.stored]


async def test_another_path_is_refused_with_the_ones_that_there_are(client: httpx.AsyncClient, log: MemoryLog) -> None:
    for path in ("/positions/", "/POSITIONS", "/else"):
        answer = await client.post(path, json=["a"])
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"] == f"{path} takes no events; /positions, /silent do."
    assert log.stored == []


async def test_an_answer_with_positions_names_where_each_event_is(client: httpx.AsyncClient, log: MemoryLog) -> None:
    answer = await client.post("/positions", json=["a", "b", "a"])
    assert answer.status_code == 202
    assert answer.json() == {
        "events": [{"id": "a", "seq": 1}, {"id": "b", "seq": 2}, {"id": "a", "seq": 1, "duplicate": True}]
    }
    assert [stored.subject for stored in log.stored] == ["events.p.s.made_up"] * 2


async def test_a_hook_gets_an_empty_answer(client: httpx.AsyncClient, log: MemoryLog) -> None:
    answer = await client.post("/silent", json=["a"])
    assert (answer.status_code, answer.content) == (204, b"")
    assert names(log) == ["a"]


async def test_what_is_no_event_is_refused_by_index_and_nothing_is_stored(
    client: httpx.AsyncClient, log: MemoryLog
) -> None:
    answer = await client.post("/positions", json=["a", "bad"])
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "title": "Bad Request",
        "status": 400,
        "detail": "items 1 are no events",
        "items": [{"index": 1, "detail": "bad is no event"}],
    }
    assert not log.stored


async def test_a_body_over_the_limit_is_refused(client: httpx.AsyncClient, log: MemoryLog) -> None:
    answer = await client.post("/positions", content=b"x" * (1 << 20) + b"y")
    assert answer.status_code == 413
    assert "1048576" in answer.json()["detail"]


async def test_a_body_without_an_end_is_refused_while_it_is_read(client: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 65536

    answer = await client.post("/positions", content=endless())
    assert answer.status_code == 413


async def test_an_event_that_is_too_large_to_store_is_refused(client: httpx.AsyncClient, log: MemoryLog) -> None:
    answer = await client.post("/positions", json=["x" * EVENT_BYTES])
    assert answer.status_code == 413
    assert "made_up" in answer.json()["detail"]
    assert not log.stored


async def test_another_method_is_refused_and_another_path_is_not_found(client: httpx.AsyncClient) -> None:
    assert (await client.put("/positions", json=[])).status_code == 405
    assert (await client.post("/nowhere", json=[])).status_code == 404


async def test_a_log_that_does_not_answer_is_a_503_with_retry_after_and_the_retry_stores_once(
    client: httpx.AsyncClient, log: MemoryLog
) -> None:
    log.unavailable = True
    answer = await client.post("/positions", json=["a"])
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    log.unavailable = False
    assert (await client.post("/positions", json=["a"])).json() == {"events": [{"id": "a", "seq": 1}]}
    assert names(log) == ["a"]


async def test_a_full_log_is_a_503_that_says_nothing_was_stored(client: httpx.AsyncClient, log: MemoryLog) -> None:
    log.full = True
    answer = await client.post("/silent", json=["a"])
    assert answer.status_code == 503
    assert answer.json()["detail"].startswith("Nothing was stored")
    assert int(answer.headers["retry-after"]) > 0


async def test_a_client_that_leaves_before_the_answer_has_its_event_stored(app: Intake, log: MemoryLog) -> None:
    messages = iter([{"type": "http.request", "body": b'["a"]', "more_body": False}, {"type": "http.disconnect"}])

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        pass

    await known_as(LOCAL, app)({"type": "http", "path": "/silent", "method": "POST", "headers": []}, receive, send)
    assert names(log) == ["a"]


async def test_half_a_body_is_no_event(app: Intake, log: MemoryLog) -> None:
    messages = iter([{"type": "http.request", "body": b'["a"', "more_body": True}, {"type": "http.disconnect"}])
    sent: list[Any] = []

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message)

    await known_as(LOCAL, app)({"type": "http", "path": "/silent", "method": "POST", "headers": []}, receive, send)
    assert sent[0]["status"] == 400
    assert not log.stored


async def test_readiness_follows_the_log(client: httpx.AsyncClient, log: MemoryLog) -> None:
    assert (await client.get("/readyz")).status_code == 200
    log.unavailable = True
    assert (await client.get("/readyz")).status_code == 503
