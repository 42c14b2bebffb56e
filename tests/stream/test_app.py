"""The service as a process: real Hypercorn, real NATS, and clients that mean well or do not."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import socket
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from services.log import EventLog
from services.stream.app import own_origins
from services.subjects import API_STATE
from tests.conftest import until
from tests.stream.ends import message
from tests.stream.process import Service, append, frame, subscribe

MAX_CONNECTIONS = 12
numbers = itertools.count(1)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One process for all tests that leave it running: that it still serves the next one is part of them."""
    service = Service(tmp_path_factory.mktemp("stream"), LOOKOUT_MAX_CONNECTIONS=str(MAX_CONNECTIONS))
    service.nats.start()
    asyncio.run(service.make_log())
    service.start()
    yield service
    service.stop()
    assert "Traceback" not in service.log_text, service.log_text


@pytest.fixture
async def service(shared: Service) -> Service:
    await shared.until_healthy()
    await shared.until_connections(0)
    return shared


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Service]:
    """A process that a test may end."""
    service = Service(tmp_path)
    service.nats.start()
    yield service
    service.stop()


@pytest.fixture
async def log(service: Service) -> AsyncIterator[EventLog]:
    async with service.writer() as writer:
        yield writer


async def closed(client: ClientConnection, seconds: float = 10) -> tuple[int | None, list[dict[str, Any]]]:
    """The close code, and the frames before it."""
    frames = []
    async with asyncio.timeout(seconds):
        with suppress(ConnectionClosed):
            while True:
                frames.append(msgspec.json.decode(await client.recv()))
    return client.close_code, frames


async def raw(service: Service, extra: str = "", receive_buffer: int | None = None) -> socket.socket:
    """A WebSocket connection by hand, to do with what no library would."""
    loop = asyncio.get_running_loop()
    client = socket.socket()
    if receive_buffer:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    client.setblocking(False)
    await loop.sock_connect(client, ("127.0.0.1", service.port))
    key = "dGhlIHNhbXBsZSBub25jZQ=="
    request = f"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{extra}"
    request += f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    await loop.sock_sendall(client, request.encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += await loop.sock_recv(client, 1)
    assert b" 101 " in answer
    return client


def masked(payload: bytes, opcode: int = 1, final: bool = True) -> bytes:
    first = opcode | (0x80 if final else 0)
    length = len(payload)
    if length < 126:
        return struct.pack("!BBI", first, 0x80 | length, 0) + payload
    return struct.pack("!BBQI", first, 0x80 | 127, length, 0) + payload


async def test_an_event_goes_from_the_log_to_a_client_and_is_resumed_after(service: Service, log: EventLog) -> None:
    async with service.connect() as client:
        hello = await frame(client, "hello")
        await subscribe(client, "tool_use", id="mine")
        ack = await log.append(message(next(numbers), data={"tool": "Bash", "phase": "started"}))
        event = await frame(client, "tool_use")
    assert (event["seq"], event["data"]) == (ack.seq, {"tool": "Bash", "phase": "started"})
    await log.append(message(next(numbers)))
    async with service.connect() as client:
        since = {"epoch": hello["data"]["epoch"], "seq": event["seq"]}
        answer = await subscribe(client, "*", since=since, batch=True)
        assert answer["recovered"]
        batch = await frame(client, "batch")
        assert [each["seq"] for each in batch["data"]] == [ack.seq + 1]


@pytest.mark.parametrize("path", ["/ws", "/socket.io", "/socket.io/", "/ws?token=1"])
async def test_the_promised_paths_are_served(service: Service, path: str) -> None:
    async with service.connect(path) as client:
        await frame(client, "hello")


async def test_another_path_is_not_found(service: Service) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        await service.connect("/nowhere")
    assert refusal.value.response.status_code == 404


@pytest.mark.parametrize(
    ("origin", "status"),
    [("http://evil.example", 403), ("null", 403), ("http://localhost", 403), ("https://localhost:{}", 403)],
)
async def test_a_page_from_elsewhere_may_not_connect(service: Service, origin: str, status: int) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        await service.connect(origin=origin.format(service.base))
    assert refusal.value.response.status_code == status


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "LOCALHOST"])
async def test_lookouts_own_page_may_connect(service: Service, host: str) -> None:
    async with service.connect(origin=f"http://{host}:{service.base}") as client:
        await frame(client, "hello")


def test_the_usual_http_port_is_not_named_in_an_origin() -> None:
    assert "http://localhost" in own_origins(80)


async def test_websockets_can_be_switched_off(tmp_path: Path) -> None:
    configuration = tmp_path / "off.yaml"
    configuration.write_text("monitoring:\n  websocket:\n    enabled: false\n")
    service = Service(tmp_path, LOOKOUT_CONFIG=str(configuration))
    service.nats.start()
    try:
        async with service.nats.connected("api") as api:
            await api.log.ensure_stream("epoch-1", 3600, 256 << 20)
            service.start()
            await service.until_healthy()
            with pytest.raises(InvalidStatus) as refusal:
                await service.connect()
    finally:
        service.stop()
    assert refusal.value.response.status_code == 404
    assert b"monitoring.websocket.enabled" in refusal.value.response.body


async def test_compression_is_not_negotiated(service: Service) -> None:
    async with service.connect(compression="deflate") as client:
        assert client.response is not None
        assert "Sec-WebSocket-Extensions" not in client.response.headers
        await frame(client, "hello")


async def test_health_and_readiness_are_told_over_http(service: Service) -> None:
    async with service.connect() as client, httpx.AsyncClient() as http:
        await frame(client, "hello")
        health = await service.health()
        assert health["status"] == "healthy"
        assert health["connections"] == 1
        assert (await http.get(f"http://127.0.0.1:{service.port}/readyz")).status_code == 200
        answer = await http.get(f"http://127.0.0.1:{service.port}/ws")
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_one_client_too_many_is_told_to_come_later(service: Service) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(MAX_CONNECTIONS):
            client = await stack.enter_async_context(service.connect())
            await frame(client, "hello")
        async with service.connect() as late:
            code, frames = await closed(late)
        assert code == 1013
        assert [each["event"] for each in frames] == ["error"]
        assert "max_connections" in frames[0]["data"]["message"]
    await service.until_connections(0)
    async with service.connect() as client:
        await frame(client, "hello")


async def test_a_big_state_comes_in_parts_and_whole(service: Service) -> None:
    big = msgspec.json.encode({"instance": "i", "epoch": "e", "seq": 1, "state": {"x": "y" * 3_000_000}})

    async def answer(subject: str, payload: bytes) -> bytes:
        return big

    async with (
        service.nats.connected("api") as api,
        api.bus.subscribed(API_STATE, answer),
        service.connect(max_size=None) as client,
    ):
        await client.send('{"event":"get_state","data":{}}')
        state = await frame(client, "state")
        assert state["data"] == msgspec.json.decode(big)


@pytest.mark.parametrize(
    ("garbage", "code"),
    [
        (masked(b"\xff\xfe\xfd"), 1007),
        (masked(b"\xc3"), 1007),
        (b"\x81\x05hello", 1002),
        (masked(b"x" * 130, opcode=9), 1002),
        (masked(b"{}", opcode=3), 1002),
        (masked(b"", opcode=0), 1002),
        (masked(b"\x03", opcode=8), 1002),
        (b"\xc1\x80\x00\x00\x00\x00", 1002),
    ],
    ids=["invalid utf-8", "cut utf-8", "unmasked", "long ping", "reserved", "continuation", "close", "rsv"],
)
async def test_bytes_that_are_no_websocket_end_that_connection_alone_with_a_close_code(
    service: Service, garbage: bytes, code: int
) -> None:
    async with service.connect() as bystander:
        await frame(bystander, "hello")
        client = await raw(service)
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(client, garbage)
        answer = b""
        async with asyncio.timeout(5):
            with suppress(ConnectionError):
                while part := await loop.sock_recv(client, 65536):
                    answer += part
        client.close()
        assert b"\x88" in answer, answer
        assert struct.pack("!H", code) in answer[answer.rindex(b"\x88") :]
        await service.until_connections(1)
        await bystander.send('{"event":"nonsense"}')
        await frame(bystander, "error")


async def test_noise_ends_that_connection_alone(service: Service) -> None:
    async with service.connect() as bystander:
        await frame(bystander, "hello")
        client = await raw(service)
        loop = asyncio.get_running_loop()
        with suppress(ConnectionError):
            await loop.sock_sendall(client, b"\x7f" + os.urandom(4096))
        client.close()
        await service.until_connections(1)


async def test_a_binary_message_is_a_mistake(service: Service) -> None:
    async with service.connect() as client:
        await client.send(b"\x00\x01")
        assert "not understood" in (await frame(client, "error"))["data"]["message"]


async def test_a_flood_of_messages_is_stopped(service: Service) -> None:
    async with service.connect() as client:
        with suppress(ConnectionClosed):
            for _ in range(5000):
                await client.send('{"event":"pong"}')
        code, _ = await closed(client)
        assert code == 4429
    await service.until_connections(0)


async def test_a_message_that_is_a_little_too_big_is_refused(service: Service) -> None:
    async with service.connect() as client:
        await client.send("x" * 16 * 1024)
        await frame(client, "error")
        await client.send("x" * (16 * 1024 + 1))
        code, _ = await closed(client)
        assert code == 1009


big_message = masked(b"x" * (1 << 20))
endless_fragment = masked(b"x" * (1 << 20), opcode=0, final=False)
crumbs = masked(b"{}") * (1 << 16)
pings = masked(b"p" * 100, opcode=9) * (1 << 13)


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (b"", big_message),
        (masked(b"x", final=False), endless_fragment),
        (big_message, crumbs),
        (big_message, pings),
        (b"", crumbs),
        (struct.pack("!BBQI", 0x81, 0xFF, 1 << 40, 0), b"x" * (1 << 20)),
    ],
    ids=["messages", "fragments", "big then crumbs", "big then pings", "crumbs", "one without end"],
)
async def test_a_client_that_ignores_its_close_and_goes_on_takes_nothing(
    service: Service, first: bytes, then: bytes
) -> None:
    before, files = service.memory, service.open_files
    client = await raw(service)
    peak = before
    sent = 0
    loop = asyncio.get_running_loop()
    with suppress(ConnectionError, TimeoutError):
        async with asyncio.timeout(8):
            await loop.sock_sendall(client, first)
            while sent < 300 << 20:
                await loop.sock_sendall(client, then)
                sent += len(then)
                peak = max(peak, service.memory)
    await until(lambda: service.open_files <= files, "the connection is given up")
    client.close()
    assert max(peak, service.memory) - before < 24 << 20, f"after {sent >> 20} MiB"


async def test_a_deflate_bomb_is_no_bomb(service: Service) -> None:
    before = service.memory
    client = await raw(service, "Sec-WebSocket-Extensions: permessage-deflate\r\n")
    loop = asyncio.get_running_loop()
    with suppress(ConnectionError):
        await loop.sock_sendall(client, b"\xc1\xff" + struct.pack("!QI", 194_000, 0) + b"\x00" * 194_000)
    await service.until_connections(0)
    client.close()
    assert service.memory - before < 8 << 20


async def test_readers_that_stall_are_sent_away_and_hurt_nobody_else(service: Service, log: EventLog) -> None:
    async with service.connect() as healthy:
        await subscribe(healthy, "*")
        stalled = [await raw(service, receive_buffer=4096) for _ in range(8)]
        loop = asyncio.get_running_loop()
        for client in stalled:
            await loop.sock_sendall(client, masked(b'{"event":"subscribe","data":{"events":["*"]}}'))
        await service.until_connections(9)
        await append(log, next(numbers) * 10_000, 1)
        seq = (await frame(healthy, "tool_use"))["seq"]
        before = service.memory
        for _ in range(16):
            await append(log, next(numbers) * 10_000, 20, data={"x": "x" * 50_000})
            for _ in range(20):
                seq += 1
                assert (await frame(healthy, "tool_use", 5))["seq"] == seq
        # The ring keeps the events too; what is beyond them is the clients'.
        assert service.memory - before < (16 << 20) + 8 * (2 << 20) + (16 << 20)
        await service.until_connections(1, seconds=20)
        for client in stalled:
            client.close()


async def test_on_stop_every_client_is_told_to_come_back(own: Service) -> None:
    await own.make_log()
    own.start()
    await own.until_healthy()
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(own.connect()) for _ in range(20)]
        for client in clients:
            await subscribe(client, "*")
        stalled = await raw(own, receive_buffer=4096)
        own.tell_to_stop()
        codes = [(await closed(client))[0] for client in clients]
        assert codes == [1012] * 20
        assert await own.exit_code(8) == 0
        stalled.close()
    assert "Traceback" not in own.log_text, own.log_text


async def test_it_waits_for_the_log_and_then_serves(own: Service) -> None:
    own.start()
    await until(lambda: "waiting for the log" in own.log_text, "the service waits")
    await own.make_log()
    await own.until_healthy()
    assert (await own.health())["seq"] == 0


async def test_a_broker_that_is_killed_costs_no_event(own: Service) -> None:
    await own.make_log()
    own.start()
    await own.until_healthy()
    async with own.connect() as client:
        await subscribe(client, "*")
        async with own.writer() as log:
            await append(log, 1, 50)
        own.nats.kill()
        own.nats.start()
        async with own.writer() as log:
            await append(log, 51, 50)
            got = [(await frame(client, "tool_use"))["seq"] for _ in range(100)]
        assert got == list(range(1, 101))


async def test_another_log_ends_the_service_for_a_fresh_start(own: Service) -> None:
    await own.make_log()
    own.start()
    await own.until_healthy()
    async with own.connect() as client:
        await subscribe(client, "*")
        own.nats.kill()
        shutil.rmtree(own.nats.store)
        own.nats.start()
        await own.make_log("epoch-2")
        code, _ = await closed(client, 20)
        assert code == 1012
    assert await own.exit_code() != 0
    assert "another epoch" in own.log_text
