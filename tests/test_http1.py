"""Answers as they are on the wire, and connections between two requests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypercorn.asyncio.run import worker_serve
from hypercorn.config import Sockets
from hypercorn.utils import wrap_app

from services.asgi import hypercorn_config, listening_socket
from services.http1 import Idle, brisk
from tests.conftest import until
from tests.freeports import free_ports

LONG = 300.0


class App:
    """Answers with the pieces of a body, as soon as it may."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = pieces
        self.may = asyncio.Event()
        self.may.set()
        self.asked = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            return
        self.asked += 1
        await self.may.wait()
        length = str(sum(map(len, self._pieces))).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
        for number, piece in enumerate(self._pieces, 1):
            await send({"type": "http.response.body", "body": piece, "more_body": number < len(self._pieces)})


class Line:
    """A connection, as a client has it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def ask(self, method: str = "GET") -> None:
        self._writer.write(f"{method} / HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())

    async def read(self) -> bytes:
        """What has come, at least a byte; b"" where the other side has closed it."""
        return await asyncio.wait_for(self._reader.read(65536), 20)


@asynccontextmanager
async def served(app: App, idle: Idle) -> AsyncIterator[Line]:
    """A connection to it."""
    [port] = free_ports(1)
    sockets, stop = Sockets([], [listening_socket(port)], []), asyncio.Event()
    wrapped = wrap_app(brisk(app, idle), 1 << 20, "asgi")
    server = asyncio.create_task(
        worker_serve(wrapped, hypercorn_config(65536), sockets=sockets, shutdown_trigger=stop.wait)
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Line(reader, writer)
    finally:
        writer.close()
        stop.set()
        await server


@pytest.mark.parametrize("body", [b"hello", b""])
async def test_a_short_answer_is_one_piece_on_the_wire(body: bytes) -> None:
    async with served(App(body), Idle(LONG)) as line:
        for _ in range(2):
            line.ask()
            head, _, rest = (await line.read()).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 \r\ncontent-length: %d\r\ndate: " % len(body))
            assert rest == body


async def test_an_answer_in_parts_comes_as_it_is_made() -> None:
    async with served(App(b"one", b"two"), Idle(LONG)) as line:
        line.ask()
        answer = b""
        while not answer.endswith(b"onetwo"):
            answer += await line.read()
        assert answer.startswith(b"HTTP/1.1 200 \r\ncontent-length: 6\r\n")


async def test_an_answer_to_head_has_no_body() -> None:
    async with served(App(b"hello"), Idle(LONG)) as line:
        for method, end in (("HEAD", b"\r\n\r\n"), ("GET", b"\r\n\r\nhello")):
            line.ask(method)
            answer = b""
            while not answer.endswith(end):
                answer += await line.read()
            assert answer.count(b"HTTP/1.1") == 1


async def test_a_connection_that_was_idle_for_too_long_is_closed() -> None:
    idle = Idle(0.0)
    sweeping = asyncio.create_task(idle.run())
    async with served(App(b"hello"), idle) as line:
        line.ask()
        assert await line.read()
        assert await line.read() == b""
    sweeping.cancel()


async def test_at_the_end_idle_connections_are_closed_and_busy_ones_when_they_have_their_answer() -> None:
    app, idle = App(b"hello"), Idle(LONG)
    async with served(app, idle) as line:
        line.ask()
        assert await line.read()
        app.may.clear()
        line.ask()
        await until(lambda: app.asked == 2, "the second request has come")
        await idle.close()
        app.may.set()
        assert (await line.read()).endswith(b"hello")
        assert await line.read() == b""


async def test_a_connection_that_the_client_has_left_is_forgotten() -> None:
    idle = Idle(LONG)
    async with served(App(b"hello"), idle) as line:
        line.ask()
        assert await line.read()
        await until(lambda: len(idle) == 1, "the request is over")
    assert len(idle) == 0
