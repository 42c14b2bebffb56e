"""The state of projects, fetched from the API and kept up by its patches, once for all clients of this process."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping

import msgspec
from msgspec import Struct, field

from services.eventlog import Bus, Unavailable
from services.stream.chain import Chain, Held, Update
from services.stream.protocol import spliced
from services.stream.wire import fragments
from services.subjects import ALL_STATE, API_STATE, state_source, token

RENEWAL = 20.0
"""Seconds between two questions for a state that is watched: the API forgets who does not ask for 60."""

RETRY = 1.0
PAUSE = 0.02
"""Seconds before a question in which others join it; so many questions a second a scope asks at most."""

ANSWER_SECONDS = 5.0

LOOK = 1.0
LATE = 3
STALE = 5.0
"""A state that lacks what the log had so many looks ago is asked for, if it was not within so many seconds."""


class _Answer(Struct, frozen=True):
    instance: str
    epoch: str
    seq: int
    state: msgspec.Raw


class _Patched(Struct, frozen=True):
    epoch: str
    seq: int
    start: int = field(name="from")
    patch: msgspec.Raw = msgspec.Raw(b"{}")


class Scope:
    """The state of one project, or of all, while somebody wants it."""

    def __init__(self, project: str | None) -> None:
        self.project = project
        self.chain = Chain()
        self.answers = 0
        self.silent = False
        """The API did not answer the last question."""
        self.asking = False
        self.asked = 0.0
        self.wanted_by: set[Interest] = set()

    def wake(self) -> None:
        for interest in self.wanted_by:
            interest.wake()


class Interest:
    """One client's wish for a scope, from now until `close`."""

    def __init__(self, states: States, scope: Scope, wake: Callable[[], object]) -> None:
        self._states = states
        self.scope = scope
        self.wake = wake
        self._since = scope.answers
        self.told = False
        """Whether the client knows that the API does not answer."""
        scope.wanted_by.add(self)

    def answer(self) -> Update | None:
        """The whole state, fetched after this interest arose."""
        if self.scope.answers == self._since:
            return None
        if self.scope.chain.whole is None:
            self._states.ask(self.scope)
        return self.scope.chain.whole

    def after(self, held: Held | None) -> Update | None:
        """The next thing for a client that holds this; what is missing is fetched, and `wake` called then."""
        try:
            return self.scope.chain.after(held if held and held.project == self.scope.project else None)
        except LookupError:
            self._states.ask(self.scope)
            return None

    def silence(self) -> bool:
        """True once for each time that the API falls silent."""
        news = self.scope.silent and not self.told
        self.told = self.scope.silent
        return news

    def close(self) -> None:
        self.scope.wanted_by.discard(self)
        self._states.forget(self.scope)


class States:
    """Every scope that a client wants. `head` tells how far the log has come."""

    def __init__(self, bus: Bus, head: Callable[[], int]) -> None:
        self._bus = bus
        self._head = head
        self._scopes: dict[str, Scope] = {}
        self._asked: asyncio.Queue[Scope] = asyncio.Queue()

    @property
    def scopes(self) -> Mapping[str, Scope]:
        """By the token of their project."""
        return self._scopes

    def want(self, project: str | None, wake: Callable[[], object]) -> Interest:
        scope = self._scopes.setdefault(_scope_token(project), Scope(project))
        return Interest(self, scope, wake)

    def ask(self, scope: Scope) -> None:
        """Has the state fetched whole; one question at a time."""
        if not scope.asking:
            scope.asking = True
            scope.asked = asyncio.get_running_loop().time()
            self._asked.put_nowait(scope)

    def forget(self, scope: Scope) -> None:
        if not scope.wanted_by and self._scopes.get(_scope_token(scope.project)) is scope:
            del self._scopes[_scope_token(scope.project)]

    async def run(self) -> None:
        """Takes patches and asks the API, without end."""
        async with self._bus.subscribed(ALL_STATE, self._take_patch), asyncio.TaskGroup() as group:
            group.create_task(self._renew())
            while True:
                group.create_task(self._fetch(await self._asked.get()))

    async def _renew(self) -> None:
        reconnects, heads = self._bus.reconnects, deque([0], LATE)
        while True:
            await asyncio.sleep(LOOK)
            if self._bus.reconnects != reconnects:
                reconnects = self._bus.reconnects
                self._forget()
            for scope in self._scopes.values():
                age = asyncio.get_running_loop().time() - scope.asked
                if age >= (STALE if scope.chain.seq < heads[0] else RENEWAL):
                    self.ask(scope)
            heads.append(self._head())

    def _forget(self) -> None:
        """What was published while there was no connection did not come here."""
        for scope in self._scopes.values():
            scope.chain.forget()
            scope.wake()

    async def _fetch(self, scope: Scope) -> None:
        question = msgspec.json.encode({} if scope.project is None else {"project": scope.project})
        await asyncio.sleep(PAUSE)
        while scope.wanted_by:
            try:
                payload = await self._bus.request(API_STATE, question, timeout=ANSWER_SECONDS)
                answer = msgspec.json.decode(payload, type=_Answer)
            except (Unavailable, msgspec.DecodeError):
                scope.silent = True
                scope.wake()
                await asyncio.sleep(RETRY)
                continue
            frames = fragments(spliced("state", payload))
            scope.chain.take_whole(token(answer.instance), answer.seq, frames)
            scope.silent = False
            scope.answers += 1
            break
        scope.asking = False
        scope.wake()

    async def _take_patch(self, subject: str, payload: bytes) -> None:
        instance, project = state_source(subject)
        scope = self._scopes.get(project)
        if scope is None:
            return
        patch = msgspec.json.decode(payload, type=_Patched)
        scope.chain.take_patch(instance, patch.start, patch.seq, fragments(spliced("state_patch", payload)))
        scope.wake()


def _scope_token(project: str | None) -> str:
    return token(project or "")
