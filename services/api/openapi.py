"""The API's description of itself: /openapi.json from the routes' types, and a page that reads well without scripts."""

from __future__ import annotations

from html import escape
from typing import Any

import msgspec
from quart_schema.openapi import OpenAPIProvider

from services.problem import CONTENT_TYPE, ProblemBody

REFERENCE = "#/components/schemas/{name}"


class Provider(OpenAPIProvider):
    """quart-schema's own keeps only the first component of a msgspec schema, so that nested Structs become dangling
    references (quart-schema 0.25, conversion.py: `return list(schema.values())[0]`)."""

    def build_response_object(self, model: Any, headers_model: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        (schema,), components = msgspec.json.schema_components([model], ref_template=REFERENCE)
        answer = {"description": "The answer", "content": {"application/json": {"schema": schema}}}
        return answer, components

    def schema(self) -> dict[str, Any]:
        document: dict[str, Any] = super().schema()
        (problem,), components = msgspec.json.schema_components([ProblemBody], ref_template=REFERENCE)
        document["components"]["schemas"].update(components)
        refusal = {"description": "A refusal", "content": {CONTENT_TYPE: {"schema": problem}}}
        for path in document["paths"].values():
            for operation in path.values():
                answers = {str(status): answer for status, answer in operation["responses"].items()}
                operation["responses"] = answers | {"default": refusal}
        return document


def page(document: dict[str, Any]) -> str:
    """The document as HTML: every path with what it takes."""
    sections = "".join(
        _section(method, path, operation)
        for path, operations in sorted(document["paths"].items())
        for method, operation in operations.items()
        if method != "head" and method != "options"
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Lookout API</title>'
        f'<meta name="viewport" content="width=device-width"></head><body><main><h1>Lookout API</h1>'
        f'<p>The same for programs: <a href="/openapi.json">/openapi.json</a>.</p>{sections}</main></body></html>'
    )


def _section(method: str, path: str, operation: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(each['name'])}</code></td><td>{escape(each.get('description', ''))}</td></tr>"
        for each in operation["parameters"]
    )
    parameters = f"<table><tr><th>Parameter</th><th>Meaning</th></tr>{rows}</table>" if rows else ""
    summary = escape(operation.get("summary", ""))
    description = escape(operation.get("description", "").strip())
    return f"<h2><code>{method.upper()} {escape(path)}</code></h2><p>{summary}</p><p>{description}</p>{parameters}"
