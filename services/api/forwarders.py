"""The forwarders on the team's machines, as each was heard last."""

from __future__ import annotations

from collections import Counter

from msgspec import Struct

from services.access import Projects
from services.forwarders import Forwarder, Heard

FORGOTTEN = 7 * 86_400.0
"""Seconds after which one that is silent is no longer listed: a laptop may have stayed at home for some days."""
MOST = 1000


class ForwarderStatus(Struct):
    """age: seconds since it was heard. sender: by whose key."""

    age: float
    forwarder: Forwarder
    sender: str


class Forwarders:
    """Times are those of a monotonic clock, in seconds."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str, str], tuple[Heard, float]] = {}

    def heard(self, heard: Heard, at: float) -> None:
        # Put at the end: the one that has been silent for longest is forgotten first.
        self._last.pop(heard.id, None)
        self._last[heard.id] = (heard, at)
        if len(self._last) > MOST:
            # Of whoever has most, who else could push out the others' by names that are made up.
            [(sender, _)] = Counter(sender for sender, _, _ in self._last).most_common(1)
            del self._last[next(each for each in self._last if each[0] == sender)]

    def known(self, at: float, projects: Projects = None) -> list[ForwarderStatus]:
        """By host; for a reader of some projects only those whose key is for one of them."""
        found = [
            ForwarderStatus(round(at - when, 3), heard.forwarder, heard.sender)
            for heard, when in self._last.values()
            if at - when <= FORGOTTEN and _is_for(heard, projects)
        ]
        return sorted(found, key=lambda each: (each.forwarder.host, each.forwarder.spool, each.sender))


def _is_for(heard: Heard, projects: Projects) -> bool:
    return projects is None or (heard.projects is not None and not projects.isdisjoint(heard.projects))
