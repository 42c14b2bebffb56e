"""Events as clients get them: encoded once, shared by all, joined into what is written at once. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from services.events import EVENT_TYPES, MAIN_AGENT, Acting
from services.log import Stored
from services.stream.protocol import Selection, erased
from services.stream.wire import frame_header
from services.subjects import Tokens, name, tokens

CHUNK_EVENTS = 1000
CHUNK_BYTES = 256 * 1024
CHUNK_SCAN = 5000
"""Events looked at for one chunk, so that a client that wants few of them does not hold up the others."""

SLIM_BYTES = 300
_IDENTITY_BYTES = 40
_VALUE_BYTES = 80
_FEWEST_BYTES = 16
_CALL_BYTES = 36
_CALL_TAIL = 20
"""The end of a call's id tells it from others; the page takes no more of it either."""
_TOKENS_SIZE = 512
"""What an event takes in memory beside its frame, at most."""

_ACTING = {type_name for type_name, data in EVENT_TYPES.items() if issubclass(data, Acting)}

_JOINS = ("phase", "tool_use_id", "agent_id")
"""What makes one line of the beginning and the end of a tool call."""

_FIRST = (*_JOINS, "tool", "duration_ms", "summary", "error")
"""What a list needs of a tool call, before all else."""

_NO_SCALAR = (dict, list, type(None))

_TEXTS = {"description", "error", "message", "subject", "summary"}
"""They are of use also where they are cut to the room that is left."""

_encode = msgspec.json.encode
_cached_tokens = lru_cache(maxsize=4096)(tokens)


class Entry(Struct, gc=False, weakref=False):
    """One event of the log, and what was made of it so far."""

    seq: int
    tokens: Tokens
    frame: bytes
    """`{"event", "seq", "stored"}` and all that the log has of it."""
    slim_frame: bytes | None = None
    agents: tuple[str, ...] | None = None
    erased: bool = False
    """Nothing is left of it but its place; `frame` is empty."""

    @property
    def size(self) -> int:
        return len(self.frame) + _TOKENS_SIZE

    def slim(self) -> bytes:
        if self.slim_frame is None:
            self.slim_frame = slim(self.frame)
        return self.slim_frame

    def is_of(self, agent: str) -> bool:
        if self.agents is None:
            self.agents = agents(self.frame)
        return agent in self.agents


def entry(stored: Stored) -> Entry:
    """Without decoding: the payload is put behind what its position and subject tell."""
    subject = _cached_tokens(stored.subject)
    if stored.erased:
        return gone(stored.seq, subject)
    start = _start(subject.type)
    if start is None:
        start = _start_of(_type_in(stored.payload))
    time = _encode(stored.time)
    rest = stored.payload[1:] if stored.payload.startswith(b'{"') else b'"data":{}}'
    return Entry(stored.seq, subject, b'%b%d,"stored":%b,%b' % (start, stored.seq, time, rest))


def gone(seq: int, subject: Tokens) -> Entry:
    """The place of an erased event."""
    return Entry(seq, subject, b"", erased=True)


@lru_cache(maxsize=4096)
def _start(type_token: str) -> bytes | None:
    type_name = name(type_token)
    return None if type_name is None else _start_of(type_name)


def _start_of(type_name: str) -> bytes:
    return b'{"event":%b,"seq":' % _encode(type_name)


class _Named(Struct):
    type: str = ""


def _type_in(payload: bytes) -> str:
    try:
        return msgspec.json.decode(payload, type=_Named).type
    except msgspec.DecodeError:
        return ""


class _Row(Struct, omit_defaults=True, gc=False):
    """A frame, as far as its slim form and its agent need it."""

    event: str
    seq: int
    time: str = ""
    project: str = ""
    session: str = ""
    agent: str = ""
    data: Any = None

    @property
    def facts(self) -> dict[str, Any]:
        return self.data if isinstance(self.data, dict) else {}


_row_decoder = msgspec.json.Decoder(_Row)


def _row(frame: bytes) -> _Row | None:
    """None for what no Lookout wrote to the log."""
    try:
        return _row_decoder.decode(frame)
    except (msgspec.DecodeError, RecursionError):
        return None


def agents(frame: bytes) -> tuple[str, ...]:
    """The names under which the agent of an event can be asked for: its own, and its id within the session."""
    row = _row(frame)
    if row is None:
        return ()
    identity = row.facts.get("agent_id", MAIN_AGENT if row.event in _ACTING else "")
    return tuple(each for each in (row.agent, identity) if each and isinstance(each, str))


def slim(frame: bytes) -> bytes:
    """The event in at most `SLIM_BYTES`: who, when, and the scalars of its data, long text being cut where need be.

    Its id is left out, since `seq` tells it from all others.
    """
    row = _row(frame)
    if row is None:
        return b"{}"
    row.time = _to_milliseconds(row.time)
    row.data = _told(row)
    whole = _encode(row)
    return whole if len(whole) <= SLIM_BYTES else _shortened(row)


def _told(row: _Row) -> dict[str, Any]:
    """The scalars of its data, without what goes without saying: who acts and does not say so is the main agent."""
    left_out = MAIN_AGENT if row.event in _ACTING else None
    told = {
        key: value
        for key, value in row.facts.items()
        if type(value) not in _NO_SCALAR and not (key == "agent_id" and value == left_out)
    }
    call = told.get("tool_use_id")
    if isinstance(call, str):
        told["tool_use_id"] = call[-_CALL_TAIL:]
    return told


def _shortened(row: _Row) -> bytes:
    """As much as there is room for, what is needed most first."""
    head = _slim_head(row)
    parts: list[bytes] = []
    room = SLIM_BYTES - len(head) - len(b',"data":{}}') + 1
    for key, value in _by_need(row.data).items():
        part = _slim_pair(key, value, room - bool(parts))
        if len(part) + bool(parts) <= room:
            room -= len(part) + bool(parts)
            parts.append(part)
    return b'%b,"data":{%b}}' % (head[:-1], b",".join(parts))


def _slim_head(row: _Row) -> bytes:
    """Who and when, as much of it as leaves room for what joins a call; the agent's name is the first to be cut."""
    needed = sum(len(_slim_pair(key, row.data[key], 0)) + 1 for key in _joins(row.data))
    who = {"event": row.event, "project": row.project, "session": row.session, "agent": row.agent}
    shorter = who | {"agent": cut(row.agent, _FEWEST_BYTES)}
    shortest = {key: cut(value, _IDENTITY_BYTES) for key, value in shorter.items()}
    base: dict[str, Any] = {"event": "", "seq": row.seq, "time": row.time[:40]}
    for each in (who, shorter, shortest):
        head = _encode(base | {key: value for key, value in each.items() if value})
        if len(head) + needed <= SLIM_BYTES - 20:
            break
    return head


def _to_milliseconds(time: str) -> str:
    return f"{time[:23]}Z" if len(time) == len("2026-11-24T12:00:00.123456Z") and time[19] == "." else time


def _joins(facts: dict[str, Any]) -> list[str]:
    return [key for key in _JOINS if key in facts] if "tool_use_id" in facts and "phase" in facts else []


def _by_need(facts: dict[str, Any]) -> dict[str, Any]:
    """Of a call first what joins it; of all else last which call it belongs to."""
    if "tool_use_id" not in facts:
        return facts
    if "phase" in facts:
        return {key: facts[key] for key in _FIRST if key in facts} | facts
    others = {key: value for key, value in facts.items() if key not in {"agent_id", "tool_use_id"}}
    return {key: facts[key] for key in ("agent_id",) if key in facts} | others | {"tool_use_id": facts["tool_use_id"]}


def _slim_pair(key: str, value: Any, room: int) -> bytes:
    if isinstance(value, str):
        value = cut(value, _limit(key, room))
    return b"%b:%b" % (_encode(key), _encode(value))


def _limit(key: str, room: int) -> int:
    if key == "tool_use_id":
        # The same in every event of a call, whatever room there is.
        return _CALL_BYTES
    return min(_VALUE_BYTES, max(_FEWEST_BYTES, room - len(key) - 5)) if key in _TEXTS else _VALUE_BYTES


def cut(text: str, limit: int) -> str:
    """The text, or as much of its beginning as takes `limit` bytes of JSON with an ellipsis."""
    if len(text) <= limit and len(_encode(text)) - 2 <= limit:
        return text
    text = text[:limit]
    while len(_encode(text)) - 2 > limit - 3:
        text = text[: -max(1, len(text) // 8)]
    return f"{text}…"


class Chunk(NamedTuple):
    """What one selection gets from a stretch of the log."""

    seq: int
    """The position behind it."""
    data: bytes
    """As it is on the wire; empty where nothing matched."""
    events: int


def chunk(selection: Selection, entries: Sequence[Entry], after: int) -> Chunk:
    """As many of `entries`, which begin after seq `after`, as are written at once."""
    frames: list[bytes] = []
    size, seq = 0, after
    for number, each in enumerate(entries):
        if each.erased:
            frame = _erased_frame(selection, entries, number)
        elif selection.takes(each.tokens) and (selection.agent is None or each.is_of(selection.agent)):
            frame = each.slim() if selection.slim else each.frame
        else:
            frame = b""
        if frame:
            size += len(frame)
            if frames and (size > CHUNK_BYTES or len(frames) == CHUNK_EVENTS):
                return _joined(selection, frames, seq)
            frames.append(frame)
        seq = each.seq
    return _joined(selection, frames, seq)


def _erased_frame(selection: Selection, entries: Sequence[Entry], number: int) -> bytes:
    """The first of erased neighbours stands for all of them."""
    first = entries[number]
    if selection.is_empty or not selection.is_of(first.tokens) or (number and _are_one(entries[number - 1], first)):
        return b""
    while number + 1 < len(entries) and _are_one(entries[number + 1], first):
        number += 1
    return erased(first.seq, entries[number].seq, name(first.tokens.project), name(first.tokens.session))


def _are_one(one: Entry, other: Entry) -> bool:
    return one.erased and one.tokens == other.tokens


def _joined(selection: Selection, frames: list[bytes], seq: int) -> Chunk:
    if not frames:
        return Chunk(seq, b"", 0)
    if selection.batch:
        return Chunk(seq, batch(frames, seq), len(frames))
    return Chunk(seq, b"".join(part for frame in frames for part in (frame_header(len(frame)), frame)), len(frames))


def batch(frames: Sequence[bytes], seq: int) -> bytes:
    """Many events in one frame; all that is wanted up to `seq` has then been sent."""
    start = b'{"event":"batch","seq":%d,"data":[' % seq
    length = len(start) + sum(map(len, frames)) + len(frames) - 1 + 2
    return b"".join((frame_header(length), start, b",".join(frames), b"]}"))
