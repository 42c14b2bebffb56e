"""Runs a service: Hypercorn and the service's own tasks as one, so that neither goes on without the other."""

from __future__ import annotations

import asyncio
import logging
import secrets
import signal
import socket
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, MutableMapping
from typing import Any

from hypercorn.asyncio.run import worker_serve
from hypercorn.config import Config, Sockets
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

    On a signal `drain` is awaited first (it tells clients to come back), then the server ends, then the tasks.
    A task that fails or ends ends the service, and its error is raised here.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    async def stopped() -> None:
        await stop.wait()
        if drain is not None:
            await drain()
        await idle.close()

    sockets = Sockets([], [listening_socket(port, host)], [])
    config = hypercorn_config(websocket_max_bytes)
    idle = Idle(config.keep_alive_timeout)
    running = [asyncio.create_task(_endless(task)) for task in (*tasks, idle.run())]
    server = asyncio.create_task(
        worker_serve(wrap_app(brisk(app, idle), 1 << 20, "asgi"), config, sockets=sockets, shutdown_trigger=stopped)
    )
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
