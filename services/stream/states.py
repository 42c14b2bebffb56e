"""The state of projects, fetched from the API and kept up by its patches, once for all clients of this process."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping

import msgspec
from msgspec import Struct, field

from services.eventlog import Bus, Unavailable
from services.stream.chain import Chain, Frames, Held, Update
from services.stream.protocol import Mistake, error, spliced
from services.stream.wire import fragments
from services.subjects import ALL_STATE, API_STATE, state_source, token

RENEWAL = 20.0
"""Seconds between two questions for a state that is watched: the API forgets who does not ask for 60."""

RETRY = 1.0
PAUSE = 0.02
"""Seconds before a question in which others join it; so many questions a second a scope asks at most."""

ANSWER_SECONDS = 5.0

ASKED_AT_ONCE = 8
"""States that one client may wait for."""

UNANSWERED = "The API does not answer; the state follows when it does."

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


class StateReader:
    """What one client gets of states: those it asked for, once each, and the one it watches, from then on."""

    def __init__(self, states: States, wake: Callable[[], object]) -> None:
        self._states = states
        self._wake = wake
        self._held: Held | None = None
        self._watched: Interest | None = None
        self._asked: dict[str | None, Interest] = {}

    def get(self, project: str | None) -> None:
        """Raises Mistake where too many are asked for at once."""
        if project in self._asked:
            return
        if len(self._asked) >= ASKED_AT_ONCE:
            raise Mistake(f"More than {ASKED_AT_ONCE} states were asked for at once: wait for an answer.")
        self._asked[project] = self._states.want(project, self._wake)
        self._states.ask(self._asked[project].scope)

    def watch(self, project: str | None) -> None:
        """A state of that scope that the client has already is where its patches go on."""
        before = self._watched
        self._watched = self._states.want(project, self._wake)
        if before is not None:
            before.close()

    def unwatch(self) -> None:
        if self._watched is not None:
            self._watched.close()
            self._watched = None

    def close(self) -> None:
        self.unwatch()
        for interest in self._asked.values():
            interest.close()

    def next(self) -> Frames:
        """The next message in its parts; none where there is nothing to say."""
        for interest in self._asked.values():
            whole = interest.answer()
            if whole is not None:
                del self._asked[interest.scope.project]
                interest.close()
                return self._take(interest, whole)
        update = self._watched.after(self._held) if self._watched else None
        if self._watched is not None and update is not None:
            return self._take(self._watched, update)
        return self._silence()

    def _take(self, interest: Interest, update: Update) -> Frames:
        self._held = Held(interest.scope.project, update.line, update.number)
        return update.frames

    def _silence(self) -> Frames:
        interests = [*self._asked.values(), *([self._watched] if self._watched else [])]
        # Each of them is asked, so that one silence is told once.
        news = [interest.silence() for interest in interests]
        return fragments(error(UNANSWERED)) if any(news) else ()
