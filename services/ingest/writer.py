"""Group commit: what waits is stored with one fsync, and an answer means that it is on the disk.

Alone, an event is appended at once. While fewer than `BATCH_FROM` wait they are appended singly, side by side, since
an atomic batch costs about 3 ms of its own; above that what waits goes as one batch, one at a time. A batch is refused
whole for one id that the log has, and doubled hooks are common: so the writer remembers recent ids and lets an equal
one share the first one's answer.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Iterable, Sequence

from msgspec import Struct

from services.log import Ack, DuplicateInBatch, EventLog, Full, LogError, Message, Unavailable
from services.room import Room

BATCH_FROM = 16
"""Waiting events from which on a batch is faster than single appends (measured: 8 loses, 16 to 24 wins)."""
BATCH_MESSAGES = 500
BATCH_BYTES = 4 << 20
REMEMBERED = 50_000
"""Recent ids; the log itself knows those of its last ten minutes."""
WAITING_BYTES = 64 << 20
"""Payload in flight, above which new events are turned away."""
WAITING_SECONDS = 0.75
"""How long an event may wait for its turn: with the time that the log has for an append, everyone is answered within
3 s, however many wait for a log that does not answer."""
ANSWER_SECONDS = 5.0
"""After which a request is answered whatever became of its events: a batch that has a duplicate is sent twice."""


class Answer(Struct, gc=False):
    """What became of a message: None and None as long as nothing is known. Several requests may wait for it.

    Tens of thousands are remembered, which the collector of cycles need not look through.
    """

    ack: Ack | None = None
    error: LogError | None = None
    requests: tuple[Request, ...] = ()

    @property
    def is_known(self) -> bool:
        return self.ack is not None or self.error is not None

    def settle(self, ack: Ack | None, error: LogError | None) -> None:
        self.ack, self.error = ack, error
        for request in self.requests:
            request.one_less()
        self.requests = ()

    def result(self, first: bool) -> Ack:
        if self.ack is None:
            raise self.error or Unavailable("nothing is known of the event")
        return self.ack if first else Ack(self.ack.seq, True)


class Request:
    """Waits for many answers by one future: a future for each costs more than storing an event."""

    __slots__ = ("_done", "_left")

    def __init__(self, answers: Iterable[Answer]) -> None:
        self._done = asyncio.get_running_loop().create_future()
        self._left = 0
        for answer in answers:
            if not answer.is_known:
                self._left += 1
                answer.requests += (self,)

    def one_less(self) -> None:
        self._left -= 1
        # The client may be gone.
        if not self._left and not self._done.done():
            self._done.set_result(None)

    async def answered(self) -> None:
        if self._left:
            await self._done


class Waiting(Struct, gc=False):
    """`since` is a monotonic time in seconds."""

    message: Message
    answer: Answer
    since: float


class Writer:
    """Appends events for many requests at once; no request's failure is another's."""

    def __init__(self, log: EventLog, room: Room | None = None) -> None:
        self._log = log
        self.room = room
        """On the disk of the log, where it is this machine's."""
        self._waiting: deque[Waiting] = deque()
        self._singles: set[asyncio.Task[None]] = set()
        self._answers: OrderedDict[str, Answer] = OrderedDict()
        self._bytes = 0
        self._signal = asyncio.Event()
        self.stored = 0
        self.duplicates = 0
        self.batches = 0

    @property
    def bytes_waiting(self) -> int:
        return self._bytes

    async def append(self, messages: Sequence[Message]) -> list[Ack]:
        """Where the log has these messages, once they are on disk.

        Raises Unavailable where that is not known of any one of them, Full where the log has no room: whoever sent
        them sends them again, with the same ids.
        """
        if self.room is not None and self.room.is_full:
            raise Full("the disk is full")
        size = sum(len(message.payload) for message in messages)
        if self._bytes + size > WAITING_BYTES:
            raise Unavailable("too many events are waiting to be stored")
        self._bytes += size
        try:
            answers = [self._enqueue(message) for message in messages]
            self._signal.set()
            async with asyncio.timeout(ANSWER_SECONDS):
                await Request(answer for answer, _ in answers).answered()
            return [answer.result(first) for answer, first in answers]
        except TimeoutError:
            self._forget(messages)
            raise Unavailable(f"nothing was heard of it for {ANSWER_SECONDS:.0f} s") from None
        finally:
            self._bytes -= size

    def _enqueue(self, message: Message) -> tuple[Answer, bool]:
        known = self._answers.get(message.id)
        if known is not None:
            self.duplicates += 1
            return known, False
        answer = Answer()
        self._answers[message.id] = answer
        if len(self._answers) > REMEMBERED:
            self._answers.popitem(last=False)
        self._waiting.append(Waiting(message, answer, time.monotonic()))
        return answer, True

    def _forget(self, messages: Iterable[Message]) -> None:
        """What has no answer still: a retry is sent, and does not wait for that one too."""
        for message in messages:
            answer = self._answers.get(message.id)
            if answer is not None and not answer.is_known:
                del self._answers[message.id]

    async def run(self) -> None:
        """Stores what waits, without end; an error that is no LogError ends it, and is raised."""
        async with asyncio.TaskGroup() as group:
            while True:
                await self._signal.wait()
                self._signal.clear()
                while self._waiting:
                    self._turn_away(time.monotonic() - WAITING_SECONDS)
                    if len(self._waiting) >= BATCH_FROM:
                        await self._store_batch(self._take_batch())
                    else:
                        self._start_singles(group)
                        await self._room_for_more()

    def _turn_away(self, before: float) -> None:
        """Fails what has waited since before that time; it was not sent."""
        while self._waiting and self._waiting[0].since < before:
            self._fail(self._waiting.popleft(), Unavailable("the log is too slow for all the events there are"))

    def _take_batch(self) -> list[Waiting]:
        taken: list[Waiting] = []
        size = 0
        while self._waiting and len(taken) < BATCH_MESSAGES and size < BATCH_BYTES:
            taken.append(self._waiting.popleft())
            size += len(taken[-1].message.payload)
        return taken

    async def _store_batch(self, batch: list[Waiting]) -> None:
        try:
            acks = await self._log.append_batch([each.message for each in batch])
        except DuplicateInBatch:
            await asyncio.gather(*(self._store(each) for each in batch))
        except LogError as error:
            for each in batch:
                self._fail(each, error)
        else:
            self.batches += 1
            for each, ack in zip(batch, acks, strict=True):
                self._succeed(each, ack)

    def _start_singles(self, group: asyncio.TaskGroup) -> None:
        while self._waiting:
            task = group.create_task(self._store(self._waiting.popleft()))
            self._singles.add(task)
            task.add_done_callback(self._singles.discard)

    async def _room_for_more(self) -> None:
        """Waits while `BATCH_FROM` appends are under way, so that what arrives meanwhile gathers to a batch."""
        while len(self._singles) >= BATCH_FROM:
            await asyncio.wait(self._singles, return_when=asyncio.FIRST_COMPLETED)

    async def _store(self, each: Waiting) -> None:
        try:
            ack = await self._log.append(each.message)
        except LogError as error:
            self._fail(each, error)
        else:
            self._succeed(each, ack)

    def _succeed(self, each: Waiting, ack: Ack) -> None:
        if ack.duplicate:
            self.duplicates += 1
        else:
            self.stored += 1
        each.answer.settle(ack, None)

    def _fail(self, each: Waiting, error: LogError) -> None:
        # Forgotten, so that the retry is sent and not answered with this failure.
        self._answers.pop(each.message.id, None)
        each.answer.settle(None, error)
