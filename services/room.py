"""Room on the disk: whether there is any, and waiting for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from services.disk import is_full

T = TypeVar("T")

AGAIN = 1.0
"""Seconds between two looks."""

logger = logging.getLogger("lookout")


class NoRoom(Exception):
    """Nothing could be written, since the disk is full."""


class Room:
    """Looks at most once a second. `clock` is monotonic, in seconds."""

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        self._folder = folder
        self._clock = clock
        self._full = False
        self._looked = -AGAIN

    @property
    def is_full(self) -> bool:
        now = self._clock()
        if now - self._looked >= AGAIN:
            self._looked = now
            self._full = is_full(self._folder)
        return self._full


async def once_there_is_room(work: Callable[[], T]) -> T:
    """What `work` returns in another thread; it is done again for as long as it raises NoRoom."""
    told = False
    while True:
        try:
            return await asyncio.to_thread(work)
        except NoRoom as error:
            if not told:
                logger.warning("waiting for room: %s", error)
            told = True
            await asyncio.sleep(AGAIN)
