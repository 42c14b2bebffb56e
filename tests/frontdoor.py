"""A small real HTTP server that keeps what it was sent and answers what a test told it to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, NamedTuple


class Request(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Reply(NamedTuple):
    status: int = 204
    body: Any = None
    headers: dict[str, str] = {}  # noqa: RUF012
    length: int | None = None
    """The Content-Length that is claimed, where it is not that of the body."""


class FrontDoor:
    """Answers with `replies` in turn, then with `default`; or by path, where `paths` knows it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.requests: list[Request] = []
        self.replies: list[Reply] = []
        self.default = Reply()
        self.paths: dict[str, Reply] = {}

    def answer(self, request: Request) -> Reply:
        self.requests.append(request)
        if request.path in self.paths:
            return self.paths[request.path]
        return self.replies.pop(0) if self.replies else self.default


@contextmanager
def front_door() -> Iterator[FrontDoor]:
    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            reply = door.answer(Request(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            content = b"" if reply.body is None else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content) if reply.length is None else reply.length))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _handle  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    door = FrontDoor(f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield door
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
