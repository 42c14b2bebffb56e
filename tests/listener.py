"""A WebSocket client as ours are: keeps its position, comes back when it is cut off, and remembers what it got."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, NamedTuple

import msgspec
from picows import WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

ABNORMAL = 1006
"""The close code of a connection that ended without one."""

AGAIN = 0.1
"""Seconds until it connects again."""


class Range(NamedTuple):
    """What a client received of one epoch, over start < seq <= end."""

    epoch: str
    start: int
    end: int
    events: list[dict[str, Any]]


class Listener:
    """What one client received: `events` in the order of arrival, over the range `start` < seq <= `position`.

    patience: seconds of silence after which it takes the connection for dead; 0 for never. address: where it connects
    from, where that matters.
    """

    def __init__(self, url: str, patience: float = 0.0, address: str = "", **subscription: Any) -> None:
        self.url = url
        self.subscription = {"events": ["*"]} | subscription
        self.events: list[dict[str, Any]] = []
        self.state: list[dict[str, Any]] = []
        self.closes: list[int] = []
        self.errors: list[dict[str, Any]] = []
        """What the server said of a mistake, of a state that is late, or before it closed."""
        self.former: list[Range] = []
        """Ranges that ended with `recovered: false`: the log that they are of is gone, or its beginning is."""
        self.resumes: list[float] = []
        """Seconds from each cut to the answer that the client is subscribed again."""
        self.epoch = ""
        self.start: int | None = None
        self.position = -1
        self.noticed = 0.0
        """When it took the connection for dead, on the loop's clock."""
        self._range_epoch = ""
        self._cut: float | None = None
        self._patience = patience
        self._from = (address, 0) if address else None
        self._heard = 0.0
        self._transport: WSTransport | None = None

    @property
    def refused(self) -> int:
        """How often the server said `recovered: false`."""
        return len(self.former)

    async def run(self) -> None:
        """Listens until it is cancelled; raises what was wrong with a frame."""
        while True:
            with suppress(OSError, WSError, TimeoutError):
                self._transport = await self._connect()
            if self._transport is not None:
                await self._stay(self._transport)
            if self._cut is None:
                self._cut = asyncio.get_running_loop().time()
            await asyncio.sleep(AGAIN)

    async def _stay(self, transport: WSTransport) -> None:
        try:
            await self._until_gone(transport)
        finally:
            self._transport = None
            transport.disconnect(graceful=False)
        told = transport.close_handshake.recv if transport.close_handshake else None
        self.closes.append(int(told.code.value) if told else ABNORMAL)

    async def _connect(self) -> WSTransport:
        connecting = asyncio.ensure_future(
            ws_connect(
                lambda: _Connection(self),
                self.url,
                websocket_handshake_timeout=15,
                max_frame_size=64 << 20,
                local_addr=self._from,
            )
        )
        try:
            return (await asyncio.shield(connecting))[0]
        except asyncio.CancelledError:
            # Cancelled itself it would leave its connection open for good (picows 2.3).
            connecting.add_done_callback(_hang_up)
            raise

    async def _until_gone(self, transport: WSTransport) -> None:
        self._heard = asyncio.get_running_loop().time()
        gone = asyncio.ensure_future(transport.wait_disconnected())
        while not gone.done():
            await asyncio.wait([gone], timeout=0.1 if self._patience else None)
            now = asyncio.get_running_loop().time()
            if self._patience and now - self._heard > self._patience:
                self.noticed = now
                transport.disconnect(graceful=False)
        gone.result()

    def ask_position(self) -> None:
        """A client whose filter takes nothing that is new would learn how far it is only from the next ping."""
        if self._transport is not None:
            self._transport.send(WSMsgType.TEXT, self.subscribe(resume=False))

    def subscribe(self, resume: bool = True) -> bytes:
        subscription = dict(self.subscription)
        if self.start is not None and resume:
            subscription["since"] = {"epoch": self._range_epoch, "seq": self.position}
        return msgspec.json.encode({"event": "subscribe", "data": subscription})

    def take(self, frame: dict[str, Any]) -> dict[str, Any] | None:
        self._heard = asyncio.get_running_loop().time()
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
                self.errors.append(frame)
            case _:
                self._event(frame)
        return None

    def _subscribed(self, data: dict[str, Any]) -> None:
        if self._cut is not None:
            self.resumes.append(self._heard - self._cut)
            self._cut = None
        if self.start is not None and not data["recovered"]:
            self.former.append(Range(self._range_epoch, self.start, self.position, self.events))
            self.start, self.events = None, []
        if self.start is None:
            self.start = self.position = data["from"]
            self._range_epoch = data["epoch"]
        # Where a subscription is replaced by itself, it goes on from where the client is.
        self._advance(data["from"])

    def _event(self, event: dict[str, Any]) -> None:
        self.events.append(event)
        self._advance(event["seq"])

    def _advance(self, seq: int) -> None:
        self.position = max(self.position, seq)

    @property
    def seqs(self) -> list[int]:
        return [event["seq"] for event in self.events]


def _hang_up(connecting: asyncio.Future[tuple[WSTransport, WSListener]]) -> None:
    if not connecting.cancelled() and connecting.exception() is None:
        connecting.result()[0].disconnect(graceful=False)


class _Connection(WSListener):
    """One connection of a listener; messages may come in parts."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._parts = b""

    def on_ws_connected(self, transport: WSTransport) -> None:
        transport.send(WSMsgType.TEXT, self._listener.subscribe())

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code())
            transport.disconnect()
        elif frame.msg_type in (WSMsgType.TEXT, WSMsgType.CONTINUATION):
            self._parts += frame.get_payload_as_bytes()
            if frame.fin:
                message, self._parts = self._parts, b""
                answer = self._listener.take(msgspec.json.decode(message))
                if answer is not None:
                    transport.send(WSMsgType.TEXT, msgspec.json.encode(answer))
