from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.stream import states as states_module
from services.stream.states import PATCHES, Chain, Held, States, Update
from services.subjects import API_STATE, state_subject
from tests.conftest import until
from tests.stream.ends import MemoryBus
from tests.stream.test_frames import messages


@pytest.fixture(autouse=True, scope="module")
def _quick() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("services.stream.states.RETRY", 0.01)
        patch.setattr("services.stream.states.PAUSE", 0.001)
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
async def running(bus: MemoryBus) -> AsyncIterator[States]:
    states = States(bus)
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


def whole(seq: int, instance: str = "one") -> Update:
    return Update(instance, seq, (f"whole {seq}".encode(),))


def patch(seq: int, instance: str = "one") -> Update:
    return Update(instance, seq, (f"patch {seq}".encode(),))


def test_a_new_client_gets_the_whole_state_and_then_its_patches() -> None:
    chain = Chain()
    chain.take_whole(whole(5))
    chain.take_patch(5, patch(7))
    assert chain.after(None) == whole(5)
    assert chain.after(Held(None, "one", 5)) == patch(7)
    assert chain.after(Held(None, "one", 7)) is None


def test_patches_that_came_before_the_whole_state_are_kept() -> None:
    chain = Chain()
    chain.take_patch(5, patch(6))
    chain.take_patch(6, patch(8))
    chain.take_whole(whole(6))
    assert chain.after(None) == whole(6)
    assert chain.after(Held(None, "one", 6)) == patch(8)


def test_a_missing_patch_asks_for_the_whole_state() -> None:
    chain = Chain()
    chain.take_whole(whole(5))
    chain.take_patch(6, patch(7))
    with pytest.raises(LookupError):
        chain.after(Held(None, "one", 5))
    chain.take_whole(whole(7))
    assert chain.after(Held(None, "one", 5)) == whole(7)
    assert chain.after(Held(None, "one", 7)) is None


def test_patches_of_another_instance_are_left_alone() -> None:
    chain = Chain()
    chain.take_whole(whole(5))
    chain.take_patch(5, patch(6, "two"))
    assert chain.after(Held(None, "one", 5)) is None
    chain.take_whole(whole(6, "two"))
    assert chain.after(Held(None, "one", 5)) == whole(6, "two")


def test_only_so_many_patches_are_kept() -> None:
    chain = Chain()
    chain.take_whole(whole(0))
    for seq in range(PATCHES + 1):
        chain.take_patch(seq, patch(seq + 1))
    assert chain.after(Held(None, "one", 1)) == patch(2)
    with pytest.raises(LookupError):
        chain.after(None)


steps = st.lists(st.sampled_from(["patch", "lost", "answer", "restart", "read"]), max_size=60)


@given(steps)
@settings(max_examples=300)
def test_a_client_never_holds_anything_but_a_state_that_was(wanted: list[str]) -> None:
    """The state at seq n is n; a patch leads from one to the next; a client that reads on has the newest at last."""
    chain, instance, seq = Chain(), 0, 0
    held: Held | None = None
    for step in [*wanted, "answer", "read"]:
        if step in ("patch", "lost"):
            seq += 1
            if step == "patch":
                chain.take_patch(seq - 1, patch(seq, str(instance)))
        elif step == "restart":
            instance += 1
        elif step == "answer":
            chain.take_whole(whole(seq, str(instance)))
        else:
            held = read_on(chain, held)
    assert held == Held(None, str(instance), seq)


def read_on(chain: Chain, held: Held | None) -> Held | None:
    while True:
        try:
            update = chain.after(held)
        except LookupError:
            return held
        if update is None:
            return held
        if update.frames[0].startswith(b"patch"):
            assert held is not None
            assert held.instance == update.instance
            assert held.seq == update.seq - 1
        held = Held(None, update.instance, update.seq)


async def test_one_question_serves_all_who_ask_at_once() -> None:
    bus = MemoryBus()
    api = Api(bus)
    woken: list[int] = []
    async with bus.subscribed(API_STATE, api.answer), running(bus) as states:
        interests = [states.want("shop", lambda n=n: woken.append(n)) for n in range(3)]  # type: ignore[misc]
        for interest in interests:
            states.ask(interest.scope)
        await until(lambda: all(interest.answer for interest in interests), "an answer for each")
        assert bus.questions == [(API_STATE, {"project": "shop"})]
        assert len({id(interest.answer) for interest in interests}) == 1
        assert parsed(interests[0].answer) == {
            "event": "state",
            "data": {"instance": "one", "epoch": "e", "seq": 10, "state": {"of": "shop"}},
        }
        assert set(woken) == {0, 1, 2}


async def test_a_watched_state_is_fetched_and_followed() -> None:
    bus = MemoryBus()
    api = Api(bus)
    async with bus.subscribed(API_STATE, api.answer), running(bus) as states:
        interest = states.want(None, lambda: None)
        assert interest.after(None) is None
        await until(lambda: interest.after(None) is not None, "the state")
        await api.patch()
        update = interest.after(Held(None, "one", 10))
        assert parsed(update) == {
            "event": "state_patch",
            "data": {"epoch": "e", "from": 10, "seq": 11, "patch": {"n": 1}},
        }
        await api.patch("other")
        assert interest.after(Held(None, "one", 11)) is None


async def test_a_state_of_another_scope_is_no_start() -> None:
    bus = MemoryBus()
    api = Api(bus)
    async with bus.subscribed(API_STATE, api.answer), running(bus) as states:
        interest = states.want("shop", lambda: None)
        assert interest.after(Held(None, "one", 10)) is None
        await until(lambda: interest.after(Held(None, "one", 10)) is not None, "the state of the shop")


async def test_an_api_that_is_silent_is_asked_until_it_answers() -> None:
    bus = MemoryBus()
    api = Api(bus)
    async with running(bus) as states:
        interest = states.want("shop", lambda: None)
        states.ask(interest.scope)
        await until(interest.silence, "the API is silent")
        assert not interest.silence()
        async with bus.subscribed(API_STATE, api.answer):
            await until(lambda: interest.answer is not None, "the state, once the API answers")
        assert not interest.silence()


async def test_a_watched_state_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states_module, "RENEWAL", 0.01)
    bus = MemoryBus()
    api = Api(bus)
    async with bus.subscribed(API_STATE, api.answer), running(bus) as states:
        interest = states.want("shop", lambda: None)
        await until(lambda: len(api.projects) >= 3, "interest is renewed")
        assert set(api.projects) == {"shop"}
        interest.close()
        assert not states.scopes


async def test_a_scope_lives_as_long_as_somebody_wants_it() -> None:
    states = States(MemoryBus())
    one, other = states.want("shop", lambda: None), states.want("shop", lambda: None)
    assert one.scope is other.scope
    one.close()
    assert set(states.scopes) == {"shop"}
    other.close()
    assert not states.scopes
