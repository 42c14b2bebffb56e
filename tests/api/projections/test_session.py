"""The fold of sessions: tokens, cost, counts and bounds."""

from __future__ import annotations

from typing import Any

import pytest

from services.api.projections.shape import ENDED_SESSIONS
from services.events import Compaction, ModelRequest, Prompt, SessionUpdate, Tokens
from tests.api.projections.given import Event, by, completed, given, invoked, session_ended, session_started, shown

PROMPT = by(invoked())
REQUEST = by(ModelRequest(model="opus", tokens=Tokens(input=10, output=20, cache_read=70), cost_usd=0.5))


def update(**more: Any) -> Event:
    return by(SessionUpdate(session_id="s1", **more))


def session(*happened: Event) -> dict[str, Any]:
    row: dict[str, Any] = shown(given(*happened), "sessions")["s1"]
    return row


def test_what_is_newly_known_is_added_to_what_was_known() -> None:
    row = session(
        by(session_started(model="opus", cwd="/home/dev/shop", reason="startup")),
        update(title="Fix the checkout"),
        update(cwd="/home/dev/shop/api"),
        by(session_ended(reason="logout")),
    )
    assert (row["model"], row["cwd"], row["title"]) == ("opus", "/home/dev/shop/api", "Fix the checkout")
    assert (row["started"], row["ended"]) == ("2026-11-24T12:00:01Z", "2026-11-24T12:00:04Z")
    assert (row["reason"], row["source"], row["events"]) == ("logout", "claude-code", 4)


def test_the_promised_update_is_shown_as_it_was_told() -> None:
    row = shown(
        given(by(SessionUpdate(session_id="abc123", token_usage=45000, context_percentage=0.225), session="")),
        "sessions",
    )
    assert (row["abc123"]["token_usage"], row["abc123"]["context_percentage"]) == (45000, 0.225)


def test_prompts_and_turns_are_counted_and_acknowledgements_are_not() -> None:
    row = session(
        by(Prompt(size=1, origin="received")), by(Prompt(size=1)), PROMPT, by(completed()), by(Prompt(size=2))
    )
    assert (row["prompts"], row["turns"]) == (2, 1)


def test_tokens_are_summed_over_requests_and_never_added_to_what_the_client_told() -> None:
    row = session(update(tokens=Tokens(input=1000, output=2000), cost_usd=9.0))
    assert (row["tokens"]["input"], row["tokens_source"]) == (1000, "reported")
    assert (row["cost_usd"], row["cost_source"], row["token_usage"]) == (9.0, "reported", 3000)
    row = session(update(tokens=Tokens(input=1000, output=2000), cost_usd=9.0), REQUEST, REQUEST)
    assert row["tokens"] == {"input": 20, "output": 40, "cache_read": 140, "cache_creation": 0}
    assert (row["tokens_source"], row["cost_usd"], row["cost_source"]) == ("model_requests", 1.0, "model_requests")
    assert row["requests"] == 2


def test_what_the_client_told_last_replaces_what_it_told_before() -> None:
    row = session(update(tokens=Tokens(input=5), token_usage=5), update(tokens=Tokens(input=9), token_usage=9))
    assert (row["tokens"]["input"], row["token_usage"]) == (9, 9)


def test_a_session_of_which_no_tokens_are_known_says_nothing_of_them() -> None:
    assert not {"tokens", "token_usage", "cost_usd", "context_percentage", "burn"} & session(PROMPT).keys()


def test_another_agents_requests_are_paid_for_but_fill_another_window() -> None:
    other = by(ModelRequest(agent_id="a1", model="haiku", tokens=Tokens(input=150_000)), agent="qa")
    row = session(update(context_window=200_000), REQUEST, other)
    assert row["context_percentage"] == pytest.approx(80 / 200_000)
    assert row["tokens"]["input"] == 150_010
    assert row["model"] == "opus"


def test_compactions_are_counted_when_they_are_done() -> None:
    row = session(by(Compaction(phase="started")), by(Compaction(phase="finished")))
    assert (row["compactions"], row["compacted"]) == (1, "2026-11-24T12:00:02Z")


def test_an_event_without_a_session_makes_none() -> None:
    state = given(by(invoked(), session=""), by({"deployed": True}, session=""))
    assert shown(state, "sessions") == {}
    assert shown(state, "activity")["events"] == 2


def test_the_session_that_ended_first_makes_room() -> None:
    ended = [
        by(SessionUpdate(session_id=f"s{number}", status="ended"), session=f"s{number}")
        for number in range(ENDED_SESSIONS + 1)
    ]
    rows = shown(given(*ended, by(invoked(), session="live")), "sessions")
    assert len(rows) == ENDED_SESSIONS + 1
    assert "s0" not in rows
    assert {"s1", "live"} <= rows.keys()
