"""POST /forward: what a forwarder sends is what ingest would have made itself."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from msgspec.structs import replace

from services.adapters import Refused
from services.adapters.forwarded import translate
from services.adapters.native import MOST_EVENTS
from services.events import Envelope, encode
from tests.adapters.telling import JSON, RECEIVED, translated

MPM = {"event": "mpm_event", "subtype": "pre_tool", "session_id": "s", "data": {"tool_name": "Bash", "session_id": "s"}}
HOOK = {"hook_event_name": "UserPromptSubmit", "session_id": "s", "prompt_id": "p", "prompt": "go", "cwd": "/w/shop"}
OWN = {"type": "deploy", "id": "d", "data": {"to": ["production"], "tries": 2}, "time": "2026-11-24T06:00:00+01:00"}


def forwarded(events: list[Envelope[Any]]) -> list[Envelope[Any]]:
    return translate(b"".join(encode(event) + b"\n" for event in events), {}, RECEIVED)


@pytest.mark.parametrize(("path", "body"), [("/api/events", MPM), ("/hooks/claude-code", HOOK), ("/events", OWN)])
def test_events_of_every_adapter_arrive_as_they_were(path: str, body: dict[str, Any]) -> None:
    events = translated(path, body)
    assert forwarded(events) == events


@given(JSON)
def test_any_data_of_a_custom_event_arrives_as_it_was(value: Any) -> None:
    events = translated("/events", OWN | {"data": {"value": value}})
    assert forwarded(events) == events


def test_the_time_of_receipt_is_this_sides() -> None:
    [event] = translated("/events", OWN)
    later = replace(event, received=RECEIVED.replace(year=2020))
    assert forwarded([later]) == [event]


def test_a_forwarder_with_nothing_to_send_sends_no_events() -> None:
    assert translate(b"", {}, RECEIVED) == []


BAD = {
    "no JSON": b"{",
    "an empty line": b"",
    "a number": b"7",
    "no id": json.dumps(OWN | {"id": ""}).encode(),
    "too long a name": json.dumps(OWN | {"project": "p" * 300}).encode(),
    "the name of a control frame": json.dumps(OWN | {"type": "state"}).encode(),
    "not the shape of its type": json.dumps(OWN | {"type": "tool_use"}).encode(),
    "a time without an offset": json.dumps(OWN | {"time": "2026-11-24T06:00:00"}).encode(),
}


@pytest.mark.parametrize("line", BAD.values(), ids=BAD.keys())
def test_a_bad_line_is_named_by_its_index_and_nothing_is_taken(line: bytes) -> None:
    good = encode(translated("/events", OWN)[0])
    with pytest.raises(Refused) as refused:
        translate(b"\n".join([good, line, good, b""]), {}, RECEIVED)
    [item] = refused.value.items
    assert item["index"] == 1
    assert str(item["detail"]).endswith(".")


def test_a_moment_of_activity_without_an_offset_is_refused() -> None:
    [event] = translated("/events", {"type": "agent_activity", "data": {"agent": "pm", "action": "invoked"}})
    told = msgspec.json.decode(encode(event))
    told["data"]["timestamp"] = "2026-11-24T06:00:00"
    with pytest.raises(Refused) as refused:
        translate(json.dumps(told).encode(), {}, RECEIVED)
    assert "data.timestamp" in str(refused.value.items[0]["detail"])


def test_more_events_than_a_request_may_hold_are_refused() -> None:
    with pytest.raises(Refused, match=f"{MOST_EVENTS:,}"):
        translate(b"{}\n" * (MOST_EVENTS + 1), {}, RECEIVED)
