"""Framing is held to wsproto; the connection is tried on a real Hypercorn in `test_app.py`."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypercorn.asyncio.task_group import TaskGroup
from hypercorn.config import Config
from hypercorn.protocol.ws_stream import Handshake, WSStream
from hypothesis import given
from hypothesis import strategies as st
from wsproto.connection import Connection, ConnectionType
from wsproto.events import Ping, TextMessage

from services.stream.wire import FRAGMENT, HypercornSocket, TooBig, fragments, text_frame


def read(data: bytes) -> list[TextMessage | Ping]:
    client = Connection(ConnectionType.CLIENT)
    client.receive_data(data)
    return [event for event in client.events() if isinstance(event, (TextMessage, Ping))]


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65535, 65536, 300_000])
def test_a_frame_of_any_length_is_read_as_one_message(length: int) -> None:
    messages = read(text_frame(b"x" * length) + text_frame("ä€😀".encode()))
    assert "".join(each.data for each in messages if isinstance(each, TextMessage)) == "x" * length + "ä€😀"
    assert sum(isinstance(each, TextMessage) and each.message_finished for each in messages) == 2


@given(st.lists(st.text(), max_size=20))
def test_joined_frames_are_read_one_by_one(texts: list[str]) -> None:
    messages = read(b"".join(text_frame(text.encode()) for text in texts))
    assert [each.data for each in messages if isinstance(each, TextMessage)] == texts


@pytest.mark.parametrize("length", [1, FRAGMENT - 1, FRAGMENT, FRAGMENT + 1, 3 * FRAGMENT + 5])
def test_a_long_message_is_parted_and_read_as_one(length: int) -> None:
    parts = fragments(b"y" * length)
    assert all(len(part) <= FRAGMENT + 10 for part in parts)
    ping = b"\x89\x00"
    messages = read(ping.join(parts))
    texts = [each for each in messages if isinstance(each, TextMessage)]
    assert "".join(each.data for each in texts) == "y" * length
    assert [each.message_finished for each in texts].count(True) == 1


class Server:
    """Hypercorn's objects around a WebSocket, as far as they are reached from it."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self.writer = writer

    async def protocol_send(self, event: Any) -> None:
        self.writer.write(event.data)


class Protocol:
    def __init__(self, server: Server) -> None:
        self.send = server.protocol_send

    async def stream_send(self, event: Any) -> None:
        await self.send(event)


@pytest.fixture
async def stream() -> AsyncIterator[WSStream]:
    here, there = socket.socketpair()
    _, writer = await asyncio.open_connection(sock=here)
    protocol = Protocol(Server(writer))
    tasks: Any = TaskGroup(asyncio.get_running_loop())
    context: Any = None
    app: Any = None
    made = WSStream(app, Config(), context, tasks, False, None, None, protocol.stream_send, 1)
    made.handshake = Handshake([(b"sec-websocket-extensions", b"permessage-deflate")], "1.1")
    yield made
    writer.close()
    there.close()


async def test_after_its_release_a_connection_keeps_nobody_waiting(stream: WSStream) -> None:
    queue: asyncio.Queue[Any] = asyncio.Queue(2)
    ours = HypercornSocket(queue.get, stream.app_send, 100)
    put: Any = stream.app_put
    for _ in range(2):
        await put({"type": "websocket.receive", "text": "x"})
    blocked = asyncio.create_task(put({"type": "websocket.receive", "text": "x"}))
    await asyncio.sleep(0)
    ours.release()
    async with asyncio.timeout(5):
        await blocked
        for _ in range(10):
            await put({"type": "websocket.receive", "text": "x"})


async def test_a_message_that_is_too_big_is_told_once_it_is_and_not_kept(stream: WSStream) -> None:
    queue: asyncio.Queue[Any] = asyncio.Queue(10)
    ours = HypercornSocket(queue.get, stream.app_send, 100)
    stream.buffer.extend(TextMessage(data="ä" * 50, message_finished=False))
    assert queue.empty()
    for _ in range(10):
        stream.buffer.extend(TextMessage(data="x" * 1000, message_finished=False))
    assert stream.buffer.value is None
    with pytest.raises(TooBig):
        await ours.receive()


async def test_compression_is_not_offered(stream: WSStream) -> None:
    HypercornSocket(asyncio.Queue().get, stream.app_send, 100)
    _, headers, _ = stream.handshake.accept(None, [])
    assert headers
    assert b"sec-websocket-extensions" not in dict(headers)


async def test_what_is_no_connection_of_hypercorns_is_refused() -> None:
    async def send(message: Any) -> None:
        raise AssertionError(message)

    with pytest.raises(TypeError, match=r"Hypercorn 0\.18"):
        HypercornSocket(asyncio.Queue().get, send, 100)
