"""Tools: how often each was called, failed and how long it took, over all and by agent; and how MCP servers answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from heapq import nlargest
from typing import Any, Literal

from msgspec import Struct, field

from services.access import Projects
from services.api.projections.calls import Call, begin, end
from services.api.projections.durations import LONGEST_MS, bucket_of, quantile
from services.api.projections.shape import Json, Rows, Rules, State, drop_silent, in_rows, plain
from services.events import MAIN_AGENT, AgentActivity, Recorded, SessionUpdate, ToolUse

ROWS_KEPT = 500
"""Rows of a project; beyond, those least recently used are dropped."""

SESSIONS = 1000
"""Sessions whose open calls are kept; beyond, those of the session that came first are forgotten."""

SLOWEST = 10
MCP_OUTCOMES = 256
MILLISECOND = timedelta(milliseconds=1)
MCP_SPAN = timedelta(minutes=5)

McpHealth = Literal["healthy", "degraded", "unhealthy", "unknown"]


class Slow(Struct, omit_defaults=True, gc=False):
    """One of the slowest calls; `seq` is the position of its end in the log."""

    duration_ms: float
    seq: int
    tool: str
    agent: str
    session: str
    summary: str = ""


class Usage(Struct, gc=False):
    """A tool (agent is empty), a tool as one agent used it, or (tool is empty) how long an agent took to answer.

    calls: that ended, failed ones included; denied ones apart. Durations in milliseconds, see `durations.py`.
    """

    agent: str
    tool: str
    seq: int
    last: datetime
    calls: int = 0
    failures: int = 0
    denied: int = 0
    total_ms: float = 0.0
    max_ms: float = 0.0
    buckets: dict[int, int] = field(default_factory=dict)
    slowest: list[Slow] = field(default_factory=list)


class UsageRow(Struct, omit_defaults=True, kw_only=True):
    """A row as presented: keyed `<agent>/<tool>`, either of which may be empty. Quantiles are within 2.2 %."""

    agent: str = ""
    tool: str = ""
    seq: int
    last: datetime
    calls: int
    failures: int
    denied: int
    total_ms: float
    max_ms: float | None = None
    p50_ms: float | None = None
    p95_ms: float | None = None
    slowest: list[Slow] = field(default_factory=list)


class Outcome(Struct, gc=False):
    time: datetime
    ok: bool


class Tools(Struct):
    """`open` and `runs` hold what is under way, by session: tool calls and runs of agents."""

    rows: dict[str, Usage] = field(default_factory=dict)
    open: dict[str, dict[str, Call]] = field(default_factory=dict)
    runs: dict[str, dict[str, Call]] = field(default_factory=dict)
    mcp: list[Outcome] = field(default_factory=list)
    removed: int = 0


def evolve(state: Tools, events: Iterable[Recorded]) -> None:
    for recorded in events:
        event = recorded.event
        data = event.data
        kind = type(data)
        if kind is ToolUse:
            calls = state.open.get(event.session)
            if calls is None:
                calls = _of_session(state.open, event.session)
            if data.phase == "started":
                begin(calls, Call(data.tool_use_id or f"#{recorded.seq}", data.tool, recorded.stored, data.summary))
            else:
                _ended(state, data, end(calls, data.tool_use_id, data.tool), recorded)
        elif kind is AgentActivity:
            if data.agent:
                _run(state, data, recorded)
        elif kind is SessionUpdate:
            if data.status == "ended":
                state.open.pop(event.session, None)
                state.runs.pop(event.session, None)
        elif kind is dict and event.type == "mcp_server_connection":
            _mcp_connection(state, data.get("status"), recorded.stored)


def _of_session(calls: dict[str, dict[str, Call]], session: str) -> dict[str, Call]:
    found = calls.get(session)
    if found is None:
        found = calls[session] = {}
        if len(calls) > SESSIONS:
            del calls[next(iter(calls))]
    return found


def _ended(state: Tools, use: ToolUse, call: Call | None, recorded: Recorded) -> None:
    """`call` is what began, where that was seen."""
    event = recorded.event
    tool, phase, agent = use.tool, use.phase, event.agent
    duration = _duration(use.duration_ms, call, recorded)
    bucket = None if duration is None else bucket_of(duration)
    overall = state.rows.get("/" + tool) or _new(state, "", tool, recorded)
    _count(overall, phase, duration, bucket, recorded)
    if agent:
        _count(
            state.rows.get(f"{agent}/{tool}") or _new(state, agent, tool, recorded), phase, duration, bucket, recorded
        )
    if phase == "denied":
        return
    if duration is not None and (len(overall.slowest) < SLOWEST or duration > overall.slowest[-1].duration_ms):
        summary = use.summary or (call.summary if call is not None else "")
        _rank(overall, Slow(duration, recorded.seq, tool, agent, event.session, summary))
    if (use.mcp_server or tool.startswith("mcp__")) and not use.interrupted:
        _mcp_outcome(state, recorded.stored, phase == "finished")


def _duration(told: float | None, call: Call | None, recorded: Recorded) -> float | None:
    """As the client told it, else from what was stored, in milliseconds."""
    if told is None:
        if call is None:
            return None
        told = (recorded.stored - call.since) / MILLISECOND
    return 0.0 if told < 0.0 else LONGEST_MS if told > LONGEST_MS else told


def _usage(state: Tools, agent: str, tool: str, recorded: Recorded) -> Usage:
    return state.rows.get(agent + "/" + tool) or _new(state, agent, tool, recorded)


def _count(usage: Usage, phase: str, duration: float | None, bucket: int | None, recorded: Recorded) -> None:
    """`bucket` is that of the duration."""
    usage.seq = recorded.seq
    usage.last = recorded.stored
    if phase == "denied":
        usage.denied += 1
        return
    usage.calls += 1
    if phase == "failed":
        usage.failures += 1
    if duration is not None and bucket is not None:
        usage.total_ms += duration
        if duration > usage.max_ms:
            usage.max_ms = duration
        buckets = usage.buckets
        buckets[bucket] = buckets.get(bucket, 0) + 1


def _new(state: Tools, agent: str, tool: str, recorded: Recorded) -> Usage:
    usage = state.rows[agent + "/" + tool] = Usage(agent, tool, recorded.seq, recorded.stored)
    if drop_silent(state.rows, ROWS_KEPT):
        state.removed = recorded.seq
    return usage


def _rank(usage: Usage, slow: Slow) -> None:
    usage.slowest.append(slow)
    usage.slowest.sort(key=lambda each: -each.duration_ms)
    del usage.slowest[SLOWEST:]


def _run(state: Tools, activity: AgentActivity, recorded: Recorded) -> None:
    """Times an agent from its call to its end; an end under another id is that of the oldest run of its name."""
    runs = _of_session(state.runs, recorded.event.session)
    run_id = activity.agent_id if recorded.event.session else activity.agent
    if activity.action == "invoked":
        if run_id == MAIN_AGENT or run_id not in runs:
            begin(runs, Call(run_id, activity.agent, recorded.stored))
    elif activity.action in ("completed", "failed", "stopped"):
        run = end(runs, run_id if run_id in runs else "", activity.agent)
        duration = _duration(activity.duration_ms, run, recorded)
        bucket = None if duration is None else bucket_of(duration)
        _count(_usage(state, activity.agent, "", recorded), activity.action, duration, bucket, recorded)


def _mcp_connection(state: Tools, status: Any, stored: datetime) -> None:
    if status in ("connected", "failed"):
        _mcp_outcome(state, stored, status == "connected")


def _mcp_outcome(state: Tools, stored: datetime, ok: bool) -> None:
    state.mcp.append(Outcome(stored, ok))
    if len(state.mcp) > MCP_OUTCOMES:
        del state.mcp[0]


def changed(state: Tools, after: int) -> Iterator[tuple[str, Usage]]:
    return ((key, usage) for key, usage in state.rows.items() if usage.seq > after)


def row(usage: Usage, at: datetime, rules: Rules) -> Json:
    buckets = usage.buckets
    return plain(
        UsageRow(
            agent=usage.agent,
            tool=usage.tool,
            seq=usage.seq,
            last=usage.last,
            calls=usage.calls,
            failures=usage.failures,
            denied=usage.denied,
            total_ms=round(usage.total_ms, 3),
            max_ms=usage.max_ms if buckets else None,
            p50_ms=quantile(buckets, 0.5) if buckets else None,
            p95_ms=quantile(buckets, 0.95) if buckets else None,
            slowest=usage.slowest,
        )
    )


def slowest(states: Iterable[Tools], count: int = SLOWEST) -> list[Slow]:
    """The slowest calls over all tools, slowest first."""
    every = (slow for state in states for usage in state.rows.values() for slow in usage.slowest)
    return nlargest(count, every, key=lambda slow: slow.duration_ms)


def mcp_health(state: State, at: datetime, projects: Projects = None) -> McpHealth:
    """How MCP servers answered within the last five minutes, in these projects: all well, some, none, or not asked."""
    recent = [
        outcome.ok
        for name, projections in state.projects.items()
        if projects is None or name in projects
        if isinstance(tools := projections["tools"], Tools)
        for outcome in tools.mcp
        if outcome.time > at - MCP_SPAN
    ]
    if not recent:
        return "unknown"
    if all(recent):
        return "healthy"
    return "degraded" if any(recent) else "unhealthy"


ROWS = Rows(changed, row, aged=lambda usage, shown, at, rules: False, removed=lambda state: state.removed)
TOOLS = in_rows("tools", Tools, evolve, ROWS)
