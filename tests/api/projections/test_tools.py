"""Tools: counts, failures, durations, the slowest calls; and how MCP servers answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.api.projections.tools import ROWS_KEPT, SLOWEST, Tools, mcp_health, slowest
from services.events import ToolUse
from tests.api.projections.given import (
    Event,
    act,
    by,
    completed,
    failed,
    finished,
    given,
    invoked,
    session_ended,
    shown,
    started,
)


def tools(*happened: Event) -> dict[str, Any]:
    return shown(given(*happened), "tools")


def test_a_tool_is_counted_over_all_and_for_each_agent() -> None:
    rows = tools(
        by(finished("Bash", "t1")),
        by(failed("Bash", "t2", "a1"), agent="qa"),
        by(ToolUse(agent_id="a1", tool="Bash", phase="denied", tool_use_id="t3"), agent="qa"),
        by(finished("Read", "t4"), agent=""),
    )
    assert {key: (row["calls"], row["failures"], row["denied"]) for key, row in rows.items()} == {
        "/Bash": (2, 1, 1),
        "main/Bash": (1, 0, 0),
        "qa/Bash": (1, 1, 1),
        "/Read": (1, 0, 0),
    }


def test_a_duration_is_what_the_client_told_else_what_was_stored() -> None:
    rows = tools(
        by(started("Bash", "t1")),
        by(finished("Bash", "t1", duration_ms=40.0), after=2.0),
        by(started("Read", "t2")),
        by(finished("Read", "t2"), after=2.5),
        by(finished("Grep", "unseen")),
    )
    assert rows["/Bash"]["total_ms"] == 40.0
    assert rows["/Read"]["total_ms"] == 2500.0
    assert "p50_ms" not in rows["/Grep"]


def test_quantiles_are_near_the_true_ones() -> None:
    row = tools(*(by(finished("Bash", f"t{n}", duration_ms=float(n))) for n in range(1, 101)))["/Bash"]
    assert row["p50_ms"] == pytest.approx(50, rel=0.03)
    assert row["p95_ms"] == pytest.approx(95, rel=0.03)
    assert row["max_ms"] == 100.0


def test_a_duration_that_cannot_be_is_brought_into_bounds() -> None:
    rows = tools(by(finished("Bash", "t1", duration_ms=-5.0)), by(finished("Read", "t2", duration_ms=1e12)))
    assert (rows["/Bash"]["total_ms"], rows["/Read"]["max_ms"]) == (0.0, 86_400_000.0)


def test_an_agent_answers_when_it_ends() -> None:
    rows = tools(
        by(invoked()),
        by(invoked("qa", "a1"), agent="qa"),
        by(completed("qa", "a1"), agent="qa", after=4.0),
        by(completed(), after=5.0),
        by(invoked()),
        by(act("main", "failed"), after=1.0),
    )
    assert (rows["qa/"]["calls"], rows["qa/"]["total_ms"]) == (1, 4000.0)
    assert (rows["main/"]["calls"], rows["main/"]["failures"], rows["main/"]["max_ms"]) == (2, 1, 10_000.0)


def test_an_agent_that_ends_under_another_id_answers_too() -> None:
    rows = tools(by(invoked("qa", "qa_s1"), agent="qa"), by(completed("qa", "a1b2"), agent="qa", after=3.0))
    assert rows["qa/"]["total_ms"] == 3000.0


def test_the_slowest_calls_are_kept_with_where_they_ended() -> None:
    happened = [
        by(finished("Bash", f"t{number}", duration_ms=float(number % 37), summary=f"run {number}"))
        for number in range(50)
    ]
    happened.append(by(finished("Read", "r", duration_ms=20.5), agent="qa"))
    state = given(*happened)
    row = shown(state, "tools")["/Bash"]
    assert len(row["slowest"]) == SLOWEST
    assert row["slowest"][0] == {
        "duration_ms": 36.0,
        "seq": 37,
        "tool": "Bash",
        "agent": "main",
        "session": "s1",
        "summary": "run 36",
    }
    assert "slowest" not in shown(state, "tools")["main/Bash"]
    states = [each for each in state.projects["p"].values() if isinstance(each, Tools)]
    assert [slow.duration_ms for slow in slowest(states, 3)] == [36.0, 35.0, 34.0]


def test_a_summary_is_that_of_the_call_where_its_end_has_none() -> None:
    rows = tools(by(started("Bash", "t1", summary="pytest -q")), by(finished("Bash", "t1")))
    assert rows["/Bash"]["slowest"][0]["summary"] == "pytest -q"


def test_calls_of_a_session_that_ended_are_over() -> None:
    rows = tools(by(started("Bash", "t1")), by(session_ended()), by(finished("Bash", "t1")))
    assert "p50_ms" not in rows["/Bash"]


def test_rows_are_bounded() -> None:
    rows = tools(*(by(finished(f"tool{number}", "t"), agent="") for number in range(ROWS_KEPT + 1)))
    assert 0.9 * ROWS_KEPT <= len(rows) <= ROWS_KEPT
    assert f"/tool{ROWS_KEPT}" in rows
    assert "/tool0" not in rows


MCP_OK = by(finished("mcp__files__list", "t"))
MCP_FAILED = by(failed("mcp__files__list", "t"))


@pytest.mark.parametrize(
    ("happened", "health"),
    [
        ([], "unknown"),
        ([by(finished("Bash", "t"))], "unknown"),
        ([MCP_OK], "healthy"),
        ([by(finished("list", "t", mcp_server="files"))], "healthy"),
        ([MCP_OK, MCP_FAILED], "degraded"),
        ([MCP_FAILED], "unhealthy"),
        ([MCP_OK, by(failed("mcp__files__list", "t", interrupted=True))], "healthy"),
        ([by({"status": "connected"}, type="mcp_server_connection")], "healthy"),
        ([by({"status": "failed"}, type="mcp_server_connection")], "unhealthy"),
        ([MCP_FAILED, by(finished("Bash", "t"), after=300.0)], "unknown"),
        ([MCP_FAILED, by(finished("mcp__files__list", "t"), project="q")], "degraded"),
    ],
)
def test_mcp_health_is_how_servers_answered_in_the_last_five_minutes(happened: list[Event], health: str) -> None:
    state = given(*happened)
    assert mcp_health(state, state.stored) == health


def test_mcp_health_is_unknown_again_with_time() -> None:
    state = given(MCP_OK)
    assert mcp_health(state, state.stored + timedelta(minutes=5)) == "unknown"
