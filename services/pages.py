"""Small pages of JSON beside what a service is for, such as its health: an ASGI function, where Quart takes 10 MB."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from services import problem
from services.asgi import Message as Scope
from services.asgi import Receive, Send
from services.problem import Problem

Page = Callable[[], Awaitable[tuple[int, Any]]]
"""The status of an answer, and what is told as JSON."""


class Pages:
    """Answers GET of these paths; of any other path it says what stands in `elsewhere`, with {path} in it."""

    def __init__(self, pages: Mapping[str, Page], elsewhere: str) -> None:
        self.pages = pages
        self._elsewhere = elsewhere

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        try:
            page = self._page(scope["method"], scope["path"])
        except Problem as trouble:
            status, fields, body = trouble.status, problem.headers(trouble), problem.body(trouble)
        else:
            status, told = await page()
            fields, body = {"content-type": "application/json"}, msgspec.json.encode(told)
        await respond(send, status, fields, b"" if scope["method"] == "HEAD" else body)

    def _page(self, method: str, path: str) -> Page:
        page = self.pages.get(path)
        if page is None:
            raise Problem(404, self._elsewhere.format(path=path))
        if method not in ("GET", "HEAD"):
            raise Problem(405, f"{path} takes GET requests only.")
        return page


async def respond(send: Send, status: int, fields: Mapping[str, str], body: bytes) -> None:
    """Answers an HTTP request."""
    headers = [(name.encode(), value.encode()) for name, value in fields.items()]
    if status != 204:
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
