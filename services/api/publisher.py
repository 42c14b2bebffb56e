"""Shows the state to the stream service: whole when it is asked for, then as patches while somebody listens."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import Any, Protocol

import msgspec
from msgspec import Struct, field

from services.api.fold import Rules, State
from services.api.patches import Scope
from services.api.projections import Json
from services.events import now
from services.subjects import state_subject

PATCH_SECONDS = 0.1
TICK_SECONDS = 1.0
"""So often it is looked at what changes without an event, such as how long an agent has been silent."""
INTEREST_SECONDS = 60.0
"""A scope that nobody has asked for within this time gets no more patches."""
SCOPES = 256
ANNOUNCEMENT = b""
"""In the place of a patch: what another instance has shown goes on no more, perhaps, and is to be asked for anew."""


class Question(Struct):
    """A request to `api.state`."""

    project: str | None = None


class Whole(Struct):
    """Its answer: the state at a boundary between two patches of this instance."""

    instance: str
    epoch: str
    seq: int
    state: dict[str, Any]


class Patch(Struct):
    """A merge patch (RFC 7396) from the state at seq `from` to that at `seq`."""

    epoch: str
    start: int = field(name="from")
    seq: int
    patch: dict[str, Any]


class Projected(Protocol):
    """What is shown: the state at the head of the log, changed in place as events come."""

    epoch: str
    rules: Rules
    state: State

    async def news(self) -> None:
        """Returns when it has changed."""
        ...


class PatchBus(Protocol):
    async def publish(self, subject: str, payload: bytes) -> None: ...


class _Watched:
    """A scope and when it was last asked for, on a monotonic clock in seconds."""

    def __init__(self, scope: Scope, asked: float) -> None:
        self.scope = scope
        self.asked = asked


class Publisher:
    """One for each API process; its patches are its instance's alone and never mix with another's."""

    def __init__(self, projected: Projected, bus: PatchBus, instance: str) -> None:
        self._projected = projected
        self._bus = bus
        self._instance = instance
        self._watched: dict[str | None, _Watched] = {}
        self._publishing = asyncio.Lock()
        """Patches leave in the order in which they were made."""

    async def answer(self, subject: str, payload: bytes) -> bytes:
        """The whole state that was asked for; the patch that leads there is published before."""
        project = msgspec.json.decode(payload, type=Question).project
        watched = self._watched.get(project)
        if watched is None:
            watched = self._watch(project)
        else:
            watched.asked = time.monotonic()
            await self._publish(project, watched)
        seq, state = watched.scope.snapshot()
        return msgspec.json.encode(Whole(self._instance, self._projected.epoch, seq, state))

    def _watch(self, project: str | None) -> _Watched:
        if len(self._watched) >= SCOPES:
            del self._watched[min(self._watched, key=lambda each: self._watched[each].asked)]
        self._watched[project] = _Watched(self._scope(project), time.monotonic())
        return self._watched[project]

    def _scope(self, project: str | None) -> Scope:
        return Scope(self._projected.state, self._projected.rules, project, now())

    async def run(self) -> None:
        """Says that a new instance answers, then publishes what changed, at most ten times a second, without end."""
        await self._bus.publish(state_subject(self._instance, None), ANNOUNCEMENT)
        seen = -1
        while True:
            if seen == self._projected.state.seq:
                with suppress(TimeoutError):
                    async with asyncio.timeout(TICK_SECONDS):
                        await self._projected.news()
            seen = self._projected.state.seq
            expired = time.monotonic() - INTEREST_SECONDS
            for project, watched in list(self._watched.items()):
                if watched.asked < expired:
                    del self._watched[project]
                else:
                    await self._publish(project, watched)
            await asyncio.sleep(PATCH_SECONDS)

    async def _publish(self, project: str | None, watched: _Watched) -> None:
        async with self._publishing:
            goes_on = watched.scope.shows(self._projected.state)
            change = watched.scope.patch(now()) if goes_on else self._anew(project, watched)
            if change is not None:
                patch = Patch(self._projected.epoch, *change)
                await self._bus.publish(state_subject(self._instance, project), msgspec.json.encode(patch))

    def _anew(self, project: str | None, watched: _Watched) -> tuple[int, int, Json]:
        """The state was folded anew: a patch that follows on nothing has its readers ask for it whole."""
        watched.scope = self._scope(project)
        seq, _ = watched.scope.snapshot()
        return seq, seq, {}
