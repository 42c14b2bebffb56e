"""What of an event can be searched: the columns of the history, and what `matches` of the query language looks at.

Whoever changes what `row` gives for an event raises `LAYOUT` in `services/api/history_file.py`, so that every history
is made anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

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
    data = event.data if isinstance(event.data, dict) else msgspec.structs.asdict(event.data)
    tool = _name(data.get("tool"))
    path = _name(data.get("file") or data.get("path"))
    agent = _name(event.agent or data.get("agent"))
    if data is event.data:
        texts = list(_strings(data))
    else:
        texts = [value for name, value in data.items() if isinstance(value, str) and value and name not in NOT_TEXT]
    return Row(
        seq=recorded.seq,
        stored=recorded.stored,
        type=_name(event.type),
        project=_name(event.project),
        session=_name(event.session or data.get("session_id")),
        agent=agent,
        agent_id=_name(data.get("agent_id")),
        source=_name(event.source),
        host=_name(event.host),
        id=event.id,
        tool=tool,
        phase=_name(data.get("phase") or data.get("action") or data.get("state") or data.get("status")),
        path=path,
        op=_name(data.get("operation")),
        model=_name(data.get("model")),
        dur=_number(data.get("duration_ms")),
        size=_size(event.data),
        level=level(event.data),
        waiting=waiting(event.data),
        text=_text(" ".join((event.type, agent, tool, path, *texts))),
    )


def _name(value: Any) -> str:
    return value[:LONGEST_NAME] if isinstance(value, str) else ""


def _number(value: Any) -> float | None:
    # A custom event may have any number; beyond this one SQLite and JavaScript would see others than Python does.
    if not isinstance(value, (int, float)) or isinstance(value, bool) or abs(value) > 2**53:
        return None
    return float(value)


def _size(data: Any) -> int | None:
    if isinstance(data, ToolUse):
        return data.input_bytes + data.output_bytes
    size = _number(data.get("size") if isinstance(data, dict) else getattr(data, "size", None))
    return None if size is None else int(size)


def level(data: Any) -> int:
    """DEBUG, INFO, WARN or ERROR: whether somebody should look at an event with this data."""
    match data:
        case ToolUse():
            return {"failed": ERROR, "denied": WARN}.get(data.phase, INFO)
        case AgentActivity():
            return {"failed": ERROR, "waiting": WARN}.get(data.action, INFO)
        case ModelRequest():
            return ERROR if data.error else INFO
        case HealthStatus():
            return _HEALTH[data.status]
        case SessionUpdate():
            return WARN if (data.context_percentage or 0) >= ELEVATED_CONTEXT else INFO
        case PermissionRequest():
            return INFO if data.decision == "allow" else WARN
        case Alert(state="firing"):
            return ERROR if data.severity == "critical" else WARN
        case dict():
            return CUSTOM_LEVELS.get(_name(data.get("level") or data.get("severity")).lower(), INFO)
    return WARN if waiting(data) else INFO


def waiting(data: Any) -> bool:
    """Whether an event with this data says that an agent waits for a human."""
    match data:
        case PermissionRequest():
            return not data.decision
        case Notification():
            return data.kind in NEEDS_HUMAN
        case AgentActivity():
            return data.action == "waiting"
    return False


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
