"""The stream service: WebSocket clients at /ws and /socket.io, and its own health over HTTP."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable, WebsocketScope

from services import asgi
from services.access import IDENTITY, Access, Action, Identity
from services.accounts import Accounts
from services.asgi import App, Receive, Send
from services.beats import beat
from services.broker import connected
from services.events import now
from services.follow import RETRY
from services.guard import Uses, accounts_of, following, guarded, refuse
from services.log import EventLog, Head, Unavailable
from services.pages import Pages
from services.problem import Problem
from services.settings import Settings, WebSocket
from services.stream import protocol
from services.stream.client import Client
from services.stream.relay import Relay
from services.stream.states import States
from services.stream.wire import HypercornSocket

PATHS = {"/ws", "/socket.io", "/socket.io/"}
SWEEP = 1.0
LEAVING = 0.5
"""Seconds over which clients are sent away at the end, so that they do not all come back at once."""

GONE_BY = 2.5

log = logging.getLogger(__name__)


class Clients:
    """All WebSocket connections of this process; an ASGI application for the scope `websocket`."""

    def __init__(
        self,
        relay: Relay,
        states: States,
        offered: WebSocket,
        origins: frozenset[str],
        accounts: Accounts | None = None,
        each: int | None = None,
    ) -> None:
        """`accounts` are None in local mode; `each` is the most connections of one identity."""
        self._relay = relay
        self._states = states
        self._max_connections = offered.max_connections
        self._origins = origins
        self._enabled = offered.enabled
        self._accounts = accounts
        self._each = each
        self._clients: dict[Client, HypercornSocket] = {}
        self._empty = asyncio.Event()
        self.draining = False
        self.tally: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._clients)

    async def __call__(self, scope: WebsocketScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        try:
            self._admit(scope)
        except Problem as trouble:
            await refuse("websocket", send, trouble)
        else:
            found: Mapping[str, object] = scope
            identity = found[IDENTITY]
            assert isinstance(identity, Identity)
            await self._serve(HypercornSocket(receive, send, protocol.MESSAGE_BYTES), identity)

    def _admit(self, scope: WebsocketScope) -> None:
        if scope["path"] not in PATHS:
            raise Problem(404, f"There is no WebSocket at {scope['path']}: connect to /ws.")
        if not self._enabled:
            raise Problem(404, "WebSockets are switched off: monitoring.websocket.enabled is false.")
        if not _may_come_from(scope["headers"], self._origins):
            raise Problem(403, "This page may not connect: its origin is not Lookout's own address.")

    async def _serve(self, socket: HypercornSocket, identity: Identity) -> None:
        clock = asyncio.get_running_loop().time
        client = Client(socket, self._relay, self._states, self.tally, clock, identity)
        if self.draining:
            client.end(protocol.RESTART)
        elif len(self._clients) >= self._max_connections:
            client.end(protocol.FULL)
        elif self._each is not None and self._count(identity) >= self._each:
            client.end(protocol.CROWDED)
        else:
            self._clients[client] = socket
        self.tally["connections"] += 1
        try:
            await socket.accept()
            await client.run()
        finally:
            self._clients.pop(client, None)
            if not self._clients:
                self._empty.set()

    def _count(self, identity: Identity) -> int:
        return sum(each.identity.id == identity.id and each.identity.kind == identity.kind for each in self._clients)

    async def sweep(self) -> None:
        """Looks after every client once a second, without end."""
        while True:
            await asyncio.sleep(SWEEP)
            for client in list(self._clients):
                client.check()
                if self._accounts is not None:
                    _recognise(client, self._accounts.access)

    async def drain(self) -> None:
        """Sends everyone away, to come back; who does not take it within seconds is cut off."""
        self.draining = True
        loop = asyncio.get_running_loop()
        for client in self._clients:
            loop.call_later(random.uniform(0, LEAVING), client.end, protocol.RESTART)
        if self._clients:
            self._empty.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._empty.wait(), GONE_BY)
        for socket in self._clients.values():
            socket.abort()

    def figures(self) -> tuple[Mapping[str, int], Mapping[str, float]]:
        """For the heartbeat."""
        ring = self._relay.ring
        gauges = {
            "connections": float(len(self._clients)),
            "max_connections": float(self._max_connections),
            "seq": float(self._relay.head),
            "delay": self._relay.delay,
            "ring_bytes": float(ring.bytes),
            "ring_events": float(len(ring)),
            "states": float(len(self._states.scopes)),
        }
        return self.tally | {"events": self._relay.relayed}, gauges


def _recognise(client: Client, access: Access) -> None:
    """Ends the connection of who is no longer known, and knows of other roles."""
    identity = access.still(client.identity, now())
    if identity is None:
        client.end(protocol.SIGNED_OUT)
    else:
        client.grant(identity)


def _may_come_from(headers: Iterable[tuple[bytes, bytes]], origins: frozenset[str]) -> bool:
    """A browser names the page's origin; other programs name none, and may come."""
    return all(value.decode("latin-1").lower() in origins for name, value in headers if name.lower() == b"origin")


def own_origins(port: int) -> frozenset[str]:
    suffix = "" if port == 80 else f":{port}"
    return frozenset(f"http://{host}{suffix}" for host in ("localhost", "127.0.0.1", "[::1]"))


def pages(clients: Clients, relay: Relay) -> Pages:
    """GET /health and GET /readyz."""

    async def health() -> tuple[int, dict[str, Any]]:
        return 200, {"status": "healthy", "connections": len(clients), "epoch": relay.epoch, "seq": relay.head}

    async def readyz() -> tuple[int, dict[str, bool]]:
        return (503, {"ready": False}) if clients.draining else (200, {"ready": True})

    return Pages({"/health": health, "/readyz": readyz}, "Only a WebSocket is here: connect with ws:// to /ws.")


def create_app(clients: Clients, relay: Relay) -> App:
    """`clients` beside `pages`."""
    told = pages(clients, relay)

    async def app(scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await clients(scope, receive, send)
        else:
            await told(scope, receive, send)

    return app


async def first_head(event_log: EventLog) -> Head:
    """The head of the log, which the API makes when it starts."""
    waiting = False
    while True:
        try:
            return await event_log.head()
        except Unavailable as error:
            if not waiting:
                log.warning("waiting for the log: %s", error)
            waiting = True
            await asyncio.sleep(RETRY)


def need(method: str, path: str) -> Action | None:
    """`/readyz` is open, and says nothing but that; every other path of this service is a WebSocket's or its health."""
    return None if path == "/readyz" else "read"


def _clients(settings: Settings, relay: Relay, states: States, accounts: Accounts | None) -> Clients:
    offered = settings.monitoring.websocket
    if accounts is None:
        return Clients(relay, states, offered, own_origins(settings.port))
    origins = frozenset({settings.url})
    return Clients(relay, states, offered, origins, accounts, settings.limits.connections)


async def main(settings: Settings) -> None:
    """Serves until SIGTERM or SIGINT; raises Broken when the log has become another one."""
    async with connected(settings, "stream") as connection:
        head = await first_head(connection.log)
        relay = Relay(connection.log, head.epoch, head.last)
        states = States(connection.bus, lambda: relay.head)
        accounts = await accounts_of(settings, connection.access)
        clients = _clients(settings, relay, states, accounts)
        interval = settings.monitoring.metrics.interval
        uses = Uses(connection.bus, time.monotonic)
        app = guarded(create_app(clients, relay), settings, accounts, need, uses)
        tasks = [
            relay.run(),
            states.run(),
            clients.sweep(),
            beat(connection.bus, "stream", asgi.instance_name(), interval, clients.figures),
            connection.until_lost(),
            *following(accounts, uses),
        ]
        port = settings.internal_port("stream")
        await asgi.serve(app, port, tasks, clients.drain, host=settings.internal.bind)
