"""What takes bodies in: POSTs become events by their adapter, without secrets, and are answered once they are kept.

It is one ASGI function beside a service's other routes, since HTTP is the cost of taking events: a Quart route takes
1,600 durable requests a second where this takes 2,300, and Quart cancels the handler of a client that has left, while
what such a client has sent is kept all the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from services import problem
from services.access import IDENTITY, LOCAL, Identity
from services.adapters import Adapter, Refused
from services.asgi import App, Receive, Send
from services.asgi import Message as Scope
from services.body import Bodies
from services.events import Envelope, encode, now
from services.pages import respond
from services.problem import Problem
from services.projects import SessionProjects
from services.redact import scrub_all

EVENT_BYTES = 256 * 1024
"""The largest event that is stored."""

Keep = Callable[[list[Envelope[Any]], Scope], Awaitable[Sequence[Struct]]]
"""Keeps the events of one request for good, and says of each what is answered; raises Problem where it cannot."""


class Accepted(Struct):
    """The answer to `POST /events`: its events, all on disk, in the order of the request."""

    events: Sequence[Struct]


class Intake:
    """An ASGI application that takes the POSTs of `adapters` and leaves the rest to `other`."""

    def __init__(self, adapters: Mapping[str, Adapter], keep: Keep, other: App) -> None:
        self._adapters = adapters
        self._keep = keep
        self._other = other
        self._projects = SessionProjects()
        self._bodies = Bodies()
        self.counters: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        adapter = self._adapters.get(scope["path"]) if scope["type"] == "http" else None
        if adapter is None and scope.get("method") != "POST":
            await self._other(scope, receive, send)
            return
        self.counters["requests"] += 1
        try:
            if adapter is None or scope["method"] != "POST":
                await self._bodies.discard(receive)
                raise self._elsewhere(adapter, scope["path"])
            status, fields, body = await self._take(adapter, scope, receive)
        except Problem as trouble:
            self.counters[f"refused_{trouble.status}"] += 1
            status, fields, body = trouble.status, problem.headers(trouble), problem.body(trouble)
        await respond(send, status, fields, body)

    def _elsewhere(self, adapter: Adapter | None, path: str) -> Problem:
        if adapter is None:
            return Problem(404, f"{path} takes no events; {', '.join(self._adapters)} do.")
        return Problem(405, f"{path} takes POST requests only.")

    async def _take(self, adapter: Adapter, scope: Scope, receive: Receive) -> tuple[int, dict[str, str], bytes]:
        kept = await self._keep(await self._events(adapter, scope, receive), scope)
        self.counters["events"] += len(kept)
        if not adapter.answers_positions:
            return 204, {}, b""
        return 202, {"content-type": "application/json"}, msgspec.json.encode(Accepted(kept))

    async def _events(self, adapter: Adapter, scope: Scope, receive: Receive) -> list[Envelope[Any]]:
        """What the body says; the body itself, which may be large, is gone before they wait to be kept."""
        headers = {name.decode("latin-1"): value.decode(errors="replace") for name, value in scope["headers"]}
        body = await self._bodies.read(adapter.max_bytes, receive)
        try:
            events = adapter.translate(body, headers, now())
        except Refused as refused:
            raise Problem(400, refused.detail, items=refused.items) from refused
        # A forwarder guards nothing: whoever sends to it is of its machine.
        sender: Identity = scope.get(IDENTITY, LOCAL)
        placed = events if adapter.is_forwarded else self._projects.placed(events, sender)
        return scrub_all(placed)


def payload_of(event: Envelope[Any]) -> bytes:
    """The event as it is stored; raises Problem 413 where it is too large for that."""
    payload = encode(event)
    if len(payload) > EVENT_BYTES:
        raise Problem(413, f"An event of type {event.type} has {len(payload)} bytes; {EVENT_BYTES} are stored at most.")
    return payload
