"""A Lookout that a test conducts: the built page, served as the gateway serves it, and the WebSocket protocol.

It behaves as the stream service does, over a log that the test writes: resume after a position, batches, patches.
"""

from __future__ import annotations

import json
import mimetypes
from asyncio import BaseTransport, WriteTransport
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from tests.refusing import accept_no_more

Json = dict[str, Any]

SECURITY = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


class Scripted:
    """The log and the state as the test has made them, and the page's connection to them."""

    def __init__(self, files: Path, more_files: dict[str, Path]) -> None:
        self.files = files
        self.more_files = more_files
        self.port = 0
        self.epoch = "epoch-1"
        self.log: list[Json] = []
        self.first = 1
        self.state: Json = {"projects": {}}
        self.state_seq = 0
        self.received: list[Json] = []
        self.answers: dict[str, Json] = {"/health": {"version": "1"}}
        """What the API answers, by path; anything else that it is asked is not there."""
        self.refusing: tuple[int, str] | None = None
        self.silent = False
        """Whether it takes connections and says nothing."""
        self.failing = ""
        """Why the API answers nothing, where it does not."""
        self._pages: list[ServerConnection] = []

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def head(self) -> int:
        return self.first + len(self.log) - 1

    @property
    def connections(self) -> int:
        return len(self._pages)

    def subscriptions(self) -> list[Json]:
        return [frame["data"] for frame in self.received if frame["event"] == "subscribe"]

    def record(self, type: str, data: Json, **envelope: Any) -> Json:  # noqa: A002
        """Appends an event to the log without sending it."""
        seq = self.head + 1
        now = datetime.now(UTC).isoformat()
        frame = {"event": type, "seq": seq, "stored": now, "id": str(seq), "time": now, "project": "shop"}
        self.log.append(frame | envelope | {"data": data})
        return self.log[-1]

    async def emit(self, type: str, data: Json, **envelope: Any) -> None:  # noqa: A002
        await self.send(self.record(type, data, **envelope))

    async def send(self, *frames: Json) -> None:
        for frame in frames:
            await self.send_text(json.dumps(frame))

    async def send_text(self, frame: str) -> None:
        """A frame as it goes over the wire."""
        for page in self._pages:
            await page.send(frame)

    async def send_batch(self, events: Sequence[Json]) -> None:
        await self.send(batch(events))

    async def patch(self, patch: Json, *, left_out: int = 0) -> None:
        """Sends a merge patch; with `left_out` it does not continue what the page holds."""
        before, self.state_seq = self.state_seq + left_out, self.state_seq + left_out + 1
        merge(self.state, patch)
        data = {"epoch": self.epoch, "from": before, "seq": self.state_seq, "patch": patch}
        await self.send({"event": "state_patch", "data": data})

    async def drop(self, code: int = 1012) -> None:
        pages, self._pages = self._pages, []
        for page in pages:
            await page.close(code)

    def trim(self) -> None:
        """Forgets the whole log, as if it were older than is kept."""
        self.first, self.log = self.head + 1, []

    async def converse(self, page: ServerConnection) -> None:
        if self.refusing:
            await page.close(*self.refusing)
            return
        if self.silent:
            await page.wait_closed()
            return
        hello = {"epoch": self.epoch, "seq": self.head, "heartbeat": 25, "limits": {}}
        await page.send(json.dumps({"event": "hello", "data": hello}))
        with suppress(ConnectionClosed):
            async for message in page:
                await self._heard(page, json.loads(message))
        self._pages = [each for each in self._pages if each is not page]

    async def _heard(self, page: ServerConnection, frame: Json) -> None:
        self.received.append(frame)
        if frame["event"] == "subscribe":
            await self._subscribe(page, frame["data"])
        elif frame["event"] == "get_state":
            await page.send(json.dumps(self._state()))

    async def _subscribe(self, page: ServerConnection, asked: Json) -> None:
        since = asked["since"]
        recovered = since["epoch"] == self.epoch and self.first - 1 <= since["seq"] <= self.head
        data = {"recovered": recovered, "from": since["seq"], "to": self.head}
        await page.send(json.dumps({"event": "subscribed", "data": data}))
        if not recovered:
            return
        await page.send(json.dumps(self._state()))
        missed = self.log[since["seq"] - self.first + 1 :]
        if missed:
            await page.send(json.dumps(batch(missed)))
        self._pages.append(page)

    def _state(self) -> Json:
        return {"event": "state", "data": {"epoch": self.epoch, "seq": self.state_seq, "state": self.state}}

    def _recorded(self, path: str) -> Json | None:
        """The event that `/events/<seq>` asks for."""
        number = path.removeprefix("/events/")
        index = int(number) - self.first if number.isdecimal() else -1
        return self.log[index] if 0 <= index < len(self.log) else None

    def answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """What the API answers, or a file of the page; None lets a WebSocket through."""
        path = request.path.partition("?")[0]
        if path == "/ws":
            return None
        file = self.more_files.get(path, self.files / (path.lstrip("/") or "index.html"))
        if self.failing and not file.is_file():
            problem = {"title": "Service Unavailable", "status": 503, "detail": self.failing}
            headers = Headers(SECURITY | {"Content-Type": "application/problem+json"})
            return Response(503, "Service Unavailable", headers, json.dumps(problem).encode())
        found = self.answers.get(path) or self._recorded(path)
        if found:
            headers = Headers(SECURITY | {"Content-Type": "application/json"})
            return Response(200, "OK", headers, json.dumps(found).encode())
        if not file.is_file():
            return Response(404, "Not Found", Headers(SECURITY), b"")
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        return Response(200, "OK", Headers(SECURITY | {"Content-Type": kind}), file.read_bytes())


def batch(events: Sequence[Json]) -> Json:
    return {"event": "batch", "seq": events[-1]["seq"], "data": list(events)}


def merge(target: Json, patch: Json) -> None:
    for key, value in patch.items():
        if value is None:
            target.pop(key, None)
        elif isinstance(value, dict):
            merge(target.setdefault(key, {}), value)
        else:
            target[key] = value


@asynccontextmanager
async def scripted(files: Path, more_files: dict[str, Path]) -> AsyncIterator[Scripted]:
    lookout = Scripted(files, more_files)
    transports: list[WriteTransport] = []

    class Connection(ServerConnection):
        def connection_made(self, transport: BaseTransport) -> None:
            assert isinstance(transport, WriteTransport)
            transports.append(transport)
            super().connection_made(transport)

    served = serve(
        lookout.converse,
        "127.0.0.1",
        0,
        process_request=lookout.answer,
        compression=None,  # as the gateway sees to it
        create_connection=Connection,
    )
    async with served as server:
        listener = next(iter(server.sockets))
        lookout.port = listener.getsockname()[1]
        yield lookout
        await accept_no_more(listener)
        # A browser connects long before it asks, and is not waited for.
        for transport in transports:
            transport.abort()
