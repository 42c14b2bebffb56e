"""How the end of a call finds its beginning."""

from __future__ import annotations

from services.api.projections.calls import OPEN_CALLS, Call, begin, end, newest_like
from tests.api.projections.given import START


def open_calls(*calls: tuple[str, str]) -> dict[str, Call]:
    opened: dict[str, Call] = {}
    for call_id, what in calls:
        begin(opened, Call(call_id, what, START, input_hash="h"))
    return opened


def ended(calls: dict[str, Call], call_id: str, what: str) -> str | None:
    call = end(calls, call_id, what)
    return None if call is None else call.id


def test_a_call_ends_by_its_id() -> None:
    calls = open_calls(("t1", "Bash"), ("t2", "Bash"))
    assert ended(calls, "t2", "Bash") == "t2"
    assert list(calls) == ["t1"]


def test_an_end_whose_beginning_was_not_seen_ends_no_other() -> None:
    calls = open_calls(("t1", "Bash"))
    assert ended(calls, "t0", "Bash") is None
    assert list(calls) == ["t1"]


def test_an_end_without_an_id_is_that_of_the_oldest_call_of_its_tool() -> None:
    calls = open_calls(("t0", "Read"), ("t1", "Bash"), ("t2", "Bash"))
    assert ended(calls, "", "Bash") == "t1"
    assert ended(calls, "", "Grep") is None


def test_ids_that_the_client_mixed_up_end_the_calls_of_their_tools() -> None:
    """claude-mpm, parallel tools: the first end has the second call's id, and the second has none."""
    calls = open_calls(("t1", "Bash"), ("t2", "Read"))
    assert ended(calls, "t2", "Bash") == "t1"
    assert ended(calls, "", "Read") == "t2"
    assert calls == {}


def test_the_newest_call_like_it_is_the_one_that_needs_leave() -> None:
    calls = open_calls(("t1", "Bash"), ("t2", "Bash"), ("t3", "Read"))
    assert newest_like(calls, "Bash", "h") == "t2"
    assert newest_like(calls, "Bash", "other") == ""


def test_open_calls_are_bounded() -> None:
    calls = open_calls(*((f"t{number}", "Bash") for number in range(OPEN_CALLS + 1)))
    assert len(calls) == OPEN_CALLS
    assert "t0" not in calls
