"""POST /events: our own form and CloudEvents, and a sentence for each mistake."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.adapters import ADAPTERS, Refused
from services.adapters.native import LARGEST_EVENT
from services.events import CONTROL_FRAMES, EVENT_TYPES, AgentActivity, message_id
from tests.adapters.telling import JSON, RECEIVED, told, translated, whole

PATH = "/events"
WRITTEN = {"type": "file_operation", "data": {"file": "/a.py", "operation": "write", "size": 1024}}
CUSTOM = {"type": "custom_event", "data": {"message": "Custom data"}}


def refusal(body: Any, headers: dict[str, str] | None = None) -> Refused:
    with pytest.raises(Refused) as refused:
        translated(PATH, body, headers)
    return refused.value


def lines(*items: Any) -> bytes:
    return b"\n".join(json.dumps(item).encode() for item in items)


PROMISED = {
    "agent_activity": {"agent": "python-engineer", "action": "invoked", "timestamp": "2025-11-15T10:30:00Z"},
    "file_operation": {"file": "/path/to/file.py", "operation": "write", "size": 1024},
    "session_update": {"session_id": "abc123", "token_usage": 45000, "context_percentage": 0.225},
    "health_status": {"status": "healthy", "services": {"ingest": "healthy"}},
}


@pytest.mark.parametrize("event_type", PROMISED)
def test_a_promised_event_is_stored_to_the_letter(event_type: str) -> None:
    events = translated(PATH, {"type": event_type, "data": PROMISED[event_type]})
    data = json.loads(whole(events))["data"]
    data.pop("agent_id", None)
    assert data == PROMISED[event_type]


@pytest.mark.parametrize(
    ("said", "agent_id"),
    [
        ({"type": "agent_activity", "data": {"agent": "qa", "action": "invoked"}}, "qa"),
        ({"type": "tool_use", "agent": "qa", "data": {"tool": "Bash", "phase": "started"}}, "qa"),
        ({"type": "tool_use", "agent": "qa", "data": {"tool": "Bash", "phase": "started", "agent_id": "7"}}, "7"),
        ({"type": "tool_use", "data": {"tool": "Bash", "phase": "started"}}, "main"),
    ],
)
def test_agents_that_are_only_named_are_told_apart_by_their_names(said: dict[str, Any], agent_id: str) -> None:
    (event,) = translated(PATH, said)
    assert event.data.agent_id == agent_id


def test_any_other_name_is_a_custom_event_with_any_object() -> None:
    (event,) = translated(PATH, CUSTOM)
    assert told(event) == ("custom_event", {"message": "Custom data"})
    assert (event.source, event.project, event.session, event.agent) == ("api", "default", "", "")
    assert event.time == event.received == RECEIVED
    (bare,) = translated(PATH, {"type": "com.example.deployed"})
    assert bare.data == {}


def test_what_the_envelope_says_is_kept() -> None:
    said = {"id": "i", "source": "ci", "project": "p", "session": "s", "agent": "a", "host": "h"}
    (event,) = translated(PATH, CUSTOM | said | {"time": "2026-11-24T08:00:00+02:00"})
    assert {name: getattr(event, name) for name in said} == said
    assert event.time == datetime(2026, 11, 24, 6, tzinfo=UTC)


def test_an_activity_happened_when_its_event_did_unless_it_says_so() -> None:
    activity = {"type": "agent_activity", "data": {"agent": "qa", "action": "started"}, "time": "2026-11-24T06:00:00Z"}
    (event,) = translated(PATH, activity)
    assert isinstance(event.data, AgentActivity)
    assert event.data.timestamp == event.time == datetime(2026, 11, 24, 6, tzinfo=UTC)
    assert event.agent == "qa"


def test_a_session_update_belongs_to_the_session_it_names() -> None:
    (event,) = translated(PATH, {"type": "session_update", "data": {"session_id": "abc"}})
    (other,) = translated(PATH, {"type": "session_update", "data": {"session_id": "abc"}, "session": "s"})
    assert (event.session, other.session) == ("abc", "s")


@pytest.mark.parametrize(
    ("header", "envelope", "cwd", "project"),
    [
        ("web", "shop", "/home/dev/api", "web"),
        ("", "shop", "/home/dev/api", "shop"),
        ("", "", "/home/dev/api", "api"),
        ("", "", "", "default"),
    ],
)
def test_whose_word_counts_for_the_project(header: str, envelope: str, cwd: str, project: str) -> None:
    body = {"type": "custom", "data": {"cwd": cwd}, "project": envelope}
    assert translated(PATH, body, {"x-lookout-project": header})[0].project == project


def test_an_array_and_lines_say_the_same() -> None:
    array = [WRITTEN, CUSTOM]
    forms: list[tuple[bytes, dict[str, str]]] = [
        (json.dumps(array).encode(), {}),
        (json.dumps(array, indent=2).encode(), {"content-type": "application/json"}),
        (lines(*array), {}),
        (lines(*array) + b"\n\n", {"content-type": "application/x-ndjson; charset=utf-8"}),
        (json.dumps(array).encode(), {"content-type": "application/cloudevents-batch+json"}),
    ]
    for body, headers in forms:
        assert [told(event) for event in translated(PATH, body, headers)] == [
            ("file_operation", WRITTEN["data"]),
            ("custom_event", CUSTOM["data"]),
        ]


def test_one_line_of_ndjson_and_an_object_over_several_lines_are_one_event() -> None:
    assert len(translated(PATH, lines(CUSTOM), {"content-type": "application/x-ndjson"})) == 1
    assert len(translated(PATH, json.dumps(CUSTOM, indent=2).encode())) == 1


CLOUD_EVENT = {
    "specversion": "1.0",
    "id": "A234-1234-1234",
    "source": "/mycontext",
    "type": "com.example.someevent",
    "time": "2026-04-05T17:31:00Z",
    "datacontenttype": "application/json",
    "subject": "larger-context",
    "project": "shop",
    "session": "s",
    "comexampleextension": 5,
    "data": {"appinfo": 1},
}


def test_a_cloud_event_is_the_same_in_each_mode() -> None:
    headers = {
        f"ce-{name}": str(value) for name, value in CLOUD_EVENT.items() if name not in ("data", "datacontenttype")
    }
    structured = translated(PATH, CLOUD_EVENT, {"content-type": "application/cloudevents+json; charset=utf-8"})
    batched = translated(PATH, [CLOUD_EVENT], {"content-type": "application/cloudevents-batch+json"})
    binary = translated(PATH, CLOUD_EVENT["data"], headers | {"content-type": "application/json"})
    assert structured == batched == binary
    (event,) = binary
    assert (event.id, event.source, event.type, event.project) == (
        "A234-1234-1234",
        "/mycontext",
        CLOUD_EVENT["type"],
        "shop",
    )
    assert (event.session, event.data, event.time) == ("s", {"appinfo": 1}, datetime(2026, 4, 5, 17, 31, tzinfo=UTC))


def test_attributes_in_headers_are_percent_encoded_and_the_data_may_be_missing() -> None:
    headers = {"ce-specversion": "1.0", "ce-type": "custom", "ce-id": "1", "ce-source": "b%C3%A9", "ce-agent": "a%20b"}
    (event,) = translated(PATH, b"", headers)
    assert (event.source, event.agent, event.data) == ("bé", "a b", {})


def test_an_own_id_comes_before_the_idempotency_key_and_that_before_chance() -> None:
    headers = {"idempotency-key": "k"}
    once, again = (translated(PATH, [CUSTOM, CUSTOM, CUSTOM | {"id": "own"}], headers) for _ in range(2))
    assert [event.id for event in once] == [event.id for event in again]
    assert len({event.id for event in once}) == 3
    assert once[2].id == "own"
    assert translated(PATH, CUSTOM)[0].id != translated(PATH, CUSTOM)[0].id
    assert translated(PATH, CUSTOM, headers)[0].id == once[0].id
    assert message_id(translated(PATH, CUSTOM, {"idempotency-key": "l"})[0]) != message_id(once[0])


BAD = [
    ({"data": {}}, "Missing required field type."),
    ({"type": 3}, "type: expected str, got int."),
    ({"type": ""}, "type should be 1 to 128 printable characters without spaces."),
    ({"type": "x" * 129}, "type should be 1 to 128 printable characters without spaces."),
    ({"type": "a b"}, "type should be 1 to 128 printable characters without spaces."),
    ({"type": "a\n"}, "type should be 1 to 128 printable characters without spaces."),
    ({"type": "state"}, "type is state, which the WebSocket protocol uses itself; choose another name."),
    ({"type": "x", "data": []}, "data: expected object | null, got array."),
    ({"type": "x", "data": "text"}, "data: expected object | null, got str."),
    ({"type": "x", "data_base64": "aGk="}, "data_base64 is not taken; send data as a JSON object."),
    ({"type": "x", "session": "s" * 257}, "session: expected str of length <= 256."),
    ({"type": "x", "time": "yesterday"}, "time: invalid RFC3339 encoded datetime."),
    ({"type": "x", "time": "2026-11-24T06:00:00"}, "time has no offset; end it with Z or one such as +02:00."),
    ({"type": "x", "time": "0001-01-01T00:00:00+14:00"}, "time is out of range."),
    ({"type": "file_operation", "data": {"file": "/a"}}, "data: missing required field operation."),
    (
        {"type": "file_operation", "data": {"file": "/a", "operation": "write", "size": "big"}},
        "data.size: expected int, got str.",
    ),
    (
        {"type": "file_operation", "data": {"file": "/a", "operation": "write", "size": 2**64}},
        "data.size: expected int <= 1099511627776.",
    ),
    (
        {"type": "file_operation", "data": {"file": "/a", "operation": "chew", "size": 1}},
        "data.operation: invalid enum value 'chew'.",
    ),
    (
        {"type": "agent_activity", "data": {"agent": "a", "action": "invoked", "timestamp": "2026-11-24T06:00:00"}},
        "data.timestamp has no offset; end it with Z or one such as +02:00.",
    ),
    ("text", "An event is a JSON object, but this is a string."),
    (None, "An event is a JSON object, but this is null."),
    (b"", "The body is empty; send a JSON object."),
    (b"{nope}", "The body is not JSON: object keys must be strings (byte 1)."),
    (b'{\n"type": x}', "The body is not JSON: invalid character (byte 10)."),
    ([], "The request holds 0 events; send between 1 and 1,000."),
    ([CUSTOM] * 1001, "The request holds 1,001 events; send between 1 and 1,000."),
]


@pytest.mark.parametrize(("body", "sentence"), BAD)
def test_a_mistake_is_named_in_a_sentence(body: Any, sentence: str) -> None:
    assert refusal(body).detail == sentence


@pytest.mark.parametrize("name", sorted(CONTROL_FRAMES))
def test_no_event_has_the_name_of_a_control_frame(name: str) -> None:
    assert name in refusal({"type": name}).detail


def test_an_event_is_as_large_as_the_log_takes_and_no_larger() -> None:
    (largest,) = translated(PATH, {"type": "x", "id": "i", "data": {"t": ""}})
    room = LARGEST_EVENT - len(whole([largest]))
    assert translated(PATH, {"type": "x", "id": "i", "data": {"t": "y" * room}})
    error = refusal({"type": "x", "id": "i", "data": {"t": "y" * (room + 1)}})
    assert error.detail == "The event takes 262,145 bytes; at most 262,144 are stored."


def test_every_bad_event_of_an_array_is_named_by_its_index() -> None:
    error = refusal([CUSTOM, {"type": 1}, WRITTEN, {}, [], {"type": "ping"}])
    assert [item["index"] for item in error.items] == [1, 3, 4, 5]
    assert [item["detail"] for item in error.items][:2] == [
        "type: expected str, got int.",
        "Missing required field type.",
    ]
    assert error.detail == (
        "4 of 6 events are refused and none is stored. Event 1: type: expected str, got int. "
        "Event 3: Missing required field type. Event 4: An event is a JSON object, but this is an array."
    )


def test_a_bad_line_is_named_by_its_index() -> None:
    error = refusal(lines(CUSTOM) + b"\n{\n" + lines(WRITTEN))
    assert error.items == [{"index": 1, "detail": "The line is not JSON: Input data was truncated."}]


def test_a_bad_event_that_came_alone_has_no_index() -> None:
    assert refusal({"type": 1}).items == []


def test_a_client_of_ours_learns_ids_and_positions() -> None:
    adapter = ADAPTERS[PATH]
    assert (adapter.max_bytes, adapter.answers_positions) == (1 << 20, True)


@given(JSON, st.sampled_from([*EVENT_TYPES, "custom"]))
def test_any_json_is_translated_or_refused(value: Any, event_type: str) -> None:
    for body in (value, {"type": event_type, "data": value}, {"type": value}, [value, {"type": "x", "time": value}]):
        with suppress(Refused):
            assert whole(translated(PATH, body))


@given(st.dictionaries(st.sampled_from(["id", "source", "time", "project", "session", "agent", "host", "data"]), JSON))
def test_no_kind_of_any_field_can_break_an_event(fields: dict[str, Any]) -> None:
    with suppress(Refused):
        assert whole(translated(PATH, fields | {"type": "custom"}))


@given(st.dictionaries(st.sampled_from(["type", "time", "project", "session", "agent", "data", "more"]), JSON))
def test_an_event_is_the_same_alone_in_an_array_and_on_a_line(fields: dict[str, Any]) -> None:
    event = {"type": "custom", "id": "1"} | fields
    outcomes: list[list[Any]] = []
    for body, content_type in (
        (event, "application/json"),
        ([event], "application/json"),
        (event, "application/jsonl"),
    ):
        try:
            outcomes.append(list[Any](translated(PATH, body, {"content-type": content_type})))
        except Refused as refused:
            outcomes.append([item["detail"] for item in refused.items] or [refused.detail])
    assert outcomes[1:] == outcomes[:1] * 2


@given(st.binary(max_size=40))
def test_any_bytes_are_translated_or_refused(body: bytes) -> None:
    for content_type in ("application/json", "application/x-ndjson"):
        with suppress(Refused):
            assert whole(translated(PATH, body, {"content-type": content_type}))
