"""One recorded event as a line for a terminal.

What agents write is hostile: a control character of theirs is shown, never obeyed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from services.events import (
    AgentActivity,
    Alert,
    Compaction,
    FileOperation,
    HealthStatus,
    ModelRequest,
    Notification,
    PermissionRequest,
    Prompt,
    Recorded,
    SessionErased,
    SessionUpdate,
    TaskUpdate,
    ToolUse,
)
from services.row import ERROR, WARN, level

COLUMNS = {"time": 12, "project": 12, "session": 8, "agent": 16, "type": 18}
"""Characters of each column; what happened is the rest of the line."""

RESET, DIM, BOLD, RED, YELLOW, CYAN = "\x1b[0m", "\x1b[2m", "\x1b[1m", "\x1b[31m", "\x1b[33m", "\x1b[36m"
LONGEST_SUMMARY = 300


def escape(text: str) -> str:
    """The text with its control and formatting characters spelled out, so that it stays one harmless line."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def line(recorded: Recorded, now: datetime, colour: bool = False, width: int = 0) -> str:
    """Time, project, session, agent, type, what; at most `width` characters long, unless that is 0.

    The time of day is that of `now`'s zone; an event of another day has its date instead of the fraction.
    """
    event = recorded.event
    cells = [_time(event.time, now), event.project, event.session[:8], event.agent, event.type]
    columns = [_cell(text, size) for text, size in zip(cells, COLUMNS.values(), strict=True)]
    happened = escape(what(event.data)[:LONGEST_SUMMARY])
    if width:
        happened = happened[: max(0, width - sum(COLUMNS.values()) - len(COLUMNS))]
    if colour:
        columns = [f"{paint}{cell}{RESET}" for paint, cell in zip(_paints(event.data), columns, strict=True)]
    return " ".join([*columns, happened]).rstrip()


def _time(time: datetime, now: datetime) -> str:
    local = time.astimezone(now.tzinfo)
    return f"{local:%H:%M:%S}.{local.microsecond // 1000:03}" if local.date() == now.date() else f"{local:%b %d %H:%M}"


def _cell(text: str, size: int) -> str:
    text = escape(text)
    return text.ljust(size) if len(text) <= size else f"{text[: size - 1]}…"


def _paints(data: Any) -> list[str]:
    return [DIM, DIM, DIM, BOLD, {ERROR: RED, WARN: YELLOW}.get(level(data), CYAN)]


def what(data: Any) -> str:
    """What happened, in a few words; what is not known is left out."""
    match data:
        case ToolUse():
            return _words(data.tool, data.phase, _took(data.duration_ms), data.summary, data.error)
        case FileOperation():
            changed = f"+{data.lines_added} -{data.lines_removed}" if data.lines_added or data.lines_removed else ""
            return _words(data.operation, data.file, f"{data.size} bytes", changed)
        case AgentActivity():
            return _words(data.agent, data.action, _took(data.duration_ms), data.description, data.reason)
        case SessionUpdate():
            return _session(data)
        case ModelRequest():
            tokens = f"{data.tokens.input} in, {data.tokens.output} out"
            return _words(data.model, tokens, _dollars(data.cost_usd), _took(data.duration_ms), data.error)
        case Prompt():
            return _words(f"{data.size} bytes", data.origin)
        case Notification():
            return _words(data.kind, data.message)
        case PermissionRequest():
            return _words(data.tool, data.decision or "waits for leave", data.summary, data.reason)
        case TaskUpdate():
            done = f"{data.completed or 0} of {data.total} completed" if data.total is not None else ""
            return _words(data.status, data.subject, data.teammate, done)
        case Compaction():
            tokens = f"{data.tokens_before} tokens" if data.tokens_before is not None else ""
            return _words(data.phase, data.trigger, tokens)
        case HealthStatus():
            return _words(data.status, *(f"{name}: {word}" for name, word in data.services.items()))
        case SessionErased():
            count = sum(last - first + 1 for first, last in data.ranges)
            return _words(data.session_id, f"{count} events", data.by)
        case Alert():
            return _words(data.rule, data.state, data.severity, data.summary)
    return msgspec.json.encode(data).decode()


def _session(data: SessionUpdate) -> str:
    context = f"context {data.context_percentage:.0%}" if data.context_percentage is not None else ""
    tokens = f"{data.token_usage} tokens" if data.token_usage is not None else ""
    return _words(data.status, data.reason, data.model, context, tokens, _dollars(data.cost_usd), data.title)


def _words(*words: str) -> str:
    return "  ".join(filter(None, words))


def _took(duration_ms: float | None) -> str:
    if duration_ms is None:
        return ""
    return f"{duration_ms / 1000:.1f} s" if duration_ms >= 1000 else f"{duration_ms:.0f} ms"


def _dollars(cost_usd: float | None) -> str:
    return "" if cost_usd is None else f"${cost_usd:.2f}"
