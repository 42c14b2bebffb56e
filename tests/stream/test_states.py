from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import msgspec
import pytest

from services.api.publisher import ANNOUNCEMENT
from services.stream import states as states_module
from services.stream.chain import Held, Update
from services.stream.states import States
from services.subjects import API_STATE, state_subject
from tests.conftest import until
from tests.stream.ends import MemoryBus
from tests.stream.test_frames import messages


@pytest.fixture(autouse=True, scope="module")
def _quick() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("services.stream.states.RETRY", 0.01)
        patch.setattr("services.stream.states.PAUSE", 0.001)
        patch.setattr("services.stream.states.LOOK", 0.01)
        yield


class Api:
    """An API instance on the bus whose state is a number; every patch raises it."""

    def __init__(self, bus: MemoryBus, instance: str = "one") -> None:
        self.bus = bus
        self.instance = instance
        self.seq = 10
        self.projects: list[str | None] = []

    async def answer(self, subject: str, payload: bytes) -> bytes:
        project = msgspec.json.decode(payload).get("project")
        self.projects.append(project)
        return msgspec.json.encode({"instance": self.instance, "epoch": "e", "seq": self.seq, "state": {"of": project}})

    async def patch(self, project: str | None = None, start: int | None = None) -> None:
        body = {"epoch": "e", "from": self.seq if start is None else start, "seq": self.seq + 1, "patch": {"n": 1}}
        self.seq += 1
        await self.bus.publish(state_subject(self.instance, project), msgspec.json.encode(body))


@asynccontextmanager
async def running(bus: MemoryBus, head: Sequence[int] = (0,)) -> AsyncIterator[States]:
    states = States(bus, lambda: head[0])
    task = asyncio.create_task(states.run())
    await until(lambda: bool(bus.subscribers), "the states listen for patches")
    try:
        yield states
    finally:
        task.cancel()
        await asyncio.wait([task])


def parsed(update: Update | None) -> Any:
    assert update is not None
    [frame] = messages(b"".join(update.frames))
    return frame


def holding(project: str | None, update: Update | None) -> Held:
    assert update is not None
    return Held(project, update.line, update.number)


async def test_one_question_serves_all_who_ask_at_once() -> None:
    bus = MemoryBus()
    api = Api(bus)
    woken: list[int] = []
    async with bus.subscribed(API_STATE, api.answer), running(bus) as states:
        interests = [states.want("shop", None, partial(woken.append, n)) for n in range(3)]
        for interest in interests:
            states.ask(interest.scope)
        await until(lambda: all(interest.answer() for interest in interests), "an answer for each")
        assert bus.questions == [(API_STATE, {"project": "shop"})]
        assert len({id(interest.answer()) for interest in interests}) == 1
        assert parsed(interests[0].answer()) == {
            "event": "state",
            "data": {"instance": "one", "epoch": "e", "seq": 10, "state": {"of": "shop"}},
        }
        assert set(woken) == {0, 1, 2}


async def test_a_watched_state_is_fetched_and_followed() -> None:
    bus = MemoryBus()
    api = Api(bus)
    async with bus.subscribed(API_STATE, api.answer), running(bus) as states:
        interest = states.want(None, None, lambda: None)
        assert interest.after(None) is None
        await until(lambda: interest.after(None) is not None, "the state")
        held = holding(None, interest.after(None))
        await api.patch()
        update = interest.after(held)
        assert parsed(update) == {
            "event": "state_patch",
            "data": {"epoch": "e", "from": 10, "seq": 11, "patch": {"n": 1}},
        }
        await api.patch("other")
        assert interest.after(holding(None, update)) is None


async def test_a_state_of_another_scope_is_no_start() -> None:
    bus = MemoryBus()
    api = Api(bus)
    async with bus.subscribed(API_STATE, api.answer), running(bus) as states:
        everything = states.want(None, None, lambda: None)
        await until(lambda: everything.after(None) is not None, "the state of all")
        held = holding(None, everything.after(None))
        interest = states.want("shop", None, lambda: None)
        assert interest.after(held) is None
        await until(lambda: interest.after(held) is not None, "the state of the shop")


async def test_an_api_that_is_silent_is_asked_until_it_answers() -> None:
    bus = MemoryBus()
    api = Api(bus)
    async with running(bus) as states:
        interest = states.want("shop", None, lambda: None)
        states.ask(interest.scope)
        await until(interest.silence, "the API is silent")
        assert not interest.silence()
        async with bus.subscribed(API_STATE, api.answer):
            await until(lambda: interest.answer() is not None, "the state, once the API answers")
        assert not interest.silence()


async def test_a_watched_state_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states_module, "RENEWAL", 0.01)
    bus = MemoryBus()
    api = Api(bus)
    async with bus.subscribed(API_STATE, api.answer), running(bus) as states:
        interest = states.want("shop", None, lambda: None)
        await until(lambda: len(api.projects) >= 3, "interest is renewed")
        assert set(api.projects) == {"shop"}
        interest.close()
        assert not states.scopes


async def test_a_scope_lives_as_long_as_somebody_wants_it() -> None:
    states = States(MemoryBus(), lambda: 0)
    one, other = states.want("shop", None, lambda: None), states.want("shop", None, lambda: None)
    assert one.scope is other.scope
    one.close()
    assert set(states.scopes) == {("shop", None)}
    other.close()
    assert not states.scopes


async def test_a_state_is_fetched_again_when_patches_may_have_been_lost() -> None:
    bus = MemoryBus()
    api = Api(bus)
    async with bus.subscribed(API_STATE, api.answer), running(bus) as states:
        interest = states.want("shop", None, lambda: None)
        await until(lambda: interest.after(None) is not None, "the state")
        held = holding("shop", interest.after(None))
        assert interest.after(held) is None
        bus.breaks += 1
        await until(lambda: interest.after(held) is not None, "the state again")
        assert len(api.projects) == 2


async def test_a_state_that_falls_behind_the_log_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states_module, "STALE", 0.05)
    bus = MemoryBus()
    api, head = Api(bus), [10]
    async with bus.subscribed(API_STATE, api.answer), running(bus, head) as states:
        interest = states.want("shop", None, lambda: None)
        await until(lambda: interest.after(None) is not None, "the state")
        head[0] = api.seq = 11
        await until(lambda: len(api.projects) == 2, "the state is asked for again")


async def test_a_state_that_was_answered_and_lost_is_asked_for_again() -> None:
    bus = MemoryBus()
    api = Api(bus)
    async with bus.subscribed(API_STATE, api.answer), running(bus) as states:
        interest = states.want("shop", None, lambda: None)
        states.ask(interest.scope)
        await until(lambda: interest.scope.answers == 1, "an answer")
        interest.scope.chain.forget()
        await until(lambda: interest.answer() is not None, "another answer")


async def test_a_new_api_instance_is_asked_at_once() -> None:
    bus = MemoryBus()
    api = Api(bus)
    async with bus.subscribed(API_STATE, api.answer), running(bus) as states:
        interest = states.want("shop", None, lambda: None)
        await until(lambda: interest.after(None) is not None, "the state")
        held = holding("shop", interest.after(None))
        api.instance = "two"
        await bus.publish(state_subject("two", None), ANNOUNCEMENT)
        await until(lambda: interest.after(held) is not None, "the state of the new instance")
        assert parsed(interest.after(held))["data"]["instance"] == "two"
