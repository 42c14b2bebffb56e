"""The WebSocket protocol without its I/O: what a client may say, what it subscribes to, what it is told.

Text frames of JSON, `{"event": ..., "data": ...}` both ways. Event frames are in `frames.py`.
"""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta, Struct, field

from services.access import Projects
from services.subjects import Tokens, token

EVERYTHING = "*"
STATE = "state"

MESSAGE_BYTES = 16 * 1024
"""The longest message of a client."""

MESSAGES_PER_SECOND = 20
MESSAGES_AT_ONCE = 40

HEARTBEAT = 25
"""Seconds between two pings of a client."""

PATIENCE = 10
"""Seconds a client has for an answer to a ping, and its socket to take what is written."""

MISTAKES = 10
"""So many messages that are not understood end a connection."""

Name = Annotated[str, Meta(max_length=256)]
Project = Annotated[str, Meta(min_length=1, max_length=256)]
Id = Annotated[str, Meta(max_length=128)] | Annotated[int, Meta(ge=-(1 << 53), le=1 << 53)]


class Close(NamedTuple):
    """Why Lookout ends a connection; the sentence is shown to people.

    4400 to 4499: the client has to change. Any other: come again, and resume.
    """

    code: int
    sentence: str


TOO_BIG = Close(1009, f"A message is longer than {MESSAGE_BYTES} bytes: send shorter ones.")
RESTART = Close(1012, "Lookout restarts: connect again and resume.")
FULL = Close(1013, "Lookout has as many connections as monitoring.websocket.max_connections allows: try again later.")
SLOW = Close(4008, "This connection does not keep up: connect again and resume.")
TRIMMED = Close(4010, "The log was trimmed while you were reading there: connect again and get the state.")
CROWDED = Close(4013, "You have as many connections as limits.connections allows: close one.")
SIGNED_OUT = Close(4401, "You are signed out, or the key is revoked or too old: sign in again.")
FORBIDDEN = Close(4403, "You may no longer read what this connection subscribed to: ask an admin.")
SILENT = Close(4012, f"No answer to a ping for {PATIENCE} seconds: connect again and resume.")
MISTAKEN = Close(4400, f"{MISTAKES} messages were not understood.")
HASTY = Close(4429, f"More than {MESSAGES_PER_SECOND} messages a second: send fewer.")


class Since(Struct, frozen=True):
    """A position that a client has seen."""

    epoch: str
    seq: Annotated[int, Meta(ge=0, le=1 << 53)]


class Wishes(Struct, frozen=True):
    """`data` of `subscribe`. `events` are names of events, `*` for every recorded one, `state` for state frames."""

    events: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=128)]
    project: Project | None = None
    session: Name | None = None
    agent: Name | None = None
    """The name of an agent, or its id within its session."""
    since: Since | None = None
    batch: bool = False
    slim: bool = False
    id: Id | None = None


class Removal(Struct, frozen=True):
    """`data` of `unsubscribe`; without `events` all goes."""

    events: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=128)] | None = None
    id: Id | None = None


class StateWish(Struct, frozen=True):
    """`data` of `get_state`; without `project` that of all."""

    project: Project | None = None


class Subscribe(Struct, frozen=True, tag_field="event", tag="subscribe"):
    data: Wishes


class Unsubscribe(Struct, frozen=True, tag_field="event", tag="unsubscribe"):
    data: Removal = field(default_factory=Removal)


class GetState(Struct, frozen=True, tag_field="event", tag="get_state"):
    data: StateWish = field(default_factory=StateWish)


class Pong(Struct, frozen=True, tag_field="event", tag="pong"):
    pass


ClientFrame = Subscribe | Unsubscribe | GetState | Pong
_decoder: msgspec.json.Decoder[ClientFrame] = msgspec.json.Decoder(ClientFrame)


class Mistake(Exception):
    """A client said what makes no sense; the message is for it."""


def decode(message: str) -> ClientFrame:
    """What a client said; raises Mistake with a sentence that names the trouble."""
    try:
        return _decoder.decode(message)
    except RecursionError as error:
        raise Mistake("The message is nested too deeply.") from error
    except msgspec.DecodeError as error:
        trouble = str(error).replace("`", "").replace("$.", "")
        raise Mistake(
            f'The message is not understood ({trouble}): send {{"event": ..., "data": ...}}, '
            "where event is subscribe, unsubscribe, get_state or pong."
        ) from error


class Selection(Struct, frozen=True, cache_hash=True):
    """Which events a client gets, and in which form. Names are subject tokens, except the agent's."""

    types: frozenset[str] | None = frozenset()
    """None for every type."""
    project: str | None = None
    session: str | None = None
    agent: str | None = None
    batch: bool = False
    slim: bool = False
    projects: Projects = None
    """Those that the client may read, where it asked for no project."""

    @property
    def is_empty(self) -> bool:
        return self.types is not None and not self.types

    def takes(self, tokens: Tokens) -> bool:
        """Whether an event of this subject is meant, as far as its subject tells."""
        return (self.types is None or tokens.type in self.types) and self.is_of(tokens)

    def is_of(self, tokens: Tokens) -> bool:
        """Whether this is about the project and the session of this subject, and the client may read it."""
        return (
            (self.project is None or tokens.project == self.project)
            and (self.projects is None or tokens.project in self.projects)
            and (self.session is None or tokens.session == self.session)
        )


class Subscription(Struct, frozen=True):
    """All that one client is subscribed to."""

    names: frozenset[str]
    """As the client gave them."""
    selection: Selection
    project: str | None
    """Of the state frames, None for all projects."""
    projects: Projects = None
    """All that the client may read."""

    @property
    def state(self) -> bool:
        return STATE in self.names


def subscription(wishes: Wishes, projects: Projects) -> Subscription:
    """Of a client that may read these projects, among them the one that it asks for."""
    names = frozenset(wishes.events)
    selection = Selection(
        types=_types(names),
        project=None if wishes.project is None else token(wishes.project),
        session=None if wishes.session is None else token(wishes.session),
        agent=wishes.agent,
        batch=wishes.batch,
        slim=wishes.slim,
    )
    return limited(Subscription(names, selection, wishes.project), projects)


def limited(held: Subscription, projects: Projects) -> Subscription:
    """The same for a client that may read these projects."""
    tokens = None if projects is None or held.project is not None else frozenset(map(token, projects))
    selection = msgspec.structs.replace(held.selection, projects=tokens)
    return msgspec.structs.replace(held, selection=selection, projects=projects)


def _types(names: frozenset[str]) -> frozenset[str] | None:
    return None if EVERYTHING in names else frozenset(token(name) for name in names - {STATE})


def without(held: Subscription, removal: Removal) -> Subscription | None:
    """What is left of a subscription, None for nothing.

    Raises Mistake for a name that cannot be taken away from `*`.
    """
    gone = held.names if removal.events is None else frozenset(removal.events)
    if EVERYTHING in held.names and EVERYTHING not in gone and gone - {STATE}:
        raise Mistake(
            f"You are subscribed to every event, and {min(gone - {STATE})} cannot be taken away from that: "
            "subscribe to the events that you want."
        )
    names = held.names - gone
    if not names:
        return None
    selection = msgspec.structs.replace(held.selection, types=_types(names))
    return msgspec.structs.replace(held, names=names, selection=selection)


class Position(NamedTuple):
    """Where a subscription begins: after seq `start`; `head` is the log's at that moment."""

    recovered: bool
    start: int
    head: int


def _frame(event: str, data: dict[str, Any], **more: int) -> bytes:
    return msgspec.json.encode({"event": event, "data": data, **more})


def hello(epoch: str, seq: int, lag_bytes: int) -> bytes:
    """The first frame of a connection; `seq` is the head of the log."""
    limits = {
        "message_bytes": MESSAGE_BYTES,
        "messages_per_second": MESSAGES_PER_SECOND,
        "messages_at_once": MESSAGES_AT_ONCE,
        "mistakes": MISTAKES,
        "lag_bytes": lag_bytes,
        "answer_seconds": PATIENCE,
    }
    return _frame("hello", {"epoch": epoch, "seq": seq, "limits": limits, "heartbeat": HEARTBEAT})


def subscribed(epoch: str, position: Position, identity: Id | None) -> bytes:
    """The boundary between before and after: what follows belongs to the new subscription, from after seq `from`."""
    data = {"recovered": position.recovered, "epoch": epoch, "from": position.start, "to": position.head}
    return _frame("subscribed", data if identity is None else data | {"id": identity})


def unsubscribed(left: Subscription | None, seq: int, identity: Id | None) -> bytes:
    """`events` are the names that are left, `seq` the position up to which the rest was sent."""
    data = {"events": sorted(left.names) if left else [], "seq": seq}
    return _frame("unsubscribed", data if identity is None else data | {"id": identity})


def erased(first: int, last: int, project: str | None, session: str | None) -> bytes:
    """In the place of events that were erased: whoever kept a copy of one of them should drop it.

    A subscription to their project and session is told, whatever types it names: of which these were is not known.
    """
    data = {"from": first, "to": last, "project": project, "session": session}
    return _frame("erased", data, seq=last)


def ping(seq: int) -> bytes:
    """A heartbeat; everything that the client subscribed to up to `seq` has been sent."""
    return _frame("ping", {}, seq=seq)


def error(sentence: str) -> bytes:
    return _frame("error", {"message": sentence})


def spliced(event: str, data: bytes) -> bytes:
    """A frame around data that is JSON already."""
    return b'{"event":"%b","data":%b}' % (event.encode(), data)
