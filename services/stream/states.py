"""The state of projects, fetched from the API and kept up by its patches, once for all clients of this process."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from services.access import Projects
from services.eventlog import Bus
from services.log import Unavailable
from services.stream.chain import Chain, Frames, Held, Update
from services.stream.protocol import Mistake, error, spliced
from services.stream.wire import fragments
from services.subjects import ALL_STATE, API_STATE, MISSING, state_source, token

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


Key = tuple[str, Projects]
"""Of a scope: the token of its project, and the projects that it is limited to."""


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


class _Parts(Struct, frozen=True):
    projects: dict[str, msgspec.Raw] = {}


def _within(projects: Projects, state: msgspec.Raw) -> msgspec.Raw:
    """Of a state, or of a patch of one, what belongs to these projects."""
    parts = msgspec.json.decode(state, type=_Parts).projects
    kept = {name: part for name, part in parts.items() if projects is None or name in projects}
    return msgspec.Raw(msgspec.json.encode(_Parts(kept)))


class Scope:
    """The state of one project, or of all or some, while somebody wants it.

    projects: those that whoever wants it may read, where it is of no one project.
    """

    def __init__(self, project: str | None, projects: Projects = None) -> None:
        self.project = project
        self.projects = projects
        self.chain = Chain()
        self.answers = 0
        self.silent = False
        """The API did not answer the last question."""
        self.asking = False
        self.asked = 0.0
        self.wanted_by: set[Interest] = set()

    @property
    def key(self) -> Key:
        return token(self.project or ""), self.projects

    def take_whole(self, payload: bytes) -> None:
        """Raises msgspec.DecodeError."""
        answer = msgspec.json.decode(payload, type=_Answer)
        if self.projects is not None:
            payload = msgspec.json.encode(replace(answer, state=_within(self.projects, answer.state)))
        self.chain.take_whole(token(answer.instance), answer.seq, fragments(spliced("state", payload)))

    def take_patch(self, instance: str, payload: bytes) -> None:
        patch = msgspec.json.decode(payload, type=_Patched)
        if self.projects is not None:
            payload = msgspec.json.encode(replace(patch, patch=_within(self.projects, patch.patch)))
        self.chain.take_patch(instance, patch.start, patch.seq, fragments(spliced("state_patch", payload)))

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
        self._scopes: dict[Key, Scope] = {}
        self._asked: asyncio.Queue[Scope] = asyncio.Queue()

    @property
    def scopes(self) -> Mapping[Key, Scope]:
        return self._scopes

    def want(self, project: str | None, projects: Projects, wake: Callable[[], object]) -> Interest:
        """projects: all that may be read, among them `project`."""
        wanted = Scope(project, projects if project is None else None)
        return Interest(self, self._scopes.setdefault(wanted.key, wanted), wake)

    def ask(self, scope: Scope) -> None:
        """Has the state fetched whole; one question at a time."""
        if not scope.asking:
            scope.asking = True
            scope.asked = asyncio.get_running_loop().time()
            self._asked.put_nowait(scope)

    def forget(self, scope: Scope) -> None:
        if not scope.wanted_by and self._scopes.get(scope.key) is scope:
            del self._scopes[scope.key]

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
                scope.take_whole(await self._bus.request(API_STATE, question, timeout=ANSWER_SECONDS))
            except (Unavailable, msgspec.DecodeError):
                scope.silent = True
                scope.wake()
                await asyncio.sleep(RETRY)
                continue
            scope.silent = False
            scope.answers += 1
            break
        scope.asking = False
        scope.wake()

    async def _take_patch(self, subject: str, payload: bytes) -> None:
        if not payload:
            # An API instance has begun: the one whose patches are here may be gone, and no event need tell.
            for scope in self._scopes.values():
                self.ask(scope)
            return
        instance, project = state_source(subject)
        if project == MISSING:
            scopes = [scope for scope in self._scopes.values() if not scope.project]
        else:
            scopes = [self._scopes[project, None]] if (project, None) in self._scopes else []
        for scope in scopes:
            scope.take_patch(instance, payload)
            scope.wake()


class StateReader:
    """What one client gets of states: those it asked for, once each, and the one it watches, from then on."""

    def __init__(self, states: States, wake: Callable[[], object]) -> None:
        self._states = states
        self._wake = wake
        self._held: Held | None = None
        self._watched: Interest | None = None
        self._asked: dict[str | None, Interest] = {}

    def get(self, project: str | None, projects: Projects) -> None:
        """Raises Mistake where too many are asked for at once. `projects`, here and below, may be read."""
        if project in self._asked:
            return
        if len(self._asked) >= ASKED_AT_ONCE:
            raise Mistake(f"More than {ASKED_AT_ONCE} states were asked for at once: wait for an answer.")
        self._asked[project] = self._states.want(project, projects, self._wake)
        self._states.ask(self._asked[project].scope)

    def limit(self, projects: Projects) -> None:
        """From now on these may be read: what was asked for is asked for again as far as that goes."""
        asked, self._asked = self._asked, {}
        for project, interest in asked.items():
            interest.close()
            if project is None or projects is None or project in projects:
                self.get(project, projects)

    def watch(self, project: str | None, projects: Projects) -> None:
        """A state of that scope that the client has already is where its patches go on."""
        before = self._watched
        self._watched = self._states.want(project, projects, self._wake)
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
