"""Sends what the spool holds, oldest first, one batch at a time."""

from __future__ import annotations

import asyncio
import logging
import math
import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Protocol

from services.forward.keeper import Keeper
from services.forward.server import Answer, Later, Refused, Stored, TooLarge
from services.forward.spool import Batch, Refusal
from services.forwarders import HEADER

logger = logging.getLogger("lookout")

MOST_EVENTS = 500
INTERVAL = 10.0
"""Seconds of silence after which a forwarder tells of itself."""
FIRST_WAIT = 0.5
LONGEST_WAIT = 30.0


class Takes(Protocol):
    """What `Server` does."""

    async def post(self, lines: Sequence[bytes], headers: dict[str, str]) -> Answer: ...


Told = Callable[[Batch], str]
"""What the forwarder says of itself, as it will be once the server has that batch."""


class Sender:
    def __init__(self, keeper: Keeper, server: Takes, told: Told, interval: float = INTERVAL) -> None:
        self._keeper = keeper
        self._server = server
        self._told = told
        self._interval = interval
        self._most = MOST_EVENTS
        self._failures = 0
        self._heard = -math.inf

    async def run(self) -> None:
        """Sends without end."""
        while True:
            self._keeper.arrived.clear()
            batch = await self._keeper.on_disk(self._keeper.spool.read, self._most)
            if batch.lines or self._silence() <= 0:
                await self._send(batch)
            else:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._silence()):
                        await self._keeper.arrived.wait()

    def _silence(self) -> float:
        """Seconds for which the server may still hear nothing."""
        return self._heard + self._interval - time.monotonic()

    async def _send(self, batch: Batch) -> None:
        """Until the server has the batch, less what it refuses; or until something else has to be tried."""
        refused: dict[int, str] = {}
        while True:
            indexes = [index for index in range(len(batch.lines)) if index not in refused]
            if refused and not indexes:
                return await self._sent(batch, refused)
            answer = await self._server.post([batch.lines[index] for index in indexes], {HEADER: self._told(batch)})
            match answer:
                case Stored():
                    return await self._sent(batch, refused)
                case Refused():
                    refused |= {indexes[index]: detail for index, detail in answer.items.items()}
                case TooLarge() if len(indexes) > 1:
                    self._most = len(indexes) // 2
                    return None
                case TooLarge():
                    refused[indexes[0]] = answer.detail
                case Later():
                    return await self._wait(answer)

    async def _sent(self, batch: Batch, refused: Mapping[int, str]) -> None:
        refusals = [Refusal(batch.lines[index], detail) for index, detail in sorted(refused.items())]
        for each in refusals:
            logger.warning("The server does not take an event, which is set aside: %s", each.detail)
        await self._note("")
        if batch.lines:
            await self._keeper.on_disk(self._keeper.spool.advance, batch, refusals)
        self._failures = 0
        self._most = min(self._most * 2, MOST_EVENTS)
        self._heard = time.monotonic()

    async def _wait(self, later: Later) -> None:
        await self._note(later.trouble)
        self._failures += 1
        # Many forwarders lose one server at the same moment, and must not come back at the same.
        most = min(FIRST_WAIT * 2 ** min(self._failures - 1, 10), LONGEST_WAIT)
        wait = random.uniform(most / 2, most) if later.wait is None else later.wait * random.uniform(1, 1.2)
        await asyncio.sleep(wait)

    async def _note(self, trouble: str) -> None:
        """Says what is new of the server, once."""
        spool = self._keeper.spool
        if trouble == spool.state.trouble:
            return
        spool.state.trouble = trouble
        if trouble:
            logger.warning("%s Events are kept here meanwhile.", trouble)
        else:
            logger.info("The server takes events.")
        await self._keeper.on_disk(spool.save)
