"""What the routes answer from."""

from __future__ import annotations

import time
from typing import NamedTuple

from quart import current_app

from services.api.eraser import Eraser
from services.api.fold import Rules, State
from services.api.health import Health, Heartbeats
from services.api.history import History
from services.api.projector import Projector
from services.log import EventLog, Head, Unavailable
from services.room import Room


class Sources(NamedTuple):
    """started: on a monotonic clock, in seconds. interval: between two heartbeats, in seconds."""

    log: EventLog
    projector: Projector
    history: History
    heartbeats: Heartbeats
    interval: float
    started: float
    metrics: bool = True
    """Whether GET /metrics is switched on."""
    room: Room | None = None
    """On the disk of the log."""

    @property
    def eraser(self) -> Eraser:
        return Eraser(self.log, self.history, self.projector)

    @property
    def state(self) -> State:
        return self.projector.state

    @property
    def rules(self) -> Rules:
        return self.projector.rules

    async def head(self) -> Head | None:
        """None where the log does not answer, or can store nothing since the disk is full."""
        if self.room is not None and self.room.is_full:
            return None
        try:
            return await self.log.head()
        except Unavailable:
            return None

    def health(self, log_answers: bool) -> Health:
        return self.heartbeats.health(time.monotonic(), self.interval, log_answers)

    def total(self, service: str, counter: str) -> int:
        return self.heartbeats.total(time.monotonic(), service, counter)

    @property
    def connections(self) -> int:
        return int(self.heartbeats.gauge(time.monotonic(), "stream", "connections"))


def sources() -> Sources:
    """Of the app that answers this request."""
    found: Sources = current_app.extensions["lookout"]
    return found
