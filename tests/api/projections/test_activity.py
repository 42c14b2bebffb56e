"""Activity: rings of seconds and minutes."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from hypothesis import given as for_all
from hypothesis import settings

from services.api.projections.activity import MINUTES, OTHER, SECONDS, TYPES
from services.events import ModelRequest, Tokens
from tests.api.projections.given import (
    SOME_EVENTS,
    START,
    Event,
    act,
    by,
    failed,
    finished,
    given,
    invoked,
    recorded,
    shown,
)

NOON = int(START.timestamp())


def test_events_errors_and_tokens_are_counted_by_the_second_and_the_minute() -> None:
    state = given(
        by(invoked(), after=0.0),
        by(failed("Bash", "t"), after=0.5),
        by(ModelRequest(model="opus", tokens=Tokens(input=10, output=5), error="overloaded"), after=1.0),
        by(act("main", "failed"), after=59.0),
    )
    activity = shown(state, "activity")
    assert activity["seconds"] == {
        str(NOON): {"events": 2, "errors": 1},
        str(NOON + 1): {"events": 1, "errors": 1, "tokens": 15},
        str(NOON + 60): {"events": 1, "errors": 1},
    }
    assert activity["minutes"] == {
        str(NOON): {"events": 3, "errors": 2, "tokens": 15},
        str(NOON + 60): {"events": 1, "errors": 1},
    }
    assert (activity["events"], activity["errors"], activity["tokens"]) == (4, 3, 15)


def test_types_are_counted_custom_ones_too() -> None:
    state = given(by(invoked()), by({}, type="deployed"), by({}, type="deployed"))
    assert shown(state, "activity")["types"] == {"agent_activity": 1, "deployed": 2}


def test_names_of_types_are_bounded() -> None:
    state = given(*(by({}, type=f"custom_{number}") for number in range(TYPES + 5)))
    types = shown(state, "activity")["types"]
    assert len(types) == TYPES + 1
    assert types[OTHER] == 5


def test_what_is_older_than_the_ring_is_not_shown_even_in_silence() -> None:
    state = given(by(invoked()))
    assert shown(state, "activity", after=SECONDS - 1)["seconds"]
    quiet = shown(state, "activity", after=SECONDS + 1)
    assert (quiet["seconds"], len(quiet["minutes"]), quiet["events"]) == ({}, 1, 1)
    assert shown(state, "activity", after=MINUTES * 60 + 60)["minutes"] == {}


def test_the_rings_are_bounded() -> None:
    state = given(*(by(finished("Bash", "t"), after=0.9) for _ in range(9000)))
    activity = shown(state, "activity")
    assert len(activity["seconds"]) == SECONDS
    assert len(activity["minutes"]) == MINUTES
    assert activity["events"] == 9000


@settings(max_examples=100, deadline=None)
@for_all(SOME_EVENTS)
def test_the_rings_hold_what_the_log_has_in_their_span(events: list[Event]) -> None:
    log = [each for each in recorded(events) if each.event.project == "p"]
    log = [each for each in log if each.event.type not in ("health_status", "alert")]
    if log:
        state = given(*events)
        now = int(state.stored.timestamp())
        per_second = Counter(int(each.stored.timestamp()) for each in log)
        shown_seconds = shown(state, "activity")["seconds"]
        assert {int(each): count["events"] for each, count in shown_seconds.items()} == {
            second: count for second, count in per_second.items() if second > now - SECONDS
        }
        assert shown(state, "activity", after=timedelta(days=9).total_seconds())["events"] == len(log)
