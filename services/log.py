"""The log, as services use it: what is appended and stored, what it answers, and how it fails."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from msgspec import Struct

from services.events import Envelope, encode, message_id
from services.subjects import event_subject

BATCH_LIMIT = 1000
"""Messages in one atomic batch, as the server allows (ADR-50)."""


class Message(NamedTuple):
    """What is appended; `id` is its `Nats-Msg-Id`."""

    subject: str
    id: str
    payload: bytes


def message(event: Envelope[Any]) -> Message:
    """An event as it is appended."""
    return Message(event_subject(event.project, event.session, event.type), message_id(event), encode(event))


class Ack(NamedTuple):
    """Where the log has a message; `duplicate` where it had it before."""

    seq: int
    duplicate: bool


class Stored(Struct, frozen=True, gc=False):
    """A message as the log has it; `erased`: only its place, and whose it was (by a subject without a type)."""

    seq: int
    time: datetime
    subject: str
    payload: bytes
    erased: bool = False


class Head(NamedTuple):
    """The log's identity and extent; an empty log has last == first - 1.

    bytes, max_bytes: what it takes of the disk, and may. max_age: seconds for which it keeps events.
    """

    epoch: str
    first: int
    last: int
    bytes: int = 0
    max_bytes: int = 0
    max_age: int = 0


class LogError(Exception):
    """
    Unavailable            the log gives no answer; whether it stored what was sent is unknown
      Full                 the log answers that it has no room
      Missing              there is no log: it was not made yet, or was removed
    DuplicateInBatch       nothing of the batch was stored, since the log has one of its ids
    Conflict               a key of a table was changed meanwhile; nothing was stored
    Broken                 the log contradicts itself or its past: end the process and start anew
    """


class Unavailable(LogError):
    pass


class Full(Unavailable):
    pass


class Missing(Unavailable):
    pass


class DuplicateInBatch(LogError):
    pass


class Broken(LogError):
    pass


class Change(NamedTuple):
    """What became of one key of a table; an empty value is its deletion."""

    seq: int
    key: str
    value: bytes


class Conflict(LogError):
    """A key of a table was changed by another meanwhile."""


class Feed(Protocol):
    """What is stored from now on, as far as it arrives: the reader must look for holes."""

    async def next(self, silence: float) -> list[Stored]:
        """All that arrived since the last call, at least one; or nothing after `silence` seconds."""
        ...


class EventLog(Protocol):
    """The log, as services use it; `tests/memorylog.py` is the same in memory."""

    async def append(self, message: Message) -> Ack: ...

    async def append_batch(self, messages: Sequence[Message]) -> list[Ack]:
        """Stores all of at most 1,000 messages with one fsync, or none of them."""
        ...

    async def head(self) -> Head: ...

    def read(self, first: int, last: int) -> AsyncGenerator[list[Stored], None]:
        """Chunks of what is stored from `first` to `last`, in order; what was trimmed is left out."""
        ...

    def matching(self, subject: str, after: int = 0) -> AsyncGenerator[list[Stored], None]:
        """Chunks of all that is stored after seq `after` under a subject, which may have wildcards."""
        ...

    def live(self) -> AbstractAsyncContextManager[Feed]:
        """A feed of what is stored from now on."""
        ...

    async def erase(self, seq: int) -> None:
        """Overwrites a message on the disk, and leaves a hole; one that is not there is left alone.

        It takes some 10 ms, since the whole block around it is written anew (nats-server 2.15: a purge would be
        quick, but only marks what it leaves where it is).
        """
        ...
