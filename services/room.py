"""Room on the disk: whether there is any, and waiting for it."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

RESERVE = 16 << 20
"""Bytes that must be free. nats-server stores nothing more after a write of its own has failed for want of room, until
its storage is opened anew: so events are turned away before it comes to that."""

AGAIN = 1.0
"""Seconds between two looks."""

logger = logging.getLogger("lookout")


class NoRoom(Exception):
    """Nothing could be written, since the disk is full."""


def is_full(folder: Path) -> bool:
    """Whether the disk of that folder is; one that is not there (another machine has it) is not."""
    try:
        return shutil.disk_usage(folder).free < RESERVE
    except FileNotFoundError:
        return False


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
