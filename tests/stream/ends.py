"""The other ends of the stream service in memory: a client's socket, and the bus with an API on it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from wsproto.connection import Connection, ConnectionType
from wsproto.events import TextMessage

from services.eventlog import Bus, Handler
from services.events import Envelope, encode, now
from services.log import Message, Unavailable
from services.stream.wire import TooBig
from services.subjects import event_subject
from tests.memorylog import MemoryLog


class MemorySocket:
    """A client that reads what is written by the rules of RFC 6455, unless it is `stalled`."""

    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []
        self.closed: tuple[int, str] | None = None
        self.released = False
        self.written = 0
        self.reads = asyncio.Event()
        self.reads.set()
        self._said: asyncio.Queue[str | TooBig | None] = asyncio.Queue()
        self._parser = Connection(ConnectionType.CLIENT)
        self._text = ""
        self._news = asyncio.Event()

    # The service's side.

    async def receive(self) -> str | None:
        message = await self._said.get()
        if isinstance(message, TooBig):
            raise message
        return message

    async def write(self, frame: bytes) -> None:
        self.written += len(frame)
        self._parser.receive_data(frame)
        for event in self._parser.events():
            assert isinstance(event, TextMessage), event
            self._text += event.data
            if event.message_finished:
                self.frames.append(msgspec.json.decode(self._text))
                self._text = ""
        self._news.set()
        await self.reads.wait()

    async def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)
        self._news.set()
        await self.reads.wait()
        self.leave()

    def release(self) -> None:
        self.released = True

    # The client's side.

    def say(self, event: str, **data: Any) -> None:
        self.say_text(msgspec.json.encode({"event": event, "data": data}).decode())

    def say_text(self, text: str) -> None:
        self._said.put_nowait(text)

    def say_too_much(self) -> None:
        self._said.put_nowait(TooBig())

    def leave(self) -> None:
        self._said.put_nowait(None)

    def stall(self) -> None:
        self.reads.clear()

    async def frame(self, event: str, seconds: float = 10) -> dict[str, Any]:
        """The first frame of this kind; it and all before it are taken away."""
        async with asyncio.timeout(seconds):
            while True:
                for number, frame in enumerate(self.frames):
                    if frame["event"] == event:
                        del self.frames[: number + 1]
                        return frame
                self._news.clear()
                await self._news.wait()

    def events(self) -> list[dict[str, Any]]:
        """Every event so far, also those in batches."""
        found: list[dict[str, Any]] = []
        for frame in self.frames:
            if frame["event"] == "batch":
                found += frame["data"]
            elif "stored" in frame or ("seq" in frame and frame["event"] != "ping"):
                found.append(frame)
        return found


class MemoryBus(Bus):
    """Subjects are matched token by token; `*` is one token."""

    def __init__(self) -> None:
        self.subscribers: list[tuple[list[str], Handler]] = []
        self.questions: list[tuple[str, Any]] = []
        self.breaks = 0

    @property
    def reconnects(self) -> int:
        return self.breaks

    async def publish(self, subject: str, payload: bytes) -> None:
        for handler in self._handlers(subject):
            await handler(subject, payload)

    async def request(self, subject: str, payload: bytes, timeout: float = 2.0) -> bytes:
        self.questions.append((subject, msgspec.json.decode(payload)))
        await asyncio.sleep(0)
        for handler in self._handlers(subject):
            answer = await handler(subject, payload)
            if answer is not None:
                return answer
        raise Unavailable("nobody answers (NoRespondersError)")

    @asynccontextmanager
    async def subscribed(self, subject: str, handler: Handler, queue: str = "") -> AsyncIterator[None]:
        mine = (subject.split("."), handler)
        self.subscribers.append(mine)
        try:
            yield
        finally:
            self.subscribers.remove(mine)

    def _handlers(self, subject: str) -> list[Handler]:
        names = subject.split(".")
        return [
            handler
            for pattern, handler in list(self.subscribers)
            if len(pattern) == len(names) and all(p in ("*", n) for p, n in zip(pattern, names, strict=True))
        ]


def event(number: int, **fields: Any) -> Envelope[Any]:
    defaults: dict[str, Any] = {
        "id": f"id-{number}",
        "source": "test",
        "type": "tool_use",
        "time": now(),
        "project": "p",
        "session": "s",
        "agent": "pm",
        "data": {"n": number},
    }
    return Envelope[Any](**(defaults | fields))


def message(number: int, **fields: Any) -> Message:
    made = event(number, **fields)
    return Message(event_subject(made.project, made.session, made.type), made.id, encode(made))


async def fill(log: MemoryLog, *numbers: int, **fields: Any) -> None:
    for number in numbers:
        await log.append(message(number, **fields))
