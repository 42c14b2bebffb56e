"""Who waits for a human."""

from __future__ import annotations

from typing import Any

import pytest

from services.events import ModelRequest, Notification, PermissionRequest, Prompt, SessionUpdate
from tests.api.projections.given import Event, act, by, completed, finished, given, invoked, shown

PROMPT = by(invoked())
OTHER = by(invoked("qa", "a1"), agent="qa")


def asks(agent_id: str = "main", decision: str = "") -> Event:
    return by(PermissionRequest(agent_id=agent_id, tool="Bash", summary="rm", decision=decision))


def notes(kind: str, **more: Any) -> Event:
    return by(Notification(kind=kind, message="please", **more))


# What happened -> who waits for what.
WAITS: dict[str, tuple[list[Event], dict[str, str]]] = {
    "a permission": ([PROMPT, asks()], {"main": "permission"}),
    "a permission of another agent": ([PROMPT, OTHER, asks("a1")], {"a1": "permission"}),
    "a permission that the client decided is none": ([PROMPT, asks(decision="allow")], {}),
    "a notification": ([PROMPT, notes("permission_prompt")], {"main": "permission"}),
    "an idle prompt": ([PROMPT, by(completed()), notes("idle_prompt")], {"main": "prompt"}),
    "an agent that needs input": ([PROMPT, notes("agent_needs_input")], {"main": "input"}),
    "an elicitation": ([PROMPT, notes("elicitation")], {"main": "elicitation"}),
    "an elicitation that was answered": ([PROMPT, notes("elicitation"), notes("elicitation_result")], {}),
    "an agent that says so": ([PROMPT, OTHER, by(act("qa", "waiting", "a1"))], {"a1": "input"}),
    "a notification that asks for nothing": ([PROMPT, notes("auth_success")], {}),
    "the notification of a permission that another agent asked for": (
        [PROMPT, OTHER, asks("a1"), notes("permission_prompt")],
        {"a1": "permission"},
    ),
    "the same in the other order": ([PROMPT, OTHER, notes("permission_prompt"), asks("a1")], {"a1": "permission"}),
    "ended by the next act of the agent": ([PROMPT, OTHER, asks("a1"), by(finished("Bash", "t", "a1"))], {}),
    "not ended by another agent's act": (
        [PROMPT, OTHER, asks("a1"), by(finished("Bash", "t"))],
        {"a1": "permission"},
    ),
    "told by a notification, ended by any agent's act": (
        [PROMPT, OTHER, notes("permission_prompt"), by(finished("Bash", "t", "a1"))],
        {},
    ),
    "ended by a prompt, whosever": ([PROMPT, OTHER, asks("a1"), by(Prompt(size=1))], {}),
    "not ended by what is told late or on the side": (
        [
            PROMPT,
            asks(),
            by(ModelRequest(model="opus")),
            by(SessionUpdate(session_id="s1", context_percentage=0.5)),
            by({"hook": "Notification"}),
        ],
        {"main": "permission"},
    ),
}


@pytest.mark.parametrize("case", WAITS)
def test_waiting(case: str) -> None:
    happened, expected = WAITS[case]
    state = given(*happened)
    agents = shown(state, "agents").values()
    assert {row["agent_id"]: row["waiting"]["reason"] for row in agents if "waiting" in row} == expected
    assert (shown(state, "sessions")["s1"]["status"] == "waiting") == bool(expected)


def test_a_wait_says_since_when_and_for_what() -> None:
    waiting = shown(given(PROMPT, asks()), "sessions")["s1"]["waiting"]
    assert waiting == {"since": "2026-11-24T12:00:02Z", "reason": "permission", "tool": "Bash", "summary": "rm"}
