"""POST /events: our own form, an object, an array or lines (NDJSON); and CloudEvents 1.0 over HTTP in its three modes.

{"type", "data"?, "id"?, "source"?, "time"?, "project"?, "session"?, "agent"?, "host"?}. In CloudEvents' structured
and batched modes an event is the same object (with `specversion`); in binary mode the attributes are `ce-` headers and
the body is the data. https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, NamedTuple, TypeVar
from urllib.parse import unquote

import msgspec
from msgspec import Meta, Struct

from services.adapters.adapter import Refused
from services.adapters.origin import LONGEST_TYPE, host_of, last_part, told_project
from services.adapters.payload import DEEPEST, LARGE, LONGEST_NAME, LONGEST_PATH, kind_of, read_json, text
from services.events import (
    CONTROL_FRAMES,
    DEFAULT_PROJECT,
    EVENT_TYPES,
    Acting,
    AgentActivity,
    Envelope,
    encode,
    is_reserved,
    natural_id,
    random_id,
)

SOURCE = "api"
MOST_EVENTS = 1000
LARGEST_EVENT = 256 * 1024
"""In bytes, as stored."""

MOST_NAMED = 3
"""Bad events that the sentence quotes; `items` has all of them."""

T = TypeVar("T", bound=Struct)

Name = Annotated[str, Meta(max_length=LONGEST_NAME)] | None


class Told(Struct, frozen=True):
    """An event as its sender says it."""

    type: str
    data: dict[str, Any] | None = None
    id: Name = None
    source: Name = None
    time: datetime | None = None
    project: Name = None
    session: Name = None
    agent: Name = None
    host: Name = None
    data_base64: str | None = None


def translate(body: bytes, headers: Mapping[str, str], received: datetime) -> list[Envelope[Any]]:
    """Raises Refused, naming each bad event by its index, where any is bad."""
    request = _request(headers, received)
    if "ce-type" in headers or "ce-specversion" in headers:
        return [_event(_binary(body, headers), 0, request)]
    told = _read(body, headers)
    if not isinstance(told, list):
        return [_event(told, 0, request)]
    if not 0 < len(told) <= MOST_EVENTS:
        raise Refused(f"The request holds {len(told):,} events; send between 1 and {MOST_EVENTS:,}.")
    return _events(told, request)


class _Request(NamedTuple):
    """What holds for all events of a request; what its headers do not say is empty."""

    project: str
    host: str
    key: str
    """Of `Idempotency-Key`."""
    received: datetime


def _request(headers: Mapping[str, str], received: datetime) -> _Request:
    return _Request(told_project(headers), host_of(headers), headers.get("idempotency-key", "").strip(), received)


def _events(told: list[Any], request: _Request) -> list[Envelope[Any]]:
    events: list[Envelope[Any]] = []
    refused: list[dict[str, object]] = []
    for index, each in enumerate(told):
        try:
            events.append(_event(each, index, request))
        except Refused as error:
            refused.append({"index": index, "detail": error.detail})
    if refused:
        named = " ".join(f"Event {item['index']}: {item['detail']}" for item in refused[:MOST_NAMED])
        raise Refused(f"{len(refused)} of {len(told)} events are refused and none is stored. {named}", refused)
    return events


def _read(body: bytes, headers: Mapping[str, str]) -> Any:
    """What was sent: one event, or a list of events; a line that is no JSON is a Refused among them."""
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type in ("application/x-ndjson", "application/ndjson", "application/jsonl"):
        return _lines(body)
    try:
        return _quick(body) or read_json(body)
    except Refused:
        first, _, rest = body.strip().partition(b"\n")
        if rest and not isinstance(_line(first), Refused):
            return _lines(body)
        raise


def _lines(body: bytes) -> list[Any]:
    return [_line(line) for line in body.split(b"\n") if line.strip()]


def _line(line: bytes) -> Any:
    try:
        return _quick(line) or read_json(line)
    except Refused as error:
        return Refused(error.detail.replace("The body", "The line"))


def _quick(text: bytes) -> Told | None:
    """The event, where it is one and neither large nor deep, as nearly all are; whatever is wrong is told elsewhere."""
    if len(text) >= LARGE or text.count(b"{") + text.count(b"[") > DEEPEST:
        return None
    try:
        return _told.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


_told = msgspec.json.Decoder(Told)


def _binary(body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    attributes = {name[3:]: unquote(value) for name, value in headers.items() if name.startswith("ce-")}
    return attributes | {"data": read_json(body) if body.strip() else {}}


def _event(told: Any, index: int, request: _Request) -> Envelope[Any]:
    if isinstance(told, Refused):
        raise told
    if not isinstance(told, Told):
        if not isinstance(told, dict):
            raise Refused(f"An event is a JSON object, but this is {kind_of(told)}.")
        told = _converted(told, Told, "")
    event = _enveloped(told, index, request)
    size = len(encode(event))
    if size > LARGEST_EVENT:
        raise Refused(f"The event takes {size:,} bytes; at most {LARGEST_EVENT:,} are stored.")
    return event


def _enveloped(told: Told, index: int, request: _Request) -> Envelope[Any]:
    check_type(told.type)
    if told.data_base64 is not None:
        raise Refused("data_base64 is not taken; send data as a JSON object.")
    time = request.received if told.time is None else utc(told.time, "time")
    facts = told.data or {}
    data = _data(told.type, facts, time, told.agent or text(facts, "agent", LONGEST_NAME))
    return Envelope(
        id=told.id or (natural_id(request.key, str(index)) if request.key else random_id()),
        source=told.source or SOURCE,
        type=told.type,
        time=time,
        project=request.project or told.project or _folder(facts) or DEFAULT_PROJECT,
        session=told.session or text(facts, "session_id", LONGEST_NAME),
        agent=told.agent or (data.agent[:LONGEST_NAME] if isinstance(data, AgentActivity) else ""),
        host=told.host or request.host,
        received=request.received,
        data=data,
    )


def check_type(name: str) -> None:
    if name in CONTROL_FRAMES:
        raise Refused(f"type is {name}, which the WebSocket protocol uses itself; choose another name.")
    if is_reserved(name):
        raise Refused(f"type is {name}, which only Lookout itself records; choose another name.")
    if not 0 < len(name) <= LONGEST_TYPE or not name.isprintable() or " " in name:
        raise Refused(f"type should be 1 to {LONGEST_TYPE} printable characters without spaces.")


def _folder(facts: dict[str, Any]) -> str:
    return last_part(text(facts, "cwd", LONGEST_PATH))[:LONGEST_NAME]


def _data(event_type: str, facts: dict[str, Any], time: datetime, agent: str) -> Any:
    """An agent that is only named is told apart from the session's own, and from others, by its name."""
    shape = EVENT_TYPES.get(event_type)
    if shape is None:
        return facts
    if agent and issubclass(shape, Acting):
        facts = {"agent_id": agent} | facts
    if shape is not AgentActivity:
        return _converted(facts, shape, "data")
    activity = _converted({"timestamp": time} | facts, AgentActivity, "data")
    utc(activity.timestamp, "data.timestamp")
    return activity


def utc(time: datetime, field: str) -> datetime:
    if time.tzinfo is None:
        raise Refused(f"{field} has no offset; end it with Z or one such as +02:00.")
    try:
        return time.astimezone(UTC)
    except OverflowError as error:
        raise Refused(f"{field} is out of range.") from error


def _converted(value: Any, shape: type[T], within: str) -> T:
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        raise Refused(sentence(error, within)) from error


def sentence(error: msgspec.ValidationError, within: str) -> str:
    """msgspec says: Expected `int`, got `str` - at `$.size`."""
    what, _, path = str(error).replace("`", "").partition(" - at $")
    field = f"{within}{path}".lstrip(".")
    what = what.removeprefix("Object ")
    return f"{field}: {what[0].lower()}{what[1:]}." if field else f"{what[0].upper()}{what[1:]}."
