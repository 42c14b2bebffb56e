from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.events import (
    EVENT_TYPES,
    AgentActivity,
    Alert,
    Compaction,
    Envelope,
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
    Tokens,
    ToolUse,
)
from services.line import escape, line, what

NOW = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)


def recorded(data: Any, **attributes: Any) -> Recorded:
    envelope: dict[str, Any] = {
        "id": "e",
        "source": "api",
        "type": "deploy",
        "time": NOW,
        "project": "shop",
        "session": "3f2b9c10-77",
    }
    return Recorded(7, NOW, Envelope(**(envelope | {"agent": "pm"} | attributes), data=data))


SAID = {
    "agent_activity": (
        AgentActivity(agent="qa", action="failed", timestamp=NOW, reason="rate_limit"),
        "qa  failed  rate_limit",
    ),
    "file_operation": (
        FileOperation(file="/a.py", operation="edit", size=90, lines_added=3, lines_removed=1),
        "edit  /a.py  90 bytes  +3 -1",
    ),
    "session_update": (
        SessionUpdate(session_id="s", model="opus", context_percentage=0.225, token_usage=45000, cost_usd=1.5),
        "opus  context 22%  45000 tokens  $1.50",
    ),
    "health_status": (HealthStatus(status="degraded", services={"api": "unhealthy"}), "degraded  api: unhealthy"),
    "tool_use": (
        ToolUse(tool="Bash", phase="finished", duration_ms=1234.0, summary="pytest -q"),
        "Bash  finished  1.2 s  pytest -q",
    ),
    "model_request": (
        ModelRequest(model="opus", tokens=Tokens(input=5, output=7), duration_ms=80.4),
        "opus  5 in, 7 out  80 ms",
    ),
    "prompt": (Prompt(size=46, origin="user"), "46 bytes  user"),
    "notification": (Notification(kind="idle_prompt", message="Waiting"), "idle_prompt  Waiting"),
    "permission_request": (PermissionRequest(tool="Bash", summary="rm x"), "Bash  waits for leave  rm x"),
    "task_update": (TaskUpdate(status="written", total=5, completed=2), "written  2 of 5 completed"),
    "compaction": (Compaction(phase="started", trigger="auto", tokens_before=190_000), "started  auto  190000 tokens"),
    "session_erased": (SessionErased(session_id="s1", ranges=[(3, 5), (9, 9)], by="ada"), "s1  4 events  ada"),
    "alert": (Alert(rule="context", state="firing", severity="critical"), "context  firing  critical"),
}


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_every_type_says_what_happened(name: str) -> None:
    data, said = SAID[name]
    assert type(data) is EVENT_TYPES[name]
    assert what(data) == said


def test_a_custom_event_shows_its_data() -> None:
    assert what({"to": "production", "n": 1}) == '{"to":"production","n":1}'


def test_the_columns_are_aligned_and_long_names_are_cut() -> None:
    short = line(recorded({"n": 1}), NOW)
    long = line(recorded({"n": 1}, project="a" * 40, agent="an-agent-with-a-long-name", type="t" * 30), NOW)
    assert short == '12:30:00.000 shop         3f2b9c10 pm               deploy             {"n":1}'
    assert short.index('{"n"') == long.index('{"n"')
    assert f"{'a' * 11}… 3f2b9c10 an-agent-with-a…" in long


def test_the_time_is_local_and_another_day_has_its_date() -> None:
    east = NOW.astimezone(timezone(timedelta(hours=2)))
    assert line(recorded({}), east).startswith("14:30:00.000 ")
    assert line(recorded({}), NOW + timedelta(days=1)).startswith("Nov 24 12:30 ")


def test_a_line_is_cut_to_the_terminal() -> None:
    assert len(line(recorded({"text": "x" * 500}), NOW, width=100)) == 100
    assert len(line(recorded({"text": "x" * 5000}), NOW)) < 400


def test_colours_are_added_where_they_are_wanted_and_failures_are_red() -> None:
    plain = recorded(ToolUse(tool="Bash", phase="failed"), type="tool_use")
    assert "\x1b" not in line(plain, NOW)
    assert "\x1b[31mtool_use" in line(plain, NOW, colour=True)


@given(st.text(), st.text(), st.text())
def test_nothing_that_an_agent_writes_is_a_control_character_of_the_line(agent: str, project: str, text: str) -> None:
    hostile = f"\x1b]0;owned\x07\u202e\x9b2J\n{text}"
    written = line(recorded({"text": hostile, hostile: 1}, agent=agent + hostile, project=project, type=hostile), NOW)
    assert written.isprintable()
    written.encode()


def test_what_is_harmless_stays_as_it_is() -> None:
    assert escape("Grüße, 世界 🎉 \\n") == "Grüße, 世界 🎉 \\n"
    assert escape("a\x1b[31mb\r\n\u202e\ud800") == "a\\x1b[31mb\\r\\n\\u202e\\ud800"
