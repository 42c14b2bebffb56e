"""Records the health of Lookout on the log, whenever it has changed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from services.api.health import Health, Heartbeats
from services.api.history import History
from services.events import LOOKOUT, Envelope, HealthStatus, natural_id, now
from services.log import EventLog, Unavailable, message
from services.query import parse

_LAST = parse("type:health_status source:lookout")


class Recorder:
    """Compares what is with what was recorded last, so that neither a restart nor a replica records it again."""

    def __init__(
        self,
        heartbeats: Heartbeats,
        log: EventLog,
        history: History,
        until: Callable[[int], Awaitable[None]],
        interval: float,
    ) -> None:
        """`until` returns when the history has all up to a seq."""
        self._heartbeats = heartbeats
        self._log = log
        self._history = history
        self._until = until
        self._interval = interval

    async def run(self) -> None:
        """Looks once a heartbeat's interval, without end."""
        while True:
            await asyncio.sleep(self._interval)
            await self.look()

    async def look(self) -> None:
        """Records the health if it is another than before."""
        try:
            # A history that lags does not know yet what was recorded last.
            await self._until((await self._log.head()).last)
            await self._record(self._heartbeats.health(time.monotonic(), self._interval, log_answers=True))
        except Unavailable:
            # What cannot be stored now is seen and recorded when the log is back.
            return

    async def _record(self, health: Health) -> None:
        found = (await asyncio.to_thread(self._history.search, _LAST, None, 1, now())).events
        last = msgspec.json.decode(found[0].payload, type=Envelope[HealthStatus]).data if found else None
        if "unknown" in health.services.values() or _equal(health, last):
            return
        event = _event(health, found[0].seq if found else 0)
        await self._log.append(message(event))


def _equal(health: Health, last: HealthStatus | None) -> bool:
    return last is not None and (last.status, last.services) == (health.status, health.services)


def _event(health: Health, after: int) -> Envelope[Any]:
    """The same for every replica that sees the same change after the same event."""
    words = [f"{name}={word}" for name, word in sorted(health.services.items())]
    data = HealthStatus(status=health.status, services=dict(health.services))
    event_id = natural_id("health_status", str(after), *words)
    return Envelope(id=event_id, source=LOOKOUT, type="health_status", time=now(), project=LOOKOUT, data=data)
