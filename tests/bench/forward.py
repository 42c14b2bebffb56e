"""What a hook costs the agent that waits for it where a forwarder takes it: the same hooks as of `hook`.

By then the events are on this machine's disk. Beside it the forwarder sends what it takes to a Lookout.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from tests.bench.hook import FULL, SHORT, Sizes, waits
from tests.bench.table import Figure, most, percentile, reference
from tests.forward.process import Process, forwarding
from tests.stack import Stack, running_stack

__all__ = ["FULL", "SHORT", "measure", "on"]

BACKLOG = 5_000
"""Events that a forwarder has gathered while the server was away."""


def measure(sizes: Sizes) -> list[Figure]:
    with running_stack() as stack:
        return on(stack, sizes, BACKLOG)


def on(stack: Stack, sizes: Sizes, backlog: int) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        with forwarding(Path(folder), "http://127.0.0.1:1", "lk_bench") as process:
            away = _measured(process, sizes)
            _fill(process, backlog)
        with forwarding(Path(folder), f"http://localhost:{stack.port}", "lk_bench") as process:
            rate = _caught_up(process)
            there = _measured(process, sizes)
            process.until("waiting=0")
    return [
        most("hook to a forwarder, 100/s, p50", 5, percentile(there, 50), "ms", samples=there),
        most("hook to a forwarder, 100/s, p99", 25, percentile(there, 99), "ms"),
        most("hook to a forwarder, server away, p50", 5, percentile(away, 50), "ms", samples=away),
        most("hook to a forwarder, server away, p99", 25, percentile(away, 99), "ms"),
        reference("a forwarder catches up", rate, "events/s"),
    ]


def _measured(process: Process, sizes: Sizes) -> list[float]:
    waits(process.port, min(2, sizes.seconds))
    return waits(process.port, sizes.seconds)


def _fill(process: Process, backlog: int) -> None:
    for begin in range(0, backlog, 500):
        events = [{"type": "step", "id": f"{begin + number}", "data": {"text": "x" * 300}} for number in range(500)]
        assert process.post("/events", events) == 202


def _caught_up(process: Process) -> float:
    """Events a second, from the start of the forwarder on."""
    waiting = process.health["forwarder"]["waiting"]
    began = time.monotonic()
    process.until("waiting=0", 100)
    return float(waiting) / (time.monotonic() - began)
