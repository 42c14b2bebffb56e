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
"""In one such second; others are heard the next time."""


class Forwarders:
    def __init__(self) -> None:
        self._heard: dict[str, Heard] = {}

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
        if forwarder.spool in self._heard or len(self._heard) < MOST:
            self._heard[forwarder.spool] = Heard(forwarder, None if projects is None else sorted(projects))

    async def run(self, bus: Bus) -> None:
        """Passes on what was heard, without end."""
        while True:
            await asyncio.sleep(SECONDS)
            heard, self._heard = self._heard, {}
            for spool, each in heard.items():
                await bus.publish(beat_subject("forward", spool), msgspec.json.encode(each))


def _header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes:
    return next((value for key, value in headers if key == name), b"")
