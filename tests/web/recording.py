"""A feed that was recorded from a running Lookout, played to the page faster than this machine could make it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import cycle
from typing import Any

import msgspec
from websockets.asyncio.client import connect

from tests.web.scripted import Json, Scripted

TICK = 0.05
"""Seconds between two batches, as the stream service sends them at most."""

TICKS_OF_A_PATCH = 2


class Recording:
    """What one client got: the state as it was, then events and patches in their order."""

    def __init__(self, state: Json, events: list[Json], patches: list[Json]) -> None:
        self.state = state
        self.events = events
        self.patches = patches


async def record(url: str, events: int) -> Recording:
    """Listens as the page does until so many events have come."""
    found: list[Json] = []
    patches: list[Json] = []
    async with connect(url, max_size=None) as socket:
        hello = msgspec.json.decode(await socket.recv())["data"]
        since = {"epoch": hello["epoch"], "seq": hello["seq"]}
        asked = {"events": ["*", "state"], "since": since, "batch": True, "slim": True}
        await socket.send(msgspec.json.encode({"event": "subscribe", "data": asked}), text=True)
        state: Json = {"projects": {}}
        while len(found) < events:
            frame: dict[str, Any] = msgspec.json.decode(await socket.recv())
            if frame["event"] == "batch":
                found += frame["data"]
            elif frame["event"] == "state":
                state, patches = frame["data"]["state"], []
            elif frame["event"] == "state_patch":
                patches.append(frame["data"]["patch"])
            elif frame["event"] == "ping":
                await socket.send(b'{"event":"pong","data":{}}', text=True)
    return Recording(state, found, patches)


class Player:
    """Plays a recording over and over to the page of a scripted Lookout, with seqs and times of its own."""

    def __init__(self, recording: Recording, lookout: Scripted) -> None:
        self._events: Iterator[Json] = cycle(recording.events)
        self._patches: Iterator[Json] = cycle(recording.patches)
        self._lookout = lookout
        self.seq = 0
        self.behind = 0.0
        """Seconds that a batch was late at most."""
        lookout.state = recording.state

    async def play(self, rate: float, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        many = int(rate * TICK)
        due = loop.time()
        for tick in range(int(seconds / TICK)):
            await asyncio.sleep(max(0.0, due - loop.time()))
            self.behind = max(self.behind, loop.time() - due)
            due += TICK
            await self._lookout.send_text(self._batch(many))
            if tick % TICKS_OF_A_PATCH == 0:
                await self._lookout.send_text(self._patch())

    def _batch(self, many: int) -> str:
        now = datetime.now(UTC).isoformat()
        events = []
        for _ in range(many):
            self.seq += 1
            events.append(next(self._events) | {"seq": self.seq, "time": now})
        return msgspec.json.encode({"event": "batch", "seq": self.seq, "data": events}).decode()

    def _patch(self) -> str:
        before, self._lookout.state_seq = self._lookout.state_seq, self.seq
        data = {"epoch": self._lookout.epoch, "from": before, "seq": self.seq, "patch": next(self._patches)}
        return msgspec.json.encode({"event": "state_patch", "data": data}).decode()
