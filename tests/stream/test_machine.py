"""The WebSocket protocol as a state machine: whatever a client says, each answer fits the state that it is in."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.stream import protocol
from services.subjects import API_STATE
from tests.conftest import until
from tests.stream.ends import MemorySocket, fill
from tests.stream.test_client import Scene, scene
from tests.stream.test_splice import quick
from tests.stream.test_states import Api

KINDS = ("prompt", "tool_use", "notification")
NAMES = st.lists(st.sampled_from([*KINDS, "*", "state", "never"]), min_size=1, max_size=3, unique=True)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("subscribe"), NAMES, st.booleans(), st.sampled_from([None, None, 0, 3, 99])),
        st.tuples(st.just("unsubscribe"), st.one_of(st.none(), NAMES)),
        st.tuples(st.just("get_state"), st.sampled_from([None, "shop"])),
        st.tuples(st.just("pong")),
        st.tuples(st.just("garbage"), st.sampled_from(["", "{", "[]", '{"event":"x"}', '{"event":"subscribe"}', "é"])),
        st.tuples(st.just("append"), st.integers(1, 6)),
        st.tuples(st.just("turns"), st.integers(1, 8)),
    ),
    max_size=25,
)


@pytest.fixture(autouse=True, scope="module")
def _quick() -> Iterator[None]:
    with quick():
        yield


class Model:
    """What a client may expect, from what it has said."""

    def __init__(self) -> None:
        self.expected: list[dict[str, Any]] = []
        """The answers to subscribe and unsubscribe, in order: their event, id, and what they must say."""
        self.mistakes = 0
        self.errors = 0
        self.names: frozenset[str] = frozenset()
        self.states: set[str | None] = set()

    @property
    def ended(self) -> bool:
        return self.mistakes >= protocol.MISTAKES

    def subscribe(self, names: list[str], batch: bool, since: int | None) -> None:
        self.names = frozenset(names)
        self.expected.append({"event": "subscribed", "names": self.names, "batch": batch, "since": since})

    def unsubscribe(self, names: list[str] | None) -> None:
        gone = self.names if names is None else frozenset(names)
        if "*" in self.names and "*" not in gone and gone - {"state"}:
            self.errors += 1
            return
        batch = self.expected[-1]["batch"] if self.expected else False
        self.names = self.names - gone
        self.expected.append({"event": "unsubscribed", "names": self.names, "batch": batch, "since": None})


@given(STEPS)
@settings(max_examples=40, deadline=None)
def test_every_answer_fits_the_state_that_the_client_is_in(steps: list[tuple[Any, ...]]) -> None:
    asyncio.run(_play(steps))


async def _play(steps: list[tuple[Any, ...]]) -> None:
    async with scene() as here:
        api = Api(here.bus)
        async with here.bus.subscribed(API_STATE, api.answer):
            for seq in range(1, 6):
                await fill(here.log, seq, type=KINDS[seq % 3])
            await here.relayed()
            socket, model = await here.ready(), Model()
            for step in steps:
                await _do(here, socket, model, step)
            await _settle(here, socket, model)
            _check(here, socket.frames, model)


async def _do(here: Scene, socket: MemorySocket, model: Model, step: tuple[Any, ...]) -> None:
    match step:
        case ("append", int(count)):
            for seq in range(here.log.last + 1, here.log.last + 1 + count):
                await fill(here.log, seq, type=KINDS[seq % 3])
        case ("turns", int(count)):
            for _ in range(count):
                await asyncio.sleep(0)
        case _ if model.ended:
            pass
        case ("subscribe", names, batch, since):
            where = {} if since is None else {"since": {"epoch": here.log.epoch, "seq": since}}
            socket.say("subscribe", events=names, batch=batch, id=len(model.expected), **where)
            model.subscribe(names, batch, since)
        case ("unsubscribe", names):
            socket.say("unsubscribe", **({} if names is None else {"events": names}), id=len(model.expected))
            model.unsubscribe(names)
        case ("get_state", project):
            socket.say("get_state", **({} if project is None else {"project": project}))
            model.states.add(project)
        case ("pong",):
            socket.say("pong")
        case ("garbage", text):
            socket.say_text(text)
            model.mistakes += 1
            model.errors += 1


async def _settle(here: Scene, socket: MemorySocket, model: Model) -> None:
    if model.ended:
        await until(lambda: socket.closed is not None, "the client is sent away")
        assert socket.closed is not None
        assert socket.closed[0] == protocol.MISTAKEN.code
        return
    await here.relayed()
    answers = ("subscribed", "unsubscribed")
    await until(lambda: _count(socket, *answers) == len(model.expected), "every request is answered")
    await until(lambda: _count(socket, "error") == model.errors, "every mistake is told")
    await until(lambda: _count(socket, "state") >= len(model.states), "every state is sent")
    wanted = [seq for seq in range(1, here.log.last + 1) if _takes(model.names, seq)]
    if wanted and model.expected and _begins(model, here) < wanted[-1]:
        await until(lambda: _last(socket) >= wanted[-1], "the newest event")
    assert socket.closed is None


def _begins(model: Model, here: Scene) -> int:
    """The last position that a subscription can have begun at, unless it began at the head: then nothing need come."""
    since = model.expected[-1]["since"]
    return here.log.last if since is None or since > here.log.last else since


def _count(socket: MemorySocket, *events: str) -> int:
    return sum(frame["event"] in events for frame in socket.frames)


def _last(socket: MemorySocket) -> int:
    return max((event["seq"] for event in socket.events()), default=0)


def _takes(names: frozenset[str], seq: int) -> bool:
    return "*" in names or KINDS[seq % 3] in names


def _check(here: Scene, frames: list[dict[str, Any]], model: Model) -> None:
    """Between two answers come the events of the first one's subscription alone, without a gap or a repeat."""
    names: frozenset[str] = frozenset()
    position, answered, batch = here.log.last, 0, False
    for frame in frames:
        match frame["event"]:
            case "subscribed" | "unsubscribed":
                expected = model.expected[answered]
                assert frame["event"] == expected["event"]
                assert frame["data"]["id"] == answered
                names, batch = expected["names"], expected["batch"]
                position = _position(here, frame["data"], expected)
                answered += 1
            case "batch":
                assert batch
                for event in frame["data"]:
                    position = _follows(names, position, event["seq"])
                assert frame["seq"] >= position
            case "error" | "ping" | "state":
                pass
            case kind:
                assert kind in KINDS
                assert not batch
                position = _follows(names, position, frame["seq"])


def _position(here: Scene, answer: dict[str, Any], expected: dict[str, Any]) -> int:
    if expected["event"] == "unsubscribed":
        assert answer["events"] == sorted(expected["names"])
        seq: int = answer["seq"]
        return seq
    since = expected["since"]
    assert answer["recovered"] == (since is None or since <= answer["to"]) or since == 99
    start: int = answer["from"]
    assert since is None or not answer["recovered"] or start == since
    return start


def _follows(names: frozenset[str], position: int, seq: int) -> int:
    assert [each for each in range(position + 1, seq + 1) if _takes(names, each)] == [seq]
    return seq
