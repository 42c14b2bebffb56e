"""What arrives for a session that was erased: it is not stored again."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, Protocol

import msgspec

from services.events import Envelope
from services.log import Unavailable
from services.subjects import API_FORGOTTEN

SECONDS = 1.0
"""Between two questions to the API, which deletes what was stored for an erased session in between."""


class Asking(Protocol):
    async def request(self, subject: str, payload: bytes, timeout: float = 2.0) -> bytes: ...


class ErasedSessions:
    """Those that the API has told of so far."""

    def __init__(self) -> None:
        self._seqs: dict[tuple[str, str], int] = {}
        self.dropped = 0
        """Events that were not stored for it."""

    def find(self, event: Envelope[Any]) -> int | None:
        """The seq of the event that says that the session of this one was erased."""
        seq = self._seqs.get((event.project, event.session)) if self._seqs else None
        self.dropped += seq is not None
        return seq

    async def follow(self, bus: Asking) -> None:
        """Learns of erasures, without end."""
        while True:
            # While the API is away nothing is learned; it looks after what is stored meanwhile.
            with suppress(Unavailable):
                await self._ask(bus)
            await asyncio.sleep(SECONDS)

    async def _ask(self, bus: Asking) -> None:
        after = max(self._seqs.values(), default=0)
        answer = await bus.request(API_FORGOTTEN, msgspec.json.encode(after))
        for project, session, seq in msgspec.json.decode(answer, type=list[tuple[str, str, int]]):
            self._seqs[project, session] = seq
