"""What a client gets that may read some projects only, and when that changes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest

from services.access import Grant, Identity
from services.stream import protocol
from services.subjects import API_STATE, state_subject
from tests.conftest import until
from tests.stream.ends import MemorySocket, fill
from tests.stream.test_client import Scene, ended, scene, subscribed

PROJECTS = ("shop", "blog", "Shop")


def reader(*projects: str) -> Identity:
    return Identity("user", "ada", tuple(Grant("viewer", project) for project in projects))


class Api:
    """Answers with the state of every project, which is a number in each, and sends patches of it."""

    def __init__(self, here: Scene) -> None:
        self._bus = here.bus
        self.seq = 10

    async def answer(self, subject: str, payload: bytes) -> bytes:
        project = msgspec.json.decode(payload).get("project")
        projects = {name: {"n": self.seq} for name in ([project] if project else PROJECTS)}
        return msgspec.json.encode({"instance": "one", "epoch": "e", "seq": self.seq, "state": {"projects": projects}})

    async def patch(self, *projects: str) -> None:
        self.seq += 1
        changed = {name: {"n": self.seq} for name in projects}
        patch = {"epoch": "e", "from": self.seq - 1, "seq": self.seq, "patch": {"projects": changed}}
        await self._bus.publish(state_subject("one", None), msgspec.json.encode(patch))


@asynccontextmanager
async def with_api() -> AsyncIterator[tuple[Scene, Api]]:
    async with scene() as here:
        api = Api(here)
        async with here.bus.subscribed(API_STATE, api.answer):
            yield here, api


async def said(here: Scene, projects: Iterable[str]) -> None:
    for project in projects:
        await fill(here.log, here.log.last + 1, project=project)
    await here.relayed()


def projects_of(socket: MemorySocket) -> list[str]:
    return [event["project"] for event in socket.events()]


async def shown(socket: MemorySocket, kind: str) -> Any:
    data = (await socket.frame(kind))["data"]
    return data["state" if kind == "state" else "patch"]["projects"]


@pytest.mark.parametrize("form", [{}, {"batch": True}, {"slim": True}, {"session": "s"}, {"agent": "pm"}])
async def test_events_of_other_projects_are_left_out(form: dict[str, Any]) -> None:
    async with scene() as here:
        await said(here, PROJECTS)
        socket = await here.ready(reader("shop"))
        await subscribed(socket, "*", since={"epoch": "epoch-1", "seq": 0}, **form)
        await said(here, [*PROJECTS, "shop"])
        await until(lambda: len(socket.events()) == 3, "its events")
        assert projects_of(socket) == ["shop"] * 3


async def test_a_project_that_one_may_not_read_is_an_error_and_what_was_subscribed_stays() -> None:
    async with scene() as here:
        socket = await here.ready(reader("shop"))
        await subscribed(socket, "*", project="shop")
        for event in ("subscribe", "get_state"):
            socket.say(event, project="blog", **({"events": ["*"]} if event == "subscribe" else {}))
            error = await socket.frame("error")
            assert error["data"]["message"] == "ada may not read the project blog: ask an admin for it."
        await said(here, PROJECTS)
        await until(lambda: bool(socket.events()), "its events")
        assert projects_of(socket) == ["shop"]
        assert not here.states.scopes


async def test_the_state_of_all_is_that_of_those_one_may_read_and_so_are_its_patches() -> None:
    async with with_api() as (here, api):
        socket = await here.ready(reader("shop", "blog"))
        for _ in range(2):
            socket.say("get_state")
            assert await shown(socket, "state") == {"shop": {"n": 10}, "blog": {"n": 10}}
        await subscribed(socket, "state")
        await socket.frame("state")
        await api.patch("shop", "Shop")
        assert await shown(socket, "state_patch") == {"shop": {"n": 11}}
        await api.patch("Shop")
        patch = (await socket.frame("state_patch"))["data"]
        assert patch == {"epoch": "e", "from": 11, "seq": 12, "patch": {"projects": {}}}


async def test_clients_with_different_rights_each_get_their_own_state() -> None:
    async with with_api() as (here, api):
        sockets = [await here.ready(each) for each in (reader("shop"), reader("*"), reader("blog", "shop"))]
        for socket in sockets:
            await subscribed(socket, "state")
        assert [set(await shown(socket, "state")) for socket in sockets] == [{"shop"}, set(PROJECTS), {"shop", "blog"}]
        await api.patch(*PROJECTS)
        patches = [set(await shown(socket, "state_patch")) for socket in sockets]
        assert patches == [{"shop"}, set(PROJECTS), {"shop", "blog"}]


async def test_other_roles_count_from_the_next_event_and_the_next_state_on() -> None:
    async with with_api() as (here, api):
        socket, client = here.connect(reader("shop"))
        await socket.frame("hello")
        await subscribed(socket, "*", "state")
        assert set(await shown(socket, "state")) == {"shop"}
        client.grant(reader("shop", "blog"))
        assert set(await shown(socket, "state")) == {"shop", "blog"}
        await said(here, ["blog"])
        await until(lambda: projects_of(socket) == ["blog"], "the event that may be read now")
        client.grant(reader("blog"))
        assert set(await shown(socket, "state")) == {"blog"}
        await said(here, ["shop", "blog"])
        await until(lambda: bool(socket.events()), "what follows")
        assert projects_of(socket) == ["blog"]
        await api.patch(*PROJECTS)
        assert set(await shown(socket, "state_patch")) == {"blog"}


async def test_a_state_that_is_being_waited_for_comes_as_the_new_roles_allow() -> None:
    async with scene() as here:
        socket, client = here.connect(reader("shop", "blog"))
        await socket.frame("hello")
        for project in ("blog", None):
            socket.say("get_state", **({"project": project} if project else {}))
        await until(lambda: len(here.states.scopes) == 2, "both are asked for")
        client.grant(reader("shop"))
        api = Api(here)
        async with here.bus.subscribed(API_STATE, api.answer):
            assert await shown(socket, "state") == {"shop": {"n": 10}}
        assert not here.states.scopes


@pytest.mark.parametrize("after", [reader("blog"), Identity("user", "ada", (Grant("ingester"),))])
async def test_who_may_no_longer_read_what_it_subscribed_to_is_sent_away(after: Identity) -> None:
    async with scene() as here:
        socket, client = here.connect(reader("shop", "blog"))
        await socket.frame("hello")
        await subscribed(socket, "*", project="shop")
        client.grant(reader("shop"))
        assert client.closing is None
        client.grant(after)
        await ended(socket, protocol.FORBIDDEN)


async def test_roles_that_change_while_a_subscription_is_taken_away_count_for_what_is_left() -> None:
    async with scene() as here:
        socket, client = here.connect(reader("shop", "blog"))
        await socket.frame("hello")
        await subscribed(socket, "tool_use", "prompt")
        socket.stall()
        socket.say("unsubscribe", events=["prompt"])
        await socket.frame("unsubscribed")
        client.grant(reader("shop"))
        socket.reads.set()
        await said(here, PROJECTS)
        await until(lambda: bool(socket.events()), "its events")
        assert projects_of(socket) == ["shop"]
