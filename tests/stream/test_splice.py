"""What a client received equals its filter applied to the log over its range, whatever happened meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.stream import relay as relay_module
from services.stream.relay import Ring
from tests.conftest import until
from tests.memorylog import MemoryLog
from tests.stream.ends import MemorySocket, fill
from tests.stream.test_client import Scene, scene

KINDS = ("prompt", "tool_use")


@contextmanager
def quick() -> Iterator[None]:
    """Small bounds and short waits, so that a few events meet with every one of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("services.follow.SILENCE", 0.004)
        patch.setattr("services.follow.RETRY", 0.001)
        patch.setattr("services.stream.relay.FLUSH_SECONDS", 0.001)
        patch.setattr("services.stream.frames.CHUNK_EVENTS", 4)
        patch.setattr("services.stream.frames.CHUNK_SCAN", 6)
        patch.setattr("services.stream.relay.CHUNK_SCAN", 6)
        patch.setattr(relay_module, "BLOCK", 7)
        patch.setattr("services.stream.client.LINGER", 0.01)
        yield


@pytest.fixture(autouse=True, scope="module")
def _quick() -> Iterator[None]:
    with quick():
        yield


class Viewer:
    """A client of a person: it resumes from what it has seen, and begins anew where that is refused."""

    def __init__(self, here: Scene, kind: str, batch: bool) -> None:
        self.here = here
        self.kind = kind
        self.batch = batch
        self.begun: int | None = None
        """The seq after which its range begins."""
        self.position = 0
        self.got: list[int] = []
        self.socket: MemorySocket | None = None

    def connect(self) -> None:
        self.leave()
        self.socket, _ = self.here.connect()
        since = None if self.begun is None else {"epoch": self.here.log.epoch, "seq": self.position}
        wishes = {"events": [self.kind], "batch": self.batch} | ({"since": since} if since else {})
        self.socket.say("subscribe", **wishes)

    def leave(self) -> None:
        if self.socket is not None:
            self.look()
            self.socket.leave()
            self.socket.reads.set()
            self.socket = None

    def look(self) -> None:
        """Takes in what has arrived."""
        assert self.socket is not None
        frames, self.socket.frames = self.socket.frames, []
        for frame in frames:
            if frame["event"] == "subscribed":
                self.begin(frame["data"]["recovered"], frame["data"]["from"])
            elif frame["event"] == "batch":
                self.got += [each["seq"] for each in frame["data"]]
                assert frame["seq"] >= self.got[-1]
                self.position = frame["seq"]
            elif frame["event"] in KINDS:
                self.got.append(frame["seq"])
                self.position = frame["seq"]

    def begin(self, recovered: bool, start: int) -> None:
        if recovered and self.begun is not None:
            assert start == self.position
            return
        assert self.begun is None or self.position + 1 < self.here.log.first
        self.check(self.position)
        self.begun, self.position, self.got = start, start, []

    def check(self, up_to: int) -> None:
        if self.begun is not None:
            assert self.got == [seq for seq in range(self.begun + 1, up_to + 1) if self.kind in ("*", kind_of(seq))]

    async def settle(self) -> None:
        """Reads on to the head, coming back where it was sent away."""
        deadline = asyncio.get_running_loop().time() + 10
        wanted = [seq for seq in range(1, self.here.log.last + 1) if self.kind in ("*", kind_of(seq))]
        while True:
            if self.socket is None or self.socket.closed is not None:
                self.connect()
            assert self.socket is not None
            self.socket.reads.set()
            self.look()
            after = [seq for seq in wanted if self.begun is not None and seq > max(self.begun, self.position)]
            if self.begun is not None and not after:
                return
            assert asyncio.get_running_loop().time() < deadline, (self.got, after)
            await asyncio.sleep(0.001)


def kind_of(seq: int) -> str:
    return KINDS[seq % 3 == 0]


steps = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(1, 12)),
        st.tuples(st.just("append deaf"), st.integers(1, 5)),
        st.tuples(st.just("drop feed"), st.just(0)),
        st.tuples(st.just("turns"), st.integers(1, 12)),
        st.tuples(st.sampled_from(["connect", "leave", "stall", "read", "look"]), st.integers(0, 3)),
        st.tuples(st.sampled_from(["unavailable", "available"]), st.just(0)),
        st.tuples(st.just("trim"), st.integers(1, 10)),
    ),
    max_size=40,
)


BACK_FROM_AFAR = [
    *(("connect", viewer) for viewer in range(4)),
    *[("append", 12), ("turns", 12)] * 2,
    *(("leave", viewer) for viewer in range(4)),
    *[("append", 12), ("turns", 12)] * 3,
    *(("connect", viewer) for viewer in range(4)),
    *[("turns", 2), ("append", 5)] * 6,
]
"""Clients come back when the ring begins long after where they were: from the log to the ring while events flow."""


@given(steps, st.integers(1, 12))
@example(BACK_FROM_AFAR, 3)
@example(BACK_FROM_AFAR, 12)
@settings(max_examples=150, deadline=None)
def test_every_client_has_its_filter_of_the_log(wanted: list[tuple[str, int]], ring_events: int) -> None:
    asyncio.run(play(wanted, ring_events))


async def play(wanted: list[tuple[str, int]], ring_events: int) -> None:
    async with scene(ring=Ring(0, max_events=ring_events)) as here:
        viewers = [Viewer(here, kind, batch) for kind in ("*", "prompt") for batch in (False, True)]
        for step, number in wanted:
            await _do(here, viewers, step, number)
        here.log.unavailable = False
        await until(lambda: here.relay.flushed == here.log.last, "the relay has all")
        for viewer in viewers:
            await viewer.settle()
            viewer.check(here.log.last)


async def _do(here: Scene, viewers: list[Viewer], step: str, number: int) -> None:
    log = here.log
    match step:
        case "append":
            await _append(log, number)
        case "append deaf":
            log.deaf |= set(range(log.last + 1, log.last + 1 + number))
            await _append(log, number)
        case "drop feed":
            for feed in log.feeds:
                feed.arrived.clear()
        case "turns":
            for _ in range(number):
                await asyncio.sleep(0)
        case "unavailable" | "available":
            log.unavailable = step == "unavailable"
        case "trim":
            _trim(here, log, number)
        case _:
            _let(viewers[number], step)


async def _append(log: MemoryLog, count: int) -> None:
    if not log.unavailable:
        for seq in range(log.last + 1, log.last + 1 + count):
            await fill(log, seq, type=kind_of(seq))


def _trim(here: Scene, log: MemoryLog, number: int) -> None:
    # Behind what the relay itself has read, or it would rightly pass over what it never saw.
    log.trim(max(log.first, min(here.relay.head, log.first + number)))


def _let(viewer: Viewer, step: str) -> None:
    if step == "connect":
        viewer.connect()
    elif step == "leave":
        viewer.leave()
    elif viewer.socket is None:
        return
    elif step == "stall":
        viewer.socket.stall()
    elif step == "read":
        viewer.socket.reads.set()
    else:
        viewer.look()
