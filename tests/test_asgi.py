"""A service as it is run: its tasks and its server live and end together."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
from typing import Any

import httpx
import pytest

from services.asgi import for_this_machine, hypercorn_config, listening_socket, serve
from services.settings import ROOT
from tests.conftest import until
from tests.freeports import free_ports


async def hello(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})


async def forever() -> None:
    await asyncio.Event().wait()


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def test_on_a_signal_nobody_else_may_connect_and_who_is_connected_is_answered_and_told() -> None:
    [port] = free_ports(1)
    url = f"http://127.0.0.1:{port}/"
    answers: list[httpx.Response] = []
    async with httpx.AsyncClient() as client:

        async def drain() -> None:
            assert not accepts(port)
            answers.append(await client.get(url))

        running = asyncio.create_task(serve(hello, port, [forever()], drain))
        await until(lambda: accepts(port), "the server listens")
        answers.append(await client.get(url))
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(running, 10)
    assert [answer.text for answer in answers] == ["hello", "hello"]
    assert [answer.headers.get("connection") for answer in answers] == [None, "close"]
    assert "server" not in answers[0].headers


async def test_a_task_that_fails_ends_the_service_with_its_error() -> None:
    async def fail() -> None:
        raise ValueError("broken fold")

    with pytest.raises(ValueError, match="broken fold"):
        await serve(hello, free_ports(1)[0], [forever(), fail()])


async def test_a_task_that_ends_by_itself_is_a_fault() -> None:
    async def end() -> None:
        pass

    with pytest.raises(RuntimeError, match="never should"):
        await serve(hello, free_ports(1)[0], [end()])


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("POST", {}, 200),
        ("POST", {"host": "localhost:5000"}, 200),
        ("POST", {"host": "LOCALHOST:5000", "origin": "http://127.0.0.1:5000"}, 200),
        ("POST", {"host": "[::1]:5000", "origin": "http://[::1]:5000"}, 200),
        ("POST", {"host": "localhost", "origin": "http://localhost"}, 200),
        ("POST", {"host": "localhost:5000", "origin": "http://evil.example"}, 403),
        ("POST", {"host": "localhost:5000", "origin": "http://localhost:3000"}, 403),
        ("DELETE", {"host": "localhost:5000", "origin": "null"}, 403),
        ("GET", {"host": "localhost:5000", "origin": "http://evil.example"}, 200),
        ("GET", {"host": "evil.example:5001"}, 403),
        ("GET", {"host": "localhost.evil.example"}, 403),
        ("GET", {"host": "[::1]evil.example"}, 403),
    ],
)
async def test_no_page_of_the_web_reaches_a_service_past_the_gateway(
    method: str, headers: dict[str, str], status: int
) -> None:
    transport = httpx.ASGITransport(for_this_machine(hello))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:5001") as client:
        assert (await client.request(method, "/events", headers=headers)).status_code == status


def test_an_accepted_connection_dies_when_its_reader_stalls() -> None:
    [port] = free_ports(1)
    with listening_socket(port) as listener, socket.create_connection(("127.0.0.1", port)):
        listener.setblocking(True)
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 15_000
            assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1


@pytest.mark.parametrize("name", ["Caddyfile", "team.Caddyfile"])
def test_no_head_of_a_request_that_the_gateway_lets_through_is_too_long_for_a_service(name: str) -> None:
    """Go allows 4 KiB more than it is told (net/http, DefaultMaxHeaderBytes), and the gateway adds headers."""
    kilobytes = re.search(r"max_header_size (\d+)KB", (ROOT / "gateway" / name).read_text())
    assert kilobytes is not None
    assert hypercorn_config(0).h11_max_incomplete_size >= 2 * 1000 * int(kilobytes[1])
