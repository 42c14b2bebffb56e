"""The forwarders on the team's machines, as each was heard last."""

from __future__ import annotations

from msgspec import Struct

from services.access import Projects
from services.forwarders import Forwarder, Heard

FORGOTTEN = 7 * 86_400.0
"""Seconds after which one that is silent is no longer listed: a laptop may have stayed at home for some days."""
MOST = 1000


class ForwarderStatus(Struct):
    """age: seconds since it was heard."""

    age: float
    forwarder: Forwarder


class Forwarders:
    """Times are those of a monotonic clock, in seconds."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[Heard, float]] = {}

    def heard(self, heard: Heard, at: float) -> None:
        # Put at the end: the one that has been silent for longest is forgotten first.
        self._last.pop(heard.forwarder.spool, None)
        self._last[heard.forwarder.spool] = (heard, at)
        if len(self._last) > MOST:
            del self._last[next(iter(self._last))]

    def known(self, at: float, projects: Projects = None) -> list[ForwarderStatus]:
        """By host; for a reader of some projects only those whose key is for one of them."""
        found = [
            ForwarderStatus(round(at - when, 3), heard.forwarder)
            for heard, when in self._last.values()
            if at - when <= FORGOTTEN and _is_for(heard, projects)
        ]
        return sorted(found, key=lambda each: (each.forwarder.host, each.forwarder.spool))


def _is_for(heard: Heard, projects: Projects) -> bool:
    return projects is None or (heard.projects is not None and not projects.isdisjoint(heard.projects))
