"""A steady load on a running Lookout, with clients that listen: `make load`.

Prints the time from the POST to the frame at a client, what each process took, and whether anything was lost.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from typing import Any, NamedTuple

import psutil

from services.asgi import cancel
from tests.checker import check, everything
from tests.conftest import until
from tests.listener import Listener
from tests.stack import PROCESSES, Stack, running_stack
from tests.traffic import Traffic


class Timed(Listener):
    """A client that notes when each event arrived, in seconds of the monotonic clock."""

    def __init__(self, url: str, **subscription: Any) -> None:
        super().__init__(url, **subscription)
        self.arrived: dict[str, float] = {}

    def _event(self, event: dict[str, Any]) -> None:
        super()._event(event)
        self.arrived[event["id"]] = time.monotonic()


class Usage(NamedTuple):
    """Of one process: resident MiB at the beginning and the end, and the share of a core between."""

    process: str
    before: float
    after: float
    cpu: float


class Report(NamedTuple):
    events: int
    seconds: float
    retries: int
    delays_ms: list[float]
    """From the moment before the POST to the arrival of the frame, for every event and client."""
    answers_ms: list[float]
    usage: list[Usage]

    def text(self) -> str:
        lines = [
            f"{self.events} events, {self.events / self.seconds:.0f} a second, {self.retries} retries;"
            " nothing lost, repeated or out of order",
            _line("POST to frame", self.delays_ms),
            _line("POST to answer", self.answers_ms),
        ]
        lines += [
            f"{each.process:8} {each.cpu * 100:5.1f} % of a core, {each.before:6.1f} -> {each.after:6.1f} MiB resident"
            for each in self.usage
        ]
        return "\n".join(lines)


def _line(name: str, values: list[float]) -> str:
    cuts = statistics.quantiles(values, n=100)
    return f"{name}: p50 {cuts[49]:.1f} ms, p95 {cuts[94]:.1f} ms, p99 {cuts[98]:.1f} ms, max {max(values):.1f} ms"


async def load(stack: Stack, seconds: float, per_second: float, connections: int, clients: int, batch: bool) -> Report:
    """Raises AssertionError where a promise of `tests/checker.py` is broken."""
    listeners = [Timed(stack.websocket, batch=batch) for _ in range(clients)]
    listening = [asyncio.create_task(listener.run()) for listener in listeners]
    await until(lambda: all(each.start is not None for each in listeners), "all clients are subscribed", 30)
    processes = {name: psutil.Process(stack.pid(name)) for name in PROCESSES}
    before = {name: (_mib(process), _cpu(process)) for name, process in processes.items()}
    traffic = Traffic(stack.url, connections, per_second, seed=1)
    began = time.monotonic()
    sending = asyncio.create_task(traffic.run())
    await asyncio.sleep(seconds)
    traffic.stop()
    await sending
    took = time.monotonic() - began
    usage = [
        Usage(name, before[name][0], _mib(process), (_cpu(process) - before[name][1]) / took)
        for name, process in processes.items()
    ]
    last = max(traffic.acknowledged.values())
    await until(lambda: all(each.position >= last for each in listeners), "all clients have everything", 30)
    await check(stack, traffic.acknowledged, [(each, everything) for each in listeners])
    await cancel(*listening)
    delays = [
        (at - traffic.sent[event_id]) * 1000
        for each in listeners
        for event_id, at in each.arrived.items()
        if event_id in traffic.sent
    ]
    answers = [seconds * 1000 for seconds in traffic.waits]
    return Report(len(traffic.acknowledged), took, traffic.retries, delays, answers, usage)


def _mib(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / 2**20


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--per-second", type=float, default=200)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--batch", action="store_true", help="clients take batch frames, as the page does")
    chosen = parser.parse_args()
    with running_stack() as stack:
        report = asyncio.run(
            load(stack, chosen.seconds, chosen.per_second, chosen.connections, chosen.clients, chosen.batch)
        )
    print(report.text())


if __name__ == "__main__":
    main()
