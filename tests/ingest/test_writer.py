"""Group commit, the memory of recent ids, and failures that stay with their request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.writer import BATCH_FROM, BATCH_MESSAGES, WAITING_BYTES, WAITING_SECONDS, Writer
from services.log import Ack, Full, Message, Unavailable
from tests.memorylog import MemoryLog


def message(name: object, size: int = 10) -> Message:
    return Message("events.p.s.tool_use", f"id-{name}", b"x" * size)


@pytest.fixture
async def log() -> MemoryLog:
    return MemoryLog()


@pytest.fixture
async def writer(log: MemoryLog) -> AsyncIterator[Writer]:
    writer = Writer(log)
    running = asyncio.create_task(writer.run())
    yield writer
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def append_each(writer: Writer, messages: Sequence[Message]) -> list[Ack | BaseException]:
    results = await asyncio.gather(*(writer.append([each]) for each in messages), return_exceptions=True)
    return [result if isinstance(result, BaseException) else result[0] for result in results]


async def test_an_event_alone_is_appended_at_once(writer: Writer, log: MemoryLog) -> None:
    assert await writer.append([message(1)]) == [Ack(1, False)]
    assert log.batches == [1]


async def test_what_waits_together_is_stored_as_one_batch_in_order(writer: Writer, log: MemoryLog) -> None:
    acks = await writer.append([message(n) for n in range(BATCH_MESSAGES)])
    assert [ack.seq for ack in acks] == list(range(1, BATCH_MESSAGES + 1))
    assert log.batches == [BATCH_MESSAGES]


async def test_many_requests_at_once_share_a_batch(writer: Writer, log: MemoryLog) -> None:
    acks = await append_each(writer, [message(n) for n in range(100)])
    assert acks == [Ack(n + 1, False) for n in range(100)]
    assert log.batches == [100]


async def test_few_requests_at_once_are_appended_singly_in_order(writer: Writer, log: MemoryLog) -> None:
    acks = await append_each(writer, [message(n) for n in range(BATCH_FROM - 1)])
    assert acks == [Ack(n + 1, False) for n in range(BATCH_FROM - 1)]
    assert set(log.batches) == {1}


async def test_an_id_sent_twice_at_once_is_sent_to_the_log_once(writer: Writer, log: MemoryLog) -> None:
    acks = await append_each(writer, [message(1), message(1)])
    assert acks == [Ack(1, False), Ack(1, True)]
    assert log.batches == [1]


async def test_an_id_sent_again_later_gets_the_first_position(writer: Writer, log: MemoryLog) -> None:
    await writer.append([message(1)])
    assert await writer.append([message(2), message(1)]) == [Ack(2, False), Ack(1, True)]
    assert log.batches == [1, 1]


async def test_a_duplicate_that_only_the_log_knows_does_not_cost_its_neighbours(log: MemoryLog) -> None:
    await log.append(message(5))
    writer = Writer(log)
    running = asyncio.create_task(writer.run())
    acks = await writer.append([message(n) for n in range(50)])
    running.cancel()
    assert acks[5] == Ack(1, True)
    assert sorted(ack.seq for ack in acks) == list(range(1, 51))
    assert log.last == 50


async def test_a_log_that_does_not_answer_fails_the_request_and_its_retry_succeeds(
    writer: Writer, log: MemoryLog
) -> None:
    log.unavailable = True
    with pytest.raises(Unavailable):
        await writer.append([message(n) for n in range(30)])
    log.unavailable = False
    acks = await writer.append([message(n) for n in range(30)])
    assert [ack.seq for ack in acks] == list(range(1, 31))


class SilentLog(MemoryLog):
    """Gives no answer, and takes as long to do so as an event may wait."""

    async def append_batch(self, messages: Sequence[Message]) -> list[Ack]:
        self.batches.append(len(messages))
        await asyncio.sleep(WAITING_SECONDS)
        raise Unavailable("the log does not answer (TimeoutError)")


async def test_what_waits_behind_a_log_that_does_not_answer_is_turned_away_before_its_turn() -> None:
    log = SilentLog()
    writer = Writer(log)
    running = asyncio.create_task(writer.run())
    answers = await append_each(writer, [message(n) for n in range(4 * BATCH_MESSAGES)])
    running.cancel()
    assert all(isinstance(answer, Unavailable) for answer in answers)
    assert log.batches == [BATCH_MESSAGES]
    assert writer.bytes_waiting == 0


class BrokenLog(MemoryLog):
    """Raises what no log should."""

    async def append(self, message: Message) -> Ack:
        raise RuntimeError("the handler is closed")


async def test_an_error_that_nobody_expects_of_a_log_ends_the_writer_and_is_not_kept_quiet() -> None:
    writer = Writer(BrokenLog())
    running = asyncio.create_task(writer.run())
    waiting = asyncio.create_task(writer.append([message(1)]))
    with pytest.raises(ExceptionGroup) as raised:
        await running
    assert raised.group_contains(RuntimeError, match="closed")
    waiting.cancel()


class DeafLog(MemoryLog):
    """Never returns from its first append."""

    async def append(self, message: Message) -> Ack:
        if not self.batches:
            self.batches.append(0)
            await asyncio.Event().wait()
        return await super().append(message)


async def test_a_request_is_answered_although_the_log_never_does_and_its_retry_succeeds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("services.ingest.writer.ANSWER_SECONDS", 0.1)
    writer = Writer(DeafLog())
    running = asyncio.create_task(writer.run())
    with pytest.raises(Unavailable, match="nothing was heard"):
        await writer.append([message(1)])
    assert writer.bytes_waiting == 0
    assert await writer.append([message(1)]) == [Ack(1, False)]
    running.cancel()


async def test_a_full_log_says_so(writer: Writer, log: MemoryLog) -> None:
    log.full = True
    with pytest.raises(Full):
        await writer.append([message(1)])


async def test_a_request_whose_client_left_is_stored_and_disturbs_no_other(writer: Writer, log: MemoryLog) -> None:
    leaving = asyncio.create_task(writer.append([message(1)]))
    staying = asyncio.create_task(writer.append([message(1), message(2)]))
    await asyncio.sleep(0)
    leaving.cancel()
    assert [ack.seq for ack in await staying] == [1, 2]
    assert log.last == 2


async def test_more_than_fits_is_turned_away_and_not_queued(writer: Writer, log: MemoryLog) -> None:
    with pytest.raises(Unavailable, match="too many"):
        await writer.append([message(1, WAITING_BYTES + 1)])
    assert await writer.append([message(2)]) == [Ack(1, False)]
    assert writer.bytes_waiting == 0


@given(
    requests=st.lists(st.lists(st.integers(0, 60), min_size=1, max_size=40), min_size=1, max_size=20),
    known=st.sets(st.integers(0, 60), max_size=10),
)
def test_every_answer_names_the_position_where_the_log_has_that_id(requests: list[list[int]], known: set[int]) -> None:
    async def scenario() -> None:
        log = MemoryLog()
        for each in known:
            await log.append(message(each))
        writer = Writer(log)
        running = asyncio.create_task(writer.run())
        answers = await asyncio.gather(*(writer.append([message(n) for n in request]) for request in requests))
        running.cancel()
        for request, acks in zip(requests, answers, strict=True):
            assert [ack.seq for ack in acks] == [log.ids[message(n).id] for n in request]
        assert log.last == len(log.ids)

    asyncio.run(scenario())
