"""The log from a position on, without end, without a hole: what every reader that must miss nothing is built on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import aclosing
from datetime import UTC, datetime

import msgspec

from services.erased import Erased, Range, gaps
from services.events import Envelope, SessionErased
from services.log import Broken, EventLog, Head, Missing, Stored, Unavailable
from services.subjects import ERASURES, event_subject

SILENCE = 1.0
"""Seconds without an arrival after which the log itself is asked for its head."""

RETRY = 0.25
"""Seconds between two questions to a log that does not answer."""


async def follow(log: EventLog, epoch: str, after: int, pace: float = 0.0) -> AsyncGenerator[list[Stored], None]:
    """Everything stored after seq `after`, in order and without a hole, in lists that are never empty.

    pace: seconds from one arrival that is taken to the next, for a reader to whom few long lists are cheaper than many
    short ones; what comes after such a pause is taken at once.

    Delivery is not trusted: an arrival that is not the next seq sends the reader to the log, and so does a second of
    silence in which the log has grown. Only what was trimmed from the log's beginning is passed over; what was erased
    stands in its place without its content (`Stored.erased`).
    Raises Broken when the log has become another one or misses a seq inside that no `session_erased` tells of.
    """
    position = after
    arrived: list[Stored] = []
    loop = asyncio.get_running_loop()
    due = loop.time()
    async with log.live() as feed:
        target = (await current_head(log, epoch)).last
        while True:
            if position < target:
                async with aclosing(read_whole(log, epoch, position + 1, target)) as chunks:
                    async for chunk in chunks:
                        position = chunk[-1].seq
                        yield chunk
                position = target
            ready, arrived = in_turn(arrived, position)
            if ready:
                position = ready[-1].seq
                yield ready
            elif not arrived:
                target = (await current_head(log, epoch)).last
                if target > position:
                    continue
            if arrived:
                target = arrived[0].seq - 1
            else:
                await asyncio.sleep(due - loop.time())
                arrived = await feed.next(SILENCE)
                due = loop.time() + pace


def in_turn(arrived: list[Stored], position: int) -> tuple[list[Stored], list[Stored]]:
    """Splits arrivals into those that follow `position` one by one and the rest; what is not new falls away."""
    start = 0
    while start < len(arrived) and arrived[start].seq <= position:
        start += 1
    end = start
    while end < len(arrived) and arrived[end].seq == position + 1 + end - start:
        end += 1
    return arrived[start:end], arrived[end:]


async def read_whole(log: EventLog, epoch: str, first: int, last: int) -> AsyncGenerator[list[Stored], None]:
    """All that the log has from `first` to `last`, however long the log takes to answer; lists without a hole."""
    position = first - 1
    erased = Erased()
    while position < last:
        try:
            async with aclosing(log.read(position + 1, last)) as chunks:
                async for chunk in chunks:
                    for run in await _whole(log, epoch, erased, position + 1, chunk, chunk[-1].seq):
                        position = run[-1].seq
                        yield run
            if position < last:
                for run in await _whole(log, epoch, erased, position + 1, [], last):
                    position = run[-1].seq
                    yield run
                return
        except Unavailable:
            await asyncio.sleep(RETRY)


async def _whole(
    log: EventLog, epoch: str, erased: Erased, first: int, chunk: list[Stored], last: int
) -> list[list[Stored]]:
    """The chunk with what was erased in its place: one list, unless something was trimmed while it was read."""
    if len(chunk) == last - first + 1:
        return [chunk]
    missing = list(gaps((stored.seq for stored in chunk), first, last))
    if _unexplained(missing, erased):
        await learn(log, erased, first)
        if holes := _unexplained(missing, erased):
            head = await current_head(log, epoch)
            if head.first <= holes[-1]:
                raise Broken(f"the log misses seq {holes[-1]}, which was not erased")
    places = [place for each in missing for place in _places(erased, *each)]
    return list(_runs(sorted(chunk + places, key=lambda stored: stored.seq)))


def _unexplained(missing: Iterable[Range], erased: Erased) -> list[int]:
    return [last for each in missing for _, last in erased.holes(*each)]


def _places(erased: Erased, first: int, last: int) -> Iterator[Stored]:
    for span in erased.within(first, last):
        for seq in range(span.first, span.last + 1):
            yield Stored(seq, _NEVER, span.subject, b"", erased=True)


_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def _runs(chunk: list[Stored]) -> Iterator[list[Stored]]:
    """The chunk in parts without a hole."""
    start = 0
    for end in range(1, len(chunk) + 1):
        if end == len(chunk) or chunk[end].seq != chunk[end - 1].seq + 1:
            yield chunk[start:end]
            start = end


async def learn(log: EventLog, erased: Erased, after: int = 0) -> None:
    """Adds what the `session_erased` events after seq `after` tell."""
    async with aclosing(log.matching(ERASURES, after)) as chunks:
        async for chunk in chunks:
            for stored in chunk:
                add_to(erased, stored)


def add_to(erased: Erased, stored: Stored) -> None:
    """Adds what a `session_erased` event tells; one of another shape, as a newer Lookout may write, is passed over."""
    try:
        event = _decoder.decode(stored.payload)
    except msgspec.DecodeError:
        return
    erased.add(event.data.ranges, event_subject(event.project, event.data.session_id, ""))


_decoder = msgspec.json.Decoder(Envelope[SessionErased])


async def kept_from(log: EventLog, epoch: str) -> int:
    """The seq from which on nothing was trimmed away: what was erased at the log's beginning is no trimming."""
    head = await current_head(log, epoch)
    erased = Erased()
    await learn(log, erased)
    return erased.start_of(head.first)


async def current_head(log: EventLog, epoch: str) -> Head:
    """The head of this very log, as soon as it answers; raises Broken when it is another log now."""
    while True:
        try:
            head = await log.head()
        except Missing:
            raise Broken("the log was removed") from None
        except Unavailable:
            await asyncio.sleep(RETRY)
            continue
        if head.epoch != epoch:
            raise Broken("the log was restored or recreated (another epoch)")
        return head


async def until_another(log: EventLog) -> None:
    """Raises Broken within a second of the log becoming another one than it was at first."""
    epoch = await _first_epoch(log)
    while True:
        await asyncio.sleep(SILENCE)
        await current_head(log, epoch)


async def _first_epoch(log: EventLog) -> str:
    while True:
        try:
            return (await log.head()).epoch
        except Unavailable:
            await asyncio.sleep(RETRY)
