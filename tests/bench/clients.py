"""WebSocket clients by the hundred in one process, on picows, whose loop is in C.

They look at the beginning of a frame only, so that they measure Lookout and not themselves.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

AT_ONCE = 50
"""Handshakes under way."""

_HEAD = re.compile(rb'\{"event":"([^"]*)"(?:,"seq":(\d+))?')
_SENT = re.compile(rb'"id":"at-(\d+)-')
"""The id of an event that says when it was sent, in ns of the monotonic clock."""


def stamped(number: int) -> str:
    """An id that says when it was made."""
    return f"at-{time.monotonic_ns()}-{number}"


class Client(WSListener):
    """`timed` clients note how long after its making each event arrived, in ms."""

    def __init__(self, subscription: dict[str, Any], timed: bool = False) -> None:
        self._subscription = subscription
        self._timed = timed
        self._transport: WSTransport | None = None
        self.epoch = ""
        self.position = -1
        self.frames = 0
        self.delays: list[float] = []
        self.recovered: bool | None = None
        self.trouble = ""
        self.gone = False

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        transport.send(WSMsgType.TEXT, json.dumps({"event": "subscribe", "data": self._subscription}).encode())

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            self.trouble = self.trouble or f"closed with {frame.get_close_code()}"
        if frame.msg_type != WSMsgType.TEXT:
            return
        payload = frame.get_payload_as_memoryview()
        found = _HEAD.match(payload)
        assert found is not None, bytes(payload[:200])
        kind, seq = found.groups()
        if seq is None:
            self._control(transport, kind, payload)
        else:
            self._take(int(seq), payload)

    def _take(self, seq: int, payload: memoryview) -> None:
        self.position = seq
        self.frames += 1
        if self._timed:
            arrived = time.monotonic_ns()
            self.delays += [(arrived - int(sent)) / 1e6 for sent in _SENT.findall(payload)]

    def _control(self, transport: WSTransport, kind: bytes, payload: memoryview) -> None:
        if kind in (b"hello", b"subscribed", b"error", b"ping"):
            frame = json.loads(bytes(payload))
            if kind == b"hello":
                self.epoch = frame["data"]["epoch"]
            elif kind == b"subscribed":
                self.position = frame["data"]["from"]
                self.recovered = frame["data"]["recovered"]
            elif kind == b"ping":
                self.position = frame["seq"]
                transport.send(WSMsgType.TEXT, b'{"event":"pong","data":{}}')
            else:
                self.trouble = frame["data"]["message"]

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.gone = True

    def leave(self) -> None:
        """Without a word, as a lost network does."""
        if self._transport is not None:
            self._transport.disconnect(graceful=False)

    @property
    def since(self) -> dict[str, Any]:
        return {"epoch": self.epoch, "seq": self.position}


async def connected(url: str, clients: Sequence[Client], at_once: int = AT_ONCE) -> None:
    """Returns when all of them are subscribed."""
    gate = asyncio.Semaphore(at_once)

    async def connect(client: Client) -> None:
        async with gate:
            await ws_connect(lambda: client, url, websocket_handshake_timeout=60)

    await asyncio.gather(*(connect(each) for each in clients))
    await until(lambda: all(each.recovered is not None for each in clients), "all are subscribed")


async def until(probe: Callable[[], bool], what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not probe():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        await asyncio.sleep(0.0005)


@asynccontextmanager
async def listening(url: str, count: int, timed: bool = False, **subscription: Any) -> AsyncIterator[list[Client]]:
    """So many subscribed clients; raises AssertionError where one was cut off or corrected."""
    clients = [Client({"events": ["*"]} | subscription, timed) for _ in range(count)]
    try:
        await connected(url, clients)
        yield clients
        troubles = {each.trouble or "cut off" for each in clients if each.trouble or each.gone}
        assert not troubles, troubles
    finally:
        for each in clients:
            each.leave()
