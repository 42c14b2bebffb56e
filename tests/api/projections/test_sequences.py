"""Whole sessions, as the adapters of Claude Code and claude-mpm tell them, and what every projection makes of them."""

from __future__ import annotations

from typing import Any

import pytest

from services.events import (
    Compaction,
    FileOperation,
    Notification,
    PermissionRequest,
    Prompt,
    SessionUpdate,
    Tokens,
)
from tests.api.projections.given import (
    Event,
    by,
    completed,
    failed,
    finished,
    given,
    invoked,
    session_ended,
    session_started,
    shown,
    started,
)


def touches(file: str, operation: Any, agent_id: str = "main") -> FileOperation:
    return FileOperation(agent_id=agent_id, file=file, operation=operation, size=100)


def mpm(data: Any, agent: str = "pm") -> Event:
    return by(data, agent=agent, source="claude-mpm")


CLAUDE_CODE: list[Event] = [
    by(session_started(reason="startup", model="opus", cwd="/home/dev/shop", agent="main")),
    by(Prompt(size=40, prompt_id="p-1", origin="user")),
    by(invoked()),
    by(started("Read", "t1", summary="/cart.py")),
    by(finished("Read", "t1", duration_ms=5.0)),
    by(touches("/cart.py", "read")),
    by(started("Agent", "t2", subagent_type="qa", summary="test the cart")),
    by(started("Agent", "t3", subagent_type="engineer", summary="fix the cart")),
    by(invoked("qa", "a-qa"), agent="qa"),
    by(invoked("engineer", "a-eng"), agent="engineer"),
    by(started("Edit", "t4", "a-eng", summary="/cart.py"), agent="engineer"),
    by(finished("Edit", "t4", "a-eng", duration_ms=9.0), agent="engineer"),
    by(touches("/cart.py", "edit", "a-eng"), agent="engineer"),
    by(started("Bash", "t5", "a-qa", summary="pytest -q", input_hash="h"), agent="qa"),
    by(PermissionRequest(agent_id="a-qa", tool="Bash", summary="pytest -q", input_hash="h"), agent="qa"),
    by(Notification(kind="permission_prompt", message="Claude needs your permission")),
    by(failed("Bash", "t5", "a-qa", duration_ms=800.0, error="exit code 1"), agent="qa"),
    by(completed("engineer", "a-eng"), agent="engineer"),
    by(finished("Agent", "t3", subagent_type="engineer", subagent_id="a-eng", duration_ms=9000.0)),
    by(completed("qa", "a-qa"), agent="qa"),
    by(finished("Agent", "t2", subagent_type="qa", subagent_id="a-qa", duration_ms=14000.0)),
    by(
        SessionUpdate(
            session_id="s1", context_percentage=0.9, token_usage=180_000, context_window=200_000, cost_usd=1.5
        )
    ),
    by(Compaction(phase="finished", trigger="auto", tokens_before=180_000, tokens_after=20_000)),
    by(completed()),
    by(session_ended(reason="logout")),
]

CLAUDE_MPM: list[Event] = [
    mpm(session_started(cwd="/home/dev/shop", agent="pm")),
    mpm(Prompt(size=40, origin="user")),
    mpm(invoked("pm")),
    mpm(started("Edit", "c1", summary="/cart.py")),
    mpm(touches("/cart.py", "edit")),
    mpm({"hook_name": "PreToolUse"}),
    mpm(finished("Edit", "c1")),
    mpm(started("Bash", "c2", summary="pytest -q")),
    mpm(started("Read", "c3", summary="/cart.py")),
    mpm(finished("Bash", "c3")),
    mpm(failed("Read", "")),
    mpm(invoked("research", "research_s1"), agent="research"),
    mpm(started("Task", "c4", subagent_type="research", summary="look")),
    mpm(PermissionRequest(tool="Bash", decision="allow", reason="No explicit policy matched")),
    mpm(completed("research", "a1b2"), agent="research"),
    mpm(finished("Task", "c4", subagent_type="research")),
    mpm(SessionUpdate(session_id="s1", tokens=Tokens(input=1000, output=200), token_usage=1200)),
    mpm(completed("pm")),
]

# Who tells -> what is presented of agents, sessions, files and tools.
SEQUENCES: dict[str, tuple[list[Event], dict[str, Any]]] = {
    "claude-code": (
        CLAUDE_CODE,
        {
            "agents": {
                "s1/main": ("main", "completed", 1, None, None, 3, 0),
                "s1/a-qa": ("qa", "completed", 1, "s1/main", None, 1, 1),
                "s1/a-eng": ("engineer", "completed", 1, "s1/main", None, 1, 0),
            },
            "sessions": {"s1": ("ended", "main", "opus", 1, 1, 0.1, 20_000, 1, "logout")},
            "files": {"/cart.py": (1, 1, "s1/a-eng")},
            "tools": {
                "/Read": (1, 0),
                "main/Read": (1, 0),
                "/Edit": (1, 0),
                "engineer/Edit": (1, 0),
                "/Bash": (1, 1),
                "qa/Bash": (1, 1),
                "/Agent": (2, 0),
                "main/Agent": (2, 0),
                "engineer/": (1, 0),
                "qa/": (1, 0),
                "main/": (1, 0),
            },
        },
    ),
    "claude-mpm": (
        CLAUDE_MPM,
        {
            "agents": {
                "s1/main": ("pm", "completed", 1, None, None, 4, 1),
                "s1/research_s1": ("research", "completed", 1, "s1/main", True, 0, 0),
            },
            "sessions": {"s1": ("active", "pm", None, 1, 1, None, 1200, 0, None)},
            "files": {"/cart.py": (0, 1, "s1/main")},
            "tools": {
                "/Edit": (1, 0),
                "pm/Edit": (1, 0),
                "/Bash": (1, 0),
                "pm/Bash": (1, 0),
                "/Read": (1, 1),
                "pm/Read": (1, 1),
                "/Task": (1, 0),
                "pm/Task": (1, 0),
                "research/": (1, 0),
                "pm/": (1, 0),
            },
        },
    ),
}

FACTS = {
    "agents": ("name", "status", "invocations", "parent", "parent_inferred", "tool_calls", "failures"),
    "sessions": (
        "status",
        "agent",
        "model",
        "prompts",
        "turns",
        "context_percentage",
        "token_usage",
        "compactions",
        "reason",
    ),
    "files": ("reads", "edits", "agent"),
    "tools": ("calls", "failures"),
}


@pytest.mark.parametrize("projection", FACTS)
@pytest.mark.parametrize("client", SEQUENCES)
def test_a_session_told_by(client: str, projection: str) -> None:
    happened, expected = SEQUENCES[client]
    rows = shown(given(*happened), projection)
    assert {key: tuple(row.get(fact) for fact in FACTS[projection]) for key, row in rows.items()} == expected[
        projection
    ]


def test_in_between_the_one_who_waits_is_the_agent_that_asked() -> None:
    upto = CLAUDE_CODE.index(next(each for each in CLAUDE_CODE if isinstance(each[1].data, Notification))) + 1
    state = given(*CLAUDE_CODE[:upto])
    rows = shown(state, "agents")
    assert {key: row["status"] for key, row in rows.items()} == {
        "s1/main": "active",
        "s1/a-qa": "waiting",
        "s1/a-eng": "active",
    }
    assert rows["s1/a-qa"]["waiting"]["tool_use_id"] == "t5"
    assert shown(state, "sessions")["s1"]["status"] == "waiting"
