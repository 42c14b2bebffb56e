"""What each hook of Claude Code becomes. Shapes are those of its hooks and status line references."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.adapters import ADAPTERS, Refused
from services.adapters.claude_code import HOOKS
from tests.adapters.telling import CAPTURED, JSON, RECEIVED, told, translated, whole

PATH = "/hooks/claude-code"
COMMON = {
    "session_id": "abc123",
    "transcript_path": "/home/dev/.claude/projects/-home-dev-shop/abc123.jsonl",
    "cwd": "/home/dev/shop",
    "permission_mode": "default",
}
INSIDE = {"agent_id": "a1b2", "agent_type": "Explore"}

BASH: dict[str, Any] = {
    "tool_name": "Bash",
    "tool_input": {"command": "npm test", "description": "Run"},
    "tool_use_id": "toolu_1",
}
BASH_INPUT = b'{"command":"npm test","description":"Run"}'
WRITE = {
    "tool_name": "Write",
    "tool_input": {"file_path": "/home/dev/shop/a.txt", "content": "é\nb\n"},
    "tool_use_id": "toolu_2",
}
EDIT = {
    "tool_name": "Edit",
    "tool_input": {"file_path": "/s/a.py", "old_string": "a\nb\nc", "new_string": "a\nX\nY\nc"},
    "tool_use_id": "toolu_3",
}
AGENT = {
    "tool_name": "Agent",
    "tool_input": {"prompt": "PROSE find it", "description": "look for it", "subagent_type": "Explore"},
    "tool_use_id": "toolu_4",
}


def finished(tool: dict[str, Any], response: Any, **more: Any) -> dict[str, Any]:
    return {"hook_event_name": "PostToolUse", **tool, "tool_response": response, **more}


TABLE: list[tuple[str, dict[str, Any], list[tuple[str, dict[str, Any]]]]] = [
    (
        "a session starts",
        {"hook_event_name": "SessionStart", "source": "startup", "model": "claude-sonnet-5", "agent_type": "reviewer"},
        [
            (
                "session_update",
                {
                    "session_id": "abc123",
                    "status": "started",
                    "reason": "startup",
                    "model": "claude-sonnet-5",
                    "agent": "reviewer",
                    "cwd": "/home/dev/shop",
                },
            )
        ],
    ),
    (
        "a session is resumed and knows its tokens",
        {"hook_event_name": "SessionStart", "source": "resume", "context_tokens": 45000, "session_title": "Fix it"},
        [
            (
                "session_update",
                {
                    "session_id": "abc123",
                    "status": "started",
                    "reason": "resume",
                    "cwd": "/home/dev/shop",
                    "title": "Fix it",
                    "token_usage": 45000,
                },
            )
        ],
    ),
    (
        "a session ends",
        {"hook_event_name": "SessionEnd", "reason": "logout"},
        [("session_update", {"session_id": "abc123", "status": "ended", "reason": "logout"})],
    ),
    (
        "a human asks",
        {"hook_event_name": "UserPromptSubmit", "prompt": "PROSE é", "prompt_id": "p-1", "source": "user"},
        [
            ("prompt", {"size": 8, "prompt_id": "p-1", "origin": "user"}),
            ("agent_activity", {"agent": "main", "action": "invoked"}),
        ],
    ),
    (
        "the main agent is done",
        {"hook_event_name": "Stop", "stop_hook_active": True, "last_assistant_message": "PROSE done"},
        [("agent_activity", {"agent": "main", "action": "completed"})],
    ),
    (
        "the main agent fails",
        {"hook_event_name": "StopFailure", "error": "rate_limit", "last_assistant_message": "PROSE"},
        [("agent_activity", {"agent": "main", "action": "failed", "reason": "rate_limit"})],
    ),
    (
        "a subagent starts",
        {"hook_event_name": "SubagentStart", **INSIDE},
        [("agent_activity", {"agent": "Explore", "agent_type": "Explore", "agent_id": "a1b2", "action": "invoked"})],
    ),
    (
        "a subagent is done",
        {"hook_event_name": "SubagentStop", **INSIDE, "last_assistant_message": "PROSE"},
        [("agent_activity", {"agent": "Explore", "agent_type": "Explore", "agent_id": "a1b2", "action": "completed"})],
    ),
    (
        "a command starts",
        {"hook_event_name": "PreToolUse", **BASH},
        [
            (
                "tool_use",
                {
                    "tool": "Bash",
                    "phase": "started",
                    "tool_use_id": "toolu_1",
                    "input_bytes": len(BASH_INPUT),
                    "summary": "npm test",
                    "input_hash": "d321f989f20534f0",
                },
            )
        ],
    ),
    (
        "a command of several lines is told by its first",
        {"hook_event_name": "PermissionDenied", **BASH, "tool_input": {"command": "cat > x <<E\nPROSE\nE"}},
        [("tool_use", {"tool": "Bash", "phase": "denied", "tool_use_id": "toolu_1", "summary": "cat > x <<E …"})],
    ),
    (
        "a command ends",
        finished(BASH, {"stdout": "PROSE", "stderr": "", "interrupted": False}, duration_ms=812),
        [
            (
                "tool_use",
                {
                    "tool": "Bash",
                    "phase": "finished",
                    "tool_use_id": "toolu_1",
                    "duration_ms": 812.0,
                    "output_bytes": 50,
                    "summary": "npm test",
                },
            )
        ],
    ),
    (
        "a command fails",
        {
            "hook_event_name": "PostToolUseFailure",
            **BASH,
            "error": "Exit code 1\nPROSE",
            "is_interrupt": True,
            "duration_ms": 4187,
        },
        [
            (
                "tool_use",
                {
                    "tool": "Bash",
                    "phase": "failed",
                    "tool_use_id": "toolu_1",
                    "duration_ms": 4187.0,
                    "summary": "npm test",
                    "error": "Exit code 1 …",
                    "interrupted": True,
                },
            )
        ],
    ),
    (
        "a command is denied",
        {"hook_event_name": "PermissionDenied", **BASH, "reason": "Blocked by classifier"},
        [
            (
                "tool_use",
                {
                    "tool": "Bash",
                    "phase": "denied",
                    "tool_use_id": "toolu_1",
                    "summary": "npm test",
                    "error": "Blocked by classifier",
                },
            )
        ],
    ),
    (
        "a tool of an MCP server ends, inside a subagent",
        finished(
            {"tool_name": "mcp__github__search", "tool_input": {"query": "x"}, "tool_use_id": "t"}, "ok", **INSIDE
        ),
        [
            (
                "tool_use",
                {
                    "agent_id": "a1b2",
                    "tool": "mcp__github__search",
                    "phase": "finished",
                    "tool_use_id": "t",
                    "output_bytes": 2,
                    "summary": "x",
                    "mcp_server": "github",
                },
            )
        ],
    ),
    (
        "a file is written",
        finished(WRITE, {"filePath": "/home/dev/shop/a.txt", "success": True}),
        [
            (
                "tool_use",
                {
                    "tool": "Write",
                    "phase": "finished",
                    "tool_use_id": "toolu_2",
                    "output_bytes": 50,
                    "summary": "/home/dev/shop/a.txt",
                },
            ),
            (
                "file_operation",
                {
                    "file": "/home/dev/shop/a.txt",
                    "operation": "write",
                    "size": 5,
                    "tool_use_id": "toolu_2",
                    "lines_added": 2,
                },
            ),
        ],
    ),
    (
        "a file is edited and the response has no patch",
        finished(EDIT, {"filePath": "/s/a.py"}),
        [
            (
                "tool_use",
                {
                    "tool": "Edit",
                    "phase": "finished",
                    "tool_use_id": "toolu_3",
                    "output_bytes": 22,
                    "summary": "/s/a.py",
                },
            ),
            (
                "file_operation",
                {
                    "file": "/s/a.py",
                    "operation": "edit",
                    "size": 7,
                    "tool_use_id": "toolu_3",
                    "lines_added": 2,
                    "lines_removed": 1,
                },
            ),
        ],
    ),
    (
        "the call of a subagent is denied",
        {"hook_event_name": "PermissionDenied", **AGENT},
        [
            (
                "tool_use",
                {
                    "tool": "Agent",
                    "phase": "denied",
                    "tool_use_id": "toolu_4",
                    "summary": "look for it",
                    "subagent_type": "Explore",
                },
            )
        ],
    ),
    (
        "the call of a subagent that goes on in the background ends",
        finished(AGENT, {"status": "async_launched", "agentId": "a1b2"}),
        [
            (
                "tool_use",
                {
                    "tool": "Agent",
                    "phase": "finished",
                    "tool_use_id": "toolu_4",
                    "output_bytes": 44,
                    "summary": "look for it",
                    "subagent_type": "Explore",
                    "subagent_id": "a1b2",
                    "background": True,
                },
            )
        ],
    ),
    (
        "a tool waits for leave",
        {"hook_event_name": "PermissionRequest", "tool_name": "Bash", "tool_input": BASH["tool_input"]},
        [("permission_request", {"tool": "Bash", "summary": "npm test", "input_hash": "d321f989f20534f0"})],
    ),
    (
        "a notification",
        {"hook_event_name": "Notification", "message": "Claude needs you", "notification_type": "permission_prompt"},
        [("notification", {"kind": "permission_prompt", "message": "Claude needs you"})],
    ),
    (
        "an MCP server asks",
        {"hook_event_name": "Elicitation", "mcp_server_name": "x", "message": "Your name?", "mode": "form"},
        [("notification", {"kind": "elicitation", "message": "Your name?"})],
    ),
    (
        "an MCP server is answered",
        {"hook_event_name": "ElicitationResult", "action": "accept", "content": {"username": "PROSE"}},
        [("notification", {"kind": "elicitation_result", "message": "accept"})],
    ),
    (
        "a compaction starts",
        {"hook_event_name": "PreCompact", "trigger": "manual", "custom_instructions": "PROSE"},
        [("compaction", {"phase": "started", "trigger": "manual"})],
    ),
    (
        "a compaction ends",
        {"hook_event_name": "PostCompact", "trigger": "auto", "compact_summary": "PROSE"},
        [("compaction", {"phase": "finished", "trigger": "auto"})],
    ),
    (
        "the model is another",
        {"hook_event_name": "PostModelSwitch", "from_model": "a", "to_model": "b", "context_tokens": 12},
        [("session_update", {"session_id": "abc123", "model": "b", "token_usage": 12})],
    ),
    (
        "the folder is another",
        {"hook_event_name": "CwdChanged", "old_cwd": "/home/dev/shop", "new_cwd": "/home/dev/shop/src"},
        [("session_update", {"session_id": "abc123", "cwd": "/home/dev/shop/src"})],
    ),
    (
        "a task is created",
        {
            "hook_event_name": "TaskCreated",
            "task_id": "1",
            "task_subject": "Log in",
            "task_description": "PROSE",
            "teammate_name": "ann",
        },
        [("task_update", {"status": "created", "task_id": "1", "subject": "Log in", "teammate": "ann"})],
    ),
    (
        "a task is completed",
        {"hook_event_name": "TaskCompleted", "task_id": "1", "task_subject": "Log in"},
        [("task_update", {"status": "completed", "task_id": "1", "subject": "Log in"})],
    ),
    (
        "a hook that has no meaning of its own here",
        {"hook_event_name": "WorktreeRemove", "worktree_path": "/w"},
        [
            (
                "worktree_remove",
                {
                    "cwd": "/home/dev/shop",
                    "permission_mode": "default",
                    "hook_event_name": "WorktreeRemove",
                    "worktree_path": "/w",
                },
            )
        ],
    ),
    (
        "a hook of next year",
        {
            "hook_event_name": "MoonRise",
            "phase": 3,
            "full": True,
            "light": None,
            "prompt": "PROSE",
            "poem": "PROSE\nPROSE",
            "long": "PROSE" * 41,
            "craters": [1, 2],
        },
        [
            (
                "moon_rise",
                {
                    "cwd": "/home/dev/shop",
                    "permission_mode": "default",
                    "hook_event_name": "MoonRise",
                    "phase": 3,
                    "full": True,
                    "prompt_bytes": 5,
                    "poem_bytes": 11,
                    "long_bytes": 205,
                    "craters_bytes": 5,
                },
            )
        ],
    ),
]


@pytest.mark.parametrize(("hook", "events"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_what_a_hook_becomes(hook: dict[str, Any], events: list[tuple[str, dict[str, Any]]]) -> None:
    result = translated(PATH, COMMON | hook)
    assert [told(event) for event in result] == events
    assert b"PROSE" not in whole(result)


def test_every_event_says_who_where_and_when() -> None:
    headers = {"x-lookout-host": "box"}
    for event in translated(PATH, COMMON | finished(WRITE, "ok") | INSIDE, headers):
        assert (event.source, event.project, event.session, event.host) == ("claude-code", "shop", "abc123", "box")
        assert (event.agent, event.data.agent_id) == ("Explore", "a1b2")
        assert event.time == event.received == RECEIVED


def test_the_main_agent_is_main_or_has_the_name_it_was_started_with() -> None:
    main, named = (
        translated(PATH, COMMON | {"hook_event_name": "Stop"} | more)[0] for more in ({}, {"agent_type": "x"})
    )
    assert (main.agent, main.data.agent_id) == ("main", "main")
    assert (named.agent, named.data.agent, named.data.agent_id) == ("x", "x", "main")


@pytest.mark.parametrize(
    ("cwd", "transcript", "project"),
    [
        ("/home/dev/shop", "/home/dev/.claude/projects/-home-dev-shop/s.jsonl", "shop"),
        ("/home/dev/shop/src/api", "/home/dev/.claude/projects/-home-dev-shop/s.jsonl", "shop"),
        ("/home/dev/my-shop.io/src", "/home/dev/.claude/projects/-home-dev-my-shop-io/s.jsonl", "my-shop.io"),
        ("/tmp/elsewhere", "/home/dev/.claude/projects/-home-dev-shop/s.jsonl", "elsewhere"),
        ("C:\\Users\\dev\\shop\\src", "C:\\Users\\dev\\.claude\\projects\\C--Users-dev-shop\\s.jsonl", "shop"),
        ("/home/dev/shop/", "", "shop"),
        ("/", "", "default"),
        ("", "", "default"),
    ],
)
def test_the_project_is_the_folder_the_session_started_in_wherever_it_went(
    cwd: str, transcript: str, project: str
) -> None:
    hook = {"hook_event_name": "Stop", "session_id": "s", "cwd": cwd, "transcript_path": transcript}
    assert translated(PATH, hook)[0].project == project


def test_the_header_names_the_project_before_anything_else() -> None:
    (event,) = translated(PATH, COMMON | {"hook_event_name": "Stop"}, {"x-lookout-project": " web "})
    assert event.project == "web"


def test_a_status_line_says_how_full_the_context_window_is() -> None:
    status = {
        "session_id": "abc123",
        "session_name": "night shift",
        "cwd": "/home/dev/shop/src",
        "workspace": {"current_dir": "/home/dev/shop/src", "project_dir": "/home/dev/shop"},
        "model": {"id": "claude-opus-5", "display_name": "Opus"},
        "cost": {"total_cost_usd": 0.25},
        "agent": {"name": "reviewer"},
        "context_window": {
            "total_input_tokens": 15500,
            "context_window_size": 200000,
            "used_percentage": 8,
            "current_usage": {
                "input_tokens": 38000,
                "output_tokens": 1200,
                "cache_creation_input_tokens": 5000,
                "cache_read_input_tokens": 2000,
            },
        },
    }
    (event,) = translated(PATH, status)
    assert told(event) == (
        "session_update",
        {
            "session_id": "abc123",
            "token_usage": 45000,
            "context_percentage": 0.225,
            "context_window": 200000,
            "tokens": {"input": 38000, "output": 1200, "cache_read": 2000, "cache_creation": 5000},
            "model": "claude-opus-5",
            "cost_usd": 0.25,
            "cwd": "/home/dev/shop/src",
            "title": "night shift",
            "agent": "reviewer",
        },
    )
    assert (event.project, event.agent) == ("shop", "reviewer")


@pytest.mark.parametrize("window", [None, {}, {"context_window_size": 0, "current_usage": {"input_tokens": 1}}, "?"])
def test_a_status_line_of_an_empty_window_says_no_percentage(window: Any) -> None:
    (event,) = translated(PATH, {"session_id": "s", "model": {"id": "m"}, "context_window": window})
    assert event.data.context_percentage is None
    assert event.data.model == "m"


def test_a_permission_request_has_the_hash_of_the_call_it_is_about() -> None:
    (call,) = translated(PATH, COMMON | {"hook_event_name": "PreToolUse"} | BASH)
    turned = dict(reversed(list(BASH["tool_input"].items())))
    asked = {"hook_event_name": "PermissionRequest", "tool_name": "Bash", "tool_input": turned}
    (request,) = translated(PATH, COMMON | asked)
    assert request.data.input_hash == call.data.input_hash != ""


def test_the_task_list_that_is_written_is_counted() -> None:
    todos = [{"content": "PROSE", "status": status} for status in ("completed", "in_progress", "pending", "completed")]
    call, update = translated(
        PATH,
        COMMON | {"hook_event_name": "PreToolUse", "tool_name": "TodoWrite", "tool_input": {"todos": todos}},
    )
    assert call.data.tool == "TodoWrite"
    assert told(update) == ("task_update", {"status": "updated", "total": 4, "completed": 2, "in_progress": 1})
    assert b"PROSE" not in whole([call, update])


FILES: list[tuple[str, dict[str, Any], Any, tuple[str, str, int, int, int]]] = [
    ("Read", {"file_path": "/a"}, "é\n", ("/a", "read", 3, 0, 0)),
    ("Read", {"file_path": "/a"}, {"type": "text", "file": {"content": "abc"}}, ("/a", "read", 3, 0, 0)),
    (
        "Read",
        {"file_path": "/a"},
        {"type": "pdf", "file": {"base64": "xx", "originalSize": 9}},
        ("/a", "read", 9, 0, 0),
    ),
    ("Read", {}, {"type": "text", "file": {"filePath": "/b", "content": ""}}, ("/b", "read", 0, 0, 0)),
    (
        "Write",
        {"file_path": "/a", "content": "a\nb\n"},
        {"type": "update", "originalFile": "a\nc\nd\n"},
        ("/a", "write", 4, 1, 2),
    ),
    (
        "Edit",
        {"file_path": "/a", "old_string": "x", "new_string": "y", "replace_all": True},
        {"structuredPatch": [{"lines": [" a", "-x", "+y"]}, {"lines": ["-x", "+y", "\\ No newline"]}]},
        ("/a", "edit", 1, 2, 2),
    ),
    (
        "MultiEdit",
        {
            "file_path": "/a",
            "edits": [{"old_string": "a", "new_string": "b\nc"}, {"old_string": "d", "new_string": ""}],
        },
        {},
        ("/a", "edit", 3, 2, 2),
    ),
    ("NotebookEdit", {"notebook_path": "/n", "new_source": "x = 1"}, "ok", ("/n", "edit", 5, 1, 0)),
]


@pytest.mark.parametrize(("tool", "tool_input", "response", "touched"), FILES)
def test_a_file_operation_says_what_was_touched_and_how_much(
    tool: str, tool_input: Any, response: Any, touched: tuple[str, str, int, int, int]
) -> None:
    call, operation = translated(
        PATH, COMMON | finished({"tool_name": tool, "tool_input": tool_input, "tool_use_id": "t"}, response)
    )
    data = operation.data
    assert (call.type, operation.type) == ("tool_use", "file_operation")
    assert (data.file, data.operation, data.size, data.lines_added, data.lines_removed) == touched


def test_a_batch_tells_the_same_facts_as_the_hooks_of_its_calls() -> None:
    calls = [WRITE | {"tool_response": "ok"}, EDIT | {"tool_response": "ok"}, BASH]
    batch = translated(PATH, COMMON | {"hook_event_name": "PostToolBatch", "tool_calls": calls})
    single = [event for tool in (WRITE, EDIT) for event in translated(PATH, COMMON | finished(tool, "ok"))]
    assert [(event.id, told(event)) for event in batch] == [(event.id, told(event)) for event in single]


def test_what_has_a_key_keeps_its_id_and_what_has_none_never_shares_one() -> None:
    keyed = [
        {"hook_event_name": "PreToolUse"} | BASH,
        finished(WRITE, "ok"),
        {"hook_event_name": "PermissionDenied"} | BASH,
    ]
    for hook in keyed:
        once, again = translated(PATH, COMMON | hook), translated(PATH, COMMON | hook)
        assert [event.id for event in once] == [event.id for event in again]
    hooks = [*keyed, {"hook_event_name": "Stop"}, {"hook_event_name": "PostToolUseFailure"} | BASH]
    ids = [event.id for hook in hooks for event in translated(PATH, COMMON | hook)]
    ids += [event.id for event in translated(PATH, COMMON | {"hook_event_name": "Stop"})]
    assert len(set(ids)) == len(ids)


def test_a_prompt_is_keyed_by_its_id_and_the_start_it_causes_is_not() -> None:
    hook = COMMON | {"hook_event_name": "UserPromptSubmit", "prompt": "x", "prompt_id": "p"}
    (prompt, start), (prompt_again, start_again) = translated(PATH, hook), translated(PATH, hook)
    assert prompt.id == prompt_again.id
    assert start.id != start_again.id


@pytest.mark.parametrize("missing", ["session_id", "cwd", "transcript_path", "tool_name", "tool_input", "tool_use_id"])
def test_a_hook_that_lacks_a_field_is_taken_all_the_same(missing: str) -> None:
    hook = COMMON | finished(BASH, "ok")
    del hook[missing]
    assert [event.type for event in translated(PATH, hook)] == ["tool_use"]


@pytest.mark.parametrize("name", ["State", "error", "ToolUse", "*", "  ", "é", "x" * 300, "../../a b\n"])
def test_a_hook_with_an_impossible_name_becomes_a_custom_event_all_the_same(name: str) -> None:
    (event,) = translated(PATH, COMMON | {"hook_event_name": name})
    assert event.type.isprintable()
    assert " " not in event.type
    assert 0 < len(event.type) <= 128
    assert isinstance(event.data, dict)
    assert whole([event])


def test_half_a_surrogate_pair_does_not_lose_the_event() -> None:
    body = b'{"hook_event_name":"Notification","notification_type":"x","message":"cut \\ud83d"}'
    (event,) = translated(PATH, body)
    assert event.data.message == "cut ?"


NO_NAME = "hook_event_name is not there; send the JSON that Claude Code gives its hooks, unchanged."
BAD = {
    b"": "The body is empty; send a JSON object.",
    b" \n": "The body is empty; send a JSON object.",
    b"{": "The body is not JSON: Input data was truncated.",
    b'{"a": x}': "The body is not JSON: invalid character (byte 6).",
    b'{"a": "\xff"}': "The body is not UTF-8.",
    b'"PreToolUse"': "The body is a string; send a JSON object.",
    b"[]": "The body is an array; send a JSON object.",
    b"null": "The body is null; send a JSON object.",
    b"{}": NO_NAME,
    b'{"hook_event_name": 3}': NO_NAME,
    b'{"a":' * 3000 + b"1" + b"}" * 3000: "The body is nested deeper than 64 levels.",
    b'{"a":' * 100 + b"1" + b"}" * 100: "The body is nested deeper than 64 levels.",
}


@pytest.mark.parametrize(("body", "sentence"), BAD.items(), ids=range(len(BAD)))
def test_what_is_no_hook_is_refused_in_a_sentence(body: bytes, sentence: str) -> None:
    with pytest.raises(Refused) as refused:
        translated(PATH, body)
    assert refused.value.detail == sentence


def test_hooks_may_be_large_and_are_answered_with_nothing() -> None:
    adapter = ADAPTERS[PATH]
    assert (adapter.max_bytes, adapter.answers_positions) == (16 << 20, False)
    huge = WRITE | {"tool_input": {"file_path": "/a", "content": "x" * (15 << 20)}}
    assert len(whole(translated(PATH, COMMON | finished(huge, "ok")))) < 2000


FIELDS = sorted({key for _, hook, _ in TABLE for key in hook} | set(COMMON))


@given(st.sampled_from([*HOOKS, "MoonRise"]), st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=8))
def test_no_kind_of_any_field_can_break_a_hook(name: str, fields: dict[str, Any]) -> None:
    assert whole(translated(PATH, fields | {"hook_event_name": name})) is not None


@given(JSON)
def test_any_json_is_translated_or_refused(value: Any) -> None:
    with suppress(Refused):
        assert whole(translated(PATH, value))


@given(st.sampled_from([*HOOKS, "MoonRise"]), st.sampled_from(["Bash", "Read", "Write", "Edit", "Agent", "mcp__x__y"]))
def test_no_content_ever_gets_into_an_event(name: str, tool: str) -> None:
    hook: dict[str, Any] = COMMON | {
        "hook_event_name": name,
        "prompt": "PROSE",
        "prompt_id": "p",
        "tool_name": tool,
        "tool_use_id": "t",
        "tool_input": {
            "file_path": "/a",
            "content": "PROSE",
            "old_string": "PROSE",
            "new_string": "PROSE",
            "prompt": "PROSE",
            "command": "ls\nPROSE",
        },
        "tool_response": {"content": "PROSE", "stdout": "PROSE", "structuredPatch": [{"lines": ["+PROSE"]}]},
        "last_assistant_message": "PROSE",
        "delta": "PROSE",
        "error": "Exit code 1\nPROSE",
        "content": {"field": "PROSE"},
    }
    hook["tool_calls"] = [hook.copy()]
    assert b"PROSE" not in whole(translated(PATH, hook))


CAPTURED_BECOME = {
    "PreToolUse": ["tool_use"],
    "SessionStart": ["session_update"],
    "Setup": ["setup"],
    "InstructionsLoaded": ["instructions_loaded"],
    "UserPromptSubmit": ["prompt", "agent_activity"],
    "UserPromptExpansion": ["user_prompt_expansion"],
    "MessageDisplay": ["message_display"],
    "PermissionRequest": ["permission_request"],
    "PostToolUse": ["tool_use", "file_operation"],
    "PostToolUseFailure": ["tool_use"],
    "PostToolBatch": ["tool_use", "file_operation", "tool_use", "file_operation"],
    "PermissionDenied": ["tool_use"],
    "Notification": ["notification"],
    "SubagentStart": ["agent_activity"],
    "SubagentStop": ["agent_activity"],
    "TaskCreated": ["task_update"],
    "TaskCompleted": ["task_update"],
    "Stop": ["agent_activity"],
    "StopFailure": ["agent_activity"],
    "TeammateIdle": ["teammate_idle"],
    "ConfigChange": ["config_change"],
    "CwdChanged": ["session_update"],
    "DirectoryAdded": ["directory_added"],
    "FileChanged": ["file_changed"],
    "WorktreeCreate": ["worktree_create"],
    "WorktreeRemove": ["worktree_remove"],
    "PreCompact": ["compaction"],
    "PostCompact": ["compaction"],
    "SessionEnd": ["session_update"],
    "Elicitation": ["notification"],
    "ElicitationResult": ["notification"],
}


@pytest.mark.skipif(not CAPTURED.exists(), reason="the captured requests are not on this machine")
def test_every_captured_hook_becomes_what_the_table_says() -> None:
    lines = (CAPTURED / "claude-hook-inputs-docs.jsonl").read_bytes().splitlines()
    names = [json.loads(line)["hook_event_name"] for line in lines]
    assert [[event.type for event in translated(PATH, line)] for line in lines] == [CAPTURED_BECOME[n] for n in names]
    (status,) = translated(PATH, (CAPTURED / "claude-statusline-input.json").read_bytes())
    assert status.data.context_percentage == 0.0775
