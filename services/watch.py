"""Has nats-server store again once there is room, for as long as Lookout runs.

It goes on after a write has failed for want of room, but stores nothing more, also when there is room again (2.15),
until its JetStream is started anew. Told so by its configuration it is off and on again within milliseconds, and
nobody's connection is lost; that works from another container too, where nobody may end the process.
"""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from pathlib import Path

from services.disk import is_full
from services.system import System, write_switch

LOOK = 1.0
SICK_LOOKS = 2
"""Looks in a row at which nats-server must say that it cannot store before something is done."""


def keep_storing(data: Path, system: System) -> None:
    """Without end."""
    storage = Storage(data, system)
    while True:
        time.sleep(LOOK)
        with suppress(OSError):
            storage.look()


class Storage:
    """What nats-server stores with."""

    def __init__(self, data: Path, system: System) -> None:
        self._data = data
        self._system = system
        self._sick = 0
        self._told = False

    def look(self) -> None:
        """Opens it anew where nothing can be stored although there is room. Raises OSError."""
        full, found = is_full(self._data), self._system.trouble()
        if full and not self._told:
            _say(f"The disk of {self._data} is full: events are refused until there is room on it.")
        self._told = full
        self._sick = self._sick + 1 if found and not full else 0
        if self._sick >= SICK_LOOKS:
            _say(f"nats-server stores nothing ({found}): its storage is opened anew.")
            self._sick = 0
            for on in (False, True):
                write_switch(self._data, on)
                self._system.read_again()


def _say(sentence: str) -> None:
    # A terminal that was closed takes no more words.
    with suppress(OSError):
        print(sentence, file=sys.stderr, flush=True)
