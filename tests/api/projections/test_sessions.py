"""Sessions as they are presented: their words."""

from __future__ import annotations

from typing import Any

import pytest

from services.events import Prompt, SessionUpdate
from tests.api.projections.given import (
    Event,
    act,
    by,
    completed,
    finished,
    given,
    invoked,
    session_ended,
    session_started,
    shown,
    started,
)

PROMPT = by(invoked())


def session(*happened: Event, after: float = 0.0) -> dict[str, Any]:
    row: dict[str, Any] = shown(given(*happened), "sessions", after=after)["s1"]
    return row


# What happened, seconds since then -> the status of the session.
WORDS: dict[str, tuple[list[Event], float, str]] = {
    "active": ([PROMPT], 119, "active"),
    "idle when silent": ([PROMPT], 120, "idle"),
    "lost when silent for long with a turn open": ([PROMPT], 1800, "lost"),
    "lost when it was first seen in the midst of a turn": ([by(started("Bash", "t"))], 1800, "lost"),
    "idle when its turn is done": ([PROMPT, by(completed())], 1800, "idle"),
    "idle when its turn failed": ([PROMPT, by(act("main", "failed"))], 1800, "idle"),
    "ended": ([PROMPT, by(session_ended())], 9999, "ended"),
    "ended whatever is told late": ([PROMPT, by(session_ended()), by(finished("Bash", "t"))], 0, "ended"),
    "active when it was resumed": ([by(session_ended()), by(session_started(reason="resume"))], 0, "active"),
    "active when a prompt resumed it": ([by(session_ended()), by(Prompt(size=1))], 0, "active"),
}


@pytest.mark.parametrize("word", WORDS)
def test_a_session_is(word: str) -> None:
    happened, later, expected = WORDS[word]
    assert session(*happened, after=later)["status"] == expected


def test_a_measured_session_tells_the_thresholds_of_its_level() -> None:
    measured = session(by(SessionUpdate(session_id="s1", context_percentage=0.9)))
    assert (measured["context_level"], measured["context_thresholds"]) == ("high", [0.70, 0.85, 0.95])
    assert "context_thresholds" not in session(PROMPT)
