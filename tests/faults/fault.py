"""What every fault is made of: a stack under load with clients, a seeded schedule that is printed, and figures."""

from __future__ import annotations

import asyncio
import math
import random
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, NamedTuple

from services.asgi import cancel
from services.events import Envelope, Recorded
from tests.checker import Filter, check, everything
from tests.conftest import until, within
from tests.listener import Listener
from tests.stack import Stack, stack_in
from tests.traffic import Traffic


class Figure(NamedTuple):
    """One thing that was measured, beside what it may be at most (or, where `least` is set, at least).

    times: how often it was measured, of which this is the best.
    """

    what: str
    measured: float
    limit: float
    unit: str = ""
    least: bool = False
    times: int = 1

    @property
    def passed(self) -> bool:
        return self.measured >= self.limit if self.least else self.measured <= self.limit

    @property
    def target(self) -> str:
        return (
            f"{self.what} {'at least' if self.least else 'at most'} {_number(self.limit)}{self.unit and ' '}{self.unit}"
        )

    @property
    def text(self) -> str:
        best = f", the best of {self.times}" if self.times > 1 else ""
        return f"{_number(self.measured)}{self.unit and ' '}{self.unit}{best}"


def _number(value: float) -> str:
    return (
        f"{value:.0f}"
        if value == int(value) or abs(value) >= 100
        else f"{value:.2g}"
        if abs(value) < 1
        else f"{value:.1f}"
    )


TROUBLES = (AssertionError, OSError, LookupError, ExceptionGroup)
"""What a fault that is not survived raises; anything else is a mistake of the test."""


class Skipped(Exception):
    """Why a fault cannot be shown on this machine, in one sentence."""


class Run:
    """One run of one fault: the chance that its seed gives, and what came of it."""

    def __init__(self, fault: str, seed: int) -> None:
        self.fault = fault
        self.seed = seed
        self.chance = random.Random(f"{seed} {fault}")
        self.figures: list[Figure] = []
        self.note = ""
        """How it was run, where there are several ways."""
        self._began = time.monotonic()

    def say(self, sentence: str) -> None:
        """The schedule as it goes, so that a failure can be read and run again."""
        print(f"{self.fault} {time.monotonic() - self._began:6.1f} s  {sentence}", file=sys.stderr, flush=True)

    def most(self, what: str, measured: float, limit: float, unit: str = "", times: int = 1) -> None:
        self._figure(Figure(what, measured, limit, unit, times=times))

    def least(self, what: str, measured: float, limit: float, unit: str = "") -> None:
        self._figure(Figure(what, measured, limit, unit, least=True))

    def _figure(self, figure: Figure) -> None:
        self.figures.append(figure)
        self.say(f"{figure.target}: {figure.text}")

    async def wait(self, least: float, most: float) -> None:
        """A pause of the schedule."""
        await asyncio.sleep(self.chance.uniform(least, most))


def of_project_one(event: Envelope[Any]) -> bool:
    return event.project == "project-1"


def files_and_tools(event: Envelope[Any]) -> bool:
    return event.type in ("file_operation", "tool_use")


def of_session_two(event: Envelope[Any]) -> bool:
    return event.session == "session-2"


def few_of_each_kind(stack: Stack) -> list[tuple[Listener, Filter]]:
    return [
        (Listener(stack.websocket), everything),
        (Listener(stack.websocket, batch=True), everything),
        (Listener(stack.websocket, project="project-1"), of_project_one),
        (Listener(stack.websocket, events=["file_operation", "tool_use"], batch=True), files_and_tools),
        (Listener(stack.websocket, session="session-2", batch=True), of_session_two),
    ]


class Scene:
    """A running Lookout, agents that send and clients that listen."""

    def __init__(self, stack: Stack, clients: Sequence[tuple[Listener, Filter]], traffic: Traffic) -> None:
        self.stack = stack
        self.clients = clients
        self.traffic = traffic
        self._listening = [asyncio.create_task(client.run()) for client, _ in clients]
        self._sending: asyncio.Task[None] | None = None

    @property
    def listeners(self) -> list[Listener]:
        return [client for client, _ in self.clients]

    def join(self, clients: Sequence[tuple[Listener, Filter]]) -> None:
        """More clients, to which all is promised too."""
        self.clients = [*self.clients, *clients]
        self._listening += [asyncio.create_task(client.run()) for client, _ in clients]

    async def subscribed(self, seconds: float = 60) -> None:
        await until(lambda: all(each.start is not None for each in self.listeners), "all are subscribed", seconds)

    def send(self) -> None:
        self._sending = asyncio.create_task(self.traffic.run())

    async def flows(self, requests: int = 20, seconds: float = 60) -> None:
        """So many more requests are acknowledged."""
        target = len(self.traffic.arrivals) + requests

        def acknowledged() -> bool:
            self.look()
            return len(self.traffic.arrivals) >= target

        await until(acknowledged, f"{requests} more requests are acknowledged", seconds)

    def look(self) -> None:
        """Raises what has ended a client or the agents before their time."""
        for task in [*self._listening, *([self._sending] if self._sending else [])]:
            if task.done():
                task.result()

    async def stop(self, seconds: float = 60) -> None:
        """Stops the agents, and waits until all clients have everything."""
        self.traffic.stop()
        if self._sending is not None:
            await asyncio.wait([self._sending], timeout=seconds)
            assert self._sending.done(), f"not within {seconds:.0f} s: {self.traffic.unanswered}"
            self._sending.result()
        await self.caught_up(seconds)

    async def settle(self, refusals: int = 0, seconds: float = 60) -> list[Recorded]:
        """Stops all, and checks every promise."""
        await self.stop(seconds)
        self.look()
        return await check(self.stack, self.traffic.acknowledged, self.clients, self.traffic.hooked, refusals)

    async def caught_up(self, seconds: float = 60) -> None:
        """All clients have everything that was acknowledged."""
        last = max(self.traffic.acknowledged.values())
        deadline = time.monotonic() + seconds
        while behind := [each for each in self.listeners if each.position < last]:
            assert time.monotonic() < deadline, f"{len(behind)} clients do not have everything after {seconds:.0f} s"
            for each in behind:
                each.ask_position()
            await asyncio.sleep(0.2)

    async def end(self) -> None:
        async with within(60, "agents and clients end"):
            await cancel(*self._listening, *([self._sending] if self._sending else []))


@asynccontextmanager
async def scene(
    run: Run,
    clients: int = 0,
    connections: int = 4,
    per_second: float = 100,
    batch: int = 1,
    hooks: float = 0.0,
    data: Path | None = None,
    kind: type[Listener] = Listener,
    **environment: str,
) -> AsyncIterator[Scene]:
    """clients: as many that take everything as batches; 0 for one of each kind."""
    with stack_in(data or Path(mkdtemp(prefix="lookout-")), environment) as stack:
        chosen = (
            [(kind(stack.websocket, batch=True), everything) for _ in range(clients)]
            if clients
            else few_of_each_kind(stack)
        )
        traffic = Traffic(stack.url, connections, per_second, run.chance.random().hex(), batch, hooks)
        here = Scene(stack, chosen, traffic)
        try:
            await here.subscribed()
            here.send()
            await here.flows()
            yield here
        finally:
            await here.end()


async def calmest(measure: Callable[[], Awaitable[tuple[float, float]]]) -> tuple[float, float, int]:
    """What was measured and its limit, anew where it was above, and how often: of three times at most the best counts.

    What else the machine does for a moment slows one of them; what Lookout does wrong, it does in each.
    """
    tried = [await measure()]
    while len(tried) < 3 and tried[-1][0] > tried[-1][1]:
        tried.append(await measure())
    return *min(tried, key=lambda each: each[0] / each[1]), len(tried)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of all are not above; 0 for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0
