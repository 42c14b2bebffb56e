"""The fold of agents: its bounds, which no flood of ids breaks."""

from __future__ import annotations

from services.api.projections.calls import OPEN_CALLS
from services.api.projections.shape import ENDED_SESSIONS, LIVE_SESSIONS
from services.api.projections.team import AGENTS_KEPT
from services.events import SessionUpdate
from tests.api.projections.given import by, completed, given, invoked, shown, started


def test_the_longest_silent_agent_of_a_session_makes_room_an_ended_one_first() -> None:
    crowd = [by(started("Bash", "t", f"a{number}"), agent="qa") for number in range(AGENTS_KEPT - 1)]
    rows = shown(
        given(by(invoked()), *crowd, by(completed("qa", "a9"), agent="qa"), by(invoked("qa", "new"))), "agents"
    )
    assert len(rows) == AGENTS_KEPT
    assert {"s1/main", "s1/a0", "s1/new"} <= rows.keys()
    assert "s1/a9" not in rows
    rows = shown(given(by(invoked()), *crowd, by(invoked("qa", "new"))), "agents")
    assert {"s1/main", "s1/a1", "s1/new"} <= rows.keys()
    assert "s1/a0" not in rows


def test_the_call_that_began_first_is_forgotten() -> None:
    state = given(*(by(started("Bash", f"t{number}")) for number in range(OPEN_CALLS + 1)))
    calls = shown(state, "agents")["s1/main"]["calls"]
    assert len(calls) == OPEN_CALLS
    assert "t0" not in calls


def test_agents_go_with_their_session() -> None:
    sessions = [f"s{number}" for number in range(ENDED_SESSIONS + 1)]
    happened = [by(invoked(), session=each) for each in sessions]
    happened += [by(SessionUpdate(session_id=each, status="ended"), session=each) for each in sessions]
    state = given(*happened, by(invoked(), session="live"))
    assert len(shown(state, "agents")) == len(shown(state, "sessions")) == ENDED_SESSIONS + 1
    assert "s0/main" not in shown(state, "agents")
    assert "s1/main" in shown(state, "agents")


def test_sessions_that_never_end_are_bounded_too() -> None:
    state = given(*(by(invoked(), session=f"s{number}") for number in range(LIVE_SESSIONS)))
    assert len(shown(state, "agents")) == LIVE_SESSIONS
    state = given(
        *(by(invoked(), session=f"s{number}") for number in range(LIVE_SESSIONS)),
        by(invoked(), session="s0"),
        by(invoked(), session="new"),
    )
    rows = shown(state, "agents")
    assert 0.9 * LIVE_SESSIONS <= len(rows) <= LIVE_SESSIONS
    assert {"s0/main", "new/main", f"s{LIVE_SESSIONS - 1}/main"} <= rows.keys()
    assert "s1/main" not in rows
    assert shown(state, "sessions").keys() == {key.removesuffix("/main") for key in rows}
