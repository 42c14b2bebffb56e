"""Agents as they are presented: their words, and the roster."""

from __future__ import annotations

from typing import Any

import pytest

from services.api.projections.agents import roster
from services.events import ModelRequest, Notification, PermissionRequest, Tokens, ToolUse
from tests.api.projections.given import (
    RULES,
    Event,
    act,
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

PROMPT = by(invoked())
PERMISSION = by(PermissionRequest(tool="Bash", summary="rm -rf build", input_hash="h"))
IDLE_PROMPT = by(Notification(kind="idle_prompt"))
DELEGATED = [PROMPT, by(started("Agent", "t1", subagent_type="qa")), by(invoked("qa", "a1"), agent="qa")]

# What happened, seconds since then -> the status of the session's own agent.
WORDS: dict[str, tuple[list[Event], float, str]] = {
    "active when asked for something": ([PROMPT], 0, "active"),
    "active while a tool runs, however quiet": ([PROMPT, by(started("Bash", "t"))], 599, "active"),
    "stalled when a tool runs for too long": ([PROMPT, by(started("Bash", "t"))], 600, "stalled"),
    "never stalled by another agent's work": (DELEGATED, 1799, "active"),
    "idle when silent": ([PROMPT, by(finished("Bash", "t"))], 120, "idle"),
    "lost when its session is silent with a turn open": ([PROMPT, by(started("Bash", "t"))], 1800, "lost"),
    "idle, not lost, when nobody asked for anything": ([by(session_started())], 1800, "idle"),
    "completed when its turn is done": ([PROMPT, by(completed())], 9999, "completed"),
    "failed": ([PROMPT, by(act("main", "failed"))], 0, "failed"),
    "stopped with its session": ([PROMPT, by(session_ended())], 0, "stopped"),
    "active again with the next prompt": ([PROMPT, by(completed()), PROMPT], 0, "active"),
    "active again when it acts without a prompt": ([PROMPT, by(completed()), by(started("Bash", "t"))], 0, "active"),
    "still completed when something is told late": (
        [PROMPT, by(completed()), by(finished("Bash", "t"))],
        0,
        "completed",
    ),
    "waiting for permission, however long": ([PROMPT, PERMISSION], 9999, "waiting"),
    "waiting for the next prompt": ([PROMPT, by(completed()), IDLE_PROMPT], 0, "waiting"),
    "no longer waiting when it goes on": ([PROMPT, PERMISSION, by(finished("Bash", "t"))], 0, "active"),
    "stopped with its session though it waited": ([PROMPT, PERMISSION, by(session_ended())], 0, "stopped"),
    "stopped in a session that has ended, whatever comes late": (
        [PROMPT, by(session_ended()), by(started("Bash", "t")), by(Notification(kind="idle_prompt"))],
        0,
        "stopped",
    ),
    "active in a session that was resumed": ([PROMPT, by(session_ended()), by(session_started()), PROMPT], 0, "active"),
    "active in a session that was resumed by a prompt alone": ([PROMPT, by(session_ended()), PROMPT], 0, "active"),
}


@pytest.mark.parametrize("word", WORDS)
def test_an_agent_is(word: str) -> None:
    happened, later, expected = WORDS[word]
    assert shown(given(*happened), "agents", after=later)["s1/main"]["status"] == expected


def agent(*happened: Event, key: str = "s1/main") -> dict[str, Any]:
    row: dict[str, Any] = shown(given(*happened), "agents")[key]
    return row


def test_every_prompt_invokes_the_sessions_own_agent() -> None:
    assert agent(PROMPT, PROMPT, by(completed()), PROMPT)["invocations"] == 3


def test_an_agent_without_a_session_is_known_by_its_name() -> None:
    """As the promised frame has it: no session, no agent_id, and nobody says that it ended."""
    happened = [by(invoked(name), session="", agent=name) for name in ("pm", "python-engineer", "pm")]
    rows = shown(given(*happened), "agents")
    assert {key: row["invocations"] for key, row in rows.items()} == {"/pm": 2, "/python-engineer": 1}


def test_a_call_under_way_is_what_the_agent_does() -> None:
    row = agent(PROMPT, by(started("Read", "t1", summary="/a.py")), by(started("Bash", "t2", summary="pytest -q")))
    assert row["doing"] == "Bash pytest -q"
    assert row["calls"] == {
        "t1": {"tool": "Read", "since": "2026-11-24T12:00:02Z", "summary": "/a.py"},
        "t2": {"tool": "Bash", "since": "2026-11-24T12:00:03Z", "summary": "pytest -q"},
    }


def test_calls_and_failures_are_counted() -> None:
    row = agent(
        by(started("Bash", "t1")),
        by(finished("Bash", "t1")),
        by(started("Bash", "t2")),
        by(failed("Bash", "t2")),
        by(ToolUse(tool="Bash", phase="denied", tool_use_id="t3")),
    )
    assert (row["tool_calls"], row["failures"], "calls" in row, "doing" in row) == (2, 1, False, False)


def test_tokens_and_cost_are_those_of_its_own_requests() -> None:
    request = ModelRequest(agent_id="a1", model="opus", tokens=Tokens(input=5, output=7, cache_read=90), cost_usd=0.25)
    rows = shown(given(PROMPT, by(request, agent="qa"), by(request, agent="qa")), "agents")
    assert rows["s1/a1"]["tokens"] == {"input": 10, "output": 14, "cache_read": 180, "cache_creation": 0}
    assert (rows["s1/a1"]["cost_usd"], rows["s1/a1"]["requests"]) == (0.5, 2)
    assert "tokens" not in rows["s1/main"]


def test_a_wait_for_permission_names_the_call_it_is_for() -> None:
    happened = [
        PROMPT,
        by(started("Bash", "t1", input_hash="h")),
        by(started("Bash", "t2", input_hash="h")),
        by(started("Bash", "t3", input_hash="other")),
        PERMISSION,
    ]
    assert agent(*happened)["waiting"] == {
        "since": "2026-11-24T12:00:05Z",
        "reason": "permission",
        "tool": "Bash",
        "summary": "rm -rf build",
        "tool_use_id": "t2",
    }


def test_a_custom_event_shows_that_its_agent_is_there() -> None:
    row = agent(PROMPT, by({"anything": 1}, after=50.0))
    assert row["last_seen"] == "2026-11-24T12:00:51Z"
    assert agent(by({"agent_id": "a7"}, agent="qa"), key="s1/a7")["name"] == "qa"


def test_the_name_of_the_sessions_own_agent_is_what_it_is_called() -> None:
    assert agent(by(session_started(agent="reviewer")))["name"] == "reviewer"
    assert agent(PROMPT, by(invoked("pm"), agent="pm"))["name"] == "pm"
    assert agent(by(invoked("pm"), agent="pm"), PROMPT)["name"] == "pm"


def test_the_roster_has_the_promised_keys_first_and_those_that_run_before_those_that_ended() -> None:
    state = given(
        by(invoked("pm"), agent="pm", project="shop"),
        by(invoked("qa", "a1"), agent="qa", project="shop"),
        by(invoked("docs", "a2"), agent="docs", project="shop"),
        by(completed("docs", "a2"), agent="docs", project="shop"),
        by(invoked("pm"), agent="pm", project="blog"),
    )
    rows = roster(state, state.stored, RULES)
    assert [(row["name"], row["project"]) for row in rows] == [
        ("pm", "blog"),
        ("qa", "shop"),
        ("pm", "shop"),
        ("docs", "shop"),
    ]
    assert list(rows[0])[:3] == ["name", "status", "invocations"]
    assert [row["project"] for row in roster(state, state.stored, RULES, frozenset({"blog"}))] == ["blog"]
    assert roster(state, state.stored, RULES, frozenset({"other"})) == []
