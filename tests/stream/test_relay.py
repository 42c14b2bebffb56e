from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.log import Broken, Stored
from services.stream import relay as relay_module
from services.stream.frames import Chunk, Entry
from services.stream.protocol import Selection, Since
from services.stream.relay import BLOCK, History, Recent, Relay, Ring, Trimmed
from services.subjects import tokens
from tests.conftest import until
from tests.erasing import erase, erasure
from tests.memorylog import MemoryLog
from tests.stream.ends import fill
from tests.stream.test_frames import messages

EVERYTHING = Selection(types=None)
BATCHES = Selection(types=None, batch=True)
SUBJECT = tokens("events.p.s.tool_use")


@pytest.fixture(autouse=True, scope="module")
def _quick() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("services.follow.SILENCE", 0.02)
        patch.setattr("services.follow.RETRY", 0.001)
        yield


@asynccontextmanager
async def running(log: MemoryLog, head: int | None = None, ring: Ring | None = None) -> AsyncIterator[Relay]:
    relay = Relay(log, log.epoch, log.last if head is None else head, ring)
    task = asyncio.create_task(relay.run())
    await until(lambda: bool(log.feeds), "the relay listens")
    try:
        yield relay
    finally:
        task.cancel()
        await asyncio.wait([task])


async def arrived(log: MemoryLog, relay: Relay, number: int) -> None:
    await fill(log, number)
    await until(lambda: relay.head == number, f"event {number}")


def seqs(chunk: Chunk | None) -> list[int]:
    return [] if chunk is None else [frame["seq"] for frame in messages(chunk.data)]


def entry_of(seq: int, size: int = 10) -> Entry:
    return Entry(seq, SUBJECT, b"x" * size)


def test_a_cache_forgets_the_oldest_when_it_is_full() -> None:
    cache: Recent[str, int] = Recent(10)
    cache.put("a", 1, 4)
    cache.put("b", 2, 4)
    cache.put("a", 3, 4)
    cache.put("c", 4, 4)
    assert [cache.get(key) for key in "abc"] == [3, None, 4]
    cache.put("d", 5, 11)
    assert [cache.get(key) for key in "abcd"] == [None, None, None, None]


@given(st.lists(st.integers(0, 300), max_size=120), st.integers(1, 20), st.integers(600, 6000))
def test_a_ring_keeps_the_newest_within_its_bounds(sizes: list[int], max_events: int, max_bytes: int) -> None:
    ring = Ring(100, max_events, max_bytes)
    for seq, size in enumerate(sizes, 101):
        ring.append(entry_of(seq, size))
        assert ring.last == seq
        assert 1 <= len(ring) <= max_events
        assert ring.bytes <= max_bytes or len(ring) == 1
        kept = ring.after(ring.first - 1, ring.last)
        assert [each.seq for each in kept] == list(range(ring.first, seq + 1))
        assert ring.bytes == sum(each.size for each in kept)


def test_a_ring_starts_anew_behind_what_was_trimmed_unread() -> None:
    ring = Ring(0)
    ring.append(entry_of(1))
    ring.append(entry_of(9))
    assert (ring.first, ring.last, len(ring)) == (9, 9, 1)


async def test_what_arrives_is_handed_on_in_order() -> None:
    log = MemoryLog()
    async with running(log) as relay:
        await fill(log, 1, 2, 3)
        await until(lambda: relay.head == 3, "three events")
        chunk = await relay.next(EVERYTHING, 0)
        assert seqs(chunk) == [1, 2, 3]
        assert await relay.next(EVERYTHING, 3) is None
        assert seqs(await relay.next(EVERYTHING, 2)) == [3]


async def test_two_clients_with_equal_subscriptions_get_the_same_bytes() -> None:
    log = MemoryLog()
    async with running(log) as relay:
        await fill(log, 1, 2)
        await until(lambda: relay.flushed == 2, "a flush")
        one = await relay.next(Selection(frozenset({"tool_use"}), batch=True), 0)
        other = await relay.next(Selection(frozenset({"tool_use"}), batch=True), 0)
        assert one is not None
        assert one is other


async def test_listeners_are_woken_for_what_they_listen_to() -> None:
    log = MemoryLog()
    woken: list[str] = []

    def plain() -> None:
        woken.append("plain")

    def batch() -> None:
        woken.append("batch")

    async with running(log) as relay:
        relay.listen(plain, EVERYTHING)
        relay.listen(batch, BATCHES)
        await fill(log, 1)
        await until(lambda: relay.flushed == 1, "the first event is flushed at once")
        assert sorted(woken) == ["batch", "plain"]
        for number in range(2, 12):
            await arrived(log, relay, number)
        await until(lambda: relay.flushed == 11, "the others are flushed together")
        assert woken.count("plain") == 11
        assert woken.count("batch") <= 4
        relay.listen(plain, None)
        relay.listen(batch, Selection())
        await fill(log, 12)
        await until(lambda: relay.head == 12, "an event")
        assert woken.count("plain") == 11


async def test_batches_wait_for_the_flush_and_a_full_one_does_not_wait() -> None:
    log = MemoryLog()
    async with running(log) as relay:
        await fill(log, 1)
        await until(lambda: relay.flushed == 1, "the first flush")
        await fill(log, 2)
        await until(lambda: relay.head == 2, "an event")
        assert seqs(await relay.next(EVERYTHING, 1)) == [2]
        assert await relay.next(BATCHES, 1) is None or relay.flushed == 2
        await fill(log, 3, data={"x": "x" * relay_module.FLUSH_BYTES})
        await until(lambda: relay.head == 3, "a big event")
        assert relay.flushed == 3


async def test_what_the_ring_no_longer_has_comes_from_the_log() -> None:
    log = MemoryLog()
    async with running(log, ring=Ring(0, max_events=8)) as relay:
        await fill(log, *range(1, 31))
        await until(lambda: relay.head == 30, "thirty events")
        got: list[int] = []
        while chunk := await relay.next(EVERYTHING, got[-1] if got else 0):
            got += seqs(chunk)
        assert got == list(range(1, 31))


class ReadCounter(MemoryLog):
    reads = 0

    def read(self, first: int, last: int) -> AsyncGenerator[list[Stored], None]:
        self.reads += 1
        return super().read(first, last)


async def test_clients_that_are_behind_share_what_is_read() -> None:
    log = ReadCounter()
    await fill(log, *range(1, BLOCK * 2))
    history = History(log, log.epoch)
    found = await asyncio.gather(*(history.after(0, log.last) for _ in range(50)))
    assert [len(each) for each in found] == [BLOCK] * 50
    assert len(await history.after(500, log.last)) == BLOCK - 500
    assert log.reads == 1


async def test_what_was_trimmed_is_said_to_be_trimmed() -> None:
    log = MemoryLog()
    await fill(log, *range(1, 31))
    log.trim(11)
    history = History(log, log.epoch)
    with pytest.raises(Trimmed):
        await history.after(5, 30)
    assert (await history.after(10, 30))[0].seq == 11
    log.trim(31)
    with pytest.raises(Trimmed):
        await History(log, log.epoch).after(10, 30)


async def test_a_position_is_recovered_or_refused() -> None:
    log = MemoryLog()
    await fill(log, *range(1, 21))
    log.trim(6)
    async with running(log) as relay:
        assert await relay.locate(None) == (True, 20, 20)
        assert await relay.locate(Since("epoch-1", 20)) == (True, 20, 20)
        assert await relay.locate(Since("epoch-1", 5)) == (True, 5, 20)
        assert await relay.locate(Since("epoch-1", 4)) == (False, 20, 20)
        assert await relay.locate(Since("epoch-1", 21)) == (False, 20, 20)
        assert await relay.locate(Since("epoch-0", 10)) == (False, 20, 20)


async def test_a_position_that_only_the_log_has_reached_is_recovered() -> None:
    log = MemoryLog()
    relay = Relay(log, log.epoch, 0)
    await fill(log, 1, 2)
    assert await relay.locate(Since("epoch-1", 2)) == (True, 2, 2)
    assert await relay.next(EVERYTHING, 2) is None


async def test_another_epoch_ends_the_relay() -> None:
    log = MemoryLog()
    relay = Relay(log, log.epoch, 0)
    log.epoch = "epoch-2"
    with pytest.raises(Broken, match="another epoch"):
        await relay.run()


async def test_a_client_that_finds_the_log_broken_ends_the_relay() -> None:
    relay = Relay(MemoryLog(), "epoch-1", 0)
    task = asyncio.create_task(relay.run())
    relay.fail(Broken("the log misses seq 3"))
    with pytest.raises(Broken, match="misses seq 3"):
        await task


async def test_the_lag_counts_only_what_is_wanted() -> None:
    log = MemoryLog()
    async with running(log) as relay:
        await fill(log, 1, 2)
        await fill(log, 3, type="prompt")
        await until(lambda: relay.head == 3, "three events")
        every, prompts = relay.lag(EVERYTHING, 0), relay.lag(Selection(frozenset({"prompt"})), 0)
        assert 0 < prompts < every
        assert relay.lag(EVERYTHING, 2) == prompts
        assert relay.lag(EVERYTHING, 3) == 0


def contents(chunk: Chunk | None) -> list[tuple[str, int]]:
    return [] if chunk is None else [(frame["event"], frame["seq"]) for frame in messages(chunk.data)]


async def everything(relay: Relay, after: int = 0) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    while made := await relay.next(EVERYTHING, after):
        found += contents(made)
        after = made.seq
    return found


@pytest.mark.parametrize("in_memory", [True, False])
async def test_what_is_erased_leaves_the_memory_at_once_though_the_log_still_has_it(in_memory: bool) -> None:
    log = MemoryLog()
    await fill(log, *range(1, 11))
    async with running(log, head=0 if in_memory else 10) as relay:
        await until(lambda: relay.head == 10, "the relay is at the head")
        assert len(await everything(relay)) == 10
        await log.append(erasure([(3, 5), (8, 8)]))
        await until(lambda: relay.head == 11, "the relay knows")
        wanted = [("erased", 5), ("erased", 8), ("session_erased", 11)]
        assert [each for each in await everything(relay) if each[0] != "tool_use"] == wanted
        assert [seq for _, seq in await everything(relay)] == [1, 2, 5, 6, 7, 8, 9, 10, 11]
        assert relay.ring.bytes == sum(each.size for each in relay.ring.after(relay.ring.first - 1, relay.head))


async def test_a_relay_that_starts_amid_an_erasure_does_not_give_out_what_is_left() -> None:
    log = MemoryLog()
    await fill(log, *range(1, 6))
    await log.append(erasure([(2, 3)]))
    await log.erase(2)
    async with running(log, head=6) as relay:
        assert await everything(relay) == [
            ("tool_use", 1),
            ("erased", 3),
            ("tool_use", 4),
            ("tool_use", 5),
            ("session_erased", 6),
        ]


async def test_a_client_resumes_over_what_was_erased_also_at_the_beginning() -> None:
    log = MemoryLog()
    await fill(log, *range(1, 7))
    await erase(log, [(1, 4)])
    async with running(log, head=7) as relay:
        position = await relay.locate(Since(log.epoch, 2))
        assert (position.recovered, position.start) == (True, 2)
        assert await everything(relay, 2) == [("erased", 4), ("tool_use", 5), ("tool_use", 6), ("session_erased", 7)]
        log.trim(4)
        assert (await relay.locate(Since(log.epoch, 1))).recovered
        log.trim(6)
        assert not (await relay.locate(Since(log.epoch, 3))).recovered
