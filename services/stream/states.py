"""The state of projects, fetched from the API and kept up by its patches, once for all clients of this process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec
from msgspec import Struct, field

from services.eventlog import Bus, Unavailable
from services.stream.protocol import spliced
from services.stream.wire import fragments
from services.subjects import ALL_STATE, API_STATE, state_source, token

PATCHES = 64
"""Patches kept in a row; who is further behind gets the state whole."""

RENEWAL = 20.0
"""Seconds between two questions for a state that is watched: the API forgets who does not ask for 60."""

RETRY = 1.0
PAUSE = 0.02
"""Seconds before a question in which others join it; so many questions a second a scope asks at most."""

ANSWER_SECONDS = 5.0


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


class Held(NamedTuple):
    """The state that a client has; `instance` is a subject token."""

    project: str | None
    instance: str
    seq: int


class Update(NamedTuple):
    """What brings a client to `seq`, as it is on the wire; `instance` is a subject token."""

    instance: str
    seq: int
    frames: tuple[bytes, ...]


class Chain:
    """A whole state and the patches that lead on, all of one API instance, since replicas' patches never mix."""

    def __init__(self) -> None:
        self.whole: Update | None = None
        self._instance = ""
        self._latest = 0
        self._patches: dict[int, Update] = {}

    def take_whole(self, whole: Update) -> None:
        self.whole = whole
        if whole.instance != self._instance or whole.seq > self._latest:
            self._begin(whole.instance, whole.seq)

    def take_patch(self, start: int, patch: Update) -> None:
        """Where it does not follow on what is here, the clients need the whole state."""
        if not self._instance:
            self._begin(patch.instance, start)
        if patch.instance != self._instance or patch.seq <= self._latest:
            return
        if start != self._latest:
            self._begin(patch.instance, start)
        self._patches[start] = patch
        self._latest = patch.seq
        if len(self._patches) > PATCHES:
            del self._patches[next(iter(self._patches))]

    def _begin(self, instance: str, seq: int) -> None:
        self._instance, self._latest, self._patches = instance, seq, {}

    def after(self, held: Held | None) -> Update | None:
        """The next thing for a client that holds this, None where it has all.

        Raises LookupError where nothing leads there from what is held: a whole state must be fetched.
        """
        if held is not None and held.instance == self._instance:
            if held.seq in self._patches:
                return self._patches[held.seq]
            if held.seq >= self._latest:
                return None
        if self.whole is None or self.whole.instance != self._instance:
            raise LookupError("no state yet")
        if self.whole.seq < self._latest and self.whole.seq not in self._patches:
            raise LookupError("the state is too old")
        return self.whole


class Scope:
    """The state of one project, or of all, while somebody wants it."""

    def __init__(self, project: str | None) -> None:
        self.project = project
        self.chain = Chain()
        self.answers = 0
        self.silent = False
        """The API did not answer the last question."""
        self.asking = False
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
        self.since = scope.answers
        self.told = False
        """Whether the client knows that the API does not answer."""
        scope.wanted_by.add(self)

    @property
    def answer(self) -> Update | None:
        """The whole state, fetched after this interest arose."""
        return self.scope.chain.whole if self.scope.answers > self.since else None

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
    """Every scope that a client wants."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
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
        while True:
            await asyncio.sleep(RENEWAL)
            for scope in self._scopes.values():
                self.ask(scope)

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
            whole = Update(token(answer.instance), answer.seq, fragments(spliced("state", payload)))
            scope.chain.take_whole(whole)
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
        scope.chain.take_patch(patch.start, Update(instance, patch.seq, fragments(spliced("state_patch", payload))))
        scope.wake()


def _scope_token(project: str | None) -> str:
    return token(project or "")
