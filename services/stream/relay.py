"""From the log to the clients: the newest events in memory, older ones from the log, both asked by position.

A client is a position. It asks for what follows, and gets it from the ring, or where the ring begins later from the
log, so that there is no moment at which history is handed over to live.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Generic, TypeVar

from services.erased import Erased
from services.follow import RETRY, add_to, current_head, follow, kept_from, learn, read_whole
from services.log import EventLog, Stored, Unavailable
from services.stream.frames import CHUNK_SCAN, Chunk, Entry, chunk, entry, gone
from services.stream.protocol import Position, Selection, Since
from services.subjects import token, tokens

RING_EVENTS = 50_000
RING_BYTES = 64 << 20
BLOCK = 1000
"""Events read from the log at once for clients that are behind."""

BLOCKS_BYTES = 24 << 20
CHUNKS_BYTES = 16 << 20
READERS = 2

ERASED = token("session_erased")

FLUSH_SECONDS = 0.05
FLUSH_BYTES = 256 * 1024

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Trimmed(Exception):
    """What was asked for is no longer in the log."""


class Recent(Generic[K, V]):
    """A cache that forgets the oldest first."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: dict[K, tuple[V, int]] = {}

    def get(self, key: K) -> V | None:
        found = self._kept.get(key)
        return found[0] if found else None

    def put(self, key: K, value: V, size: int) -> None:
        self._bytes += size - self._kept.pop(key, (None, 0))[1]
        self._kept[key] = (value, size)
        while self._bytes > self._max_bytes:
            self._bytes -= self._kept.pop(next(iter(self._kept)))[1]


class Ring:
    """The newest events without a hole, from `first` to `last`; empty where last == first - 1."""

    def __init__(self, after: int, max_events: int = RING_EVENTS, max_bytes: int = RING_BYTES) -> None:
        self._max_events = max_events
        self._max_bytes = max_bytes
        self._entries: list[Entry] = []
        self._dropped = 0
        self.bytes = 0
        self.first = after + 1

    @property
    def last(self) -> int:
        return self.first + len(self) - 1

    def __len__(self) -> int:
        return len(self._entries) - self._dropped

    def append(self, new: Entry) -> None:
        if new.seq != self.last + 1:
            # The log's beginning was trimmed away before it was read.
            self._entries, self._dropped, self.bytes, self.first = [], 0, 0, new.seq
        self._entries.append(new)
        self.bytes += new.size
        while len(self) > self._max_events or (self.bytes > self._max_bytes and len(self) > 1):
            self.bytes -= self._entries[self._dropped].size
            self._dropped += 1
            self.first += 1
        if self._dropped > self._max_events // 8:
            del self._entries[: self._dropped]
            self._dropped = 0

    def erase(self, erased: Erased) -> None:
        """Keeps of these seqs no more than their places."""
        for number in range(self._dropped, len(self._entries)):
            each = self._entries[number]
            if not each.erased and (cleared := _cleared(each, erased)) is not each:
                self.bytes -= each.size - cleared.size
                self._entries[number] = cleared

    def after(self, seq: int, until: int) -> list[Entry]:
        """What follows `seq`, which must be first - 1 or later, up to `until`."""
        start = seq + 1 - self.first + self._dropped
        return self._entries[start : start + min(until - seq, CHUNK_SCAN)]


def _cleared(each: Entry, erased: Erased) -> Entry:
    """The entry, or only its place where it was erased."""
    span = erased.find(each.seq)
    return each if span is None else gone(each.seq, tokens(span.subject))


class History:
    """What the ring no longer has; clients that are behind at about the same place share what is read."""

    def __init__(self, log: EventLog, epoch: str) -> None:
        self._log = log
        self._epoch = epoch
        self._blocks: Recent[int, list[Entry]] = Recent(BLOCKS_BYTES)
        self._readings: dict[int, asyncio.Task[list[Entry]]] = {}
        self._readers = asyncio.Semaphore(READERS)
        self._erased = Erased()

    def erase(self, erased: Erased) -> None:
        """From now on; also of what is being read, and of what the log has not deleted yet."""
        self._erased = erased
        self._blocks = Recent(BLOCKS_BYTES)

    async def after(self, seq: int, until: int) -> list[Entry]:
        """Some of what follows `seq`, at least one event. Raises Trimmed, and Broken as `follow` does."""
        key = seq // BLOCK
        while not (found := _covering(self._blocks.get(key), seq)):
            joined = self._readings.get(key)
            mine = joined or self._reading(key, seq, min((key + 1) * BLOCK, until))
            if found := _covering(await asyncio.shield(mine), seq):
                break
            if joined is None:
                raise Trimmed
        return found

    def _reading(self, key: int, seq: int, until: int) -> asyncio.Task[list[Entry]]:
        task = self._readings[key] = asyncio.create_task(self._read(key, seq, until))
        return task

    async def _read(self, key: int, seq: int, until: int) -> list[Entry]:
        try:
            async with self._readers, aclosing(read_whole(self._log, self._epoch, seq + 1, until)) as parts:
                async for part in parts:
                    block = [_cleared(entry(stored), self._erased) for stored in part]
                    self._blocks.put(key, block, sum(each.size for each in block))
                    return block
            return []
        finally:
            # Before anyone is woken: who finds a finished reading here would join it again and again.
            del self._readings[key]


def _covering(block: list[Entry] | None, seq: int) -> list[Entry]:
    if not block or not block[0].seq <= seq + 1 <= block[-1].seq:
        return []
    return block[seq + 1 - block[0].seq :]


class Relay:
    """One reader of the log for all clients of this process."""

    def __init__(self, log: EventLog, epoch: str, head: int, ring: Ring | None = None) -> None:
        self.epoch = epoch
        self.ring = Ring(head) if ring is None else ring
        self.flushed = head
        """Batches reach up to here."""
        self.relayed = 0
        self.delay = 0.0
        """Seconds the newest event took from the log's disk to here."""
        self._log = log
        self._history = History(log, epoch)
        self._chunks: Recent[tuple[Selection, int], Chunk] = Recent(CHUNKS_BYTES)
        self._erased = Erased()
        self._at_once: set[Callable[[], object]] = set()
        self._on_flush: set[Callable[[], object]] = set()
        self._unflushed = 0
        self._last_flush = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def head(self) -> int:
        return self.ring.last

    async def run(self) -> None:
        """Follows the log without end. Raises Broken, also where a client has met with it."""
        following = asyncio.create_task(self._follow())
        try:
            await asyncio.wait([following, self._failure], return_when=asyncio.FIRST_COMPLETED)
            await (self._failure if self._failure.done() else following)
        finally:
            following.cancel()
            await asyncio.wait([following])

    def fail(self, error: Exception) -> None:
        if not self._failure.done():
            self._failure.set_exception(error)

    async def _follow(self) -> None:
        await self._learn()
        async with aclosing(follow(self._log, self.epoch, self.head)) as parts:
            async for part in parts:
                self._take(part)

    async def _learn(self) -> None:
        """What was erased before and may not have been deleted yet."""
        while True:
            try:
                await learn(self._log, self._erased)
            except Unavailable:
                await asyncio.sleep(RETRY)
            else:
                return self._history.erase(self._erased)

    def _erase(self, told: Stored) -> None:
        add_to(self._erased, told)
        self.ring.erase(self._erased)
        self._history.erase(self._erased)
        self._chunks = Recent(CHUNKS_BYTES)

    def _take(self, part: list[Stored]) -> None:
        for stored in part:
            new = entry(stored)
            self.ring.append(new)
            if new.tokens.type == ERASED:
                self._erase(stored)
            self._unflushed += len(stored.payload)
        self.relayed += len(part)
        self.delay = (datetime.now(UTC) - part[-1].time).total_seconds()
        for wake in self._at_once:
            wake()
        now = asyncio.get_running_loop().time()
        due = self._last_flush + FLUSH_SECONDS
        if now >= due or self._unflushed >= FLUSH_BYTES:
            self._flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_at(due, self._flush)

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._last_flush = asyncio.get_running_loop().time()
        self._unflushed = 0
        self.flushed = self.head
        for wake in self._on_flush:
            wake()

    def listen(self, wake: Callable[[], object], selection: Selection | None) -> None:
        """Calls `wake` when there is something new for such a selection; for None no more."""
        self._at_once.discard(wake)
        self._on_flush.discard(wake)
        if selection is not None and not selection.is_empty:
            (self._on_flush if selection.batch else self._at_once).add(wake)

    async def locate(self, since: Since | None) -> Position:
        """Where a client begins that has seen everything up to `since`.

        Not recovered, and at the head: where the log is another one, was trimmed behind it or has not come so far.
        """
        if since is None:
            return Position(True, self.head, self.head)
        if since.epoch != self.epoch:
            return Position(False, self.head, self.head)
        if self.ring.first - 1 <= since.seq <= self.head:
            return Position(True, since.seq, self.head)
        log_head = await current_head(self._log, self.epoch)
        head = max(self.head, log_head.last)
        first = log_head.first if log_head.first <= since.seq + 1 else await kept_from(self._log, self.epoch)
        if first - 1 <= since.seq <= head:
            return Position(True, since.seq, head)
        return Position(False, self.head, self.head)

    async def next(self, selection: Selection, after: int) -> Chunk | None:
        """What follows seq `after` for this selection, None where there is nothing yet. Raises Trimmed, Broken."""
        until = self.flushed if selection.batch else self.head
        if after >= until:
            return None
        if selection.is_empty:
            return Chunk(until, b"", 0)
        key = (selection, after)
        made = self._chunks.get(key)
        if made is None:
            made = chunk(selection, await self._entries(after, until), after)
            self._chunks.put(key, made, len(made.data) + 256)
        return made

    async def _entries(self, after: int, until: int) -> list[Entry]:
        if after + 1 >= self.ring.first:
            return self.ring.after(after, until)
        return await self._history.after(after, min(until, self.ring.first - 1))

    def lag(self, selection: Selection, after: int) -> int:
        """Bytes that a client at `after` still has to get, as far as the ring has them and one chunk looks."""
        entries = self.ring.after(max(after, self.ring.first - 1), self.head)
        return sum(len(each.frame) for each in entries if selection.takes(each.tokens))
