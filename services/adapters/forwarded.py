"""POST /forward: events as a forwarder's spool has them, a line each, which is how they stand on the log.

An adapter has made them, and a forwarder has taken their secrets out, on the machine where they happened. A body
without a line is a forwarder that has nothing to send and tells of itself in its headers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from services.adapters.adapter import Refused
from services.adapters.native import MOST_EVENTS, Told, check_type, sentence, utc
from services.adapters.payload import read_json
from services.events import EVENT_TYPES, AgentActivity, Envelope


def translate(body: bytes, headers: Mapping[str, str], received: datetime) -> list[Envelope[Any]]:
    """Raises Refused, naming each bad line by its index, where any is bad."""
    lines = body.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    if len(lines) > MOST_EVENTS:
        raise Refused(f"The request holds {len(lines):,} events; send at most {MOST_EVENTS:,}.")
    events: list[Envelope[Any]] = []
    refused: list[dict[str, object]] = []
    for index, line in enumerate(lines):
        try:
            events.append(_event(line, received))
        except Refused as error:
            refused.append({"index": index, "detail": error.detail})
    if refused:
        raise Refused(f"{len(refused)} of {len(lines)} events are refused and none is stored.", refused)
    return events


def _event(line: bytes, received: datetime) -> Envelope[Any]:
    told = read_json(line)
    try:
        event_type = msgspec.convert(told, Told).type
        check_type(event_type)
        event: Envelope[Any] = msgspec.convert(told, _shape(event_type))
    except msgspec.ValidationError as error:
        raise Refused(sentence(error, "")) from error
    if not (event.id and event.source and event.project):
        raise Refused("id, source and project should each be at least one character.")
    if isinstance(event.data, AgentActivity):
        utc(event.data.timestamp, "data.timestamp")
    return replace(event, time=utc(event.time, "time"), received=received)


def _shape(event_type: str) -> Any:
    return _shape_of(EVENT_TYPES.get(event_type))


@cache
def _shape_of(data: type[Struct] | None) -> Any:
    shape = data or dict[str, Any]
    return Envelope[shape]  # type: ignore[valid-type]
