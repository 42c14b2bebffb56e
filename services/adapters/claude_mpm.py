"""POST /api/events: what claude-mpm's hooks send, in each of the ways they send it.

- The hook handler, and the emitter beside it: {"namespace", "event": "claude_event", "data": event}.
- An older handler: the event alone, {"event": "mpm_event", "subtype", "timestamp", "data": facts, "session_id", "cwd"}.
- The fast hook, a shell script: wrapped as the first, but its facts are Claude Code's own hook JSON, unchanged.

Facts may have a `subtype` and an `event` of their own, so both are read from the event. Shapes:
claude-mpm's `hooks/claude_hooks/` (event handlers, tool_analysis.py) and captured requests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal

from msgspec.structs import replace

from services.adapters.adapter import Refused
from services.adapters.claude_code import tokens_of, translate_hook
from services.adapters.claude_tools import INVOKING, OPERATIONS, counted, mcp_server_of, summary_of
from services.adapters.origin import Origin, host_of, last_part, project_of
from services.adapters.payload import (
    LONGEST_PATH,
    Payload,
    described,
    inner,
    moment,
    number,
    objects,
    read_object,
    size_of,
    text,
    whole,
)
from services.events import (
    AgentActivity,
    Envelope,
    FileOperation,
    Notification,
    PermissionRequest,
    Prompt,
    SessionUpdate,
    TaskUpdate,
    Tokens,
    ToolUse,
)

SOURCE = "claude-mpm"
MAIN_NAME = "pm"

Handler = Callable[[Payload, Origin], list[Envelope[Any]]]


def translate(body: bytes, headers: Mapping[str, str], received: datetime) -> list[Envelope[Any]]:
    event = _unwrapped(read_object(body))
    facts = inner(event, "data")
    if "hook_event_name" in event and "hook_event_name" in facts:
        return translate_hook(facts, headers, received)
    subtype = text(event, "subtype") or text(event, "type") or text(event, "event")
    origin = _origin(event, facts, headers, received)
    handler = SUBTYPES.get(subtype)
    return handler(facts, origin) if handler else [origin.custom(subtype, facts)]


def _unwrapped(body: Payload) -> Payload:
    if "hookName" in body and "payload" in body:
        raise Refused(
            "This is an event of agents-observe, which is not taken here; /hooks/claude-code takes its payload."
        )
    event = inner(body, "data") if "namespace" in body else body
    if not any(text(event, key) for key in ("subtype", "type", "event")):
        raise Refused("data.subtype is not there; send what claude-mpm's hooks send, unchanged.")
    return event


def _origin(event: Payload, facts: Payload, headers: Mapping[str, str], received: datetime) -> Origin:
    cwd = text(facts, "working_directory", LONGEST_PATH) or text(event, "cwd", LONGEST_PATH)
    return Origin(
        source=SOURCE,
        project=project_of(headers, text(facts, "project"), last_part(cwd)),
        session=text(facts, "session_id") or text(event, "session_id"),
        agent=MAIN_NAME,
        host=host_of(headers),
        # The event is stamped later than its facts: it had to wait for its turn to be sent.
        time=moment(facts, "timestamp") or moment(event, "timestamp") or received,
        received=received,
    )


def _activity(origin: Origin, action: Literal["invoked", "completed", "failed"], reason: str = "") -> Envelope[Any]:
    return origin.event(AgentActivity(agent=origin.agent, action=action, timestamp=origin.time, reason=reason))


def _session_started(facts: Payload, origin: Origin) -> list[Envelope[Any]]:
    cwd = text(facts, "working_directory", LONGEST_PATH)
    return [origin.event(SessionUpdate(session_id=origin.session, status="started", agent=MAIN_NAME, cwd=cwd))]


def _session_ended(facts: Payload, origin: Origin) -> list[Envelope[Any]]:
    return [origin.event(SessionUpdate(session_id=origin.session, status="ended", reason=text(facts, "reason")))]


def _prompted(facts: Payload, origin: Origin) -> list[Envelope[Any]]:
    size = size_of(facts.get("prompt_text")) or whole(facts, "prompt_length") or 0
    return [origin.event(Prompt(size=size, origin="user")), _activity(origin, "invoked")]


def _tool_started(facts: Payload, origin: Origin) -> list[Envelope[Any]]:
    call = _call(facts, "started")
    return [origin.event(call, call.tool_use_id, call.phase), *_file_operation(call, facts, origin)]


def _tool_finished(facts: Payload, origin: Origin) -> list[Envelope[Any]]:
    call = _call(facts, "failed" if facts.get("success") is False else "finished")
    call = replace(
        call,
        duration_ms=number(facts, "duration_ms"),
        output_bytes=whole(facts, "output_size") or 0,
        error=text(facts, "status") if call.phase == "failed" else "",
    )
    return [origin.event(call, call.tool_use_id, call.phase)]


def _call(facts: Payload, phase: Literal["started", "finished", "failed"]) -> ToolUse:
    tool, parameters = text(facts, "tool_name"), inner(facts, "tool_parameters")
    delegation = inner(facts, "delegation_details")
    invoking = tool in INVOKING
    return ToolUse(
        tool=tool,
        phase=phase,
        tool_use_id=text(facts, "correlation_id"),
        summary=described(parameters.get("description")) if invoking else summary_of(parameters),
        mcp_server=mcp_server_of(tool),
        subagent_type=(text(delegation, "agent_type") or text(parameters, "subagent_type")) if invoking else "",
    )


def _file_operation(call: ToolUse, facts: Payload, origin: Origin) -> list[Envelope[Any]]:
    """Told when the call starts, because claude-mpm says no path when it ends."""
    parameters = inner(facts, "tool_parameters")
    operation, file = OPERATIONS.get(call.tool), text(parameters, "file_path", LONGEST_PATH)
    if operation is None or not file:
        return []
    touched = FileOperation(
        file=file,
        operation=operation,
        size=whole(parameters, "content_length") or 0,
        tool_use_id=call.tool_use_id,
    )
    return [origin.event(touched, call.tool_use_id, call.phase)]


def _subagent_started(facts: Payload, origin: Origin) -> list[Envelope[Any]]:
    # Its prompt has claude-mpm's own memory of the agent before what the user asked for; its description has not.
    return [_subagent_activity(facts, origin, "invoked")]


def _subagent_stopped(facts: Payload, origin: Origin) -> list[Envelope[Any]]:
    return [_subagent_activity(facts, origin, "failed" if facts.get("is_error_termination") is True else "completed")]


def _subagent_activity(
    facts: Payload, origin: Origin, action: Literal["invoked", "completed", "failed"]
) -> Envelope[Any]:
    agent_type = text(facts, "agent_type")
    activity = AgentActivity(
        agent=agent_type or "unknown",
        agent_id=text(facts, "agent_id") or agent_type or "unknown",
        agent_type=agent_type,
        action=action,
        timestamp=origin.time,
        description=described(facts.get("description")),
        reason=described(facts.get("reason")),
    )
    return replace(origin, agent=activity.agent).event(activity)


def _stopped(facts: Payload, origin: Origin) -> list[Envelope[Any]]:
    action: Literal["failed", "completed"] = "failed" if facts.get("is_error_stop") is True else "completed"
    tokens = tokens_of(inner(facts, "usage"))
    stopped = _activity(origin, action, described(facts.get("reason")))
    return [stopped] if tokens is None else [stopped, _usage(origin, tokens, None)]


def _tokens_used(facts: Payload, origin: Origin) -> list[Envelope[Any]]:
    tokens = Tokens(
        input=whole(facts, "input_tokens") or 0,
        output=whole(facts, "output_tokens") or 0,
        cache_read=whole(facts, "cache_read_tokens") or 0,
        cache_creation=whole(facts, "cache_creation_tokens") or 0,
    )
    return [_usage(origin, tokens, whole(facts, "total_tokens"))]


def _usage(origin: Origin, tokens: Tokens, total: int | None) -> Envelope[Any]:
    """Tokens used so far; what claude-mpm calls their part of the context window is none, so it is not passed on."""
    used = tokens.input + tokens.output + tokens.cache_read + tokens.cache_creation if total is None else total
    return origin.event(SessionUpdate(session_id=origin.session, token_usage=used, tokens=tokens))


def _notified(facts: Payload, origin: Origin) -> list[Envelope[Any]]:
    kind = text(facts, "notification_type") or "unknown"
    return [origin.event(Notification(kind=kind, message=described(facts.get("message"))))]


def _permission_requested(facts: Payload, origin: Origin) -> list[Envelope[Any]]:
    request = PermissionRequest(
        tool=text(facts, "tool_name"), decision=text(facts, "decision"), reason=described(facts.get("reason"))
    )
    return [origin.event(request)]


def _todos_updated(facts: Payload, origin: Origin) -> list[Envelope[Any]]:
    return [origin.event(counted(objects(facts, "todos")))]


def _task_completed(facts: Payload, origin: Origin) -> list[Envelope[Any]]:
    update = TaskUpdate(
        status=text(facts, "completion_status") or "completed",
        task_id=text(facts, "task_id"),
        subject=described(facts.get("task_title")),
        teammate=text(facts, "completed_by"),
    )
    return [origin.event(update)]


SUBTYPES: dict[str, Handler] = {
    "session_start": _session_started,
    "session_end": _session_ended,
    "user_prompt": _prompted,
    "pre_tool": _tool_started,
    "post_tool": _tool_finished,
    "subagent_start": _subagent_started,
    "subagent_stop": _subagent_stopped,
    "stop": _stopped,
    "token_usage_updated": _tokens_used,
    "notification": _notified,
    "permission_request": _permission_requested,
    "todo_updated": _todos_updated,
    "task_completed": _task_completed,
}
"""Any other subtype is a custom event of that name: command_acknowledged, hook_execution, worktree_create, ..."""
