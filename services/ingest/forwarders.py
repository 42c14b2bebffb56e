"""The forwarders that send here: what each says of itself is passed on over the bus, at most once a second."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import msgspec

from services.access import IDENTITY, LOCAL, Identity
from services.asgi import Message as Scope
from services.eventlog import Bus
from services.forwarders import HEADER, Heard, read
from services.subjects import beat_subject

SECONDS = 1.0
MOST = 1000
MOST_OF_ONE = 100
"""In one such second, in all and by one key; others are heard the next time."""


class Forwarders:
    def __init__(self) -> None:
        self._heard: dict[tuple[str, str, str], Heard] = {}
        self._signal = asyncio.Event()

    def hear(self, scope: Scope) -> None:
        """Takes note of what the headers of a request say; what is not understood, as of a later version, is not."""
        text = _header(scope["headers"], HEADER.encode())
        if not text:
            return
        try:
            forwarder = read(text)
        except msgspec.DecodeError:
            return
        sender: Identity = scope.get(IDENTITY) or LOCAL
        projects = sender.projects("ingest")
        heard = Heard(forwarder, None if projects is None else sorted(projects), sender.full_name)
        if heard.id in self._heard or self._has_room(sender.full_name):
            self._heard[heard.id] = heard
            self._signal.set()

    def _has_room(self, sender: str) -> bool:
        return len(self._heard) < MOST and sum(each == sender for each, _, _ in self._heard) < MOST_OF_ONE

    async def run(self, bus: Bus) -> None:
        """Passes on what was heard, without end."""
        while True:
            await self._signal.wait()
            self._signal.clear()
            heard, self._heard = self._heard, {}
            for each in heard.values():
                await bus.publish(beat_subject("forward", each.forwarder.spool), msgspec.json.encode(each))
            await asyncio.sleep(SECONDS)


def _header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes:
    return next((value for key, value in headers if key == name), b"")
