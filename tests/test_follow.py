"""Following the log: everything, once, in order, whatever arrives or does not."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.erased import Range, ranges
from services.follow import follow, kept_from, read_whole, until_another
from services.log import Broken, EventLog, Message, Stored, Unavailable
from tests.conftest import Nats, until
from tests.erasing import erase
from tests.memorylog import MemoryLog


def message(number: int) -> Message:
    return Message("events.p.s.tool_use", f"id-{number}", b"{}")


async def append_at_last(log: EventLog, message: Message) -> None:
    """As a client does: again, with the same id, until there is an answer."""
    for _ in range(50):
        with suppress(Unavailable):
            await log.append(message)
            return
    raise AssertionError("the log did not answer 50 times")


async def take(log: MemoryLog, after: int, last: int, epoch: str = "epoch-1") -> list[int]:
    seqs: list[int] = []
    async with aclosing(follow(log, epoch, after)) as chunks:
        async for chunk in chunks:
            assert chunk
            seqs += [stored.seq for stored in chunk]
            if seqs[-1] >= last:
                break
    return seqs


async def filled(count: int) -> MemoryLog:
    log = MemoryLog()
    for number in range(count):
        await log.append(message(number))
    return log


async def test_a_reader_that_wants_few_lists_gets_no_second_one_before_its_pause_is_over() -> None:
    log = await filled(0)
    pause, clock = 0.1, asyncio.get_running_loop().time
    lists: list[list[int]] = []
    async with aclosing(follow(log, "epoch-1", 0, pause)) as chunks:
        began = clock()
        for number in range(2):
            taking = asyncio.ensure_future(anext(chunks))
            await until(lambda: bool(log.feeds), "the reader listens")
            await log.append(message(number))
            lists.append([stored.seq for stored in await taking])
        assert clock() - began >= pause
    assert lists == [[1], [2]]


async def test_what_was_stored_before_and_what_is_stored_after_come_as_one() -> None:
    log = await filled(2500)
    taking = asyncio.create_task(take(log, 100, 2510))
    await until(lambda: bool(log.feeds), "the reader listens")
    for number in range(2500, 2510):
        await log.append(message(number))
    assert await taking == list(range(101, 2511))


async def test_an_event_that_never_arrives_is_fetched_when_the_next_one_does() -> None:
    log = await filled(3)
    log.deaf = {5}
    taking = asyncio.create_task(take(log, 0, 6))
    await until(lambda: bool(log.feeds), "the reader listens")
    for number in range(3, 6):
        await log.append(message(number))
    assert await taking == [1, 2, 3, 4, 5, 6]


async def test_a_last_event_that_never_arrives_is_found_in_the_silence() -> None:
    log = await filled(1)
    log.deaf = {2}
    taking = asyncio.create_task(take(log, 0, 2))
    await until(lambda: bool(log.feeds), "the reader listens")
    await log.append(message(1))
    assert await taking == [1, 2]


async def test_a_log_that_does_not_answer_for_a_while_is_waited_for() -> None:
    log = await filled(3)
    log.unavailable = True
    taking = asyncio.create_task(take(log, 0, 3))
    await until(lambda: bool(log.feeds), "the reader listens")
    log.unavailable = False
    assert await taking == [1, 2, 3]


async def test_what_was_trimmed_from_the_beginning_is_passed_over() -> None:
    log = await filled(20)
    log.trim(11)
    assert await take(log, 3, 20) == list(range(11, 21))


async def test_a_trim_in_the_midst_of_a_chunk_is_passed_over() -> None:
    log = await filled(20)

    class TrimmedWhileRead(MemoryLog):
        """The third to sixth are dropped after the first two were read."""

        async def read(self, first: int, last: int) -> AsyncGenerator[list[Stored], None]:
            yield [*log.stored[:2], *log.stored[6:]]

    trimmed = TrimmedWhileRead()
    trimmed.stored, trimmed.first = log.stored[6:], 7
    assert await take(trimmed, 0, 20) == [1, 2, *range(7, 21)]


async def test_another_epoch_breaks_the_reader_off() -> None:
    log = await filled(3)
    with pytest.raises(Broken, match="another epoch"):
        await take(log, 0, 3, epoch="epoch-0")


async def test_who_only_writes_learns_too_that_the_log_is_another_one() -> None:
    log = await filled(3)
    log.unavailable = True
    watching = asyncio.create_task(until_another(log))
    await asyncio.sleep(0)
    log.unavailable = False
    await until(lambda: log.asked > 1, "the watcher has seen the first epoch")
    log.epoch = "epoch-2"
    with pytest.raises(Broken, match="another epoch"):
        await watching


async def test_a_log_that_was_recreated_while_it_flows_breaks_the_reader_off() -> None:
    log = await filled(5)
    taking = asyncio.create_task(take(log, 0, 100))
    await until(lambda: bool(log.feeds), "the reader listens")
    log.epoch, log.stored, log.ids = "epoch-2", [], {}
    await log.append(message(0))
    with pytest.raises(Broken, match="another epoch"):
        await taking


async def test_a_seq_that_is_missing_inside_breaks_the_reader_off() -> None:
    log = await filled(5)
    del log.stored[2]
    with pytest.raises(Broken, match="misses"):
        await take(log, 0, 5)


async def test_what_was_erased_stands_in_its_place_without_its_content() -> None:
    log = await filled(9)
    await log.append(Message("events.p.t.tool_use", "other", b"{}"))
    await erase(log, [(3, 4), (6, 6)])
    stored = [each async for chunk in read_whole(log, "epoch-1", 1, 11) for each in chunk]
    assert [each.seq for each in stored] == list(range(1, 12))
    gone = [each for each in stored if each.erased]
    assert [(each.seq, each.subject, each.payload) for each in gone] == [(n, "events.p.s._", b"") for n in (3, 4, 6)]


@pytest.mark.parametrize(("told", "lost"), [([(3, 4)], 5), ([(3, 3), (5, 5)], 4), ([(4, 5)], 3), ([], 5)])
async def test_a_hole_that_is_not_wholly_told_of_breaks_the_reader_off(told: list[Range], lost: int) -> None:
    log = await filled(9)
    await erase(log, told)
    log.gone |= {3, 4, 5}
    with pytest.raises(Broken, match=f"misses seq {lost}"):
        await take(log, 0, 9)


async def test_an_erased_beginning_is_told_and_a_trimmed_one_is_passed_over() -> None:
    log = await filled(20)
    await erase(log, [(7, 12)])
    log.trim(10)
    assert (await log.head()).first == 13
    assert await kept_from(log, "epoch-1") == 7
    assert await take(log, 3, 21) == list(range(7, 22))


async def test_a_log_of_which_nothing_else_is_left_is_followed() -> None:
    log = await filled(2500)
    await erase(log, [(1, 2500)])
    assert await take(log, 100, 2501) == list(range(101, 2502))
    assert await kept_from(log, "epoch-1") == 1


@given(
    sessions=st.lists(st.sampled_from("abc"), min_size=1, max_size=60),
    erased=st.sets(st.sampled_from("abc"), min_size=1),
    trimmed=st.integers(0, 70),
    start=st.integers(0, 62),
)
def test_whatever_was_erased_and_trimmed_the_rest_is_read_whole(
    sessions: list[str], erased: set[str], trimmed: int, start: int
) -> None:
    async def scenario() -> None:
        log = MemoryLog()
        for number, session in enumerate(sessions):
            await log.append(Message(f"events.p.{session}.tool_use", str(number), b"{}"))
        for session in sorted(erased):
            await erase(log, ranges([n for n, each in enumerate(sessions, 1) if each == session]), session)
        last = log.last
        log.trim(min(trimmed, last - len(erased)) + 1)
        stored = [each async for run in read_whole(log, "epoch-1", start + 1, last) for each in run]
        first = max(start + 1, await kept_from(log, "epoch-1"))
        before = [each for each in stored if each.seq < first]
        # Behind what was trimmed there may still be places of what was erased.
        assert all(each.erased for each in before)
        stored = stored[len(before) :]
        assert [each.seq for each in stored] == list(range(first, last + 1))
        for each, session in zip(stored, sessions[first - 1 :], strict=False):
            assert each.erased == (session in erased)
            assert each.subject == f"events.p.{session}.{'_' if each.erased else 'tool_use'}"

    asyncio.run(scenario())


async def test_a_live_reader_and_a_late_one_pass_over_what_the_broker_erased(nats: Nats) -> None:
    async with nats.connected("api") as api, nats.connected("ingest") as ingest:
        await api.log.ensure_stream("epoch-1", 3600, 256 << 20)
        for number in range(6):
            await ingest.log.append(Message(f"events.p.{'ab'[number % 2]}.tool_use", f"id-{number}", b"{}"))
        async with aclosing(follow(api.log, "epoch-1", 6)) as live:
            arriving = asyncio.ensure_future(anext(live))
            await erase(api.log, [(1, 1), (3, 3), (5, 5)], "a")
            assert [each.seq for each in await arriving] == [7]
        stored = [each async for chunk in read_whole(api.log, "epoch-1", 1, 7) for each in chunk]
        assert [(each.seq, each.erased) for each in stored] == [(n, n in (1, 3, 5)) for n in range(1, 8)]
        assert await kept_from(api.log, "epoch-1") == 1


@settings(deadline=None)
@given(
    before=st.integers(0, 30),
    after=st.integers(0, 30),
    deaf=st.sets(st.integers(1, 60), max_size=20),
    pauses=st.lists(st.integers(0, 3), min_size=30, max_size=30),
)
def test_no_interleaving_of_storing_reading_and_deafness_loses_or_repeats(
    before: int, after: int, deaf: set[int], pauses: list[int]
) -> None:
    async def scenario() -> None:
        log = await filled(before)
        # The very last one does arrive: the silence in which it would be found takes a second.
        log.deaf = deaf - {before + after}
        start = min(before, 7)
        if before + after == start:
            return
        taking = asyncio.create_task(take(log, start, before + after))
        for number in range(after):
            for _ in range(pauses[number]):
                await asyncio.sleep(0)
            await log.append(message(before + number))
        assert await taking == list(range(start + 1, before + after + 1))

    asyncio.run(scenario())


async def test_a_log_that_was_removed_breaks_the_reader_off(nats: Nats) -> None:
    async with nats.connected("api") as api, nats.connected("ingest") as ingest:
        await api.log.ensure_stream("epoch-1", 3600, 256 << 20)
        await ingest.log.append(message(1))
        async with aclosing(follow(api.log, "epoch-1", 0)) as chunks:
            assert [stored.seq for stored in await anext(chunks)] == [1]
            nats.kill()
            shutil.rmtree(nats.store)
            nats.start()
            with pytest.raises(Broken, match="removed"):
                await anext(chunks)


async def test_a_reader_goes_on_without_a_hole_when_the_broker_is_killed(nats: Nats) -> None:
    async with nats.connected("api") as api, nats.connected("ingest") as ingest:
        await api.log.ensure_stream("epoch-1", 3600, 256 << 20)
        seqs: list[int] = []

        async def read() -> None:
            async with aclosing(follow(api.log, "epoch-1", 0)) as chunks:
                async for chunk in chunks:
                    seqs.extend(stored.seq for stored in chunk)

        reading = asyncio.create_task(read())
        await ingest.log.append_batch([message(n) for n in range(100)])
        await until(lambda: len(seqs) == 100, "the reader has what was stored")
        nats.kill()
        nats.start()
        for number in range(100, 120):
            await append_at_last(ingest.log, message(number))
        await until(lambda: len(seqs) == 120, "the reader has what was stored after the kill")
        reading.cancel()
        assert seqs == list(range(1, 121))
