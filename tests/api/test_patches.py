"""Merge patches of the presented state."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from services.api import fold
from services.api.patches import TICK, Scope, diff, merge
from services.api.projections.files import FILES_KEPT
from services.events import Alert, FileOperation, Recorded
from tests.api.projections.given import (
    RULES,
    SOME_EVENTS,
    START,
    Event,
    by,
    completed,
    finished,
    given,
    invoked,
    recorded,
    started,
)

RFC_7396_EXAMPLES: list[tuple[Any, Any, Any]] = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]

JSON = st.recursive(
    st.one_of(st.booleans(), st.integers(-9, 9), st.text(max_size=3)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abcd"), inner, max_size=4)),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.sampled_from("abcd"), JSON, max_size=4)


@pytest.mark.parametrize(("target", "patch", "result"), RFC_7396_EXAMPLES)
def test_a_patch_is_merged_as_rfc_7396_says(target: Any, patch: Any, result: Any) -> None:
    assert merge(target, patch) == result


@settings(max_examples=100, deadline=None)
@for_all(OBJECTS, OBJECTS)
def test_merging_the_difference_gives_what_comes_after(before: dict[str, Any], after: dict[str, Any]) -> None:
    patch = diff(before, after)
    assert merge(before, patch) == after
    assert (patch == {}) == (before == after)


@settings(max_examples=150, deadline=None)
@for_all(SOME_EVENTS, st.lists(st.integers(0, 60), max_size=12), st.sampled_from([None, "p", "q"]), st.booleans())
def test_the_first_snapshot_and_every_patch_make_the_presented_state(
    events: list[Event], cuts: list[int], project: str | None, late: bool
) -> None:
    log = recorded(events)
    state = fold.initial()
    position = 0
    at = START
    scope = Scope(state, RULES, project, at)
    seq, held = scope.snapshot()
    held = msgspec.json.decode(msgspec.json.encode(held))
    for cut in [*sorted(cuts), len(log)]:
        fold.evolve_all(state, log[position:cut])
        position = max(position, cut)
        at = max(at, state.stored) + timedelta(seconds=0.1)
        seq, held = patched(scope, at, seq, held)
    at += TICK + timedelta(seconds=5000 if late else 0)
    seq, held = patched(scope, at, seq, held)
    assert held == fold.present(state, at, RULES, None if project is None else frozenset({project}))
    assert (seq, held) == scope.snapshot()
    assert seq == state.seq


def patched(scope: Scope, at: Any, seq: int, held: Any) -> tuple[int, Any]:
    """What a reader holds after the next patch, which must fit what it held."""
    change = scope.patch(at)
    if change is None:
        return seq, held
    before, to, patch = change
    assert before == seq
    return to, merge(held, msgspec.json.decode(msgspec.json.encode(patch)))


def test_nothing_is_told_where_nothing_happens() -> None:
    state = given(by(invoked()), by(completed()))
    scope = Scope(state, RULES, "p", state.stored)
    assert scope.patch(state.stored + timedelta(seconds=0.5)) is None
    assert scope.patch(state.stored + timedelta(seconds=2)) is None


def test_words_change_with_time_alone() -> None:
    state = given(by(invoked()))
    scope = Scope(state, RULES, "p", state.stored)
    change = scope.patch(state.stored + timedelta(seconds=RULES.idle_after_seconds))
    assert change is not None
    before, to, patch = change
    assert (before, to) == (1, 1)
    assert patch["projects"]["p"]["agents"] == {"s1/main": {"status": "idle"}}


def test_a_patch_holds_only_what_changed() -> None:
    touched = by(FileOperation(file="/touched.py", operation="edit", size=1))
    others = [by(FileOperation(file=f"/{number}.py", operation="read", size=1)) for number in range(50)]
    state = given(touched, *others)
    scope = Scope(state, RULES, "p", state.stored)
    fold.evolve(state, recorded([*[touched] * 51, touched])[-1])
    change = scope.patch(state.stored)
    assert change is not None
    assert set(change[2]["projects"]["p"]["files"]) == {"/touched.py"}
    assert change[2]["projects"]["p"]["files"]["/touched.py"]["edits"] == 2
    assert "path" not in change[2]["projects"]["p"]["files"]["/touched.py"]


def test_what_is_dropped_becomes_null() -> None:
    state = given(*(by(FileOperation(file=f"/{n}", operation="read", size=1)) for n in range(FILES_KEPT)))
    scope = Scope(state, RULES, None, state.stored)
    fold.evolve(state, recorded([by(FileOperation(file="/new", operation="read", size=1))] * (FILES_KEPT + 1))[-1])
    change = scope.patch(state.stored)
    assert change is not None
    files = change[2]["projects"]["p"]["files"]
    assert files["/0"] is None
    assert files["/new"]["reads"] == 1


def test_an_agent_that_gets_its_real_id_leaves_the_stand_in_behind() -> None:
    log = recorded([by(invoked()), by(started("Agent", "t1", subagent_type="qa")), by(invoked("qa", "a1"), agent="qa")])
    state = fold.initial()
    fold.evolve_all(state, log[:2])
    scope = Scope(state, RULES, "p", state.stored)
    fold.evolve(state, log[2])
    change = scope.patch(state.stored)
    assert change is not None
    agents = change[2]["projects"]["p"]["agents"]
    assert agents["s1/call:t1"] is None
    assert agents["s1/a1"]["parent"] == "s1/main"


def test_a_project_that_was_dropped_and_came_back_starts_anew() -> None:
    state = given(by(invoked(), project="p"), by(finished("Bash", "t"), project="p"))
    scope = Scope(state, RULES, None, state.stored)
    others = [by(invoked(), project=f"p{n}", session="s2") for n in range(fold.PROJECTS)]
    log = recorded([*[others[0]] * 2, *others, by(invoked(), project="p", session="s3")])
    seq, held = scope.snapshot()
    fold.evolve_all(state, log[2:])
    at = state.stored + TICK
    assert patched(scope, at, seq, held)[1] == fold.present(state, at, RULES)


def test_once_a_second_readers_learn_how_far_the_log_was_folded() -> None:
    state = given(by(invoked()), by(completed()))
    scope = Scope(state, RULES, "p", state.stored)
    fold.evolve(state, Recorded(3, state.stored, by(Alert(rule="r", state="firing"))[1]))
    assert scope.patch(state.stored) is None
    assert scope.patch(state.stored + TICK) == (2, 3, {})
