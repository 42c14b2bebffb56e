"""Refusals as problem+json (RFC 9457): one sentence that says what is wrong, where, and what to do."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import msgspec
from msgspec import Struct

CONTENT_TYPE = "application/problem+json"


class Problem(Exception):
    """Raised anywhere in a request, answered as its status; `more` are further members of the body, unless empty."""

    def __init__(self, status: int, detail: str, retry_after: int = 0, **more: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.retry_after = retry_after
        """Seconds after which the same request may succeed; 0 where it never will."""
        self.more = {name: value for name, value in more.items() if value not in (None, [])}


class ProblemBody(Struct, omit_defaults=True):
    """The members that every problem has."""

    title: str
    status: int
    detail: str


def body(problem: Problem) -> bytes:
    members = {"title": HTTPStatus(problem.status).phrase, "status": problem.status, "detail": problem.detail}
    return msgspec.json.encode(members | problem.more)


def headers(problem: Problem) -> dict[str, str]:
    fields = {"content-type": CONTENT_TYPE}
    if problem.retry_after:
        fields["retry-after"] = str(problem.retry_after)
    return fields
