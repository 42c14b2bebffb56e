"""How full a context window is, and when it will be full."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from services.api.projections import context
from services.api.projections.context import POINTS, Context
from services.events import Compaction, ModelRequest, SessionUpdate, Tokens
from tests.api.projections.given import START, Event, by, given, shown


def told(after: float = 60.0, **more: Any) -> Event:
    return by(SessionUpdate(session_id="s1", **more), after=after)


def request(tokens: int, after: float = 60.0) -> Event:
    in_window = Tokens(input=10, cache_read=tokens - 30, cache_creation=20, output=5000)
    return by(ModelRequest(model="opus", tokens=in_window), after=after)


def compacted(tokens_after: int | None) -> Event:
    return by(Compaction(phase="finished", tokens_after=tokens_after), after=60.0)


# What happened -> context_percentage, context_source, token_usage.
MEASURED: dict[str, tuple[list[Event], tuple[float | None, str | None, int | None]]] = {
    "what the client says is exact": (
        [told(context_window=200_000, context_percentage=0.3, token_usage=60_000)],
        (0.3, "reported", 60_000),
    ),
    "a request fills the window without its output": (
        [told(context_window=200_000), request(50_000)],
        (0.25, "model_requests", 50_000),
    ),
    "what the client said wins over requests": (
        [told(context_window=200_000, context_percentage=0.3), request(50_000)],
        (0.3, "reported", 60_000),
    ),
    "a request without a known window fills nothing": ([request(50_000)], (None, None, 55_000)),
    "a window that is told later is filled then": (
        [request(50_000), told(context_window=1_000_000)],
        (0.05, "model_requests", 50_000),
    ),
    "tokens that are told with the window are in it": (
        [told(context_window=200_000, token_usage=20_000)],
        (0.1, "reported", 20_000),
    ),
    "tokens that are told without it were used, nothing more": ([told(token_usage=20_000)], (None, None, 20_000)),
    "a compaction empties it": (
        [told(context_window=200_000), request(180_000), compacted(20_000)],
        (0.1, "model_requests", 20_000),
    ),
    "a compaction of which nothing is told leaves it": (
        [told(context_window=200_000), request(180_000), compacted(None)],
        (0.9, "model_requests", 180_000),
    ),
}


def session(*happened: Event) -> dict[str, Any]:
    row: dict[str, Any] = shown(given(*happened), "sessions")["s1"]
    return row


@pytest.mark.parametrize("case", MEASURED)
def test_measurement(case: str) -> None:
    happened, expected = MEASURED[case]
    row = session(*happened)
    assert (row.get("context_percentage"), row.get("context_source"), row.get("token_usage")) == expected


@pytest.mark.parametrize(
    ("fraction", "level"),
    [(0.0, "normal"), (0.6999, "normal"), (0.7, "elevated"), (0.85, "high"), (0.95, "critical"), (1.2, "critical")],
)
def test_a_level_begins_at_its_threshold(fraction: float, level: str) -> None:
    assert context.level(fraction, (0.70, 0.85, 0.95)) == level


def test_a_window_that_fills_steadily_is_full_when_it_will_be() -> None:
    """From 10 % to 40 % in three minutes: a tenth a minute, the remaining 55 % in five and a half."""
    row = session(*(told(context_window=200_000, context_percentage=each) for each in (0.1, 0.2, 0.3, 0.4)))
    assert row["burn"] == pytest.approx(20_000)
    assert row["full_at"] == "2026-11-24T12:09:30Z"


def test_only_what_came_since_the_window_shrank_counts() -> None:
    row = session(*(told(context_window=200_000, context_percentage=each) for each in (0.5, 0.9, 0.1, 0.2)))
    assert row["burn"] == pytest.approx(20_000)


def test_a_window_that_does_not_fill_or_is_full_is_not_foretold() -> None:
    assert not {"burn", "full_at"} & session(told(context_percentage=0.4), told(context_percentage=0.4)).keys()
    full = session(*(told(context_window=200_000, context_percentage=each) for each in (0.5, 0.96)))
    assert "burn" in full
    assert "full_at" not in full


def test_a_fill_of_weeks_is_not_foretold() -> None:
    assert (
        context.full_at(
            Context(fraction=0.1 + 1e-15, points=[(START, 0.1), (START + timedelta(minutes=9), 0.1 + 1e-15)]), 0.95
        )
        is None
    )


def test_the_history_is_bounded_and_its_points_are_ten_seconds_apart() -> None:
    row = session(*(told(after=1.0, context_percentage=number / 5000) for number in range(1000)))
    history = row["context_history"]
    seconds = [int(each) for each in history]
    assert len(history) == POINTS
    assert min(later - earlier for earlier, later in pairwise(seconds)) >= 10
    assert history[str(seconds[-1])] == pytest.approx(999 / 5000)
