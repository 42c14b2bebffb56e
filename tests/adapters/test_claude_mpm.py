"""What each event of claude-mpm becomes. Shapes are those of requests captured from its hooks."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.adapters import ADAPTERS, Refused
from services.adapters.claude_mpm import SUBTYPES
from tests.adapters.telling import CAPTURED, JSON, RECEIVED, told, translated, whole

PATH = "/api/events"
SESSION = "5f1c0a8e"
STAMP = "2026-11-23T21:32:18.573326+00:00"
TIME = datetime(2026, 11, 23, 21, 32, 18, 573326, UTC)
COMMON = {"session_id": SESSION, "working_directory": "/home/dev/shop", "git_branch": "main", "timestamp": STAMP}
TODOS = [{"content": "PROSE", "status": "completed"}, {"content": "PROSE", "status": "in_progress"}]
RAW_HOOK = {
    "session_id": SESSION,
    "transcript_path": "/home/dev/.claude/projects/-home-dev-shop/x.jsonl",
    "cwd": "/home/dev/shop/src",
    "hook_event_name": "PostToolUse",
    "tool_name": "Bash",
    "tool_input": {"command": "pytest -q"},
    "tool_response": {"stdout": "PROSE"},
    "tool_use_id": "toolu_01A",
    "duration_ms": 812,
}


def bare(subtype: str, facts: dict[str, Any]) -> dict[str, Any]:
    event = {"event": "mpm_event", "source": "hook", "type": "hook", "subtype": subtype, "data": facts}
    return event | {"timestamp": "2026-11-23T21:32:19+00:00", "session_id": SESSION, "cwd": "/home/dev/shop"}


def wrapped(subtype: str, facts: dict[str, Any]) -> dict[str, Any]:
    return {"namespace": "", "event": "claude_event", "data": bare(subtype, facts)}


def fast(hook: dict[str, Any]) -> dict[str, Any]:
    event = {"type": "hook", "subtype": "post_tool", "hook_event_name": "PostToolUse", "source": "fast_hook"}
    event |= {"session_id": SESSION, "correlation_id": "Bash_1795469548900000", "timestamp": "2026-11-23T21:32:28.000Z"}
    return {"namespace": "/", "event": "claude_event", "data": event | {"data": hook}}


TABLE: list[tuple[str, dict[str, Any], list[tuple[str, dict[str, Any]]]]] = [
    (
        "session_start",
        {"hook_event_name": "SessionStart", "has_pending_tasks": False},
        [
            (
                "session_update",
                {"session_id": SESSION, "status": "started", "agent": "pm", "cwd": "/home/dev/shop"},
            )
        ],
    ),
    (
        "session_end",
        {"reason": "logout"},
        [("session_update", {"session_id": SESSION, "status": "ended", "reason": "logout"})],
    ),
    (
        "user_prompt",
        {"prompt_text": "PROSE é", "prompt_preview": "PROSE é", "prompt_length": 7, "urgency": "high"},
        [("prompt", {"size": 8, "origin": "user"}), ("agent_activity", {"agent": "pm", "action": "invoked"})],
    ),
    (
        "pre_tool",
        {
            "tool_name": "Bash",
            "tool_parameters": {"param_keys": ["command"], "command": "pytest -q", "command_length": 9},
            "correlation_id": "c-1",
        },
        [("tool_use", {"tool": "Bash", "phase": "started", "tool_use_id": "c-1", "summary": "pytest -q"})],
    ),
    (
        "post_tool",
        {"tool_name": "Bash", "success": True, "duration_ms": None, "output_size": 12, "correlation_id": "c-1"},
        [("tool_use", {"tool": "Bash", "phase": "finished", "tool_use_id": "c-1", "output_bytes": 12})],
    ),
    (
        "post_tool",
        {"tool_name": "Bash", "success": False, "status": "error", "exit_code": 1, "output": "PROSE"},
        [("tool_use", {"tool": "Bash", "phase": "failed", "error": "error"})],
    ),
    (
        "pre_tool",
        {
            "tool_name": "Write",
            "tool_parameters": {"file_path": "/home/dev/shop/a.py", "content_length": 1024, "is_create": True},
            "correlation_id": "c-2",
        },
        [
            ("tool_use", {"tool": "Write", "phase": "started", "tool_use_id": "c-2", "summary": "/home/dev/shop/a.py"}),
            (
                "file_operation",
                {"file": "/home/dev/shop/a.py", "operation": "write", "size": 1024, "tool_use_id": "c-2"},
            ),
        ],
    ),
    (
        "pre_tool",
        {
            "tool_name": "Task",
            "tool_parameters": {"subagent_type": "Research", "description": "look", "prompt": "PROSE"},
            "delegation_details": {"agent_type": "research", "original_agent_type": "Research", "prompt": "PROSE"},
            "correlation_id": "c-3",
        },
        [
            (
                "tool_use",
                {
                    "tool": "Task",
                    "phase": "started",
                    "tool_use_id": "c-3",
                    "summary": "look",
                    "subagent_type": "research",
                },
            )
        ],
    ),
    (
        "subagent_start",
        {"agent_type": "research", "agent_id": "research_5f1c", "prompt": "AGENT MEMORY PROSE", "description": "look"},
        [
            (
                "agent_activity",
                {
                    "agent": "research",
                    "agent_type": "research",
                    "agent_id": "research_5f1c",
                    "action": "invoked",
                    "description": "look",
                },
            )
        ],
    ),
    (
        "subagent_stop",
        {"agent_type": "research", "agent_id": "a1b2", "reason": "unknown", "is_error_termination": False},
        [
            (
                "agent_activity",
                {
                    "agent": "research",
                    "agent_type": "research",
                    "agent_id": "a1b2",
                    "action": "completed",
                    "reason": "unknown",
                },
            )
        ],
    ),
    (
        "subagent_stop",
        {"agent_type": "qa", "agent_id": "c3", "is_error_termination": True},
        [("agent_activity", {"agent": "qa", "agent_type": "qa", "agent_id": "c3", "action": "failed"})],
    ),
    (
        "stop",
        {"reason": "unknown", "stop_type": "normal", "is_error_stop": False, "usage": None},
        [("agent_activity", {"agent": "pm", "action": "completed", "reason": "unknown"})],
    ),
    (
        "stop",
        {
            "is_error_stop": True,
            "usage": {
                "input_tokens": 1,
                "output_tokens": 2,
                "cache_creation_input_tokens": 3,
                "cache_read_input_tokens": 4,
            },
        },
        [
            ("agent_activity", {"agent": "pm", "action": "failed"}),
            (
                "session_update",
                {
                    "session_id": SESSION,
                    "token_usage": 10,
                    "tokens": {"input": 1, "output": 2, "cache_creation": 3, "cache_read": 4},
                },
            ),
        ],
    ),
    (
        "token_usage_updated",
        {
            "input_tokens": 1,
            "output_tokens": 2,
            "cache_creation_tokens": 3,
            "cache_read_tokens": 4,
            "total_tokens": 45000,
        },
        [
            (
                "session_update",
                {
                    "session_id": SESSION,
                    "token_usage": 45000,
                    "tokens": {"input": 1, "output": 2, "cache_creation": 3, "cache_read": 4},
                },
            )
        ],
    ),
    (
        "notification",
        {"notification_type": "permission_prompt", "message": "Claude needs you", "message_length": 16},
        [("notification", {"kind": "permission_prompt", "message": "Claude needs you"})],
    ),
    (
        "permission_request",
        {
            "tool_name": "Bash",
            "decision": "allow",
            "reason": "No explicit policy matched; defaulting to allow",
            "agent_id": "",
            "tool_input_preview": "{'command': 'PROSE'}",
        },
        [
            (
                "permission_request",
                {"tool": "Bash", "decision": "allow", "reason": "No explicit policy matched; defaulting to allow"},
            )
        ],
    ),
    (
        "todo_updated",
        {"todos": TODOS, "total_count": 2},
        [("task_update", {"status": "updated", "total": 2, "completed": 1, "in_progress": 1})],
    ),
    (
        "task_completed",
        {"task_id": "1", "task_title": "Log in", "completed_by": "ann", "completion_status": "completed"},
        [("task_update", {"status": "completed", "task_id": "1", "subject": "Log in", "teammate": "ann"})],
    ),
    (
        "config_change",
        {"subtype": "unknown", "changed_file": "", "change_type": "modified"},
        [
            (
                "config_change",
                {
                    "working_directory": "/home/dev/shop",
                    "git_branch": "main",
                    "subtype": "unknown",
                    "changed_file": "",
                    "change_type": "modified",
                },
            )
        ],
    ),
    (
        "hook_execution",
        {"hook_name": "Stop", "success": True, "duration_ms": 45, "result_summary": "Session stopped: unknown"},
        [
            (
                "hook_execution",
                {
                    "working_directory": "/home/dev/shop",
                    "git_branch": "main",
                    "hook_name": "Stop",
                    "success": True,
                    "duration_ms": 45,
                    "result_summary": "Session stopped: unknown",
                },
            )
        ],
    ),
    (
        "assistant_response",
        {"response_text": "PROSE", "response": "PROSE", "response_length": 5},
        [
            (
                "assistant_response",
                {
                    "working_directory": "/home/dev/shop",
                    "git_branch": "main",
                    "response_text_bytes": 5,
                    "response_bytes": 5,
                    "response_length": 5,
                },
            )
        ],
    ),
    (
        "tool_use",
        {"a": 1},
        [("claude_mpm_tool_use", {"working_directory": "/home/dev/shop", "git_branch": "main", "a": 1})],
    ),
]


@pytest.mark.parametrize("wrap", [bare, wrapped], ids=["bare", "wrapped"])
@pytest.mark.parametrize(("subtype", "facts", "events"), TABLE)
def test_what_an_event_becomes(
    wrap: Any, subtype: str, facts: dict[str, Any], events: list[tuple[str, dict[str, Any]]]
) -> None:
    result = translated(PATH, wrap(subtype, COMMON | facts))
    assert [told(event) for event in result] == events
    assert b"PROSE" not in whole(result)
    assert {(event.source, event.project, event.session) for event in result} == {("claude-mpm", "shop", SESSION)}
    assert {(event.time, event.received) for event in result} == {(TIME, RECEIVED)}


def test_the_emitter_sends_more_keys_around_the_same_event() -> None:
    body = wrapped("stop", COMMON) | {"timestamp": "2026-11-23T21:32:18", "source": "async_emitter"}
    assert [event.type for event in translated(PATH, body)] == ["agent_activity"]


def test_the_main_agent_is_the_pm_and_a_subagent_goes_by_its_type() -> None:
    (main,) = translated(PATH, wrapped("pre_tool", COMMON | {"tool_name": "Bash"}))
    (sub,) = translated(PATH, wrapped("subagent_start", COMMON | {"agent_type": "qa", "agent_id": "q"}))
    assert (main.agent, main.data.agent_id, sub.agent, sub.data.agent_id) == ("pm", "main", "qa", "q")


def test_the_fast_hook_sends_the_hook_of_claude_code_itself() -> None:
    (event,) = translated(PATH, fast(RAW_HOOK))
    (same,) = translated("/hooks/claude-code", RAW_HOOK)
    assert event == same
    assert (event.source, event.project, event.time) == ("claude-code", "shop", RECEIVED)


def test_an_acknowledgement_has_no_session_and_is_taken_all_the_same() -> None:
    facts = {"prompt_preview": "PROSE", "timestamp": STAMP, "status": "received", "project": "shop"}
    event = {"event": "mpm_event", "source": "hook", "type": "hook", "subtype": "command_acknowledged", "data": facts}
    (acknowledged,) = translated(PATH, {"namespace": "", "event": "claude_event", "data": event})
    assert told(acknowledged) == (
        "command_acknowledged",
        {"prompt_preview_bytes": 5, "status": "received", "project": "shop"},
    )
    assert (acknowledged.project, acknowledged.session) == ("shop", "")


def test_phases_of_a_call_have_ids_of_their_own_and_keep_them() -> None:
    ids = [
        translated(PATH, wrapped(subtype, COMMON | {"tool_name": "Bash", "correlation_id": "c"}))[0].id
        for subtype in ("pre_tool", "pre_tool", "post_tool", "post_tool")
    ]
    assert ids[0] == ids[1] != ids[2] == ids[3]


def test_a_time_without_an_offset_is_not_believed() -> None:
    event = bare("stop", COMMON | {"timestamp": "2026-11-23T21:32:18"}) | {"timestamp": "yesterday"}
    assert translated(PATH, event)[0].time == RECEIVED


def test_an_unknown_subtype_becomes_a_custom_event_and_a_missing_one_goes_by_its_kind() -> None:
    (unknown,) = translated(PATH, wrapped("moonRise", {"phase": 3}))
    (nameless,) = translated(PATH, {"event": "mpm_event", "type": "system", "data": None})
    assert (unknown.type, nameless.type) == ("moon_rise", "system")


AGENTS_OBSERVE = {"hookName": "PreToolUse", "sessionId": "s", "payload": RAW_HOOK}
BAD = [
    ({}, "data.subtype is not there; send what claude-mpm's hooks send, unchanged."),
    ({"namespace": "", "data": 3}, "data.subtype is not there; send what claude-mpm's hooks send, unchanged."),
    ([], "The body is an array; send a JSON object."),
    (
        AGENTS_OBSERVE,
        "This is an event of agents-observe, which is not taken here; /hooks/claude-code takes its payload.",
    ),
]


@pytest.mark.parametrize(("body", "sentence"), BAD)
def test_what_is_no_event_of_claude_mpm_is_refused_in_a_sentence(body: Any, sentence: str) -> None:
    with pytest.raises(Refused) as refused:
        translated(PATH, body)
    assert refused.value.detail == sentence


def test_its_hooks_are_answered_with_nothing() -> None:
    assert ADAPTERS[PATH].answers_positions is False


FIELDS = sorted({key for _, facts, _ in TABLE for key in facts} | set(COMMON))


@given(st.sampled_from([*SUBTYPES, "moonrise"]), st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=8))
def test_no_kind_of_any_field_can_break_an_event(subtype: str, facts: dict[str, Any]) -> None:
    assert whole(translated(PATH, wrapped(subtype, facts)))


@given(JSON)
def test_any_json_is_translated_or_refused(value: Any) -> None:
    for body in (value, {"namespace": "", "data": value}, {"event": "mpm_event", "data": value}):
        with suppress(Refused):
            assert whole(translated(PATH, body))


CAPTURED_BECOME = {
    "session_start": ["session_update"],
    "hook_execution": ["hook_execution"],
    "command_acknowledged": ["command_acknowledged"],
    "user_prompt": ["prompt", "agent_activity"],
    "pre_tool": ["tool_use"],
    "post_tool": ["tool_use"],
    "todo_updated": ["task_update"],
    "subagent_start": ["agent_activity"],
    "subagent_stop": ["agent_activity"],
    "notification": ["notification"],
    "stop": ["agent_activity"],
    "worktree_create": ["worktree_create"],
    "teammate_idle": ["teammate_idle"],
    "task_completed": ["task_update"],
    "config_change": ["config_change"],
    "permission_request": ["permission_request"],
}


@pytest.mark.skipif(not CAPTURED.exists(), reason="the captured requests are not on this machine")
def test_every_captured_request_becomes_what_the_table_says() -> None:
    lines = (CAPTURED / "claude-mpm-http.jsonl").read_bytes().splitlines()
    bodies = [json.loads(line)["body"] for line in lines]
    became = [[event.type for event in translated(PATH, body)] for body in bodies]
    assert became == [CAPTURED_BECOME[body["data"]["subtype"]] for body in bodies]
    assert all(b"Please fix" not in whole(translated(PATH, body)) for body in bodies)
