"""What every projection is made of: its shape, the rules that turn facts into words, and the shelves of sessions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from msgspec import Struct, field, to_builtins

from services.events import MAIN_AGENT, AgentActivity, Prompt, Recorded, SessionUpdate, Tokens

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

LIVE_SESSIONS = 1000
"""Sessions of a project that never ended; beyond, the longest silent ones are dropped."""

ENDED_SESSIONS = 200
"""Sessions of a project that ended; beyond, the one that ended first is dropped."""

Json = dict[str, Any]
"""An object of plain JSON values without null, which in a merge patch would remove."""


class Rules(Struct, frozen=True):
    """When silence gets a name (seconds), and the fractions of a context window that are worth a word."""

    idle_after_seconds: float = 120.0
    stalled_after_seconds: float = 600.0
    lost_after_seconds: float = 1800.0
    context_thresholds: tuple[float, float, float] = (0.70, 0.85, 0.95)


class Rows(NamedTuple):
    """A projection whose presented form is an object of rows, seen row by row: what makes its patches cheap."""

    changed: Callable[[Any, int], Iterable[tuple[str, Any]]]
    """The keys and entities that changed after a seq; of all for -1."""
    row: Callable[[Any, datetime, Rules], Json]
    aged: Callable[[Any, Json, datetime, Rules], bool]
    """Whether the row that is shown of an entity is no longer true at a time, though nothing happened to it."""
    removed: Callable[[Any], int]
    """The seq at which a key last went away."""


Evolve = Callable[[Any, Iterable[Recorded]], None]


class Projection(NamedTuple):
    """A state and its fold.

    `evolve` folds events in, in place, and knows nothing but the state and the events: no clock, no I/O, no chance.
    `present` derives what is shown at a time: plain JSON values, no null.
    `version` is raised when `evolve` makes something else of the same events, so that old checkpoints are ignored.
    """

    name: str
    state: type[Struct]
    initial: Callable[[], Struct]
    evolve: Evolve
    present: Callable[[Any, datetime, Rules], Json]
    rows: Rows | None = None
    version: int = 1


def in_rows(name: str, state: type[Struct], evolve: Evolve, rows: Rows) -> Projection:
    """A projection that is presented as an object of rows."""

    def present(projected: Any, at: datetime, rules: Rules) -> Json:
        return {key: rows.row(entity, at, rules) for key, entity in rows.changed(projected, -1)}

    return Projection(name, state, state, evolve, present, rows)


class State(Struct):
    """Everything that is known at a position of the log.

    stored: when the event at `seq` was stored; never runs backwards.
    heard: the seq of the last event of each project.
    projects: project -> name of a projection -> its state.
    """

    seq: int = 0
    stored: datetime = EPOCH
    heard: dict[str, int] = field(default_factory=dict)
    projects: dict[str, dict[str, Struct]] = field(default_factory=dict)


class Changing(Protocol):
    seq: int


T = TypeVar("T", bound=Changing)


def drop_silent(things: dict[str, T], most: int) -> bool:
    """Keeps at most so many: beyond, the longest silent twentieth goes at once, which spares keeping them in order."""
    if len(things) <= most:
        return False
    for key in sorted(things, key=lambda each: things[each].seq)[: most // 20]:
        del things[key]
    return True


class Shelf(Struct, Generic[T]):
    """One thing a session: of live ones, and of those that ended, in the order of their end."""

    live: dict[str, T] = field(default_factory=dict)
    ended: dict[str, T] = field(default_factory=dict)
    removed: int = 0

    def find(self, session: str) -> T | None:
        return self.live.get(session) or self.ended.get(session)

    def add(self, session: str, thing: T, seq: int) -> None:
        self.live[session] = thing
        if drop_silent(self.live, LIVE_SESSIONS):
            self.removed = seq

    def end(self, session: str, seq: int) -> None:
        if session in self.live:
            self.ended[session] = self.live.pop(session)
            if len(self.ended) > ENDED_SESSIONS:
                del self.ended[next(iter(self.ended))]
                self.removed = seq

    def reopen(self, session: str, seq: int) -> None:
        """Counts as heard of at `seq`, or it could be the longest silent one that has to go."""
        thing = self.ended.pop(session)
        thing.seq = seq
        self.add(session, thing, seq)

    def changed(self, after: int) -> Iterator[tuple[str, T]]:
        for things in (self.live, self.ended):
            for session, thing in things.items():
                if thing.seq > after:
                    yield session, thing


class Spent(Struct, gc=False):
    """Tokens by kind, summed up."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_creation: int = 0

    def add(self, tokens: Tokens) -> None:
        self.input += tokens.input
        self.output += tokens.output
        self.cache_read += tokens.cache_read
        self.cache_creation += tokens.cache_creation

    @property
    def total(self) -> int:
        return self.input + self.output + self.cache_read + self.cache_creation


def opens_session(data: Any) -> bool:
    """Whether an ended session goes on. A client may not tell its start: a prompt says so too."""
    match data:
        case SessionUpdate():
            return data.status == "started"
        case AgentActivity():
            return data.action == "invoked" and data.agent_id == MAIN_AGENT
        case Prompt():
            return data.origin != "received"
        case _:
            return False


def plain(row: Struct) -> Json:
    """A row as JSON values: times as RFC 3339 text, what has its default left out."""
    presented: Json = to_builtins(row)
    return presented


def longer_ago(at: datetime, then: datetime, seconds: float) -> bool:
    return (at - then).total_seconds() >= seconds
