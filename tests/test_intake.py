"""What becomes of the events of a request before they are kept."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import httpx
import pytest
from msgspec import Struct

from services.access import Grant, Identity
from services.adapters import Adapter
from services.asgi import Message, Receive, Send
from services.events import Envelope
from services.intake import Intake
from tests.conftest import known_as


def translate(body: bytes, headers: Mapping[str, str], received: datetime) -> list[Envelope[Any]]:
    """A body is the name of a project."""
    data = {"token": "ghp_" + "a1" * 20}
    event = Envelope(
        id="1", source="claude-mpm", type="made_up", time=received, project=body.decode(), session="s", data=data
    )
    return [event]


class Keeper:
    def __init__(self) -> None:
        self.kept: list[Envelope[Any]] = []

    async def keep(self, events: list[Envelope[Any]], scope: Message) -> Sequence[Struct]:
        self.kept += events
        return []


async def nothing(scope: Any, receive: Receive, send: Send) -> None:
    raise AssertionError(scope)


def client(keeper: Keeper) -> httpx.AsyncClient:
    adapters = {"/hook": Adapter(translate, 1 << 20, False), "/forward": Adapter(translate, 1 << 20, True, True)}
    app = Intake(adapters, keeper.keep, nothing)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


async def test_an_event_without_a_project_gets_that_of_its_session_unless_a_forwarder_has_placed_it() -> None:
    keeper = Keeper()
    async with client(keeper) as sender:
        for path, project in (("/hook", "shop"), ("/hook", "default"), ("/forward", "default")):
            await sender.post(path, content=project)
    assert [event.project for event in keeper.kept] == ["shop", "shop", "default"]


async def test_the_session_of_another_key_is_another_session() -> None:
    keeper = Keeper()
    app = Intake({"/hook": Adapter(translate, 1 << 20, False)}, keeper.keep, nothing)
    for key, project in (("k_1", "shop"), ("k_2", "default"), ("k_1", "default")):
        identity = Identity("key", key, (Grant("ingester"),))
        transport = httpx.ASGITransport(known_as(identity, app))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as sender:
            await sender.post("/hook", content=project)
    assert [event.project for event in keeper.kept] == ["shop", "default", "shop"]


async def test_no_event_is_kept_with_its_secrets() -> None:
    keeper = Keeper()
    async with client(keeper) as sender:
        for path in ("/hook", "/forward"):
            await sender.post(path, content="shop")
    assert [event.data["token"][:10] for event in keeper.kept] == ["[redacted:"] * 2


@pytest.mark.parametrize(("method", "path", "status"), [("POST", "/elsewhere", 404), ("PUT", "/hook", 405)])
async def test_what_is_not_taken_is_refused_when_all_of_it_has_arrived(method: str, path: str, status: int) -> None:
    arrived = []

    async def body() -> AsyncIterator[bytes]:
        for part in (b"one", b"two"):
            yield part
            arrived.append(part)

    async with client(Keeper()) as sender:
        answer = await sender.request(method, path, content=body())
    assert answer.status_code == status
    assert arrived == [b"one", b"two"]
