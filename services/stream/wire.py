"""One WebSocket connection as clients use it, and what Hypercorn 0.18 needs for it.

Frames go out in the form they have on the wire, so that one encoding serves every client. Hypercorn would encode and
copy each again for each of them.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Awaitable, Callable, Generator
from contextlib import suppress
from typing import Any, Protocol

from hypercorn.protocol.events import Data
from hypercorn.protocol.ws_stream import WebsocketBuffer, WSStream
from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable
from wsproto.connection import ConnectionState
from wsproto.events import CloseConnection, Event, Message, TextMessage

FRAGMENT = 256 * 1024
"""A longer message is written in parts of so many bytes; between two of them Hypercorn may answer a ping."""

FAREWELL = 15.0
"""Seconds in which what was written, the close last, must have reached the client."""

_TEXT, _CONTINUATION, _FINAL = 0x01, 0x00, 0x80


class TooBig(Exception):
    """A message was longer than may be; it was not kept."""


class Socket(Protocol):
    """An accepted connection."""

    async def receive(self) -> str | None:
        """The next text message, "" for a binary one, None when the client is gone. Raises TooBig."""
        ...

    async def write(self, frame: bytes) -> None:
        """Returns when the client's socket has taken nearly all of it, which may be never."""
        ...

    async def close(self, code: int, reason: str) -> None: ...

    def release(self) -> None:
        """Nothing more is read, and what is written gets to the client within `FAREWELL` seconds or not at all."""
        ...


def text_frame(payload: bytes) -> bytes:
    """One message as it is on the wire (RFC 6455, section 5.2; a server does not mask)."""
    return frame_header(len(payload)) + payload


def frame_header(length: int, first: int = _FINAL | _TEXT) -> bytes:
    if length < 126:
        return bytes((first, length))
    if length < 1 << 16:
        return struct.pack("!BBH", first, 126, length)
    return struct.pack("!BBQ", first, 127, length)


def fragments(payload: bytes) -> tuple[bytes, ...]:
    """One message in frames of bounded size, so that a client that takes none holds little memory."""
    frames = []
    for start in range(0, len(payload), FRAGMENT):
        part = payload[start : start + FRAGMENT]
        last = start + FRAGMENT >= len(payload)
        first = (_CONTINUATION if start else _TEXT) | (_FINAL if last else 0)
        frames.append(frame_header(len(part), first) + part)
    return tuple(frames)


class _BoundedBuffer(WebsocketBuffer):
    """Hypercorn's adds first and measures then, and goes on adding for as long as the client goes on sending."""

    def __init__(self, max_length: int, overflow: Callable[[], None]) -> None:
        super().__init__(max_length)
        self._overflow = overflow
        self._over = False

    def extend(self, event: Message[Any]) -> None:
        size = len(event.data.encode()) if isinstance(event, TextMessage) else len(event.data)
        if not self._over and self.length + size > self.max_length:
            self._over = True
            self.clear()
            self._overflow()
        if not self._over:
            super().extend(event)
            self.length += size - len(event.data)


class HypercornSocket:
    """A connection of Hypercorn's, without what a hostile client makes of it.

    Compression is not negotiated: a few KB would become hundreds of MB, and it costs most of the fan-out. A message
    that is too big is not kept. When this side has ended, what the client still sends is dropped: Hypercorn would
    wait for ever for room in a queue that nobody reads any more.
    """

    def __init__(self, receive: ASGIReceiveCallable, send: ASGISendCallable, max_message: int) -> None:
        stream, queue = getattr(send, "__self__", None), getattr(receive, "__self__", None)
        if not isinstance(stream, WSStream) or not isinstance(queue, asyncio.Queue):
            raise TypeError("this is no connection of Hypercorn 0.18")
        self._stream: WSStream = stream
        self._queue: asyncio.Queue[Any] = queue
        self._send = send
        self._put: Callable[[Any], Awaitable[None]] = queue.put
        self._too_big = False
        self._released = False
        self._gone = False
        stream.handshake.extensions = None
        stream.buffer = _BoundedBuffer(max_message, self._overflow)
        stream.app_put = self._put_unless_released

    async def accept(self) -> None:
        await self._send({"type": "websocket.accept", "subprotocol": None, "headers": []})
        connection = self._stream.connection
        heard = connection.events

        def events() -> Generator[Event, None, None]:
            for event in heard():
                if isinstance(event, CloseConnection) and connection.state is ConnectionState.OPEN:
                    # A frame that is none (RFC 6455, section 7.1.7). Hypercorn would end the connection without a word.
                    self._transport().write(connection.send(CloseConnection(event.code, event.reason)))
                yield event

        connection.events = events  # type: ignore[method-assign]

    async def receive(self) -> str | None:
        while True:
            message = await self._queue.get()
            if message["type"] == "websocket.disconnect":
                self._gone = True
                return None
            if self._too_big:
                raise TooBig
            if message["type"] == "websocket.receive":
                return message.get("text") or ""

    async def write(self, frame: bytes) -> None:
        if not self._stream.closed:
            await self._stream.send(Data(stream_id=self._stream.stream_id, data=frame))

    async def close(self, code: int, reason: str) -> None:
        await self._send({"type": "websocket.close", "code": code, "reason": reason})

    def release(self) -> None:
        self._released = True
        while not self._queue.empty():
            self._queue.get_nowait()
        transport = self._transport()
        if not self._gone or transport.get_write_buffer_size():
            asyncio.get_running_loop().call_later(FAREWELL, transport.abort)

    def abort(self) -> None:
        self._transport().abort()

    def _transport(self) -> asyncio.WriteTransport:
        server = self._stream.send.__self__.send.__self__  # type: ignore[attr-defined]
        transport: asyncio.WriteTransport = server.writer.transport
        return transport

    def _overflow(self) -> None:
        self._too_big = True
        # A full queue is being read, and its reader looks at the flag.
        with suppress(asyncio.QueueFull):
            self._queue.put_nowait({"type": "websocket.receive"})

    async def _put_unless_released(self, message: Any) -> None:
        if not self._released:
            await self._put(message)
