"""Given events, then state: what every test of a projection is written in; and events at random."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from services import events
from services.api import fold
from services.api.fold import Rules, State
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
    SessionUpdate,
    TaskUpdate,
    Tokens,
    ToolUse,
)

START = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
RULES = Rules()
TYPES = {data: name for name, data in events.EVENT_TYPES.items()}

Event = tuple[float, events.Envelope[Any]]


def by(
    data: Any, *, session: str = "s1", agent: str = "main", project: str = "p", after: float = 1.0, **more: str
) -> Event:
    """An event `after` so many seconds; of a custom type where data is a dict."""
    event_type = more.get("type") or TYPES.get(type(data), "custom")
    envelope = events.Envelope(
        id=events.random_id(),
        source=more.get("source", "claude-code"),
        type=event_type,
        time=START,
        project=project,
        session=session,
        agent=agent,
        data=data,
    )
    return after, envelope


def recorded(given: list[Event]) -> list[Recorded]:
    """The events as the log has them."""
    stored, log = START, []
    for seq, (after, envelope) in enumerate(given, 1):
        stored += timedelta(seconds=after)
        log.append(Recorded(seq, stored, envelope))
    return log


def given(*those: Event) -> State:
    state = fold.initial()
    fold.evolve_all(state, recorded(list(those)))
    return state


def shown(state: State, projection: str, after: float = 0.0, project: str = "p") -> dict[str, Any]:
    """A projection as it is presented so many seconds after the last event."""
    at = state.stored + timedelta(seconds=after)
    rows: dict[str, Any] = fold.present(state, at, RULES, frozenset({project}))["projects"][project][projection]
    return rows


def started(tool: str, call: str, agent_id: str = "main", **more: Any) -> ToolUse:
    return ToolUse(agent_id=agent_id, tool=tool, phase="started", tool_use_id=call, **more)


def finished(tool: str, call: str, agent_id: str = "main", **more: Any) -> ToolUse:
    return ToolUse(agent_id=agent_id, tool=tool, phase="finished", tool_use_id=call, **more)


def failed(tool: str, call: str, agent_id: str = "main", **more: Any) -> ToolUse:
    return ToolUse(agent_id=agent_id, tool=tool, phase="failed", tool_use_id=call, **more)


def act(agent: str, action: Any, agent_id: str = "main", **more: Any) -> AgentActivity:
    return AgentActivity(agent=agent, action=action, timestamp=START, agent_id=agent_id, **more)


def invoked(agent: str = "main", agent_id: str = "main", **more: Any) -> AgentActivity:
    return act(agent, "invoked", agent_id, **more)


def completed(agent: str = "main", agent_id: str = "main", **more: Any) -> AgentActivity:
    return act(agent, "completed", agent_id, **more)


def session_started(**more: Any) -> SessionUpdate:
    return SessionUpdate(session_id="s1", status="started", **more)


def session_ended(**more: Any) -> SessionUpdate:
    return SessionUpdate(session_id="s1", status="ended", **more)


AGENT_IDS = st.sampled_from(["main", "main", "a1", "a2", "research_s1"])
NAMES = st.sampled_from(["main", "research", "qa", ""])
CALLS = st.sampled_from(["", "t1", "t2", "t3", "t4"])
COUNTS = st.one_of(st.none(), st.integers(0, 300_000))
TOKENS = st.builds(Tokens, input=st.integers(0, 5000), cache_read=st.integers(0, 190_000), output=st.integers(0, 999))

SOME_DATA = st.one_of(
    st.builds(
        ToolUse,
        agent_id=AGENT_IDS,
        tool=st.sampled_from(["Bash", "Read", "Agent", "Task", "mcp__files__list"]),
        phase=st.sampled_from(["started", "started", "finished", "failed", "denied"]),
        tool_use_id=CALLS,
        duration_ms=st.one_of(st.none(), st.floats(-1, 1e9)),
        subagent_type=st.sampled_from(["", "research", "qa"]),
        subagent_id=st.sampled_from(["", "", "a1", "a2", "a3"]),
        input_hash=st.sampled_from(["", "h"]),
        background=st.booleans(),
        interrupted=st.booleans(),
    ),
    st.builds(
        act,
        NAMES,
        st.sampled_from(["invoked", "invoked", "started", "waiting", "completed", "completed", "failed", "stopped"]),
        AGENT_IDS,
        parent_id=st.sampled_from(["", "", "a2"]),
    ),
    st.builds(
        FileOperation,
        agent_id=AGENT_IDS,
        file=st.sampled_from(["/a.py", "/b.py", "/c.py"]),
        operation=st.sampled_from(["read", "write", "edit", "delete"]),
        size=st.integers(0, 9999),
        lines_added=st.integers(0, 9),
    ),
    st.builds(
        SessionUpdate,
        session_id=st.sampled_from(["s1", "s2"]),
        token_usage=COUNTS,
        context_percentage=st.one_of(st.none(), st.floats(0, 1)),
        status=st.sampled_from(["", "", "started", "ended"]),
        context_window=st.sampled_from([None, 200_000]),
        cost_usd=st.one_of(st.none(), st.floats(0, 9)),
        tokens=st.one_of(st.none(), TOKENS),
        model=st.sampled_from(["", "opus"]),
    ),
    st.builds(
        ModelRequest,
        agent_id=AGENT_IDS,
        model=st.just("opus"),
        tokens=TOKENS,
        cost_usd=st.one_of(st.none(), st.just(0.1)),
    ),
    st.builds(Prompt, size=st.just(3), origin=st.sampled_from(["user", "received"])),
    st.builds(
        Notification,
        agent_id=AGENT_IDS,
        kind=st.sampled_from(["permission_prompt", "idle_prompt", "auth_success", "elicitation", "elicitation_result"]),
    ),
    st.builds(PermissionRequest, agent_id=AGENT_IDS, tool=st.just("Bash"), decision=st.sampled_from(["", "", "allow"])),
    st.builds(Compaction, phase=st.sampled_from(["started", "finished"]), tokens_after=COUNTS),
    st.builds(TaskUpdate, agent_id=AGENT_IDS, status=st.just("updated")),
    st.builds(HealthStatus, status=st.just("degraded"), services=st.just({"ingest": "unhealthy"})),
    st.builds(Alert, rule=st.just("context"), state=st.just("firing")),
    st.sampled_from([{}, {"agent_id": "a3"}, {"agent_id": 7}]),
)

SOME_EVENTS: st.SearchStrategy[list[Event]] = st.lists(
    st.builds(
        by,
        SOME_DATA,
        session=st.sampled_from(["s1", "s1", "s2", ""]),
        agent=NAMES,
        project=st.sampled_from(["p", "p", "q"]),
        after=st.sampled_from([0.0, 0.4, 1.0, 4.0, 59.0, 130.0, 700.0, 2000.0]),
    ),
    max_size=60,
)
