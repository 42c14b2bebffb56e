"""The contract: CloudEvents on the log, keys as promised, and readable by older and newer readers."""

from __future__ import annotations

import json
import subprocess
import sys
import tracemalloc
from datetime import UTC, datetime
from typing import Any

import pytest

from services.events import (
    CONTROL_FRAMES,
    EVENT_TYPES,
    LARGEST_COUNT,
    AgentActivity,
    Envelope,
    FileOperation,
    SessionUpdate,
    decode,
    encode,
    message_id,
)

TIME = datetime(2025, 11, 15, 10, 30, tzinfo=UTC)


def envelope(event_type: str, data: Any, **more: Any) -> Envelope[Any]:
    return Envelope(id="1", source="test", type=event_type, time=TIME, project="p", data=data, **more)


def on_the_log(event: Envelope[Any]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(encode(event))
    return document


def test_an_event_on_the_log_is_a_cloudevent() -> None:
    event = envelope("agent_activity", AgentActivity(agent="pm", action="invoked", timestamp=TIME), session="s")
    assert on_the_log(event) == {
        "specversion": "1.0",
        "id": "1",
        "source": "test",
        "type": "agent_activity",
        "time": "2025-11-15T10:30:00Z",
        "project": "p",
        "session": "s",
        "data": {"agent": "pm", "action": "invoked", "timestamp": "2025-11-15T10:30:00Z"},
    }


@pytest.mark.parametrize(
    ("event_type", "data", "promised"),
    [
        (
            "agent_activity",
            AgentActivity(agent="python-engineer", action="invoked", timestamp=TIME),
            {"agent": "python-engineer", "action": "invoked", "timestamp": "2025-11-15T10:30:00Z"},
        ),
        (
            "file_operation",
            FileOperation(file="/path/to/file.py", operation="write", size=1024),
            {"file": "/path/to/file.py", "operation": "write", "size": 1024},
        ),
        (
            "session_update",
            SessionUpdate(session_id="abc123", token_usage=45000, context_percentage=0.225),
            {"session_id": "abc123", "token_usage": 45000, "context_percentage": 0.225},
        ),
    ],
)
def test_the_keys_of_data_are_those_that_users_were_promised(
    event_type: str, data: Any, promised: dict[str, Any]
) -> None:
    assert on_the_log(envelope(event_type, data))["data"] == promised


def test_an_event_is_read_back_as_it_was_written() -> None:
    event = envelope("file_operation", FileOperation(file="a", operation="edit", size=1, agent_id="a1", lines_added=2))
    assert decode("file_operation", encode(event)) == event


def test_a_custom_event_is_read_back_with_its_data_as_it_was() -> None:
    event = envelope("my.event", {"a": [1, {"b": None}]})
    assert decode("my.event", encode(event)) == event


def test_names_of_custom_events_are_not_remembered() -> None:
    payload = encode(envelope("my.event", {}))
    tracemalloc.start()
    try:
        for number in range(2000):
            decode(f"my.event.{number}", payload)
        assert tracemalloc.get_traced_memory()[0] < 100_000
    finally:
        tracemalloc.stop()


def test_a_field_of_a_newer_version_is_skipped() -> None:
    document = on_the_log(envelope("file_operation", FileOperation(file="a", operation="edit", size=1)))
    document["data"]["of_tomorrow"] = {"x": 1}
    document["oftomorrow"] = "y"
    event = decode("file_operation", json.dumps(document).encode())
    assert event.data == FileOperation(file="a", operation="edit", size=1)


def test_data_that_only_a_newer_version_understands_is_read_as_a_custom_event() -> None:
    document = on_the_log(envelope("file_operation", FileOperation(file="a", operation="edit", size=1)))
    document["data"]["operation"] = "teleport"
    event = decode("file_operation", json.dumps(document).encode())
    assert event.data == {"file": "a", "operation": "teleport", "size": 1}


@pytest.mark.parametrize("size", [-1, LARGEST_COUNT + 1, 2**64, 10**30])
def test_a_count_that_no_checkpoint_could_hold_is_read_as_of_a_custom_event(size: int) -> None:
    event = envelope("file_operation", FileOperation(file="a", operation="edit", size=size))
    assert decode("file_operation", encode(event)).data == {"file": "a", "operation": "edit", "size": size}


def test_the_message_id_is_equal_only_for_one_event_of_one_source_in_one_project() -> None:
    event = envelope("my.event", {})
    ids = {
        message_id(event),
        message_id(Envelope(id="2", source="test", type="my.event", time=TIME, project="p", data={})),
        message_id(Envelope(id="1", source="other", type="my.event", time=TIME, project="p", data={})),
        message_id(Envelope(id="1", source="test", type="my.event", time=TIME, project="q", data={})),
    }
    assert len(ids) == 4
    assert message_id(envelope("my.event", {"other": "data"})) == message_id(event)


def test_no_type_of_event_has_the_name_of_a_control_frame() -> None:
    assert not CONTROL_FRAMES & EVENT_TYPES.keys()


def test_random_ids_never_repeat_also_not_in_a_process_that_was_forked() -> None:
    forking = """
import os
from services.events import random_id
random_id()
if os.fork(): os.wait()
print(*(random_id() for _ in range(100)), flush=True)
"""
    ids = subprocess.run([sys.executable, "-c", forking], capture_output=True, text=True, check=True).stdout.split()
    assert len(set(ids)) == len(ids) == 200
