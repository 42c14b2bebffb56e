"""The ingest service: bodies in, acknowledged events out.

The POST routes are one ASGI function beside the Quart app, since HTTP is the cost of ingest: a Quart route takes 1,600
durable requests a second where this takes 2,300, and Quart cancels the handler of a client that has left, while what
such a client has sent is stored all the same.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct
from quart import Quart

from services import problem
from services.access import Action
from services.adapters import ADAPTERS, Adapter, Refused
from services.asgi import App, Receive, Send, instance_name, serve
from services.asgi import Message as Scope
from services.beats import beat
from services.body import Bodies
from services.eventlog import Ack, Connection, EventLog, Full, Message, Unavailable, connect
from services.events import Envelope, encode, message_id, now
from services.follow import until_another
from services.guard import Uses, accounts_of, following, guarded
from services.ingest.writer import Writer
from services.passwords import nats_password
from services.problem import Problem
from services.projects import SessionProjects
from services.redact import scrub
from services.settings import Settings
from services.subjects import event_subject

EVENT_BYTES = 256 * 1024
"""The largest event that is stored."""


class Position(Struct, omit_defaults=True):
    """Where one event of a request is on the log; `duplicate` where it was there before."""

    id: str
    seq: int
    duplicate: bool = False


class Accepted(Struct):
    """The answer to `POST /events`: its events, all on disk, in the order of the request."""

    events: list[Position]


class Ingest:
    """An ASGI application that takes the POSTs of `adapters` and leaves the rest to `other`."""

    def __init__(self, writer: Writer, adapters: Mapping[str, Adapter], other: App) -> None:
        self._writer = writer
        self._adapters = adapters
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
            if adapter is None:
                raise Problem(404, f"{scope['path']} takes no events; {', '.join(self._adapters)} do.")
            if scope["method"] != "POST":
                raise Problem(405, f"{scope['path']} takes POST requests only.")
            status, fields, body = await self._take(adapter, scope, receive)
        except Problem as trouble:
            self.counters[f"refused_{trouble.status}"] += 1
            status, fields, body = trouble.status, problem.headers(trouble), problem.body(trouble)
        await _respond(send, status, fields, body)

    async def _take(self, adapter: Adapter, scope: Scope, receive: Receive) -> tuple[int, dict[str, str], bytes]:
        events = await self._events(adapter, scope, receive)
        acks = await self._store(events)
        self.counters["events"] += len(acks)
        if not adapter.answers_positions:
            return 204, {}, b""
        positions = [Position(event.id, ack.seq, ack.duplicate) for event, ack in zip(events, acks, strict=True)]
        return 202, {"content-type": "application/json"}, msgspec.json.encode(Accepted(positions))

    async def _events(self, adapter: Adapter, scope: Scope, receive: Receive) -> list[Envelope[Any]]:
        """What the body says; the body itself, which may be large, is gone before they wait to be stored."""
        headers = {name.decode("latin-1"): value.decode(errors="replace") for name, value in scope["headers"]}
        body = await self._bodies.read(adapter.max_bytes, receive)
        try:
            events = adapter.translate(body, headers, now())
        except Refused as refused:
            raise Problem(400, refused.detail, items=refused.items) from refused
        return [scrub(self._projects.placed(event)) for event in events]

    async def _store(self, events: list[Envelope[Any]]) -> list[Ack]:
        messages = [_message(event) for event in events]
        try:
            return await self._writer.append(messages)
        except Full as full:
            raise Problem(503, f"Nothing was stored: {full}.", retry_after=10) from full
        except Unavailable as unavailable:
            detail = f"The event may not be stored: {unavailable}. Send it again with the same id."
            raise Problem(503, detail, retry_after=1) from unavailable


def _message(event: Envelope[Any]) -> Message:
    payload = encode(event)
    if len(payload) > EVENT_BYTES:
        raise Problem(413, f"An event of type {event.type} has {len(payload)} bytes; {EVENT_BYTES} are stored at most.")
    return Message(event_subject(event.project, event.session, event.type), message_id(event), payload)


async def _respond(send: Send, status: int, fields: Mapping[str, str], body: bytes) -> None:
    headers = [(name.encode(), value.encode()) for name, value in fields.items()]
    if status != 204:
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def create_app(log: EventLog, writer: Writer, adapters: Mapping[str, Adapter] = ADAPTERS) -> Ingest:
    app = Quart("lookout.ingest")

    @app.get("/readyz")
    async def ready() -> tuple[dict[str, str], int]:
        try:
            await log.head()
        except Unavailable as unavailable:
            return {"status": str(unavailable)}, 503
        return {"status": "ready"}, 200

    return Ingest(writer, adapters, app)


async def main(settings: Settings) -> None:
    password = nats_password(settings.data_dir, "ingest")
    url = f"nats://127.0.0.1:{settings.internal_port('nats')}"
    async with connect(url, "ingest", password) as connection:
        await _serve(settings, connection)


def need(method: str, path: str) -> Action | None:
    return "ingest" if method == "POST" else None


async def _serve(settings: Settings, connection: Connection) -> None:
    accounts = await accounts_of(settings, connection.access)
    uses = Uses(connection.bus, time.monotonic)
    writer = Writer(connection.log)
    app = create_app(connection.log, writer)
    instance = instance_name()

    def figures() -> tuple[Mapping[str, int], Mapping[str, float]]:
        counters = {"stored": writer.stored, "duplicates": writer.duplicates, "batches": writer.batches}
        return counters | app.counters, {"bytes_waiting": writer.bytes_waiting}

    interval = settings.monitoring.metrics.interval
    tasks = [
        writer.run(),
        beat(connection.bus, "ingest", instance, interval, figures),
        # The ids that the writer remembers are those of one log.
        until_another(connection.log),
        connection.until_lost(),
        *following(accounts, uses),
    ]
    await serve(guarded(app, settings, accounts, need, uses), settings.internal_port("ingest"), tasks)
