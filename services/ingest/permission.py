"""Where who sends events may send them, and how much of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from services.access import IDENTITY, Identity
from services.asgi import App, Receive, Send
from services.asgi import Message as Scope
from services.events import Envelope
from services.guard import refuse
from services.limits import Buckets, seconds
from services.problem import Problem
from services.settings import Limits

BURST = 10
"""Seconds' worth of events and bytes that may come at once: a forwarder that was offline catches up."""


def owned(events: list[Envelope[Any]], sender: Identity) -> list[Envelope[Any]]:
    """The events in the projects that they go to: a key's own, whatever they say, else the one that they name.

    Raises Problem 403 where that is none of the sender's.
    """
    projects = sender.projects("ingest")
    if projects is None:
        return events
    project = sender.only_project("ingest")
    if project is not None:
        return [event if event.project == project else replace(event, project=project) for event in events]
    for event in events:
        if event.project not in projects:
            raise Problem(403, f"{sender} may not send events to the project {event.project}: ask an admin for it.")
    return events


class Allowance:
    """How many events and bytes each sender may send, in team mode. `clock` is monotonic, in seconds."""

    def __init__(self, limits: Limits, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._events = Buckets(limits.events_per_second, BURST * limits.events_per_second)
        self._bytes = Buckets(limits.bytes_per_second, BURST * limits.bytes_per_second)

    def take_events(self, sender: Identity, count: int) -> None:
        """Raises Problem 429, and takes none then."""
        self._allow(sender, self._events.take(sender.full_name, self._clock(), count), "events")

    def check_bytes(self, sender: Identity) -> None:
        """Raises Problem 429 where earlier requests have used up what there was."""
        self._allow(sender, self._bytes.wait(sender.full_name, self._clock()), "bytes")

    def count_bytes(self, sender: Identity, count: int) -> None:
        self._bytes.spend(sender.full_name, self._clock(), count)

    @staticmethod
    def _allow(sender: Identity, wait: float, what: str) -> None:
        if wait:
            detail = f"{sender} has sent more {what} than limits.{what}_per_second allows: nothing of this was stored."
            raise Problem(429, detail, retry_after=seconds(wait))


def metered(app: App, allowance: Allowance) -> App:
    """The application, which counts the bytes of the bodies that it reads and takes none of who has sent too many."""

    async def counting(scope: Scope, receive: Receive, send: Send) -> None:
        sender: Identity | None = scope.get(IDENTITY)
        if scope["type"] != "http" or sender is None:
            await app(scope, receive, send)
            return

        async def counted() -> Any:
            message = await receive()
            allowance.count_bytes(sender, len(message.get("body", b"")))
            return message

        try:
            allowance.check_bytes(sender)
        except Problem as trouble:
            await refuse("http", send, trouble)
        else:
            await app(scope, counted, send)

    return counting
