"""The log in memory, for tests of what is built on it; `tests/test_eventlog.py` holds it to the same behaviour."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from services.events import now
from services.log import Ack, DuplicateInBatch, Full, Head, Message, Stored, Unavailable


class MemoryFeed:
    def __init__(self) -> None:
        self.arrived: list[Stored] = []
        self.signal = asyncio.Event()

    def put(self, stored: Stored) -> None:
        self.arrived.append(stored)
        self.signal.set()

    async def next(self, silence: float) -> list[Stored]:
        if not self.arrived:
            with suppress(TimeoutError):
                async with asyncio.timeout(silence):
                    await self.signal.wait()
        arrived, self.arrived = self.arrived, []
        self.signal.clear()
        return arrived


class MemoryLog:
    """`deaf` seqs are stored but never arrive live; `unavailable` and `full` make it fail as the real one does."""

    def __init__(self, epoch: str = "epoch-1") -> None:
        self.epoch = epoch
        self.first = 1
        self.stored: list[Stored] = []
        self.ids: dict[str, int] = {}
        self.feeds: list[MemoryFeed] = []
        self.batches: list[int] = []
        """The size of every append, one for a single one."""
        self.deaf: set[int] = set()
        self.asked = 0
        """How often for its head."""
        self.unavailable = False
        self.full = False
        self.gone: set[int] = set()
        """Erased seqs."""

    @property
    def last(self) -> int:
        return self.first - 1 + len(self.stored)

    def _check(self) -> None:
        if self.full:
            raise Full("the log has no room: maximum bytes exceeded")
        if self.unavailable:
            raise Unavailable("the log does not answer (TimeoutError)")

    def _store(self, message: Message) -> int:
        stored = Stored(self.last + 1, now(), message.subject, message.payload)
        self.stored.append(stored)
        self.ids[message.id] = stored.seq
        if stored.seq not in self.deaf:
            for feed in self.feeds:
                feed.put(stored)
        return stored.seq

    async def append(self, message: Message) -> Ack:
        await asyncio.sleep(0)
        self._check()
        self.batches.append(1)
        if message.id in self.ids:
            return Ack(self.ids[message.id], True)
        return Ack(self._store(message), False)

    async def append_batch(self, messages: Sequence[Message]) -> list[Ack]:
        await asyncio.sleep(0)
        self._check()
        ids = [message.id for message in messages]
        if len(set(ids)) != len(ids) or any(each in self.ids for each in ids):
            raise DuplicateInBatch("batch publish contains duplicate message id")
        self.batches.append(len(messages))
        return [Ack(self._store(message), False) for message in messages]

    async def head(self) -> Head:
        self.asked += 1
        await asyncio.sleep(0)
        if self.unavailable:
            raise Unavailable("the log does not answer (TimeoutError)")
        first = self.first
        while first in self.gone:
            first += 1
        return Head(self.epoch, first, self.last)

    async def read(self, first: int, last: int) -> AsyncGenerator[list[Stored], None]:
        start = first
        while max(start, self.first) <= min(last, self.last):
            await asyncio.sleep(0)
            if self.unavailable:
                raise Unavailable("the log does not answer (TimeoutError)")
            # It may have been trimmed meanwhile.
            start = max(start, self.first)
            if start > last:
                return
            chunk = self.stored[start - self.first : min(last, start + 999) - self.first + 1]
            start = chunk[-1].seq + 1
            if there := [stored for stored in chunk if stored.seq not in self.gone]:
                yield there

    async def matching(self, subject: str, after: int = 0) -> AsyncGenerator[list[Stored], None]:
        async for chunk in self.read(max(after + 1, self.first), self.last):
            if found := [stored for stored in chunk if _matches(stored.subject, subject)]:
                yield found

    async def erase(self, seq: int) -> None:
        await asyncio.sleep(0)
        self._check()
        self.gone.add(seq)

    @asynccontextmanager
    async def live(self) -> AsyncIterator[MemoryFeed]:
        feed = MemoryFeed()
        self.feeds.append(feed)
        try:
            yield feed
        finally:
            self.feeds.remove(feed)

    def trim(self, first: int) -> None:
        """Drops what is before `first`, as retention does."""
        self.stored = self.stored[first - self.first :]
        self.first = first


def _matches(subject: str, wanted: str) -> bool:
    pairs = zip(subject.split("."), wanted.split("."), strict=True)
    return all(pattern in ("*", token) for token, pattern in pairs)
