"""What a test says of an event: its type, who, and the data as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import strategies as st

from services.adapters import ADAPTERS
from services.events import Envelope, decode, encode
from services.redact import scrub

RECEIVED = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
CAPTURED = Path(__file__).resolve().parents[2].parent / "shared" / "payloads"
"""Requests captured from real clients, on the machine that has them."""

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)


def translated(path: str, body: Any, headers: Mapping[str, str] | None = None) -> list[Envelope[Any]]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return ADAPTERS[path].translate(raw, headers or {}, RECEIVED)


def told(event: Envelope[Any]) -> tuple[str, dict[str, Any]]:
    """The type and the data, without a `timestamp`, which equals the event's time."""
    data = dict(msgspec.to_builtins(event.data))
    data.pop("timestamp", None)
    return event.type, data


def whole(events: list[Envelope[Any]]) -> bytes:
    """All that would be stored, having been read back from it."""
    stored = [encode(scrub(event)) for event in events]
    assert [decode(event.type, raw).type for event, raw in zip(events, stored, strict=True)] == [e.type for e in events]
    return b"\n".join(stored)
