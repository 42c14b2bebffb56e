"""The health of Lookout itself, from the heartbeats of its services."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from services.api.forwarders import Forwarders
from services.beats import Beat

Word = Literal["healthy", "degraded", "unhealthy", "unknown"]

SERVICES = ("ingest", "stream", "api")
MISSED = 2.5
"""Intervals without a heartbeat after which an instance counts as gone."""
FORGOTTEN = 60.0
"""Seconds after which an instance that is gone is no longer listed."""


class Instance(Struct, frozen=True):
    """One process of a service: its last heartbeat and how long ago that came, in seconds."""

    beat: Beat
    age: float

    @property
    def alive(self) -> bool:
        return self.age <= self.beat.interval * MISSED + 1


class Health(Struct, frozen=True):
    """One word for the whole and one for each service."""

    status: Literal["healthy", "degraded", "unhealthy"]
    services: dict[str, Word]


class Heartbeats:
    """The last heartbeat of every instance and forwarder; times are those of a monotonic clock, in seconds."""

    def __init__(self, started: float) -> None:
        self._started = started
        self.forwarders = Forwarders()
        self._last: dict[tuple[str, str], tuple[Beat, float]] = {}

    def heard(self, beat: Beat, at: float) -> None:
        self._last[beat.service, beat.instance] = (beat, at)
        gone = [key for key, (_, when) in self._last.items() if at - when > FORGOTTEN]
        for key in gone:
            del self._last[key]

    def instances(self, at: float) -> list[Instance]:
        """Newest first within each service."""
        instances = [Instance(beat, at - when) for beat, when in self._last.values()]
        return sorted(instances, key=lambda each: (each.beat.service, each.age))

    def living(self, at: float, service: str) -> list[Beat]:
        return [each.beat for each in self.instances(at) if each.beat.service == service and each.alive]

    def word(self, at: float, service: str, interval: float) -> Word:
        """Unknown until a service has had the time for a first heartbeat."""
        if self.living(at, service):
            return "healthy"
        return "unknown" if at - self._started < interval * MISSED + 1 else "unhealthy"

    def health(self, at: float, interval: float, log_answers: bool) -> Health:
        """Unhealthy where nothing can be stored, degraded where something else is missing."""
        services: dict[str, Word] = {name: self.word(at, name, interval) for name in SERVICES}
        services["nats"] = "healthy" if log_answers else "unhealthy"
        if "unhealthy" in (services["nats"], services["ingest"]):
            return Health("unhealthy", services)
        return Health("healthy" if _all_healthy(services.values()) else "degraded", services)

    def total(self, at: float, service: str, counter: str) -> int:
        return sum(beat.counters.get(counter, 0) for beat in self.living(at, service))

    def gauge(self, at: float, service: str, gauge: str) -> float:
        return sum(beat.gauges.get(gauge, 0.0) for beat in self.living(at, service))


def _all_healthy(words: Iterable[Word]) -> bool:
    return all(word == "healthy" for word in words)
