"""What agents on this machine are answered, and what is in the spool by then."""

from __future__ import annotations

import asyncio
import json
import resource
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from services import forwarders
from services.adapters.forwarded import translate
from services.asgi import cancel
from services.events import Envelope, now
from services.forward.app import Forwarding
from services.forward.keeper import Keeper
from services.forward.server import Answer, Later, Stored
from services.forward.spool import Spool
from services.forwarders import HEADER, Forwarder
from tests.conftest import until

LIMIT = 4 << 20
HOOK = {"hook_event_name": "UserPromptSubmit", "session_id": "s", "prompt": "my diary", "cwd": "/home/dev/shop"}


class Server:
    """Takes everything once it is there."""

    def __init__(self) -> None:
        self.is_there = False
        self.events: list[Envelope[Any]] = []
        self.told: list[Forwarder] = []

    async def post(self, lines: Sequence[bytes], headers: dict[str, str]) -> Answer:
        if not self.is_there:
            return Later("It is away.", 0.02)
        self.events += translate(b"".join(lines), headers, now())
        self.told.append(forwarders.read(headers[HEADER]))
        return Stored()


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def keeper(tmp_path: Path) -> Keeper:
    return Keeper(Spool(tmp_path, LIMIT), "büro")


@pytest.fixture
async def client(keeper: Keeper, server: Server) -> AsyncIterator[httpx.AsyncClient]:
    forwarding = Forwarding(keeper, server, "büro")
    running = [asyncio.create_task(task) for task in forwarding.tasks()]
    transport = httpx.ASGITransport(forwarding.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8765") as client:
        yield client
    await cancel(*running)
    keeper.close()


def spooled(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for path in sorted(folder.glob("0*.ndjson")) for line in path.read_bytes().splitlines()]


async def test_a_hook_is_answered_with_nothing_when_it_is_on_the_disk_without_contents(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    answer = await client.post("/hooks/claude-code", json=HOOK)
    assert (answer.status_code, answer.content) == (204, b"")
    assert [each["type"] for each in spooled(tmp_path)] == ["prompt", "agent_activity"]
    assert {each["host"] for each in spooled(tmp_path)} == {"büro"}
    assert "diary" not in json.dumps(spooled(tmp_path))


async def test_a_secret_never_reaches_the_spool(client: httpx.AsyncClient, tmp_path: Path) -> None:
    await client.post("/events", json={"type": "deploy", "data": {"password": "hunter2", "key": "ghp_" + "a1" * 20}})
    [event] = spooled(tmp_path)
    assert all(value.startswith("[redacted:") for value in event["data"].values())


async def test_events_are_answered_with_their_ids(client: httpx.AsyncClient) -> None:
    answer = await client.post("/events", json=[{"type": "a", "id": "1"}, {"type": "b", "id": "2"}])
    assert (answer.status_code, answer.json()) == (202, {"events": [{"id": "1"}, {"id": "2"}]})


async def test_the_server_gets_them_as_they_were_made_and_hears_how_the_forwarder_is(
    client: httpx.AsyncClient, server: Server, keeper: Keeper
) -> None:
    posts = [client.post("/events", json={"type": "step", "id": f"{each}", "host": "other"}) for each in range(50)]
    await asyncio.gather(*posts)
    assert keeper.spool.waiting == 50
    server.is_there = True
    await until(lambda: len(server.events) == 50, "all are sent")
    assert sorted(int(event.id) for event in server.events) == [*range(50)]
    assert {event.host for event in server.events} == {"other"}
    await until(lambda: keeper.spool.waiting == 0, "nothing waits")
    told = server.told[-1]
    assert (told.host, told.waiting, told.waiting_bytes, told.sent, told.lost) == ("büro", 0, 0, 50, 0)
    assert told.oldest is None


async def test_what_is_no_event_is_refused_and_not_kept(client: httpx.AsyncClient, tmp_path: Path) -> None:
    bodies = [
        b"",
        b"{",
        b"[]",
        b"7",
        b"\xff",
        b'{"type":"state"}',
        b"[" * 5000,
        b'{"type":"a","data":' + b'{"a":' * 200,
    ]
    for body in bodies:
        for path in ("/events", "/hooks/claude-code", "/api/events"):
            answer = await client.post(path, content=body)
            assert answer.status_code == 400 or (path == "/api/events" and body == b'{"type":"state"}'), (path, body)
    assert (await client.post("/events", content=b"x" * (2 << 20))).status_code == 413
    assert (await client.post("/events", json={"type": "a", "data": {"a": "x" * 300_000}})).status_code in (400, 413)
    assert (await client.post("/elsewhere", json={})).status_code == 404
    assert (await client.post("/forward", content=b"")).status_code == 404
    assert (await client.put("/events", json={})).status_code == 405
    assert all(each["source"] == "claude-mpm" for each in spooled(tmp_path))


@pytest.mark.parametrize("headers", [{"host": "evil.example.com"}, {"origin": "https://evil.example.com"}])
async def test_pages_of_the_web_are_kept_out(
    client: httpx.AsyncClient, tmp_path: Path, headers: dict[str, str]
) -> None:
    assert (await client.post("/events", json={"type": "a"}, headers=headers)).status_code == 403
    assert spooled(tmp_path) == []


async def test_a_full_spool_keeps_the_oldest_and_counts_what_it_turns_away(
    client: httpx.AsyncClient, server: Server, keeper: Keeper, tmp_path: Path
) -> None:
    taken = 0
    while (answer := await client.post("/events", json=event(taken))).status_code == 202:
        taken += 1
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    assert "is full" in answer.json()["detail"]
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= LIMIT
    assert taken > 30
    await client.post("/hooks/claude-code", json=HOOK)
    assert keeper.spool.state.lost in (1, 3), "a hook of two events, if it is too large as well"
    lost = keeper.spool.state.lost
    server.is_there = True
    await until(lambda: keeper.spool.waiting == 0, "all is sent")
    assert [int(each.id) for each in server.events if each.type == "step"] == [*range(taken)]
    assert (await client.post("/events", json=event(taken))).status_code == 202
    assert server.told[-1].lost == lost


def event(number: int) -> dict[str, Any]:
    return {"type": "step", "id": str(number), "data": {"padding": "x " * 50_000}}


@contextmanager
def files_at_most(size: int) -> Iterator[None]:
    """No file of this process may grow beyond it, as on a disk that is full."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


async def test_a_disk_that_fails_is_told_and_what_comes_after_it_is_kept(
    client: httpx.AsyncClient, keeper: Keeper, tmp_path: Path
) -> None:
    assert (await client.post("/events", json={"type": "a", "id": "before"})).status_code == 202
    with files_at_most(400):
        for _ in range(3):
            answer = await client.post("/events", json={"type": "a", "id": "lost", "data": {"a": "x" * 500}})
            assert answer.status_code == 503
            assert "cannot be written to" in answer.json()["detail"]
    assert (await client.post("/events", json={"type": "a", "id": "after"})).status_code == 202
    assert [each["id"] for each in spooled(tmp_path)] == ["before", "after"]
    assert keeper.spool.state.lost == 3


async def test_it_says_how_it_is(client: httpx.AsyncClient, keeper: Keeper) -> None:
    await client.post("/events", json={"type": "a"})
    await until(lambda: keeper.spool.state.trouble != "", "it has tried to send")
    health = (await client.get("/health")).json()
    assert (health["status"], health["trouble"]) == ("degraded", "It is away.")
    assert health["forwarder"]["waiting"] == 1
    assert health["forwarder"]["oldest"] is not None
    assert (await client.get("/status")).status_code == 404
