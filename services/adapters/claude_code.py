"""POST /hooks/claude-code: the JSON that Claude Code gives its hooks, and the one it gives its status line.

Shapes: the hooks and status line references of Claude Code, and `sdk.d.ts` of its SDK 0.3.330. The list of hooks grows
every month: an unknown one is stored as a custom event under its name in snake_case.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

from services.adapters import claude_tools
from services.adapters.adapter import Refused
from services.adapters.origin import Origin, host_of, last_part, project_of
from services.adapters.payload import (
    LONGEST_PATH,
    Payload,
    described,
    inner,
    moment,
    number,
    read_object,
    size_of,
    text,
    whole,
)
from services.events import (
    MAIN_AGENT,
    AgentActivity,
    Compaction,
    Envelope,
    Notification,
    Prompt,
    SessionUpdate,
    TaskUpdate,
    Tokens,
)

SOURCE = "claude-code"

Handler = Callable[[Payload, Origin], list[Envelope[Any]]]
Action = Literal["invoked", "completed", "failed"]


def translate(body: bytes, headers: Mapping[str, str], received: datetime) -> list[Envelope[Any]]:
    return translate_hook(read_object(body), headers, received)


def translate_hook(hook: Payload, headers: Mapping[str, str], received: datetime) -> list[Envelope[Any]]:
    """A hook's payload that has been read already; clients of other programs send it within their own."""
    name = hook.get("hook_event_name")
    if isinstance(name, str) and name:
        return HOOKS.get(name, _other)(hook, _origin(hook, headers, received))
    if "hook_event_name" not in hook and ("context_window" in hook or inner(hook, "model")):
        return _status_line(hook, _status_line_origin(hook, headers, received))
    raise Refused("hook_event_name is not there; send the JSON that Claude Code gives its hooks, unchanged.")


def _origin(hook: Payload, headers: Mapping[str, str], received: datetime) -> Origin:
    agent_id, agent_type = text(hook, "agent_id"), text(hook, "agent_type")
    return Origin(
        source=SOURCE,
        project=project_of(headers, last_part(_project_folder(hook))),
        session=text(hook, "session_id"),
        agent=agent_type or agent_id or MAIN_AGENT,
        agent_id=agent_id or MAIN_AGENT,
        host=host_of(headers),
        time=moment(hook, "timestamp") or received,
        received=received,
    )


def _project_folder(hook: Payload) -> str:
    return _started_in(text(hook, "cwd", LONGEST_PATH), text(hook, "transcript_path", LONGEST_PATH))


@lru_cache(maxsize=1024)
def _started_in(cwd: str, transcript_path: str) -> str:
    """The folder that the session was started in: `cwd` follows every `cd`, and the project must not.

    Transcripts lie in projects/<that folder, each character but letters and digits replaced by `-`>/.
    """
    encoded = transcript_path.replace("\\", "/").rpartition("/projects/")[2].partition("/")[0]
    folder = cwd.replace("\\", "/").rstrip("/")
    while folder and re.sub(r"[^A-Za-z0-9]", "-", folder) != encoded:
        folder = folder.rpartition("/")[0]
    return folder or cwd


def _activity(origin: Origin, action: Action, reason: str = "") -> Envelope[Any]:
    activity = AgentActivity(
        agent=origin.agent, agent_id=origin.agent_id, action=action, timestamp=origin.time, reason=reason
    )
    return origin.event(activity)


def _subagent_activity(hook: Payload, origin: Origin, action: Action) -> list[Envelope[Any]]:
    agent_type = text(hook, "agent_type")
    activity = AgentActivity(
        agent=origin.agent,
        agent_id=text(hook, "agent_id") or agent_type or "unknown",
        agent_type=agent_type,
        action=action,
        timestamp=origin.time,
    )
    return [origin.event(activity)]


def _session_started(hook: Payload, origin: Origin) -> list[Envelope[Any]]:
    update = SessionUpdate(
        session_id=origin.session,
        status="started",
        reason=text(hook, "source"),
        model=text(hook, "model"),
        agent=text(hook, "agent_type"),
        cwd=text(hook, "cwd", LONGEST_PATH),
        title=described(hook.get("session_title")),
        token_usage=whole(hook, "context_tokens"),
    )
    return [origin.event(update)]


def _session_ended(hook: Payload, origin: Origin) -> list[Envelope[Any]]:
    return [origin.event(SessionUpdate(session_id=origin.session, status="ended", reason=text(hook, "reason")))]


def _prompted(hook: Payload, origin: Origin) -> list[Envelope[Any]]:
    prompt = Prompt(
        agent_id=origin.agent_id,
        size=size_of(hook.get("prompt")),
        prompt_id=text(hook, "prompt_id"),
        origin=text(hook, "source"),
    )
    return [origin.event(prompt, prompt.prompt_id), _activity(origin, "invoked")]


def _stopped(hook: Payload, origin: Origin) -> list[Envelope[Any]]:
    return [_activity(origin, "completed")]


def _stop_failed(hook: Payload, origin: Origin) -> list[Envelope[Any]]:
    return [_activity(origin, "failed", described(hook.get("error")))]


def _subagent_started(hook: Payload, origin: Origin) -> list[Envelope[Any]]:
    return _subagent_activity(hook, origin, "invoked")


def _subagent_stopped(hook: Payload, origin: Origin) -> list[Envelope[Any]]:
    return _subagent_activity(hook, origin, "completed")


def _notified(hook: Payload, origin: Origin) -> list[Envelope[Any]]:
    kind = text(hook, "notification_type") or "unknown"
    return [_notification(origin, kind, described(hook.get("message")))]


def _elicited(hook: Payload, origin: Origin) -> list[Envelope[Any]]:
    return [_notification(origin, "elicitation", described(hook.get("message")))]


def _elicitation_answered(hook: Payload, origin: Origin) -> list[Envelope[Any]]:
    return [_notification(origin, "elicitation_result", text(hook, "action"))]


def _notification(origin: Origin, kind: str, message: str) -> Envelope[Any]:
    return origin.event(Notification(agent_id=origin.agent_id, kind=kind, message=message))


def _compacting(hook: Payload, origin: Origin) -> list[Envelope[Any]]:
    return [origin.event(Compaction(agent_id=origin.agent_id, phase="started", trigger=text(hook, "trigger")))]


def _compacted(hook: Payload, origin: Origin) -> list[Envelope[Any]]:
    return [origin.event(Compaction(agent_id=origin.agent_id, phase="finished", trigger=text(hook, "trigger")))]


def _model_switched(hook: Payload, origin: Origin) -> list[Envelope[Any]]:
    update = SessionUpdate(
        session_id=origin.session, model=text(hook, "to_model"), token_usage=whole(hook, "context_tokens")
    )
    return [origin.event(update)]


def _cwd_changed(hook: Payload, origin: Origin) -> list[Envelope[Any]]:
    cwd = text(hook, "new_cwd", LONGEST_PATH) or text(hook, "cwd", LONGEST_PATH)
    return [origin.event(SessionUpdate(session_id=origin.session, cwd=cwd))]


def _task_created(hook: Payload, origin: Origin) -> list[Envelope[Any]]:
    return [_task_update(hook, origin, "created")]


def _task_completed(hook: Payload, origin: Origin) -> list[Envelope[Any]]:
    return [_task_update(hook, origin, "completed")]


def _task_update(hook: Payload, origin: Origin, status: str) -> Envelope[Any]:
    update = TaskUpdate(
        agent_id=origin.agent_id,
        status=status,
        task_id=text(hook, "task_id"),
        subject=described(hook.get("task_subject")),
        teammate=text(hook, "teammate_name"),
    )
    return origin.event(update)


def _other(hook: Payload, origin: Origin) -> list[Envelope[Any]]:
    return [origin.custom(text(hook, "hook_event_name"), hook)]


def _status_line_origin(status: Payload, headers: Mapping[str, str], received: datetime) -> Origin:
    project_dir = text(inner(status, "workspace"), "project_dir", LONGEST_PATH)
    return Origin(
        source=SOURCE,
        project=project_of(headers, last_part(project_dir), last_part(text(status, "cwd", LONGEST_PATH))),
        session=text(status, "session_id"),
        agent=text(inner(status, "agent"), "name") or MAIN_AGENT,
        host=host_of(headers),
        time=received,
        received=received,
    )


def _status_line(status: Payload, origin: Origin) -> list[Envelope[Any]]:
    window = inner(status, "context_window")
    size, tokens = whole(window, "context_window_size"), tokens_of(inner(window, "current_usage"))
    used = None if tokens is None else tokens.input + tokens.cache_creation + tokens.cache_read
    update = SessionUpdate(
        session_id=origin.session,
        token_usage=used,
        context_percentage=used / size if used is not None and size else None,
        context_window=size,
        tokens=tokens,
        model=text(inner(status, "model"), "id"),
        cost_usd=number(inner(status, "cost"), "total_cost_usd"),
        cwd=text(status, "cwd", LONGEST_PATH),
        title=described(status.get("session_name")),
        agent=text(inner(status, "agent"), "name"),
    )
    return [origin.event(update)]


def tokens_of(usage: Payload) -> Tokens | None:
    """Usage in the words of Anthropic's API; None where there is none."""
    if not usage:
        return None
    return Tokens(
        input=whole(usage, "input_tokens") or 0,
        output=whole(usage, "output_tokens") or 0,
        cache_read=whole(usage, "cache_read_input_tokens") or 0,
        cache_creation=whole(usage, "cache_creation_input_tokens") or 0,
    )


HOOKS: dict[str, Handler] = {
    "SessionStart": _session_started,
    "SessionEnd": _session_ended,
    "UserPromptSubmit": _prompted,
    "Stop": _stopped,
    "StopFailure": _stop_failed,
    "SubagentStart": _subagent_started,
    "SubagentStop": _subagent_stopped,
    "PreToolUse": claude_tools.started,
    "PostToolUse": claude_tools.finished,
    "PostToolUseFailure": claude_tools.failed,
    "PostToolBatch": claude_tools.batch_finished,
    "PermissionDenied": claude_tools.denied,
    "PermissionRequest": claude_tools.permission_requested,
    "Notification": _notified,
    "Elicitation": _elicited,
    "ElicitationResult": _elicitation_answered,
    "PreCompact": _compacting,
    "PostCompact": _compacted,
    "PostModelSwitch": _model_switched,
    "CwdChanged": _cwd_changed,
    "TaskCreated": _task_created,
    "TaskCompleted": _task_completed,
}
