"""Keeps events in the spool: group commit, so that one fsync is for all that came while the one before it lasted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from services.asgi import Message as Scope
from services.events import Envelope
from services.forward.spool import Spool
from services.intake import payload_of
from services.problem import Problem

logger = logging.getLogger("lookout")

T = TypeVar("T")

WAITING_BYTES = 32 << 20
"""Of events that wait for the disk, above which new ones are turned away."""


class Taken(Struct):
    """What is answered of an event that is in the spool; its position is the server's to give."""

    id: str


class Waiting:
    __slots__ = ("answer", "count", "lines")

    def __init__(self, lines: bytes, count: int, answer: asyncio.Future[None]) -> None:
        self.lines = lines
        self.count = count
        self.answer = answer


class Keeper:
    """The spool, as the loop uses it; `arrived` is set whenever there is more to send."""

    def __init__(self, spool: Spool, host: str) -> None:
        self.spool = spool
        self.arrived = asyncio.Event()
        self._host = host
        self._disk = ThreadPoolExecutor(1, "spool")
        self._waiting: list[Waiting] = []
        self._bytes = 0
        self._signal = asyncio.Event()
        self._is_failing = False

    async def on_disk(self, function: Callable[..., T], *arguments: Any) -> T:
        """Runs what reads or writes the spool, one such at a time and in the order of these calls."""
        return await asyncio.get_running_loop().run_in_executor(self._disk, function, *arguments)

    async def keep(self, events: list[Envelope[Any]], scope: Scope) -> list[Taken]:
        """Returns when they are on the disk."""
        if events:
            lines = b"".join(payload_of(self._placed(event)) + b"\n" for event in events)
            try:
                await self._put(lines, len(events))
            except OSError as error:
                self._turn_away(len(events), f"{self.spool.folder} cannot be written to ({error.strerror})")
            self._is_failing = False
        return [Taken(event.id) for event in events]

    def _placed(self, event: Envelope[Any]) -> Envelope[Any]:
        return event if event.host else replace(event, host=self._host)

    async def _put(self, lines: bytes, count: int) -> None:
        if self.spool.size + self._bytes + len(lines) > self.spool.max_bytes:
            self._turn_away(count, f"{self.spool.folder} is full, for the server has not taken what waits there")
        if self._bytes + len(lines) > WAITING_BYTES:
            self._turn_away(count, "the disk is too slow for all the events there are")
        answer = asyncio.get_running_loop().create_future()
        self._waiting.append(Waiting(lines, count, answer))
        self._bytes += len(lines)
        self._signal.set()
        await answer

    def _turn_away(self, count: int, why: str) -> None:
        self.spool.state.lost += count
        if not self._is_failing:
            logger.warning("Events are turned away: %s.", why)
        self._is_failing = True
        raise Problem(503, f"Nothing was kept: {why}.", retry_after=10)

    async def save_losses(self) -> None:
        """Saves what was turned away, within a second, without end."""
        saved = self.spool.state.lost
        while True:
            await asyncio.sleep(1)
            if saved != self.spool.state.lost:
                saved = self.spool.state.lost
                await self.on_disk(self.spool.save)

    def close(self) -> None:
        self._disk.shutdown()
        self.spool.save()
        self.spool.close()

    async def run(self) -> None:
        """Puts on the disk what waits, without end."""
        while True:
            await self._signal.wait()
            self._signal.clear()
            taken, self._waiting = self._waiting, []
            lines = b"".join(each.lines for each in taken)
            try:
                await self.on_disk(self.spool.append, lines, sum(each.count for each in taken))
            except OSError as error:
                for each in taken:
                    _settle(each.answer, error)
            else:
                for each in taken:
                    _settle(each.answer)
                self.arrived.set()
            self._bytes -= len(lines)


def _settle(answer: asyncio.Future[None], error: OSError | None = None) -> None:
    """Answers, unless whoever asked is gone."""
    if answer.done():
        return
    if error is None:
        answer.set_result(None)
    else:
        answer.set_exception(error)
