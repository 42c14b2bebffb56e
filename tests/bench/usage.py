"""What processes take of the machine."""

from __future__ import annotations

import time
from collections.abc import Iterable

import psutil

from tests.stack import PROCESSES, Stack

PYTHON = ("ingest", "stream", "api")


def processes(stack: Stack, names: Iterable[str] = PROCESSES) -> dict[str, psutil.Process]:
    return {name: psutil.Process(stack.pid(name)) for name in names}


def everything(stack: Stack) -> dict[str, psutil.Process]:
    """With the `lookout up` that starts them again."""
    found = processes(stack)
    up = found["nats"].parent()
    assert up is not None
    return found | {"up": up}


def mib(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / 2**20


class Meter:
    """Shares of a core since it was made."""

    def __init__(self, watched: dict[str, psutil.Process]) -> None:
        self._watched = watched
        self._began = time.monotonic()
        self._before = {name: _seconds(each) for name, each in watched.items()}

    def shares(self) -> dict[str, float]:
        took = time.monotonic() - self._began
        return {name: (_seconds(each) - self._before[name]) / took for name, each in self._watched.items()}


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
