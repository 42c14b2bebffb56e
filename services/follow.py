"""The log from a position on, without end, without a hole: what every reader that must miss nothing is built on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

from services.eventlog import Broken, EventLog, Head, Missing, Stored, Unavailable

SILENCE = 1.0
"""Seconds without an arrival after which the log itself is asked for its head."""

RETRY = 0.25
"""Seconds between two questions to a log that does not answer."""


async def follow(log: EventLog, epoch: str, after: int) -> AsyncGenerator[list[Stored], None]:
    """Everything stored after seq `after`, in order and without a hole, in lists that are never empty.

    Delivery is not trusted: an arrival that is not the next seq sends the reader to the log, and so does a second of
    silence in which the log has grown. Only what was trimmed from the log's beginning is passed over.
    Raises Broken when the log has become another one or misses a seq inside.
    """
    position = after
    arrived: list[Stored] = []
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
                arrived = await feed.next(SILENCE)


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
    """All that the log has from `first` to `last`, however long the log takes to answer."""
    position = first - 1
    while position < last:
        try:
            async with aclosing(log.read(position + 1, last)) as chunks:
                async for chunk in chunks:
                    for run in _runs(chunk):
                        await _check_start(log, epoch, position + 1, run[0].seq)
                        position = run[-1].seq
                        yield run
            if position < last:
                await _check_start(log, epoch, position + 1, last + 1)
                return
        except Unavailable:
            await asyncio.sleep(RETRY)


def _runs(chunk: list[Stored]) -> Iterator[list[Stored]]:
    """The chunk in parts without a hole: one, unless something was missing or trimmed while it was read."""
    start = 0
    while start < len(chunk):
        end = len(chunk)
        while chunk[end - 1].seq - chunk[start].seq != end - 1 - start:
            end -= 1
        yield chunk[start:end]
        start = end


async def _check_start(log: EventLog, epoch: str, expected: int, found: int) -> None:
    if found != expected and (await current_head(log, epoch)).first < found:
        raise Broken(f"the log misses seq {expected}; the next it has is {found}")


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
