"""Who called whom, and how many agents there are."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.projections.given import (
    Event,
    act,
    by,
    completed,
    failed,
    finished,
    given,
    invoked,
    session_ended,
    shown,
    started,
)

MPM = "research_s1"
"""The id that claude-mpm makes up for the start of a research agent in session s1."""


def calls(call: str, agent_type: str = "research", caller: str = "main", **more: Any) -> Event:
    return by(started("Agent", call, caller, subagent_type=agent_type, summary="look around", **more))


def returns(call: str, became: str = "", agent_type: str = "research", caller: str = "main", **more: Any) -> Event:
    return by(finished("Agent", call, caller, subagent_type=agent_type, subagent_id=became, **more))


def starts(agent_id: str, agent_type: str = "research", **more: Any) -> Event:
    return by(invoked(agent_type, agent_id, **more), agent=agent_type)


def stops(agent_id: str, agent_type: str = "research") -> Event:
    return by(completed(agent_type, agent_id), agent=agent_type)


def reads(agent_id: str, agent_type: str = "research") -> Event:
    return by(started("Read", f"read-{agent_id}", agent_id), agent=agent_type)


PROMPT = by(invoked())

# What happened -> agent_id: (name, status, invocations, parent, inferred), main left out.
STORIES: dict[str, tuple[list[Event], dict[str, tuple[str, str, int, str, bool]]]] = {
    "a call stands for its agent until that shows itself": (
        [PROMPT, calls("t1")],
        {"call:t1": ("research", "active", 1, "main", False)},
    ),
    "the agent that starts is the one that was called": (
        [PROMPT, calls("t1"), starts("a1")],
        {"a1": ("research", "active", 1, "main", True)},
    ),
    "the end of the call makes the parent certain": (
        [PROMPT, calls("t1"), starts("a1"), stops("a1"), returns("t1", "a1")],
        {"a1": ("research", "completed", 1, "main", False)},
    ),
    "an agent of another type is not the one that was called": (
        [PROMPT, calls("t1", "qa"), starts("a1", "research")],
        {"call:t1": ("qa", "active", 1, "main", False), "a1": ("research", "active", 1, "main", True)},
    ),
    "a call without a type takes the first agent that starts": (
        [PROMPT, calls("t1", ""), starts("a1", "qa")],
        {"a1": ("qa", "active", 1, "main", True)},
    ),
    "calls of one type are matched in their order": (
        [PROMPT, calls("t1"), calls("t2"), starts("a1"), starts("a2"), returns("t2", "a2"), returns("t1", "a1")],
        {"a1": ("research", "completed", 1, "main", False), "a2": ("research", "completed", 1, "main", False)},
    ),
    "parents that were matched the wrong way round are swapped": (
        [
            PROMPT,
            calls("t1", "lead"),
            starts("lead", "lead"),
            calls("t2"),
            calls("t3", caller="lead"),
            starts("of-lead"),
            starts("of-main"),
            returns("t2", "of-main"),
        ],
        {
            "lead": ("lead", "active", 1, "main", True),
            "of-main": ("research", "completed", 1, "main", False),
            "of-lead": ("research", "active", 1, "lead", True),
        },
    ),
    "an agent that took the wrong call gives it back to one still to come": (
        [PROMPT, calls("t1"), calls("t2"), starts("a2"), returns("t2", "a2")],
        {"a2": ("research", "completed", 1, "main", False), "call:t1": ("research", "active", 1, "main", True)},
    ),
    "a nested agent is the child of its caller": (
        [PROMPT, calls("t1"), starts("a1"), calls("t2", "qa", caller="a1"), starts("a2", "qa")],
        {"a1": ("research", "active", 1, "main", True), "a2": ("qa", "active", 1, "a1", True)},
    ),
    "an agent that only acts is known, and the one that was called": (
        [PROMPT, calls("t1"), reads("a1")],
        {"a1": ("research", "active", 1, "main", True)},
    ),
    "an agent that nobody was seen to call has no invocation": (
        [reads("a1")],
        {"a1": ("research", "active", 0, "", False)},
    ),
    "a start of what already runs is ignored": (
        [PROMPT, calls("t1"), starts("a1"), starts("a1")],
        {"a1": ("research", "active", 1, "main", True)},
    ),
    "an agent that is called again runs again": (
        [PROMPT, starts("a1"), stops("a1"), calls("t2"), starts("a1")],
        {"a1": ("research", "active", 2, "main", True)},
    ),
    "an agent in the background outlives its call": (
        [PROMPT, calls("t1"), starts("a1"), returns("t1", "a1", background=True)],
        {"a1": ("research", "active", 1, "main", False)},
    ),
    "an agent in the background ends with its own end": (
        [PROMPT, calls("t1", background=True), starts("a1"), returns("t1", "a1", background=True), stops("a1")],
        {"a1": ("research", "completed", 1, "main", False)},
    ),
    "a call whose agent never showed itself ends it": (
        [PROMPT, calls("t1"), returns("t1")],
        {"call:t1": ("research", "completed", 1, "main", False)},
    ),
    "a call that fails fails its agent": (
        [PROMPT, calls("t1"), by(failed("Agent", "t1"))],
        {"call:t1": ("research", "failed", 1, "main", False)},
    ),
    "a call that is interrupted stops its agent": (
        [PROMPT, calls("t1"), by(failed("Agent", "t1", interrupted=True))],
        {"call:t1": ("research", "stopped", 1, "main", False)},
    ),
    "an agent known by the end of its call alone is its caller's": (
        [PROMPT, calls("t1"), returns("t1", "a1")],
        {"a1": ("research", "completed", 1, "main", False)},
    ),
    "an agent whose call was not seen either is its caller's": (
        [PROMPT, returns("t1", "a1")],
        {"a1": ("research", "completed", 1, "main", False)},
    ),
    "a parent that the client names is certain": (
        [PROMPT, starts("a1"), starts("a2", "qa", parent_id="a1")],
        {"a1": ("research", "active", 1, "main", True), "a2": ("qa", "active", 1, "a1", False)},
    ),
    "the end of a turn ends what its calls still stand for": (
        [PROMPT, calls("t1"), by(completed())],
        {"call:t1": ("research", "completed", 1, "main", False)},
    ),
    "a prompt after an interrupt stops what its calls still stand for": (
        [PROMPT, calls("t1"), PROMPT],
        {"call:t1": ("research", "stopped", 1, "main", False)},
    ),
    "the end of the session stops every agent": (
        [PROMPT, calls("t1"), starts("a1"), calls("t2", "qa"), by(session_ended())],
        {"a1": ("research", "stopped", 1, "main", True), "call:t2": ("qa", "stopped", 1, "main", False)},
    ),
    "claude-mpm: the start just before the call is the call's": (
        [PROMPT, starts(MPM), calls("t1")],
        {MPM: ("research", "active", 1, "main", True)},
    ),
    "claude-mpm: a start long before the call is another's": (
        [PROMPT, starts(MPM), by({}, after=9), calls("t1")],
        {MPM: ("research", "active", 1, "main", True), "call:t1": ("research", "active", 1, "main", False)},
    ),
    "claude-mpm: a stop under another id ends the agent of that type": (
        [PROMPT, starts(MPM), calls("t1"), stops("a1b2")],
        {MPM: ("research", "completed", 1, "main", True)},
    ),
    "claude-mpm: types are written in more than one way": (
        [
            PROMPT,
            starts("python-engineer_s1", "python-engineer"),
            calls("t1", "Python_Engineer"),
            stops("a", "Python Engineer"),
        ],
        {"python-engineer_s1": ("python-engineer", "completed", 1, "main", True)},
    ),
    "claude-mpm: the same agent a second time": (
        [PROMPT, starts(MPM), calls("t1"), stops("a1"), returns("t1"), starts(MPM), calls("t2"), stops("a2")],
        {MPM: ("research", "completed", 2, "main", True)},
    ),
    "claude-mpm: two of a type at once are two agents": (
        [PROMPT, starts(MPM), calls("t1"), starts(MPM), calls("t2"), stops("a1")],
        {MPM: ("research", "completed", 1, "main", True), "call:t2": ("research", "active", 1, "main", False)},
    ),
    "claude-mpm: a stop that comes after the end of the call is the same agent's": (
        [PROMPT, starts(MPM), calls("t1"), returns("t1"), stops("a1b2")],
        {MPM: ("research", "completed", 1, "main", True)},
    ),
    "claude-mpm: the tool Agent, of which it tells neither type nor start": (
        [PROMPT, calls("t1", ""), stops("a1b2")],
        {"a1b2": ("research", "completed", 1, "main", True)},
    ),
    "an end of an agent of which nothing was seen is told all the same": (
        [PROMPT, by(act("qa", "failed", "a9"), agent="qa")],
        {"a9": ("qa", "failed", 0, "main", True)},
    ),
}


@pytest.mark.parametrize("story", STORIES)
def test_delegation(story: str) -> None:
    happened, expected = STORIES[story]
    rows = shown(given(*happened), "agents")
    assert {
        row["agent_id"]: (
            row["name"],
            row["status"],
            row["invocations"],
            row.get("parent", "").removeprefix("s1/"),
            row.get("parent_inferred", False),
        )
        for row in rows.values()
        if row["agent_id"] != "main"
    } == expected


def test_a_call_says_what_the_agent_is_for_and_which_call_it_was() -> None:
    row = shown(given(PROMPT, calls("t1"), starts("a1")), "agents")["s1/a1"]
    assert (row["description"], row["tool_use_id"]) == ("look around", "t1")
