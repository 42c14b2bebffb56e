"""A WebSocket client as ours are: keeps its position, comes back when it is cut off, and remembers what it got."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException


class Listener:
    """What one client received: `events` in the order of arrival, over the range `start` < seq <= `position`."""

    def __init__(self, url: str, **subscription: Any) -> None:
        self.url = url
        self.subscription = {"events": ["*"]} | subscription
        self.events: list[dict[str, Any]] = []
        self.state: list[dict[str, Any]] = []
        self.closes: list[int] = []
        self.refused = 0
        """How often the server said `recovered: false`."""
        self.epoch = ""
        self.start: int | None = None
        self.position = -1

    async def run(self) -> None:
        """Listens until it is cancelled."""
        while True:
            with suppress(OSError, WebSocketException, TimeoutError, EOFError):
                async with connect(self.url, max_size=None, open_timeout=10, ping_interval=None) as socket:
                    try:
                        await self._listen(socket)
                    finally:
                        if socket.close_code is not None:
                            self.closes.append(socket.close_code)
            await asyncio.sleep(0.1)

    async def _listen(self, socket: ClientConnection) -> None:
        subscription = dict(self.subscription)
        if self.start is not None:
            subscription["since"] = {"epoch": self.epoch, "seq": self.position}
        await socket.send(json.dumps({"event": "subscribe", "data": subscription}))
        async for text in socket:
            frame = json.loads(text)
            answer = self.take(frame)
            if answer is not None:
                await socket.send(json.dumps(answer))

    def take(self, frame: dict[str, Any]) -> dict[str, Any] | None:
        match frame["event"]:
            case "hello":
                self.epoch = frame["data"]["epoch"]
            case "subscribed":
                self._subscribed(frame["data"])
            case "ping":
                self._advance(frame["seq"])
                return {"event": "pong", "data": {}}
            case "batch":
                for event in frame["data"]:
                    self._event(event)
                self._advance(frame["seq"])
            case "state" | "state_patch":
                self.state.append(frame)
            case "error":
                raise AssertionError(frame)
            case _:
                self._event(frame)
        return None

    def _subscribed(self, data: dict[str, Any]) -> None:
        if self.start is None:
            self.start = self.position = data["from"]
        elif not data["recovered"]:
            self.refused += 1

    def _event(self, event: dict[str, Any]) -> None:
        self.events.append(event)
        self._advance(event["seq"])

    def _advance(self, seq: int) -> None:
        self.position = max(self.position, seq)

    @property
    def seqs(self) -> list[int]:
        return [event["seq"] for event in self.events]
