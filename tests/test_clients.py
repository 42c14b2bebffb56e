"""What real agents send, posted to a running Lookout: the answer that each client needs, and what comes of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.stack import Answer, Stack, running_stack

CAPTURED = Path(__file__).resolve().parents[2] / "shared" / "payloads"
HOOKS = "/hooks/claude-code"
SESSION = "9d1f6c1e-41c1-4f0e-9a57-2f6f0a8c1d11"
PROJECT_DIR = "/home/dev/web-shop"


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_stack() as stack:
        yield stack


def hook(name: str, **fields: Any) -> dict[str, Any]:
    common = {
        "session_id": SESSION,
        "transcript_path": f"/home/dev/.claude/projects/-home-dev-web-shop/{SESSION}.jsonl",
        "cwd": PROJECT_DIR,
        "permission_mode": "default",
        "hook_event_name": name,
    }
    return common | fields


def call(name: str, tool: str, tool_use_id: str, tool_input: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return hook(name, tool_name=tool, tool_input=tool_input, tool_use_id=tool_use_id, **fields)


def delegated(tool_use_id: str, agent_type: str, agent_id: str, /, **caller: str) -> list[dict[str, Any]]:
    asked = {"subagent_type": agent_type, "description": f"do {agent_type}", "prompt": "SECRET PROSE"}
    return [
        call("PreToolUse", "Agent", tool_use_id, asked, **caller),
        hook("SubagentStart", agent_id=agent_id, agent_type=agent_type),
    ]


def answered(tool_use_id: str, agent_type: str, agent_id: str, /, **caller: str) -> list[dict[str, Any]]:
    response = {"status": "completed", "agentId": agent_id, "content": [{"type": "text", "text": "SECRET PROSE"}]}
    asked = {"subagent_type": agent_type, "description": f"do {agent_type}", "prompt": "SECRET PROSE"}
    return [
        hook("SubagentStop", agent_id=agent_id, agent_type=agent_type, last_assistant_message="SECRET PROSE"),
        call("PostToolUse", "Agent", tool_use_id, asked, tool_response=response, duration_ms=9000, **caller),
    ]


def file_call(name: str, tool_use_id: str, path: str, agent: dict[str, str]) -> list[dict[str, Any]]:
    tool_input = {"file_path": path}
    if name == "Write":
        tool_input["content"] = "twelve bytes"
    response = {"filePath": path, "success": True}
    if name == "Read":
        response = {"type": "text", "file": {"filePath": path, "content": "SECRET PROSE"}}
    return [
        call("PreToolUse", name, tool_use_id, tool_input, **agent),
        call("PostToolUse", name, tool_use_id, tool_input, tool_response=response, duration_ms=12, **agent),
    ]


ENGINEER = {"agent_id": "a-eng", "agent_type": "engineer"}
RESEARCH = {"agent_id": "a-res", "agent_type": "research"}
TESTER = {"agent_id": "a-test", "agent_type": "test-writer"}

CLAUDE_CODE = [
    hook("SessionStart", source="startup", model="claude-opus-5"),
    hook("UserPromptSubmit", prompt="SECRET PROSE", prompt_id="p-1"),
    # Two subagents side by side; one of them calls a third.
    *delegated("toolu_1", "engineer", "a-eng"),
    *delegated("toolu_2", "research", "a-res"),
    *file_call("Read", "toolu_3", f"{PROJECT_DIR}/src/cart.py", RESEARCH),
    *delegated("toolu_4", "test-writer", "a-test", **ENGINEER),
    *file_call("Write", "toolu_5", f"{PROJECT_DIR}/src/cart.py", ENGINEER),
    *file_call("Write", "toolu_6", f"{PROJECT_DIR}/src/cart.py", TESTER),
    call("PreToolUse", "Bash", "toolu_7", {"command": "pytest -q"}, **TESTER),
    call("PostToolUseFailure", "Bash", "toolu_7", {"command": "pytest -q"}, error="Exit code 1", **TESTER),
    *answered("toolu_2", "research", "a-res"),
    *answered("toolu_4", "test-writer", "a-test", **ENGINEER),
    # The agent has changed its folder: that is no other project.
    hook("CwdChanged", cwd=f"{PROJECT_DIR}/src", old_cwd=PROJECT_DIR, new_cwd=f"{PROJECT_DIR}/src"),
    call("PreToolUse", "Bash", "toolu_8", {"command": "git push"}, cwd=f"{PROJECT_DIR}/src"),
    hook("PermissionRequest", tool_name="Bash", tool_input={"command": "git push"}, cwd=f"{PROJECT_DIR}/src"),
    {
        "session_id": SESSION,
        "cwd": PROJECT_DIR,
        "transcript_path": f"/home/dev/.claude/projects/-home-dev-web-shop/{SESSION}.jsonl",
        "model": {"id": "claude-opus-5", "display_name": "Opus"},
        "cost": {"total_cost_usd": 1.25},
        "context_window": {
            "total_input_tokens": 45000,
            "total_output_tokens": 900,
            "context_window_size": 200000,
            "used_percentage": 22,
            "current_usage": {
                "input_tokens": 5000,
                "output_tokens": 900,
                "cache_creation_input_tokens": 10000,
                "cache_read_input_tokens": 30000,
            },
        },
    },
]


def post(stack: Stack, path: str, bodies: list[Any], headers: dict[str, str] | None = None) -> None:
    """As a hook sends: what comes back is 2xx and empty, or the client would take it for a decision."""
    for body in bodies:
        answer = stack.post(path, body, headers)
        assert (answer.status, answer.body) == (204, b""), (body, answer)
    last = stack.get("/status")["log"]["last"]
    stack.until("/health", lambda health: health["seq"] >= last)


def agents(stack: Stack, session: str) -> dict[str, dict[str, Any]]:
    return {each["agent_id"]: each for each in stack.get("/agents")["agents"] if each["session"] == session}


@pytest.fixture(scope="module")
def claude_code(stack: Stack) -> Stack:
    post(stack, HOOKS, CLAUDE_CODE)
    return stack


@pytest.mark.parametrize(
    ("agent_id", "name", "status", "invocations", "parent", "tool_calls", "failures"),
    [
        ("main", "main", "waiting", 1, None, 2, 0),
        ("a-eng", "engineer", "active", 1, "main", 2, 0),
        ("a-res", "research", "completed", 1, "main", 1, 0),
        ("a-test", "test-writer", "completed", 1, "a-eng", 2, 1),
    ],
)
def test_agents_of_claude_code_have_their_parents_their_calls_and_their_end(
    claude_code: Stack,
    agent_id: str,
    name: str,
    status: str,
    invocations: int,
    parent: str | None,
    tool_calls: int,
    failures: int,
) -> None:
    agent = agents(claude_code, SESSION)[agent_id]
    assert agent["name"] == name
    assert agent["status"] == status
    assert agent["invocations"] == invocations
    assert agent.get("parent") == (parent and f"{SESSION}/{parent}")
    assert (agent["failures"], agent["project"]) == (failures, "web-shop")
    finished = claude_code.get(f"/events?q=type:tool_use%20agent_id:{agent_id}%20session:{SESSION}%20-phase:started")
    assert len(finished["events"]) >= tool_calls - 1


def test_exactly_the_agents_that_were_there_are_shown(claude_code: Stack) -> None:
    assert agents(claude_code, SESSION).keys() == {"main", "a-eng", "a-res", "a-test"}


def test_the_permission_that_is_waited_for_is_named(claude_code: Stack) -> None:
    waiting = agents(claude_code, SESSION)["main"]["waiting"]
    assert (waiting["reason"], waiting["tool"], waiting["summary"]) == ("permission", "Bash", "git push")


def test_the_session_has_its_model_cost_and_exact_context(claude_code: Stack) -> None:
    session = claude_code.get(f"/sessions/{SESSION}")
    row = session["session"]
    assert row["status"] == "waiting"
    assert (row["model"], row["cost_usd"]) == ("claude-opus-5", 1.25)
    assert (row["token_usage"], row["context_percentage"], row["context_window"]) == (45000, 0.225, 200000)
    assert {each["agent_id"] for each in session["agents"]} == {"main", "a-eng", "a-res", "a-test"}
    assert [each["path"] for each in session["files"]] == [f"{PROJECT_DIR}/src/cart.py"]
    assert len(session["tools"]) > 10


def test_the_file_tells_who_read_and_wrote_it_and_that_two_were_in_each_others_way(claude_code: Stack) -> None:
    [file] = claude_code.get("/files?project=web-shop")["files"]
    assert (file["path"], file["reads"], file["writes"], file["size"]) == (f"{PROJECT_DIR}/src/cart.py", 1, 2, 12)
    assert file["agents"].keys() == {f"{SESSION}/{each}" for each in ("a-res", "a-eng", "a-test")}
    assert file["conflict"]["agents"] == [f"{SESSION}/a-eng", f"{SESSION}/a-test"]


def test_tools_are_counted_over_all_and_by_agent(claude_code: Stack) -> None:
    tools = claude_code.get("/tools?project=web-shop")
    rows = {(each.get("agent", ""), each.get("tool", "")): each for each in tools["tools"]}
    assert (rows["", "Write"]["calls"], rows["", "Bash"]["failures"]) == (2, 1)
    assert rows["engineer", "Write"]["p95_ms"] == pytest.approx(12, rel=0.05)
    assert tools["slowest"][0]["duration_ms"] == 9000


def test_no_prompt_no_file_and_no_answer_is_stored(claude_code: Stack) -> None:
    events = claude_code.request("GET", "/events?limit=1000").body
    assert b"toolu_5" in events
    assert b"SECRET PROSE" not in events
    assert b"twelve bytes" not in events


def test_a_hook_that_is_registered_twice_is_stored_once(claude_code: Stack) -> None:
    query = f"/events?limit=1000&q=type:tool_use,file_operation,prompt%20session:{SESSION}"
    before = claude_code.get(query)["events"]
    post(claude_code, HOOKS, [each for each in CLAUDE_CODE if "tool_use_id" in each or "prompt_id" in each])
    assert claude_code.get(query)["events"] == before


def test_an_unknown_hook_an_unknown_field_and_a_missing_session_are_stored(stack: Stack) -> None:
    unknown = [
        {
            "hook_event_name": "MoonPhaseChanged",
            "session_id": "moon",
            "cwd": "/x/moon",
            "phase": "full",
            "prompt": "no",
        },
        {"hook_event_name": "Stop", "session_id": "moon", "cwd": "/x/moon", "of_tomorrow": {"deep": [1]}},
        {"hook_event_name": "Notification", "cwd": "/x/moon", "message": "m", "notification_type": "idle_prompt"},
    ]
    post(stack, HOOKS, unknown)
    events = stack.get("/events?q=project:moon&limit=10")["events"]
    assert [each["event"] for each in reversed(events)] == ["moon_phase_changed", "agent_activity", "notification"]
    assert events[2]["data"]["phase"] == "full"
    assert "session" not in events[0]


def refused(answer: Answer, status: int, *words: str) -> None:
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert all(word in answer.json["detail"] for word in words), answer.json


@pytest.mark.parametrize("path", [HOOKS, "/api/events", "/events"])
def test_what_is_no_event_is_refused_with_a_sentence_and_disturbs_nothing(stack: Stack, path: str) -> None:
    before = stack.get("/status")["log"]["last"]
    refused(stack.post(path, b"{"), 400, "JSON")
    refused(stack.post(path, b"[1]"), 400)
    refused(stack.post(path, b""), 400)
    refused(stack.post(path, b'"text"'), 400)
    assert stack.get("/status")["log"]["last"] == before


def test_a_body_that_is_too_large_is_refused_with_the_limit(stack: Stack) -> None:
    refused(stack.post("/events", b'{"type":"x","data":{"a":"' + b"x" * (1 << 20) + b'"}}'), 413, "1048576")
    refused(stack.post(HOOKS, b" " * ((16 << 20) + 1)), 413, "16777216")


def test_a_hook_with_a_large_file_in_it_is_taken_and_its_contents_are_not(stack: Stack) -> None:
    written = {"file_path": "/x/big/data.bin", "content": "b" * (4 << 20)}
    body = call("PostToolUse", "Write", "toolu_big", written, tool_response={"success": True})
    post(stack, HOOKS, [body | {"session_id": "big", "cwd": "/x/big", "transcript_path": ""}])
    [event] = stack.get("/events?q=type:file_operation%20session:big")["events"]
    assert event["data"]["size"] == 4 << 20


def claude_mpm(stack: Stack) -> list[dict[str, Any]]:
    lines = (CAPTURED / "claude-mpm-http.jsonl").read_text().splitlines()
    return [json.loads(line)["body"] for line in lines]


MPM_SESSION = "77aa6c1e-1111-4f0e-9a57-2f6f0a8c1d11"


def mpm(subtype: str, **data: Any) -> dict[str, Any]:
    """The HTTP handler's variant."""
    inner = {"session_id": MPM_SESSION, "working_directory": "/home/dev/ledger", "git_branch": "main"} | data
    event = {"event": "mpm_event", "source": "hook", "type": "hook", "subtype": subtype, "data": inner}
    event |= {"timestamp": "2026-11-23T21:32:18.573889+00:00", "session_id": MPM_SESSION, "cwd": "/home/dev/ledger"}
    return {"namespace": "", "event": "claude_event", "data": event}


def mpm_fast(name: str, **fields: Any) -> dict[str, Any]:
    """The bash hook's variant: the raw hook inside."""
    raw = call(name, "Bash", "toolu_fast", {"command": "make"}, **fields) | {
        "session_id": MPM_SESSION,
        "cwd": "/home/dev/ledger",
        "transcript_path": "",
    }
    event = {"type": "hook", "subtype": "pre_tool", "hook_event_name": name, "source": "fast_hook", "data": raw}
    return {"namespace": "/", "event": "claude_event", "data": event | {"session_id": MPM_SESSION}}


def mpm_bare(subtype: str, **data: Any) -> dict[str, Any]:
    """That of older versions: the event without its wrapping."""
    bare: dict[str, Any] = mpm(subtype, **data)["data"]
    return bare


MPM = [
    mpm("session_start", hook_event_name="SessionStart"),
    {"namespace": "", "event": "claude_event", "data": mpm_bare("command_acknowledged") | {"session_id": None}},
    mpm("user_prompt", prompt_text="SECRET PROSE", prompt_length=12),
    mpm(
        "pre_tool",
        tool_name="Read",
        correlation_id="c1",
        tool_parameters={"file_path": "/home/dev/ledger/a.py"},
        is_file_operation=True,
    ),
    mpm("post_tool", tool_name="Read", correlation_id="c1", success=True, output_size=80),
    # claude-mpm tells of the start before the call that it belongs to, and ends it under another id.
    mpm("subagent_start", agent_type="research", agent_id=f"research_{MPM_SESSION}", prompt="SECRET PROSE"),
    mpm(
        "pre_tool",
        tool_name="Task",
        correlation_id="c2",
        is_delegation=True,
        delegation_details={"agent_type": "research", "description": "look", "prompt": "SECRET PROSE"},
    ),
    mpm("subagent_stop", agent_type="research", agent_id="a1b2", reason="done"),
    mpm_fast("PreToolUse"),
    mpm_fast("PostToolUse", tool_response={"stdout": "SECRET PROSE"}, duration_ms=812),
    mpm("hook_execution", hook_name="Stop", success=True, duration_ms=4),
    mpm_bare("stop", reason="done", usage={"input_tokens": 100, "output_tokens": 20}),
    mpm("invented_tomorrow", anything=1),
]


def test_agents_of_claude_mpm_in_its_three_variants(stack: Stack) -> None:
    post(stack, "/api/events", MPM)
    found = agents(stack, MPM_SESSION)
    research = found[f"research_{MPM_SESSION}"]
    assert found.keys() == {"main", f"research_{MPM_SESSION}"}
    assert (found["main"]["name"], found["main"]["invocations"]) == ("pm", 1)
    assert (research["name"], research["status"], research["invocations"]) == ("research", "completed", 1)
    assert research["parent"] == f"{MPM_SESSION}/main"
    session = stack.get(f"/sessions/{MPM_SESSION}")["session"]
    assert (session["project"], session["agent"], session["prompts"]) == ("ledger", "pm", 1)
    assert session["token_usage"] == 120
    # Its own percentage is of all tokens ever used, and wrong.
    assert "context_percentage" not in session
    [file] = stack.get("/files?project=ledger")["files"]
    assert (file["path"], file["reads"]) == ("/home/dev/ledger/a.py", 1)
    rows = {each["tool"]: each for each in stack.get("/tools?project=ledger")["tools"] if "agent" not in each}
    assert rows["Bash"]["p50_ms"] == pytest.approx(812, rel=0.05)
    assert b"SECRET PROSE" not in stack.request("GET", f"/events?limit=1000&q=session:{MPM_SESSION}").body


@pytest.mark.skipif(not CAPTURED.exists(), reason="the captured requests are not beside the project")
def test_every_captured_request_gets_its_answer_and_becomes_what_it_says(stack: Stack) -> None:
    session = "5f1c0a8e-0d7e-4c1b-9a57-2f6f0a8c1d11"
    requests = claude_mpm(stack)
    post(stack, "/api/events", requests)
    hooks = [json.loads(line) for line in (CAPTURED / "claude-hook-inputs-docs.jsonl").read_text().splitlines()]
    post(stack, HOOKS, [*hooks, json.loads((CAPTURED / "claude-statusline-input.json").read_text())])
    found = agents(stack, session)
    research = found[f"research_{session}"]
    assert (found["main"]["name"], found["main"]["invocations"]) == ("pm", 1)
    assert (research["status"], research["invocations"], research["parent"]) == ("completed", 1, f"{session}/main")
    told = stack.get("/events?limit=1000")["events"]
    names = {re.sub(r"(?<=[a-z])(?=[A-Z])", "_", each["hook_event_name"]).lower() for each in hooks}
    contract = {"agent_activity", "tool_use", "file_operation", "session_update", "prompt", "notification"}
    contract |= {"permission_request", "task_update", "compaction"}
    assert {each["event"] for each in told} >= contract
    assert len(told) >= len(requests) + len(names)
    explore = agents(stack, "abc123")["agent-abc123"]
    assert (explore["name"], explore["parent"]) == ("Explore", "abc123/main")
