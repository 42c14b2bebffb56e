from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.access import LOCAL, Identity
from services.stream import protocol
from services.stream.client import LAG_BYTES, Bucket, Client
from services.stream.frames import CHUNK_BYTES
from services.stream.protocol import MESSAGES_AT_ONCE, MESSAGES_PER_SECOND, Close
from services.stream.relay import Relay, Ring
from services.stream.states import States
from services.subjects import API_STATE
from tests.conftest import until
from tests.memorylog import MemoryLog
from tests.stream.ends import MemoryBus, MemorySocket, fill
from tests.stream.test_states import Api


@pytest.fixture(autouse=True, scope="module")
def _quick() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("services.follow.SILENCE", 0.02)
        patch.setattr("services.follow.RETRY", 0.001)
        patch.setattr("services.stream.relay.FLUSH_SECONDS", 0.002)
        patch.setattr("services.stream.states.RETRY", 0.01)
        patch.setattr("services.stream.states.PAUSE", 0.001)
        patch.setattr("services.stream.client.LINGER", 0.05)
        yield


class Scene:
    """A log, a relay of it, an empty bus, and a clock that stands still."""

    def __init__(self, log: MemoryLog, head: int, ring: Ring | None = None) -> None:
        self.log = log
        self.relay = Relay(log, log.epoch, head, ring)
        self.bus = MemoryBus()
        self.states = States(self.bus, lambda: self.relay.head)
        self.now = 1000.0
        self.tally: Counter[str] = Counter()
        self.clients: list[asyncio.Task[None]] = []

    def connect(self, identity: Identity = LOCAL) -> tuple[MemorySocket, Client]:
        socket = MemorySocket()
        client = Client(socket, self.relay, self.states, self.tally, lambda: self.now, identity)
        self.clients.append(asyncio.create_task(client.run()))
        return socket, client

    async def ready(self, identity: Identity = LOCAL) -> MemorySocket:
        socket, _ = self.connect(identity)
        await socket.frame("hello")
        return socket

    async def relayed(self) -> None:
        await until(lambda: self.relay.flushed == self.log.last, "the relay has all")


@asynccontextmanager
async def scene(log: MemoryLog | None = None, head: int = 0, ring: Ring | None = None) -> AsyncIterator[Scene]:
    made = Scene(log or MemoryLog(), head, ring)
    tasks = [asyncio.create_task(made.relay.run()), asyncio.create_task(made.states.run())]
    await until(lambda: bool(made.log.feeds and made.bus.subscribers), "the service runs")
    try:
        yield made
    finally:
        for task in [*made.clients, *tasks]:
            task.cancel()
        results = await asyncio.gather(*made.clients, *tasks, return_exceptions=True)
        unexpected = [each for each in results if isinstance(each, BaseException)]
        assert all(isinstance(each, asyncio.CancelledError) for each in unexpected), unexpected


async def subscribed(socket: MemorySocket, *events: str, **more: Any) -> dict[str, Any]:
    socket.say("subscribe", events=list(events), **more)
    data: dict[str, Any] = (await socket.frame("subscribed"))["data"]
    return data


async def ended(socket: MemorySocket, close: Close) -> None:
    await until(lambda: socket.closed is not None, f"close {close.code}")
    assert socket.closed == (close.code, close.sentence)
    await until(lambda: socket.released, "the socket is released")


async def test_hello_comes_first_and_tells_the_head() -> None:
    log = MemoryLog()
    await fill(log, 1, 2)
    async with scene(log, head=2) as here:
        socket, _ = here.connect()
        hello = await socket.frame("hello")
        assert hello["data"]["epoch"] == "epoch-1"
        assert hello["data"]["seq"] == 2
        assert hello["data"]["heartbeat"] == 25


async def test_a_subscription_starts_behind_the_head_and_gets_what_it_names() -> None:
    async with scene() as here:
        socket = await here.ready()
        await fill(here.log, 1)
        await here.relayed()
        answer = await subscribed(socket, "tool_use", "deploy", id="mine")
        assert answer == {"recovered": True, "epoch": "epoch-1", "from": 1, "to": 1, "id": "mine"}
        await fill(here.log, 2)
        await fill(here.log, 3, type="prompt")
        await fill(here.log, 4, type="deploy", data={"message": "Custom data"})
        deploy = await socket.frame("deploy")
        assert deploy["seq"] == 4
        assert deploy["data"] == {"message": "Custom data"}


async def test_a_client_resumes_from_what_it_has_seen() -> None:
    async with scene() as here:
        await fill(here.log, *range(1, 11))
        await here.relayed()
        socket = await here.ready()
        answer = await subscribed(socket, "*", since={"epoch": "epoch-1", "seq": 4})
        assert (answer["recovered"], answer["from"], answer["to"]) == (True, 4, 10)
        await until(lambda: len(socket.events()) == 6, "six events")
        assert [each["seq"] for each in socket.events()] == [5, 6, 7, 8, 9, 10]


async def test_a_resume_that_cannot_be_complete_is_refused_and_live_events_follow() -> None:
    async with scene() as here:
        await fill(here.log, *range(1, 11))
        await here.relayed()
        for since in ({"epoch": "other", "seq": 4}, {"epoch": "epoch-1", "seq": 99}):
            socket = await here.ready()
            answer = await subscribed(socket, "*", since=since)
            assert answer == {"recovered": False, "epoch": "epoch-1", "from": here.log.last, "to": here.log.last}
            await fill(here.log, here.log.last + 1)
            assert (await socket.frame("tool_use"))["seq"] == here.log.last


async def test_a_new_subscription_replaces_the_old_one_where_it_stands() -> None:
    async with scene() as here:
        socket = await here.ready()
        await subscribed(socket, "prompt")
        await fill(here.log, 1)
        await fill(here.log, 2, type="prompt")
        await here.relayed()
        await socket.frame("prompt")
        answer = await subscribed(socket, "tool_use")
        assert (answer["recovered"], answer["from"]) == (True, 2)
        await fill(here.log, 3, type="prompt")
        await fill(here.log, 4)
        assert (await socket.frame("tool_use"))["seq"] == 4
        assert not socket.events()


async def test_names_are_unsubscribed_one_by_one_and_all_at_once() -> None:
    async with scene() as here:
        socket = await here.ready()
        await subscribed(socket, "prompt", "tool_use")
        socket.say("unsubscribe", events=["prompt"])
        assert (await socket.frame("unsubscribed"))["data"] == {"events": ["tool_use"], "seq": 0}
        await fill(here.log, 1, type="prompt")
        await fill(here.log, 2)
        assert (await socket.frame("tool_use"))["seq"] == 2
        socket.say("unsubscribe")
        assert (await socket.frame("unsubscribed"))["data"] == {"events": [], "seq": 2}
        await fill(here.log, 3)
        await here.relayed()
        answer = await subscribed(socket, "*")
        assert answer["from"] == 3
        assert not socket.events()


async def test_taking_a_name_away_from_everything_is_refused() -> None:
    async with scene() as here:
        socket = await here.ready()
        await subscribed(socket, "*")
        socket.say("unsubscribe", events=["prompt"])
        assert "prompt cannot be taken away" in (await socket.frame("error"))["data"]["message"]
        await fill(here.log, 1, type="prompt")
        await socket.frame("prompt")


async def test_batches_hold_many_events_and_tell_the_position() -> None:
    async with scene() as here:
        await fill(here.log, *range(1, 11))
        await fill(here.log, 11, type="prompt")
        await here.relayed()
        socket = await here.ready()
        await subscribed(socket, "tool_use", batch=True, since={"epoch": "epoch-1", "seq": 0})
        batch = await socket.frame("batch")
        assert [each["seq"] for each in batch["data"]] == list(range(1, 11))
        assert batch["seq"] == 11


async def test_slim_rows_are_short() -> None:
    async with scene() as here:
        socket = await here.ready()
        await subscribed(socket, "*", slim=True)
        await fill(here.log, 1, data={"text": "x" * 5000, "n": 1})
        row = await socket.frame("tool_use")
        assert len(msgspec.json.encode(row)) <= 300
        assert row["data"]["n"] == 1


async def test_an_agent_is_followed_by_name_or_id() -> None:
    async with scene() as here:
        socket = await here.ready()
        await subscribed(socket, "*", agent="a1")
        await fill(here.log, 1, agent="qa", data={"agent_id": "a2"})
        await fill(here.log, 2, agent="qa", data={"agent_id": "a1"})
        await fill(here.log, 3, agent="a1")
        await here.relayed()
        await until(lambda: len(socket.events()) == 2, "two events")
        assert [each["seq"] for each in socket.events()] == [2, 3]


async def test_a_heartbeat_tells_a_filtered_client_its_position() -> None:
    async with scene() as here:
        socket, client = here.connect()
        await subscribed(socket, "prompt")
        await fill(here.log, 1, 2, 3)
        await here.relayed()
        here.now += 24
        client.check()
        here.now += 1
        client.check()
        assert await socket.frame("ping") == {"event": "ping", "data": {}, "seq": 3}
        socket.say("pong")
        await until(lambda: client._heard == here.now, "the pong is heard")
        here.now += 10
        client.check()
        assert client.closing is None


async def test_a_client_that_does_not_answer_is_given_up() -> None:
    async with scene() as here:
        socket, client = here.connect()
        await socket.frame("hello")
        here.now += 25
        client.check()
        await socket.frame("ping")
        here.now += 10
        client.check()
        await ended(socket, protocol.SILENT)
        assert here.tally["closed_4012"] == 1


async def test_mistakes_are_named_and_ten_end_the_connection() -> None:
    async with scene() as here:
        socket = await here.ready()
        socket.say_text('{"event":"jump"}')
        assert "jump" in (await socket.frame("error"))["data"]["message"]
        for _ in range(9):
            socket.say_text("")
        await ended(socket, protocol.MISTAKEN)
        errors = [each["data"]["message"] for each in socket.frames]
        assert len(errors) == 10
        assert errors[-1] == protocol.MISTAKEN.sentence


async def test_a_client_that_says_too_much_at_once_is_sent_away() -> None:
    async with scene() as here:
        socket = await here.ready()
        for _ in range(MESSAGES_AT_ONCE):
            socket.say("pong")
        socket.say("pong")
        await ended(socket, protocol.HASTY)


async def test_a_client_may_go_on_at_the_allowed_rate() -> None:
    bucket = Bucket(0.0)
    assert all(bucket.take(0.0) for _ in range(MESSAGES_AT_ONCE))
    assert not bucket.take(0.0)
    steady = Bucket(0.0)
    assert all(steady.take(n / MESSAGES_PER_SECOND) for n in range(1000))


async def test_a_message_that_is_too_big_ends_the_connection() -> None:
    async with scene() as here:
        socket = await here.ready()
        socket.say_too_much()
        socket.say_too_much()
        await ended(socket, protocol.TOO_BIG)
        assert (await socket.frame("error"))["data"]["message"] == protocol.TOO_BIG.sentence


async def test_a_client_that_takes_nothing_is_given_up_after_its_patience() -> None:
    async with scene() as here:
        socket, client = here.connect()
        await subscribed(socket, "*")
        socket.stall()
        await fill(here.log, 1)
        await here.relayed()
        await until(lambda: client._writing_since is not None, "the write is blocked")
        here.now += 9
        client.check()
        assert client.closing is None
        here.now += 1
        client.check()
        await ended(socket, protocol.SLOW)


async def test_a_live_client_that_lags_far_behind_is_given_up_early() -> None:
    async with scene() as here:
        socket, client = here.connect()
        await subscribed(socket, "*")
        await fill(here.log, 1)
        await socket.frame("tool_use")
        socket.stall()
        for number in range(2, 2 + LAG_BYTES // CHUNK_BYTES + 2):
            await fill(here.log, number, data={"x": "x" * CHUNK_BYTES})
        await here.relayed()
        await until(lambda: client._writing_since is not None, "the write is blocked")
        here.now += 1
        client.check()
        assert client.closing is None
        here.now += 2
        client.check()
        await ended(socket, protocol.SLOW)
        assert socket.written < 3 * CHUNK_BYTES


async def test_a_client_that_is_behind_from_the_start_may_take_its_time() -> None:
    async with scene() as here:
        for number in range(1, 2 + LAG_BYTES // CHUNK_BYTES):
            await fill(here.log, number, data={"x": "x" * CHUNK_BYTES})
        await here.relayed()
        socket, client = here.connect()
        await subscribed(socket, "prompt")
        socket.stall()
        socket.say("subscribe", events=["*"], since={"epoch": "epoch-1", "seq": 0})
        await until(lambda: client._writing_since is not None, "the write is blocked")
        here.now += 9
        client.check()
        assert client.closing is None
        socket.reads.set()
        await until(lambda: len(socket.events()) == here.log.last, "every event")


async def test_a_client_whose_history_is_trimmed_meanwhile_is_told() -> None:
    log = MemoryLog()
    await fill(log, *range(1, 21))
    async with scene(log, head=20) as here:
        socket = await here.ready()
        socket.stall()
        socket.say("subscribe", events=["*"], since={"epoch": "epoch-1", "seq": 3})
        await socket.frame("subscribed")
        log.trim(10)
        socket.reads.set()
        await ended(socket, protocol.TRIMMED)


async def test_get_state_is_answered_with_the_state_of_the_scope() -> None:
    async with scene() as here:
        api = Api(here.bus)
        async with here.bus.subscribed(API_STATE, api.answer):
            socket = await here.ready()
            socket.say("get_state")
            socket.say("get_state", project="shop")
            states = [(await socket.frame("state"))["data"] for _ in range(2)]
            assert [each["state"]["of"] for each in states] == [None, "shop"]
            assert states[0].keys() == {"instance", "epoch", "seq", "state"}
        assert not here.states.scopes


async def test_a_subscriber_of_state_gets_it_whole_and_then_its_patches() -> None:
    async with scene() as here:
        api = Api(here.bus)
        async with here.bus.subscribed(API_STATE, api.answer):
            socket = await here.ready()
            await subscribed(socket, "state", project="shop")
            assert (await socket.frame("state"))["data"]["seq"] == 10
            await api.patch("shop")
            await api.patch("elsewhere")
            patch = (await socket.frame("state_patch"))["data"]
            assert patch == {"epoch": "e", "from": 10, "seq": 11, "patch": {"n": 1}}
            await api.patch("shop", start=12)
            await until(lambda: len(api.projects) == 2, "the state is fetched again")
            assert (await socket.frame("state"))["data"]["seq"] == api.seq
            socket.say("unsubscribe", events=["state"])
            await socket.frame("unsubscribed")
            assert not here.states.scopes


async def test_a_state_got_before_the_subscription_is_followed_without_another() -> None:
    async with scene() as here:
        api = Api(here.bus)
        async with here.bus.subscribed(API_STATE, api.answer):
            other = await here.ready()
            await subscribed(other, "state", project="shop")
            await other.frame("state")
            socket = await here.ready()
            socket.say("get_state", project="shop")
            await socket.frame("state")
            await subscribed(socket, "*", "state", project="shop", since={"epoch": "epoch-1", "seq": 0})
            await api.patch("shop")
            await socket.frame("state_patch")
            assert not [frame for frame in socket.frames if frame["event"] == "state"]


async def test_a_slow_reader_of_state_gets_the_newest_and_no_queue() -> None:
    async with scene() as here:
        api = Api(here.bus)
        async with here.bus.subscribed(API_STATE, api.answer):
            socket = await here.ready()
            await subscribed(socket, "state")
            await socket.frame("state")
            socket.stall()
            for _ in range(200):
                await api.patch()
            socket.reads.set()
            await until(lambda: _state_seq(socket) == api.seq, "the newest state")
            assert len(socket.frames) <= 4


def _state_seq(socket: MemorySocket) -> int:
    return max((frame["data"]["seq"] for frame in socket.frames if frame["event"].startswith("state")), default=0)


async def test_an_api_that_is_down_is_named_and_the_state_follows() -> None:
    async with scene() as here:
        socket = await here.ready()
        socket.say("get_state")
        assert "API does not answer" in (await socket.frame("error"))["data"]["message"]
        async with here.bus.subscribed(API_STATE, Api(here.bus).answer):
            await socket.frame("state")
        assert not [frame for frame in socket.frames if frame["event"] == "error"]


async def test_events_flow_while_the_state_is_not_there() -> None:
    async with scene() as here:
        socket = await here.ready()
        await subscribed(socket, "*", "state")
        await socket.frame("error")
        await fill(here.log, 1)
        await socket.frame("tool_use")


async def test_a_client_that_must_go_before_it_began_is_told_why() -> None:
    async with scene() as here:
        socket, client = here.connect()
        client.end(protocol.FULL)
        await ended(socket, protocol.FULL)
        assert [frame["event"] for frame in socket.frames] == ["error"]


async def test_a_client_that_stalls_at_the_end_is_told_its_close_all_the_same() -> None:
    async with scene() as here:
        socket = await here.ready()
        socket.stall()
        for _ in range(10):
            socket.say_text("")
        await ended(socket, protocol.MISTAKEN)


async def test_a_stalled_client_is_released_all_the_same() -> None:
    async with scene() as here:
        socket, client = here.connect()
        await subscribed(socket, "*")
        socket.stall()
        await fill(here.log, 1)
        await until(lambda: client._writing_since is not None, "the write is blocked")
        client.end(protocol.RESTART)
        await until(lambda: socket.released, "the socket is released")
        await here.clients[-1]


async def test_a_client_that_leaves_leaves_nothing_behind() -> None:
    async with scene() as here:
        api = Api(here.bus)
        async with here.bus.subscribed(API_STATE, api.answer):
            socket = await here.ready()
            await subscribed(socket, "*", "state", project="shop")
            socket.say("get_state", project="other")
            socket.leave()
            await here.clients[-1]
            assert not here.states.scopes
            assert not here.relay._at_once
            assert not here.relay._on_flush


client_names = st.sampled_from(["*", "state", "tool_use", "prompt", "nothing"])
client_frames = st.one_of(
    st.fixed_dictionaries(
        {
            "event": st.just("subscribe"),
            "data": st.fixed_dictionaries(
                {"events": st.lists(client_names, min_size=1, max_size=3)},
                optional={
                    "project": st.sampled_from(["p", "q", ""]),
                    "agent": st.sampled_from(["pm", "main"]),
                    "since": st.fixed_dictionaries(
                        {"epoch": st.sampled_from(["epoch-1", "x"]), "seq": st.integers(0, 40)}
                    ),
                    "batch": st.booleans(),
                    "slim": st.booleans(),
                    "id": st.text(max_size=5) | st.integers(-5, 5),
                },
            ),
        }
    ).map(lambda frame: msgspec.json.encode(frame).decode()),
    st.fixed_dictionaries(
        {"event": st.just("unsubscribe")},
        optional={"data": st.fixed_dictionaries({"events": st.lists(client_names, min_size=1, max_size=2)})},
    ).map(lambda frame: msgspec.json.encode(frame).decode()),
    st.sampled_from(['{"event":"get_state","data":{"project":"p"}}', '{"event":"get_state"}', '{"event":"pong"}']),
    st.text(max_size=20),
    st.just("TOO BIG"),
)


@given(st.lists(client_frames, max_size=30), st.booleans())
@settings(max_examples=60, deadline=None)
def test_no_order_of_messages_breaks_a_client(texts: list[str], answering: bool) -> None:
    asyncio.run(_converse(texts, answering))


async def _converse(texts: list[str], answering: bool) -> None:
    async with scene() as here:
        api = Api(here.bus)
        async with here.bus.subscribed(API_STATE if answering else "nowhere", api.answer):
            socket, client = here.connect()
            for number, text in enumerate(texts, 1):
                socket.say_too_much() if text == "TOO BIG" else socket.say_text(text)
                await fill(here.log, number)
                here.now += 0.1
                client.check()
            socket.leave()
            await asyncio.wait_for(here.clients[-1], 10)
            assert socket.released
