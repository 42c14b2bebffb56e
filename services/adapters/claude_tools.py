"""Tool calls as Claude Code tells of them: in PreToolUse, PostToolUse, PostToolUseFailure, PostToolBatch, ...

Shapes: the hooks reference of Claude Code, and `sdk-tools.d.ts` of its SDK for inputs and responses of each tool.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec.structs import replace

from services.adapters.origin import Origin
from services.adapters.payload import (
    LONGEST_PATH,
    Payload,
    described,
    hash_of,
    inner,
    number,
    objects,
    size_of,
    text,
)
from services.events import Envelope, FileOperation, PermissionRequest, TaskUpdate, ToolUse

Phase = Literal["started", "finished", "failed", "denied"]

INVOKING = frozenset({"Agent", "Task"})
"""Tools that invoke a subagent; `Task` is the older name."""

LAUNCHED = frozenset({"async_launched", "remote_launched"})
OPERATIONS: dict[str, Literal["read", "write", "edit"]] = {
    "Read": "read",
    "NotebookRead": "read",
    "Write": "write",
    "Edit": "edit",
    "MultiEdit": "edit",
    "NotebookEdit": "edit",
}
TELLING = "command file_path notebook_path pattern query url path description subject skill name".split()
"""Inputs that say what a call is about, the most telling first."""


def started(hook: Payload, origin: Origin) -> list[Envelope[Any]]:
    tool_input = hook.get("tool_input")
    call = replace(
        _call(hook, "started", origin),
        input_bytes=size_of(tool_input),
        input_hash=hash_of(tool_input),
        background=inner(hook, "tool_input").get("run_in_background") is True,
    )
    return [_event(call, origin), *_task_list(call, hook, origin)]


def finished(hook: Payload, origin: Origin) -> list[Envelope[Any]]:
    call = replace(
        _call(hook, "finished", origin),
        duration_ms=number(hook, "duration_ms"),
        output_bytes=size_of(hook.get("tool_response")),
    )
    if call.tool in INVOKING:
        response = inner(hook, "tool_response")
        launched = text(response, "status") in LAUNCHED
        call = replace(call, subagent_id=text(response, "agentId"), background=launched)
    return [_event(call, origin), *_file_operation(call, hook, origin)]


def failed(hook: Payload, origin: Origin) -> list[Envelope[Any]]:
    call = replace(
        _call(hook, "failed", origin),
        duration_ms=number(hook, "duration_ms"),
        error=described(hook.get("error")),
        interrupted=hook.get("is_interrupt") is True,
    )
    return [_event(call, origin)]


def denied(hook: Payload, origin: Origin) -> list[Envelope[Any]]:
    return [_event(replace(_call(hook, "denied", origin), error=described(hook.get("reason"))), origin)]


def batch_finished(hook: Payload, origin: Origin) -> list[Envelope[Any]]:
    """The facts of each call's own PostToolUse, with its ids, so that the log keeps one of the two.

    A call without a response did not finish; its own hook says how it ended.
    """
    calls = [call for call in objects(hook, "tool_calls") if "tool_response" in call]
    return [event for call in calls for event in finished(call, origin)]


def permission_requested(hook: Payload, origin: Origin) -> list[Envelope[Any]]:
    request = PermissionRequest(
        agent_id=origin.agent_id,
        tool=text(hook, "tool_name"),
        summary=summary_of(inner(hook, "tool_input")),
        input_hash=hash_of(hook.get("tool_input")),
    )
    return [origin.event(request)]


def summary_of(tool_input: Payload) -> str:
    return next((line for key in TELLING if (line := described(tool_input.get(key)))), "")


def counted(todos: list[Payload]) -> TaskUpdate:
    statuses = [todo.get("status") for todo in todos]
    return TaskUpdate(
        status="updated",
        total=len(statuses),
        completed=statuses.count("completed"),
        in_progress=statuses.count("in_progress"),
    )


def mcp_server_of(tool: str) -> str:
    """Tools of MCP servers are called mcp__<server>__<tool>."""
    return tool.split("__")[1] if tool.startswith("mcp__") else ""


def _call(hook: Payload, phase: Phase, origin: Origin) -> ToolUse:
    tool, tool_input = text(hook, "tool_name"), inner(hook, "tool_input")
    invoking = tool in INVOKING
    return ToolUse(
        agent_id=origin.agent_id,
        tool=tool,
        phase=phase,
        tool_use_id=text(hook, "tool_use_id"),
        summary=described(tool_input.get("description")) if invoking else summary_of(tool_input),
        mcp_server=text(hook, "mcp_server") or mcp_server_of(tool),
        subagent_type=text(tool_input, "subagent_type") if invoking else "",
    )


def _event(call: ToolUse, origin: Origin) -> Envelope[Any]:
    return origin.event(call, call.tool_use_id, call.phase)


def _task_list(call: ToolUse, hook: Payload, origin: Origin) -> list[Envelope[Any]]:
    if call.tool != "TodoWrite":
        return []
    update = replace(counted(objects(inner(hook, "tool_input"), "todos")), agent_id=origin.agent_id)
    return [origin.event(update, call.tool_use_id, update.status)]


def _file_operation(call: ToolUse, hook: Payload, origin: Origin) -> list[Envelope[Any]]:
    operation = OPERATIONS.get(call.tool)
    tool_input, response = inner(hook, "tool_input"), inner(hook, "tool_response")
    file = _path(tool_input, response)
    if operation is None or not file:
        return []
    written = _replacements(tool_input, response)
    added, removed = (0, 0) if operation == "read" else _changed_lines(written, response)
    touched = FileOperation(
        agent_id=origin.agent_id,
        file=file,
        operation=operation,
        size=_read_size(hook) if operation == "read" else sum(size_of(new) for _, new in written),
        tool_use_id=call.tool_use_id,
        lines_added=added,
        lines_removed=removed,
    )
    return [origin.event(touched, call.tool_use_id, call.phase)]


def _path(tool_input: Payload, response: Payload) -> str:
    return (
        text(tool_input, "file_path", LONGEST_PATH)
        or text(tool_input, "notebook_path", LONGEST_PATH)
        or text(response, "filePath", LONGEST_PATH)
        or text(inner(response, "file"), "filePath", LONGEST_PATH)
    )


def _read_size(hook: Payload) -> int:
    """Of the contents: a text; or file.content, or the size of an image or a PDF that is sent encoded."""
    response = hook.get("tool_response")
    if not isinstance(response, dict):
        return size_of(response)
    file = inner(response, "file")
    original = number(file, "originalSize")
    return int(original) if original is not None else size_of(file.get("content", file.get("cells")))


def _replacements(tool_input: Payload, response: Payload) -> list[tuple[str, str]]:
    """(old, new) texts of a write, an edit or several."""
    if "content" in tool_input:
        return [(_string(response, "originalFile"), _string(tool_input, "content"))]
    edits = objects(tool_input, "edits") or [tool_input]
    return [(_string(edit, "old_string"), _string(edit, "new_string") or _string(edit, "new_source")) for edit in edits]


def _string(payload: Payload, key: str) -> str:
    value = payload.get(key)
    return value if isinstance(value, str) else ""


def _changed_lines(written: list[tuple[str, str]], response: Payload) -> tuple[int, int]:
    """Lines added and removed: as the patch in the response says, else as the texts differ."""
    patch = [line for hunk in objects(response, "structuredPatch") for line in _lines_of(hunk)]
    if patch:
        return sum(line[:1] == "+" for line in patch), sum(line[:1] == "-" for line in patch)
    counts = [_differing_lines(old, new) for old, new in written]
    return sum(added for added, _ in counts), sum(removed for _, removed in counts)


def _lines_of(hunk: Payload) -> list[str]:
    lines = hunk.get("lines")
    return [line for line in lines if isinstance(line, str)] if isinstance(lines, list) else []


def _differing_lines(old: str, new: str) -> tuple[int, int]:
    """Lines between what both texts begin and end with."""
    before, after = _split(old), _split(new)
    same = _same_at_start(before, after)
    before, after = before[same:][::-1], after[same:][::-1]
    same = _same_at_start(before, after)
    return len(after) - same, len(before) - same


def _split(contents: str) -> list[str]:
    return contents.removesuffix("\n").split("\n") if contents else []


def _same_at_start(one: list[str], other: list[str]) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((index for index, (left, right) in pairs if left != right), min(len(one), len(other)))
