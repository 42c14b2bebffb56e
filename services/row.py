"""What of an event can be searched: the columns of the history, and what `matches` of the query language looks at.

Whoever changes what `row` gives for an event raises `LAYOUT` in `services/api/history_file.py`, so that every history
is made anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import cache
from operator import itemgetter
from typing import Any, Literal, get_origin, get_type_hints

from msgspec import Struct
from msgspec.structs import astuple

from services.events import (
    AgentActivity,
    Alert,
    HealthStatus,
    ModelRequest,
    Notification,
    PermissionRequest,
    Recorded,
    SessionUpdate,
    ToolUse,
)

LONGEST_NAME = 1000
LONGEST_TEXT = 2048
"""Characters of a column and of the full text."""

DEEPEST = 20
"""How far inside the data of a custom event texts are looked for."""

DEBUG, INFO, WARN, ERROR = range(4)
LEVELS = {"debug": DEBUG, "info": INFO, "warn": WARN, "warning": WARN, "error": ERROR}
CUSTOM_LEVELS = LEVELS | {"critical": ERROR, "fatal": ERROR}
"""What a custom event may have as its `level` or `severity`."""

ELEVATED_CONTEXT = 0.70
"""The fraction of a context window from which on a session is to be watched."""

NEEDS_HUMAN = {"permission_prompt", "idle_prompt", "agent_needs_input", "elicitation", "elicitation_dialog"}
"""Kinds of notifications."""

NOT_TEXT = {
    "agent",
    "agent_id",
    "file",
    "input_hash",
    "parent_id",
    "prompt_id",
    "request_id",
    "session_id",
    "subagent_id",
    "task_id",
    "tool",
    "tool_use_id",
}
"""Not looked for: names made by machines, each of which would be a word of its own; and what is a column anyway."""

_WORD = re.compile(r"[^\W_]+")
_HEALTH = {"healthy": INFO, "degraded": WARN, "unhealthy": ERROR}


class Row(Struct, frozen=True, gc=False):
    """The columns of an event. What it does not have is empty, or None where it would be a number.

    dur is in milliseconds, size in bytes: of a file, a prompt, or a tool call's input and output together.
    `phase` is that of a tool call or a compaction, what an agent did (its action), or the state of what has one.
    `text` is where free words are looked for, in lower case; only its `words` count.
    """

    seq: int
    stored: datetime
    type: str
    project: str
    session: str
    agent: str
    agent_id: str
    source: str
    host: str
    id: str
    tool: str
    phase: str
    path: str
    op: str
    model: str
    dur: float | None
    size: int | None
    level: int
    waiting: bool
    text: str


def words(text: str) -> list[str]:
    """The words of a text: runs of letters and digits, in lower case."""
    return _WORD.findall(text.lower())


def row(recorded: Recorded) -> Row:
    """The searchable columns of an event."""
    event = recorded.event
    data = event.data
    if isinstance(data, dict):
        names: Sequence[str] = [_name(_first(data, each)) for each in NAMED]
        dur, texts = _number(data.get("duration_ms")), list(_strings(data))
    else:
        kind: type[Struct] = type(data)
        names, dur, texts = _shape(kind).told(data)
    told_agent, agent_id, told_session, tool, phase, path, op, model = names
    agent = (event.agent or told_agent)[:LONGEST_NAME]
    tool, path = tool[:LONGEST_NAME], path[:LONGEST_NAME]
    return Row(
        recorded.seq,
        recorded.stored,
        event.type[:LONGEST_NAME],
        event.project[:LONGEST_NAME],
        (event.session or told_session)[:LONGEST_NAME],
        agent,
        agent_id[:LONGEST_NAME],
        event.source[:LONGEST_NAME],
        event.host[:LONGEST_NAME],
        event.id,
        tool,
        phase[:LONGEST_NAME],
        path,
        op[:LONGEST_NAME],
        model[:LONGEST_NAME],
        dur,
        _size(data),
        level(data),
        waiting(data),
        _text(" ".join((event.type, agent, tool, path, *texts))),
    )


Told = tuple[Sequence[str], float | None, list[str]]
"""What the data of an event says: the names of NAMED, empty where it says none, how long it took, and its texts."""

NAMED = (
    ("agent",),
    ("agent_id",),
    ("session_id",),
    ("tool",),
    ("phase", "action", "state", "status"),
    ("file", "path"),
    ("operation",),
    ("model",),
)
"""Where data says its names: the first of them that says something."""


def _first(data: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((value for name in names if (value := data.get(name))), None)


class _Shape:
    """Where a class of data has what `Told` is made of."""

    def __init__(self, kind: type[Struct]) -> None:
        fields = kind.__struct_fields__
        hints = get_type_hints(kind)
        # Behind the fields stands what a name is that the class does not have.
        missing = len(fields)
        self._names = itemgetter(
            *(fields.index(has[0]) if (has := [n for n in names if n in fields]) else missing for names in NAMED)
        )
        self._dur = fields.index("duration_ms") if "duration_ms" in fields else -1
        texts = [
            index
            for index, name in enumerate(fields)
            if name not in NOT_TEXT and (hints[name] is str or get_origin(hints[name]) is Literal)
        ]
        # Two at least, for one alone would not come as a tuple.
        self._texts = itemgetter(missing, missing, *texts)

    def told(self, data: Struct) -> Told:
        values = (*astuple(data), "")
        dur = values[self._dur] if self._dur >= 0 else None
        return self._names(values), None if dur is None else _number(dur), list(filter(None, self._texts(values)))


@cache
def _shape(kind: type[Struct]) -> _Shape:
    return _Shape(kind)


def _name(value: Any) -> str:
    return value[:LONGEST_NAME] if isinstance(value, str) else ""


def _number(value: Any) -> float | None:
    # A custom event may have any number; beyond this one SQLite and JavaScript would see others than Python does.
    if not isinstance(value, (int, float)) or isinstance(value, bool) or abs(value) > 2**53:
        return None
    return float(value)


def _size(data: Any) -> int | None:
    if type(data) is ToolUse:
        return data.input_bytes + data.output_bytes
    size = _number(data.get("size") if isinstance(data, dict) else getattr(data, "size", None))
    return None if size is None else int(size)


_LEVELS: dict[type, Callable[[Any], int]] = {
    ToolUse: lambda use: {"failed": ERROR, "denied": WARN}.get(use.phase, INFO),
    AgentActivity: lambda activity: {"failed": ERROR, "waiting": WARN}.get(activity.action, INFO),
    ModelRequest: lambda request: ERROR if request.error else INFO,
    HealthStatus: lambda health: _HEALTH[health.status],
    SessionUpdate: lambda update: WARN if (update.context_percentage or 0) >= ELEVATED_CONTEXT else INFO,
    PermissionRequest: lambda request: INFO if request.decision == "allow" else WARN,
    Notification: lambda notification: WARN if waiting(notification) else INFO,
    Alert: lambda alert: INFO if alert.state != "firing" else ERROR if alert.severity == "critical" else WARN,
    dict: lambda data: CUSTOM_LEVELS.get(_name(data.get("level") or data.get("severity")).lower(), INFO),
}


def level(data: Any) -> int:
    """DEBUG, INFO, WARN or ERROR: whether somebody should look at an event with this data."""
    judge = _LEVELS.get(type(data))
    return INFO if judge is None else judge(data)


def waiting(data: Any) -> bool:
    """Whether an event with this data says that an agent waits for a human."""
    kind = type(data)
    if kind is PermissionRequest:
        return not data.decision
    if kind is Notification:
        return data.kind in NEEDS_HUMAN
    return kind is AgentActivity and data.action == "waiting"


def _strings(data: Any, depth: int = 0) -> Iterator[str]:
    """The strings in data that are there to be read."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, (dict, list)) and depth < DEEPEST:
        for value in data.values() if isinstance(data, dict) else data:
            yield from _strings(value, depth + 1)


def _text(text: str) -> str:
    text = text[:LONGEST_TEXT].lower()
    # The index splits texts at all that is neither a letter nor a digit in ASCII; other separators it does not know.
    return text if text.isascii() else " ".join(_WORD.findall(text))
