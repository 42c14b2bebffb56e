"""Runs a service: Hypercorn and the service's own tasks as one, so that neither goes on without the other."""

from __future__ import annotations

import asyncio
import logging
import secrets
import signal
import socket
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, MutableMapping
from typing import Any

from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.config import Config
from hypercorn.utils import wrap_app

from services import problem
from services.http1 import Idle, brisk
from services.problem import Problem

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Any, Receive, Send], Awaitable[None]]
"""An ASGI application (https://asgi.readthedocs.io, version 3), as far as Lookout looks into it."""

HOSTS = ("localhost", "127.0.0.1", "[::1]")
BACKLOG = 4096
LEAVING = 0.3
"""Seconds in which connections that are in use end with an answer."""
DEAD_AFTER_MS = 15_000
"""A peer that does not acknowledge what was sent for so long is gone, whatever its socket says."""


def listening_socket(port: int, host: str = "127.0.0.1") -> socket.socket:
    """A listener; accepted connections inherit its options.

    TCP_USER_TIMEOUT ends the connection of a reader that stalls, which Hypercorn would keep open even after its
    handler has returned.
    """
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_AFTER_MS)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 10)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)
    listener.bind((host, port))
    listener.listen(BACKLOG)
    listener.setblocking(False)
    return listener


def for_this_machine(app: App) -> App:
    """The application, out of reach of pages of the web.

    A browser on this machine reaches this port past the gateway, and an agent's browser opens any page: so what the
    gateway looks at is looked at here too. Another name in `Host` is DNS rebinding; another origin than Lookout's own
    may send nothing. WebSockets are the stream service's to judge.
    """

    async def guarded(scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not _comes_from_here(scope["method"], dict(scope["headers"])):
            trouble = Problem(403, "Lookout talks to this machine and to its own page only.")
            headers = [(name.encode(), value.encode()) for name, value in problem.headers(trouble).items()]
            await send({"type": "http.response.start", "status": trouble.status, "headers": headers})
            await send({"type": "http.response.body", "body": problem.body(trouble)})
        else:
            await app(scope, receive, send)

    return guarded


def _comes_from_here(method: str, headers: Mapping[bytes, bytes]) -> bool:
    host = headers.get(b"host", b"localhost").decode("latin-1").lower()
    origin = headers.get(b"origin", b"").decode("latin-1").lower()
    name, colon, port = host.rpartition(":") if ":" in host.rpartition("]")[2] else (host, "", "")
    own = {f"http://{each}{colon}{port}" for each in HOSTS}
    return name in HOSTS and (not origin or method in ("GET", "HEAD") or origin in own)


def hypercorn_config(websocket_max_bytes: int) -> Config:
    config = Config()
    config.include_server_header = False
    # Longer than Caddy keeps an idle connection: the other way round a POST meets a closing one and fails with 502.
    config.keep_alive_timeout = 120
    config.keep_alive_max_requests = 1_000_000
    config.backlog = BACKLOG
    # More than the gateway lets through and adds: what is too long for h11 is refused without a word.
    config.h11_max_incomplete_size = 64 * 1024
    config.graceful_timeout = 5
    config.websocket_max_message_size = websocket_max_bytes
    config.accesslog = None
    config.errorlog = logging.getLogger("hypercorn.error")
    return config


async def serve(
    app: App,
    port: int,
    tasks: Iterable[Coroutine[Any, Any, None]] = (),
    drain: Callable[[], Awaitable[None]] | None = None,
    websocket_max_bytes: int = 64 * 1024,
    host: str = "127.0.0.1",
) -> None:
    """Serves `app` until SIGTERM or SIGINT, with `tasks` beside it.

    On a signal nothing more is accepted, `drain` is awaited (it tells clients to come back), then connections end, then
    the tasks. A task that fails or ends ends the service, and its error is raised here.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    config = hypercorn_config(websocket_max_bytes)
    idle = Idle(config.keep_alive_timeout)

    async def leave() -> None:
        await asyncio.gather(asyncio.sleep(LEAVING), *([drain()] if drain else []))
        await idle.close()

    running = [asyncio.create_task(_endless(task)) for task in (*tasks, idle.run())]
    server = asyncio.create_task(_listen(brisk(app, idle), config, listening_socket(port, host), stop, leave))
    try:
        await asyncio.wait([server, *running], return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.set()
        await asyncio.wait([server], timeout=config.graceful_timeout + 5)
        await cancel(server, *running)
    results = await asyncio.gather(server, *running, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, asyncio.CancelledError):
            raise result


async def _listen(
    app: App, config: Config, listener: socket.socket, stop: asyncio.Event, leave: Callable[[], Awaitable[None]]
) -> None:
    """What Hypercorn's `worker_serve` does, but for the end.

    That closes all idle connections, and only then the listener: a request that is on its way just then fails, and the
    gateway may not send it again, since it cannot know whether it was taken. Here who connects is refused first, which
    the gateway may try again; then each answer says that its connection ends; and what is idle still is closed last.
    """
    loop = asyncio.get_running_loop()
    context = WorkerContext(None)
    wrapped = wrap_app(app, 1 << 20, "asgi")
    connections: set[asyncio.Task[Any]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        task.add_done_callback(connections.discard)
        await TCPServer(wrapped, loop, config, context, {}, reader, writer)

    server = await asyncio.start_server(connected, backlog=config.backlog, sock=listener)
    try:
        await stop.wait()
        server.close()
        config.keep_alive_max_requests = 0
        await leave()
    finally:
        server.close()
        await context.terminated.set()
        if connections:
            await asyncio.wait(connections, timeout=config.graceful_timeout)
        await cancel(*connections)


async def cancel(*tasks: asyncio.Task[Any]) -> None:
    """Cancels tasks until they have ended.

    Once is not enough: before Python 3.12 `asyncio.wait_for`, which nats-py uses in every request, loses a
    cancellation that comes together with its result (python/cpython#86296).
    """
    pending = {task for task in tasks if not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=0.5)


async def _endless(task: Coroutine[Any, Any, None]) -> None:
    await task
    raise RuntimeError(f"{task} ended, which it never should")


def instance_name() -> str:
    """Tells this process apart from every other instance of its service, also after a restart."""
    return secrets.token_hex(6)
