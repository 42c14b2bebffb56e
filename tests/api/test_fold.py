"""The log folded into everything that is known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import fields

from services.api import fold
from services.api.fold import PROJECTS, TOGETHER, State
from services.api.projections import PROJECTIONS, Json, Projection
from services.events import (
    AgentActivity,
    Alert,
    Compaction,
    FileOperation,
    HealthStatus,
    ModelRequest,
    Prompt,
    Recorded,
    SessionUpdate,
    TaskUpdate,
    Tokens,
    ToolUse,
    decode,
)
from tests.api.projections.given import RULES, SOME_EVENTS, START, Event, by, given, invoked, recorded, shown


def folded(log: list[Recorded], state: State | None = None) -> State:
    state = state or fold.initial()
    for each in log:
        fold.evolve(state, each)
    return state


@settings(max_examples=80, deadline=None)
@for_all(SOME_EVENTS, st.integers(0, 60))
def test_a_saved_state_and_the_events_after_it_equal_the_fold_of_everything(events: list[Event], split: int) -> None:
    log = recorded(events)
    whole = folded(log)
    resumed = folded(log[split:], fold.decode(fold.encode(folded(log[:split]))))
    assert fold.encode(resumed) == fold.encode(whole)
    for project, states in whole.projects.items():
        for name in PROJECTIONS:
            assert resumed.projects[project][name] == states[name], name


@settings(max_examples=80, deadline=None)
@for_all(SOME_EVENTS)
def test_folding_twice_equals_once(events: list[Event]) -> None:
    log = recorded(events)
    once = folded(log)
    assert fold.encode(folded(log, folded(log))) == fold.encode(once)


@settings(max_examples=80, deadline=None)
@for_all(SOME_EVENTS, st.integers(1, 60))
def test_many_events_at_once_are_folded_as_one_by_one(events: list[Event], together: int) -> None:
    log = recorded(events)
    state = fold.initial()
    for start in range(0, len(log), together):
        fold.evolve_all(state, log[start : start + together])
    assert fold.encode(state) == fold.encode(folded(log))


FULL = [
    SessionUpdate(session_id="s1", context_percentage=0.5, context_window=200_000),
    SessionUpdate(session_id="s1", token_usage=7, context_window=200_000, cost_usd=1.0),
    ModelRequest(agent_id="main", model="opus", tokens=Tokens(input=5), cost_usd=0.1, duration_ms=3.0),
    ToolUse(agent_id="main", tool="Bash", phase="finished", tool_use_id="t1", duration_ms=5.0),
    AgentActivity(agent="main", action="completed", timestamp=START, agent_id="main", duration_ms=5.0),
    FileOperation(agent_id="main", file="/a.py", operation="edit", size=9, lines_added=1, lines_removed=1),
    Compaction(phase="finished", tokens_before=9, tokens_after=3),
    TaskUpdate(agent_id="main", status="updated", total=3, completed=1),
    Prompt(size=3),
]
NUMBERS = (0, -1, -0.5, 1 << 40, 1 << 62, 1 << 64, -(1 << 64), 1e18, 1e300, -1e300)


@pytest.mark.parametrize("data", FULL, ids=lambda data: type(data).__name__)
def test_no_number_that_a_client_may_send_makes_a_state_that_cannot_be_saved_or_shown(data: Struct) -> None:
    whole = msgspec.to_builtins(by(data)[1])
    for each in (each.name for each in fields(data) if re.search("int|float", str(each.type))):
        for number in NUMBERS:
            sent = msgspec.json.encode({**whole, "data": whole["data"] | {each: number}})
            state = given(by(data), (1.0, decode(whole["type"], sent)))
            assert fold.encode(fold.decode(fold.encode(state))) == fold.encode(state), (each, number)
            msgspec.json.encode(fold.present(state, state.stored, RULES))


def test_many_events_are_folded_before_all_of_them_are_in_memory() -> None:
    state = fold.initial()

    def log() -> Iterator[Recorded]:
        for each in recorded([by(invoked())] * (3 * TOGETHER)):
            assert state.seq >= each.seq - 1 - TOGETHER
            yield each

    fold.evolve_all(state, log())
    assert state.seq == 3 * TOGETHER


@settings(max_examples=80, deadline=None)
@for_all(st.lists(st.integers(0, 4), max_size=20))
def test_many_events_at_once_make_the_same_projects_go_as_one_by_one(projects: list[int]) -> None:
    log = recorded([by(invoked(), project=f"p{number}") for number in projects])
    state = fold.initial()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fold, "PROJECTS", 3)
        fold.evolve_all(state, log)
        assert state == folded(log)


@settings(max_examples=80, deadline=None)
@for_all(SOME_EVENTS)
def test_what_is_presented_is_plain_json_without_null(events: list[Event]) -> None:
    state = given(*events)
    presented = fold.present(state, state.stored, RULES)
    assert msgspec.json.decode(msgspec.json.encode(presented)) == presented
    assert not has_null(presented)


def has_null(value: Any) -> bool:
    if isinstance(value, dict):
        return any(has_null(each) for each in value.values())
    if isinstance(value, list):
        return any(has_null(each) for each in value)
    return value is None


def test_one_project_is_presented_or_all_or_none_that_was_never_heard_of() -> None:
    state = given(by(invoked(), project="p"), by(invoked(), project="q"))
    at = state.stored
    assert set(fold.present(state, at, RULES)["projects"]) == {"p", "q"}
    assert set(fold.present(state, at, RULES, frozenset({"q"}))["projects"]) == {"q"}
    assert fold.present(state, at, RULES, frozenset({"other"})) == {"projects": {}}


def test_what_lookout_tells_of_itself_makes_no_project() -> None:
    state = given(
        by(HealthStatus(status="healthy", services={}), project="default"),
        by(Alert(rule="context", state="firing"), project="default"),
    )
    assert state.projects == {}
    assert state.seq == 2


def test_stored_time_never_runs_backwards() -> None:
    state = fold.initial()
    late, early = START + timedelta(seconds=9), START
    fold.evolve(state, Recorded(1, late, by(invoked())[1]))
    fold.evolve(state, Recorded(2, early, by(FileOperation(file="/a", operation="read", size=1))[1]))
    assert state.stored == late
    assert shown(state, "files")["/a"]["time"] == "2026-11-24T12:00:09Z"


def test_the_longest_silent_project_makes_room() -> None:
    events = [by(invoked(), project=f"p{number}") for number in range(PROJECTS)]
    state = given(*events, by(invoked(), project="p0"), by(invoked(), project="new"))
    assert len(state.projects) == PROJECTS
    assert "p0" in state.projects
    assert "p1" not in state.projects
    assert state.heard.keys() == state.projects.keys()


class Words(Struct):
    heard: list[str] = []


def count_words(state: Words, events: Iterable[Recorded]) -> None:
    state.heard += [recorded.event.type for recorded in events]


def present_words(state: Words, at: Any, rules: Any) -> Json:
    return {"heard": list(state.heard)}


WORDS = Projection("words", Words, Words, count_words, present_words)


def test_a_new_projection_is_one_line_in_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    before = fold.schema()
    monkeypatch.setitem(PROJECTIONS, "words", WORDS)
    state = given(by(invoked()), by({}, type="deployed"))
    assert shown(state, "words") == {"heard": ["agent_activity", "deployed"]}
    assert fold.decode(fold.encode(state)) == state
    assert fold.schema() != before


def test_the_schema_changes_with_the_version_of_a_projection(monkeypatch: pytest.MonkeyPatch) -> None:
    before = fold.schema()
    assert before == fold.schema()
    monkeypatch.setitem(PROJECTIONS, "files", PROJECTIONS["files"]._replace(version=2))
    assert fold.schema() != before


def test_a_saved_state_of_another_shape_is_refused() -> None:
    with pytest.raises(msgspec.DecodeError):
        fold.decode(msgspec.msgpack.encode({"seq": "one"}))
