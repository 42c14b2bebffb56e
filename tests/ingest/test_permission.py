"""Where events go whose sender may send to some projects only, and what happens to too many of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from services.access import LOCAL, Grant, Identity
from services.adapters import ADAPTERS
from services.events import Envelope, now
from services.ingest.app import create_app
from services.ingest.permission import Allowance, metered, owned
from services.ingest.writer import Writer
from services.problem import Problem
from services.settings import Limits
from tests.conftest import known_as
from tests.memorylog import MemoryLog


def key(*projects: str, role: Any = "ingester") -> Identity:
    return Identity("key", "k_1", tuple(Grant(role, project) for project in projects))


def event(project: str) -> Envelope[Any]:
    return Envelope(id="1", source="test", type="made_up", time=now(), project=project, data={})


def test_the_project_of_a_key_wins_over_what_an_event_says() -> None:
    assert [each.project for each in owned([event("blog"), event("shop"), event("default")], key("shop"))] == [
        "shop"
    ] * 3


def test_a_sender_of_every_project_sends_to_those_that_the_events_name() -> None:
    assert [each.project for each in owned([event("blog"), event("shop")], key("*", "shop"))] == ["blog", "shop"]
    assert owned([event("blog")], LOCAL)[0].project == "blog"


def test_a_sender_of_several_projects_must_name_one_of_them() -> None:
    sender = key("blog", "shop", role="admin")
    assert [each.project for each in owned([event("blog"), event("shop")], sender)] == ["blog", "shop"]
    with pytest.raises(Problem, match="The key k_1 may not send events to the project other") as refused:
        owned([event("blog"), event("other")], sender)
    assert refused.value.status == 403


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def sending(sender: Identity, time: Time, limits: Limits) -> AsyncIterator[tuple[httpx.AsyncClient, MemoryLog]]:
    log = MemoryLog()
    writer = Writer(log)
    running = asyncio.create_task(writer.run())
    allowance = Allowance(limits, time)
    app = known_as(sender, metered(create_app(log, writer, ADAPTERS, allowance), allowance))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client, log
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


ONE: dict[str, Any] = {"type": "made_up"}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/events", {"type": "made_up", "project": "blog"}),
        ("/hooks/claude-code", {"hook_event_name": "Stop", "session_id": "s", "cwd": "/home/ada/blog"}),
        (
            "/forward",
            {
                "id": "1",
                "source": "x",
                "type": "made_up",
                "time": "2026-11-24T10:00:00Z",
                "project": "blog",
                "data": {},
            },
        ),
    ],
)
async def test_every_way_in_leads_to_the_project_of_the_key(path: str, body: Any) -> None:
    async with sending(key("shop"), Time(), Limits()) as (client, log):
        answer = await client.post(path, json=body, headers={"x-lookout-project": "blog"})
        assert answer.status_code in (202, 204), answer.text
        assert [stored.subject.split(".")[1] for stored in log.stored] == ["shop"]


async def test_more_events_than_are_allowed_are_refused_with_when_to_come_again() -> None:
    time = Time()
    async with sending(key("shop"), time, Limits(events_per_second=1)) as (client, log):
        assert (await client.post("/events", json=[ONE] * 10)).status_code == 202
        refused = await client.post("/events", json=[ONE] * 3)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "3")
        assert "limits.events_per_second" in refused.json()["detail"]
        time.now = 3.0
        assert (await client.post("/events", json=[ONE] * 3)).status_code == 202
        assert len(log.stored) == 13


async def test_a_request_without_an_event_counts_as_one() -> None:
    async with sending(key("shop"), Time(), Limits(events_per_second=1)) as (client, _):
        answers = [await client.post("/forward", content=b"") for _ in range(11)]
        assert [each.status_code for each in answers] == [202] * 10 + [429]


async def test_who_has_sent_more_bytes_than_are_allowed_waits() -> None:
    time = Time()
    async with sending(key("shop"), time, Limits(bytes_per_second=10)) as (client, log):
        assert (await client.post("/events", json={**ONE, "data": {"text": "x" * 500}})).status_code == 202
        refused = await client.post("/events", json=ONE)
        assert refused.status_code == 429
        time.now = float(refused.headers["retry-after"])
        assert (await client.post("/events", json=ONE)).status_code == 202
        assert len(log.stored) == 2
