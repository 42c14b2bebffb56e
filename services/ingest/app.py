"""The ingest service: bodies in, acknowledged events out."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from services.access import IDENTITY, Action, Identity
from services.adapters import ADAPTERS, Adapter
from services.asgi import Message as Scope
from services.asgi import instance_name, serve
from services.beats import beat
from services.broker import connected
from services.eventlog import Connection
from services.events import Envelope, message_id
from services.follow import until_another
from services.guard import Uses, accounts_of, following, guarded
from services.ingest.erased import ErasedSessions
from services.ingest.forwarders import Forwarders
from services.ingest.permission import Allowance, metered, owned
from services.ingest.writer import Writer
from services.intake import Intake, payload_of
from services.log import Ack, EventLog, Full, Message, Unavailable
from services.pages import Pages
from services.problem import Problem
from services.room import Room
from services.settings import Settings
from services.subjects import event_subject


class Position(Struct, omit_defaults=True):
    """Where one event of a request is on the log; `duplicate` where it was there before.

    `erased`: its session was, so that it is not stored; `seq` is then where the log says so.
    """

    id: str
    seq: int
    duplicate: bool = False
    erased: bool = False


class Storage:
    """Keeps events on the log, each in a project that its sender may send to."""

    def __init__(
        self, writer: Writer, allowance: Allowance | None, forwarders: Forwarders, erased: ErasedSessions
    ) -> None:
        self._writer = writer
        self._erased = erased
        self._allowance = allowance
        self._forwarders = forwarders

    async def keep(self, events: list[Envelope[Any]], scope: Scope) -> list[Position]:
        sender: Identity = scope[IDENTITY]
        events = owned(events, sender)
        if self._allowance is not None:
            # A request without an event costs something too.
            self._allowance.take_events(sender, max(1, len(events)))
        erasures = [self._erased.find(event) for event in events]
        kept = [event for event, erasure in zip(events, erasures, strict=True) if erasure is None]
        acks = iter(await self._store([_message(event) for event in kept]))
        self._forwarders.hear(scope)
        return [
            Position(event.id, *next(acks)) if erasure is None else Position(event.id, erasure, erased=True)
            for event, erasure in zip(events, erasures, strict=True)
        ]

    async def _store(self, messages: list[Message]) -> list[Ack]:
        try:
            return await self._writer.append(messages)
        except Full as full:
            raise Problem(503, f"Nothing was stored: {full}.", retry_after=10) from full
        except Unavailable as unavailable:
            detail = f"The event may not be stored: {unavailable}. Send it again with the same id."
            raise Problem(503, detail, retry_after=1) from unavailable


def _message(event: Envelope[Any]) -> Message:
    return Message(event_subject(event.project, event.session, event.type), message_id(event), payload_of(event))


def create_app(
    log: EventLog,
    writer: Writer,
    adapters: Mapping[str, Adapter] = ADAPTERS,
    allowance: Allowance | None = None,
    forwarders: Forwarders | None = None,
    erased: ErasedSessions | None = None,
) -> Intake:
    async def ready() -> tuple[int, dict[str, str]]:
        try:
            await log.head()
        except Unavailable as unavailable:
            return 503, {"status": str(unavailable)}
        if writer.room is not None and writer.room.is_full:
            return 503, {"status": "the disk is full"}
        return 200, {"status": "ready"}

    pages = Pages({"/readyz": ready}, "Nothing is at {path}: events are sent here by POST.")
    return Intake(
        adapters, Storage(writer, allowance, forwarders or Forwarders(), erased or ErasedSessions()).keep, pages
    )


async def main(settings: Settings) -> None:
    async with connected(settings, "ingest") as connection:
        await _serve(settings, connection)


def need(method: str, path: str) -> Action | None:
    return "ingest" if method == "POST" else None


async def _serve(settings: Settings, connection: Connection) -> None:
    accounts = await accounts_of(settings, connection.access)
    uses = Uses(connection.bus, time.monotonic)
    writer = Writer(connection.log, Room(settings.data_dir / "jetstream", time.monotonic))
    allowance = Allowance(settings.limits, time.monotonic) if settings.is_team else None
    forwarders = Forwarders()
    erased = ErasedSessions()
    app = create_app(connection.log, writer, allowance=allowance, forwarders=forwarders, erased=erased)
    instance = instance_name()

    def figures() -> tuple[Mapping[str, int], Mapping[str, float]]:
        counters = {"stored": writer.stored, "duplicates": writer.duplicates, "batches": writer.batches}
        counters["erased"] = erased.dropped
        return counters | app.counters, {"bytes_waiting": writer.bytes_waiting}

    interval = settings.monitoring.metrics.interval
    tasks = [
        writer.run(),
        beat(connection.bus, "ingest", instance, interval, figures),
        # The ids that the writer remembers are those of one log.
        until_another(connection.log),
        connection.until_lost(),
        forwarders.run(connection.bus),
        erased.follow(connection.bus),
        *following(accounts, uses),
    ]
    inner = app if allowance is None else metered(app, allowance)
    await serve(
        guarded(inner, settings, accounts, need, uses),
        settings.internal_port("ingest"),
        tasks,
        host=settings.internal.bind,
    )
