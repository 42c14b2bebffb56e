from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from services.events import (
    AgentActivity,
    Alert,
    Envelope,
    FileOperation,
    HealthStatus,
    ModelRequest,
    Notification,
    PermissionRequest,
    Prompt,
    Recorded,
    SessionUpdate,
    ToolUse,
)
from services.row import DEBUG, ERROR, INFO, WARN, Row, level, row, waiting, words

AT = datetime(2026, 11, 24, 10, tzinfo=UTC)


def row_of(event_type: str, data: Any, session: str = "", agent: str = "", host: str = "") -> Row:
    event = Envelope(
        id="x",
        source="api",
        type=event_type,
        time=AT,
        project="shop",
        session=session,
        agent=agent,
        host=host,
        data=data,
    )
    return row(Recorded(7, AT, event))


def test_a_tool_call_has_its_tool_phase_duration_and_both_sizes() -> None:
    data = ToolUse(
        agent_id="a1", tool="Bash", phase="failed", duration_ms=12.5, input_bytes=3, output_bytes=4, summary="Make It",
        error="boom", tool_use_id="toolu_1",
    )  # fmt: skip
    found = row_of("tool_use", data, agent="engineer", session="s1", host="box")
    assert (found.seq, found.stored, found.type, found.project, found.session) == (7, AT, "tool_use", "shop", "s1")
    assert (found.agent, found.agent_id, found.source, found.host, found.id) == ("engineer", "a1", "api", "box", "x")
    assert (found.tool, found.phase, found.dur, found.size, found.level) == ("Bash", "failed", 12.5, 7, ERROR)
    assert words(found.text) == "tool use engineer bash failed make it boom".split()


def test_a_file_operation_has_its_path_operation_and_size() -> None:
    found = row_of("file_operation", FileOperation(file="/a/B.py", operation="edit", size=10))
    assert (found.path, found.op, found.size, found.dur, found.agent_id) == ("/a/B.py", "edit", 10, None, "main")


def test_what_an_agent_does_is_its_phase_and_its_name_the_agent() -> None:
    found = row_of("agent_activity", AgentActivity(agent="qa", action="completed", timestamp=AT, duration_ms=3))
    assert (found.agent, found.phase, found.dur) == ("qa", "completed", 3)


def test_a_session_update_without_an_envelopes_session_has_its_own() -> None:
    assert row_of("session_update", SessionUpdate(session_id="s9", model="opus")).session == "s9"


def test_a_custom_event_gives_what_it_has_under_usual_names() -> None:
    data = {
        "file": "a.py",
        "tool": 3,
        "duration_ms": 5,
        "level": "Warning",
        "deep": {"note": ["Über—alles"]},
        "size": True,
    }
    found = row_of("deploy", data)
    assert (found.path, found.tool, found.dur, found.size, found.level) == ("a.py", "", 5.0, None, WARN)
    assert words(found.text) == ["deploy", "a", "py", "a", "py", "warning", "über", "alles"]
    assert found.text.isascii() is False
    assert "—" not in found.text


def test_numbers_that_sqlite_would_refuse_and_endless_texts_are_left_out() -> None:
    nested: dict[str, Any] = {"text": "deep"}
    for _ in range(500):
        nested = {"more": nested}
    found = row_of("deploy", {"size": 10**40, "duration_ms": -(10**400), "long": "ab " * 9000, "nested": nested})
    assert (found.size, found.dur) == (None, None)
    assert len(found.text) <= 2048


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (ToolUse(tool="Bash", phase="denied"), WARN),
        (ToolUse(tool="Bash", phase="finished"), INFO),
        (AgentActivity(agent="a", action="failed", timestamp=AT), ERROR),
        (AgentActivity(agent="a", action="waiting", timestamp=AT), WARN),
        (ModelRequest(model="opus", error="overloaded"), ERROR),
        (SessionUpdate(session_id="s", context_percentage=0.7), WARN),
        (SessionUpdate(session_id="s", context_percentage=0.69), INFO),
        (HealthStatus(status="unhealthy", services={}), ERROR),
        (HealthStatus(status="degraded", services={}), WARN),
        (PermissionRequest(tool="Bash"), WARN),
        (PermissionRequest(tool="Bash", decision="allow"), INFO),
        (Notification(kind="idle_prompt"), WARN),
        (Notification(kind="auth_success"), INFO),
        (Alert(rule="context", state="firing", severity="critical"), ERROR),
        (Alert(rule="context", state="firing"), WARN),
        (Alert(rule="context", state="resolved", severity="critical"), INFO),
        (Prompt(size=3), INFO),
        ({"severity": "fatal"}, ERROR),
        ({"level": "debug"}, DEBUG),
        ({"level": 3}, INFO),
    ],
)
def test_the_level_says_whether_somebody_should_look(data: Any, expected: int) -> None:
    assert level(data) == expected


def test_only_what_asks_a_human_waits() -> None:
    asking = [
        PermissionRequest(tool="Bash"),
        Notification(kind="permission_prompt"),
        AgentActivity(agent="a", action="waiting", timestamp=AT),
    ]
    others = [
        PermissionRequest(tool="Bash", decision="deny"),
        Notification(kind="agent_completed"),
        {"kind": "idle_prompt"},
    ]
    assert [waiting(data) for data in asking] == [True] * 3
    assert [waiting(data) for data in others] == [False] * 3
