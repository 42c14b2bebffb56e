"""Who waits for a human, by agent: set by what asks, cleared by what shows that the agent goes on."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

from services.events import (
    MAIN_AGENT,
    AgentActivity,
    Compaction,
    FileOperation,
    Notification,
    PermissionRequest,
    Prompt,
    Recorded,
    TaskUpdate,
    ToolUse,
)

For = Literal["permission", "prompt", "input", "elicitation"]

NOTIFICATIONS: dict[str, For] = {
    "permission_prompt": "permission",
    "idle_prompt": "prompt",
    "agent_needs_input": "input",
    "elicitation": "elicitation",
    "elicitation_dialog": "elicitation",
}
"""The kinds of notification that ask for a human, and for what."""

GOING_ON = frozenset(
    {AgentActivity, Compaction, FileOperation, Notification, PermissionRequest, Prompt, TaskUpdate, ToolUse}
)
"""Acts that show that an agent goes on. Requests to a model are told late and in batches, session updates and custom
events (a status line, a hook's own report) come while the agent still waits: none of them says so."""

ASKING = frozenset({AgentActivity, Notification, PermissionRequest})
"""Acts that may begin a wait; all others matter only where there is one."""

WAITS_KEPT = 256


class Wait(Struct, omit_defaults=True, gc=False):
    since: datetime
    reason: For
    tool: str = ""
    summary: str = ""
    tool_use_id: str = ""
    generic: bool = False
    """Told by a notification, which does not say which agent waits: the session's own stands for all of them."""


def asked(data: Any, stored: datetime) -> Wait | None:
    """The wait that an event begins."""
    kind = type(data)
    if kind is PermissionRequest:
        return None if data.decision else Wait(stored, "permission", data.tool, data.summary)
    if kind is Notification and data.kind in NOTIFICATIONS:
        return Wait(stored, NOTIFICATIONS[data.kind], summary=data.message[:200], generic=True)
    if kind is AgentActivity and data.action == "waiting":
        return Wait(stored, "input", summary=data.reason[:200])
    return None


def note(waits: dict[str, Wait], agent_id: str, recorded: Recorded) -> list[str]:
    """Takes notice of an act; the ids of the agents whose wait began or ended.

    An act of an agent ends that agent's wait and one that only a notification told; a prompt ends all.
    """
    data = recorded.event.data
    if type(data) not in GOING_ON:
        return []
    wait = asked(data, recorded.stored)
    if wait is not None:
        return _wait(waits, agent_id, wait)
    if type(data) is Prompt:
        over = list(waits)
    else:
        over = [each for each, open_wait in waits.items() if each == agent_id or open_wait.generic]
    for each in over:
        del waits[each]
    return over


def _wait(waits: dict[str, Wait], agent_id: str, wait: Wait) -> list[str]:
    """A permission request says more than the notification that goes with it, whichever comes first."""
    if wait.generic and any(each.reason == wait.reason and not each.generic for each in waits.values()):
        return []
    main = waits.get(MAIN_AGENT)
    changed = [agent_id]
    if main is not None and main.generic and main.reason == wait.reason and agent_id != MAIN_AGENT:
        del waits[MAIN_AGENT]
        changed.append(MAIN_AGENT)
    waits[agent_id] = wait
    if len(waits) > WAITS_KEPT:
        changed.append(next(iter(waits)))
        del waits[changed[-1]]
    return changed
