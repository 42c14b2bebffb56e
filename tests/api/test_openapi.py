"""The API's description of itself is whole, and what it answers is what it describes."""

from __future__ import annotations

import re
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import validate

from tests.api.conftest import Api

PAGES = {"/docs", "/login", "/logout", "/logout/everywhere", "/link", "/verify"}
UNDESCRIBED = {"/openapi.json", "/metrics", "/static/<path:filename>"} | PAGES


async def test_the_document_is_valid_openapi(api: Api) -> None:
    validate(await api.get("/openapi.json"))


async def test_every_route_is_described_with_an_answer_and_a_refusal(api: Api) -> None:
    document = await api.get("/openapi.json")
    for rule in api.app.url_map.iter_rules():
        if rule.rule in UNDESCRIBED or rule.rule.startswith("/account"):
            continue
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for operation in document["paths"][path].values():
            assert operation["summary"], path
            assert operation["responses"].keys() & {"200", "201", "202"}, path
            assert "default" in operation["responses"], path


async def test_every_reference_leads_somewhere(api: Api) -> None:
    document = await api.get("/openapi.json")
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert set(references(document)) <= known


def references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [each for value in node.values() for each in references(value)]
    return [each for value in node for each in references(value)] if isinstance(node, list) else []


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/health", "/health"),
        ("/status", "/status"),
        ("/agents", "/agents"),
        ("/sessions", "/sessions"),
        ("/sessions/s1", "/sessions/{session_id}"),
        ("/files", "/files"),
        ("/tools", "/tools"),
        ("/events", "/events"),
        ("/events/1", "/events/{seq}"),
        ("/events/histogram", "/events/histogram"),
        ("/state", "/state"),
    ],
)
async def test_an_answer_has_the_shape_that_is_described(api: Api, path: str, template: str) -> None:
    activity = {"agent": "qa", "action": "invoked"}
    await api.record({"type": "agent_activity", "project": "shop", "session": "s1", "data": activity})
    api.beat("ingest", requests=1)
    document = await api.get("/openapi.json")
    schema = document["paths"][template]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    jsonschema.validate(await api.get(path), {**schema, "components": document["components"]})


async def test_the_page_names_every_path_and_runs_no_script(api: Api) -> None:
    document = await api.get("/openapi.json")
    page = (await api.client.get("/docs")).text
    assert all(path in page for path in document["paths"])
    assert "<script" not in page
    assert "style=" not in page
