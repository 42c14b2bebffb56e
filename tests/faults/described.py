"""OpenAPI documents of what has none: ingest, stream and a forwarder, from the types that they take and answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import Struct

from services.adapters import Adapter
from services.adapters.native import Told
from services.api.openapi import REFERENCE
from services.events import EVENT_TYPES
from services.problem import CONTENT_TYPE, ProblemBody
from tests.adapters.bodies import KEYS, WORDS


class Ready(Struct):
    """The answer of ingest to GET /readyz."""

    status: str


class StreamReady(Struct):
    """And that of stream."""

    ready: bool


class StreamHealth(Struct):
    """The answer of stream to GET /health."""

    status: Literal["healthy"]
    connections: int
    epoch: str
    seq: int


class Line(Struct):
    """What a forwarder sends: one event, whose line is its JSON."""

    id: str
    source: str
    type: str
    time: datetime
    project: str
    data: dict[str, Any]
    session: str = ""
    received: datetime | None = None


class Answered(Struct):
    """One event of a request that was taken."""

    id: str


class Taken(Struct):
    events: list[Answered]


HOOK = {
    "type": "object",
    "properties": {
        **{name: {} for name in KEYS},
        **{name: {"type": "string"} for name in ("session_id", "cwd", "agent_id", "tool_use_id", "prompt", "message")},
        **{name: {"type": "object"} for name in ("tool_input", "tool_response", "data")},
        "hook_event_name": {"enum": list(WORDS)},
        "tool_name": {"enum": list(WORDS)},
    },
    "required": ["hook_event_name"],
}
"""What an agent program says of itself: nothing of it is promised."""


def document(adapters: Mapping[str, Adapter], pages: Mapping[str, type[Struct] | None]) -> dict[str, Any]:
    """pages: each path that is asked for by GET, and what is answered; None where nothing but a refusal is."""
    models = [Taken, ProblemBody, *filter(None, pages.values()), *_told(), Line]
    _, components = msgspec.json.schema_components(models, ref_template=REFERENCE)
    components["AgentActivity"]["properties"]["timestamp"]["format"] = "date-time"
    components["Line"]["properties"]["time"]["format"] = "date-time"
    paths: dict[str, Any] = {}
    for path, model in pages.items():
        parameters = [{"name": "transport", "in": "query", "schema": {"enum": ["polling", "websocket"]}}]
        paths.setdefault(path, {})["get"] = {"parameters": parameters} | _answers({200: model} if model else {})
    for path, adapter in adapters.items():
        body = {"required": True, "content": {"application/json": {"schema": _body(path)}}}
        answers = _answers({202: Taken} if adapter.answers_positions else {204: None})
        paths.setdefault(path, {})["post"] = {"requestBody": body} | answers
    return {
        "openapi": "3.1.0",
        "info": {"title": "Lookout", "version": "1"},
        "paths": paths,
        "components": {"schemas": components},
    }


def _told() -> list[type[Struct]]:
    """An event of each type, as `POST /events` takes it."""
    known = [
        msgspec.defstruct(f"Told_{name}", [("type", Literal[name]), ("data", data), ("session", str, "")])
        for name, data in EVENT_TYPES.items()
    ]
    return [Told, *known]


def _body(path: str) -> dict[str, Any]:
    match path:
        case "/events":
            one = _any(each.__name__ for each in _told())
            return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1, "maxItems": 5}]}
        case "/forward":
            return _any(["Line"])
        case _:
            return HOOK


def _any(names: Iterable[str]) -> dict[str, Any]:
    return {"anyOf": [{"$ref": REFERENCE.format(name=name)} for name in names]}


def _answers(models: Mapping[int, type[Struct] | None]) -> dict[str, Any]:
    refusal = {CONTENT_TYPE: {"schema": {"$ref": REFERENCE.format(name=ProblemBody.__name__)}}}
    answers: dict[str, Any] = {"default": {"description": "A refusal", "content": refusal}}
    for status, model in models.items():
        schema = {"$ref": REFERENCE.format(name=model.__name__)} if model else {}
        answers[str(status)] = {"description": "The answer"}
        if model:
            answers[str(status)]["content"] = {"application/json": {"schema": schema}}
    return {"responses": answers}
