"""What one more costs as there are more of them: up to 100 times the clients, sessions and events.

The chart is growth.svg: each line is a cost relative to that of the fewest; what stays flat stays at 1.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from itertools import islice, pairwise
from pathlib import Path
from typing import NamedTuple

import uvloop

from services.api import fold
from services.api.history import History, open_history
from services.eventlog import connect
from services.events import Recorded, decode, now
from services.query import parse
from tests.bench.chart import chart
from tests.bench.clients import listening, until
from tests.bench.events import messages, stored_events
from tests.bench.sender import Sender
from tests.bench.table import Figure, most, percentile, reference
from tests.bench.usage import PYTHON, mib, processes
from tests.stack import Stack, running_stack

CHART = Path(__file__).parent / "growth.svg"
CHUNK = 1000
FLAT = 2.0
"""Times the cost at the beginning that still count as flat: the hundredfold shows what grows with the number."""
LISTENERS = 10
"""Clients where it is not their number that grows."""


class Sizes(NamedTuple):
    clients: Sequence[int] = (10, 100, 1000)
    sessions: Sequence[int] = (8, 80, 800)
    events: Sequence[int] = (3000, 30_000, 300_000)
    seconds: float = 4
    folded: int = 60_000


FULL = Sizes()
SHORT = Sizes(clients=(2, 4), sessions=(2, 4), events=(1000, 2000), seconds=0.5, folded=1000)

SEARCHES = {
    "history, a search": 'agent:engineer tool:Bash "part"',
    # The full text gathers all words that begin so, in up to SEGMENT events, before it gives the first.
    "history, a search by the beginning of a word": "agent:engineer tool:Bash part",
}

Costs = Mapping[str, list[float]]
"""Of what, with so many as there are in `Sizes`."""


def measure(sizes: Sizes) -> list[Figure]:
    with running_stack() as stack:
        figures, costs = uvloop.run(on(stack, sizes))
    CHART.write_text(chart(costs, FLAT))
    return figures


async def on(stack: Stack, sizes: Sizes) -> tuple[list[Figure], dict[str, Costs]]:
    waits, by_clients = await _by_clients(stack, sizes)
    by_sessions = await _by_sessions(stack, sizes)
    memory, by_events = await _by_events(stack, sizes)
    costs: dict[str, Costs] = {
        "clients": by_clients,
        "sessions": by_sessions,
        "events in the log": by_events | _history(sizes.events),
    }
    figures = [_figure(f"by {by}: {what}", values) for by, lines in costs.items() for what, values in lines.items()]
    many, long = f"{sizes.clients[-1]:,} clients", f"{sizes.events[-1]:,} events in the log"
    figures += [
        reference(f"POST to frame with {many}, 50 events/s, p50", waits[-1], "ms", samples=waits),
        reference(f"memory of ingest, stream and API with {long}", sum(memory[-1].values()), "MiB", samples=memory),
    ]
    return figures, costs


def _figure(name: str, values: list[float]) -> Figure:
    """How often the cost of the fewest that of the most is."""
    return most(f"{name}, at the most beside the fewest", FLAT, values[-1] / values[0], "times", samples=values)


async def _by_clients(stack: Stack, sizes: Sizes) -> tuple[list[float], dict[str, list[float]]]:
    """How long the event to the median client takes in ms, and what each client has of it."""
    # First of all: what clients that have gone leave is taken again.
    memory = await _memory(stack, sizes.clients)
    at = [await _relayed(stack, count, sizes.seconds) for count in sizes.clients]
    waits = [wait for wait, _ in at]
    return waits, {
        "time of an event, a client": [wait / count for wait, count in zip(waits, sizes.clients, strict=True)],
        "CPU of the relay, a delivery": [cpu for _, cpu in at],
        "memory of the relay, one client more": memory,
    }


async def _relayed(stack: Stack, count: int, seconds: float, sessions: int = 8) -> tuple[float, float]:
    """From POST to frame in the median, in ms, and processor time that each frame takes the stream service, in µs."""
    stream = processes(stack, ["stream"])["stream"]
    async with listening(stack.websocket, count, timed=True) as clients:
        before = stream.cpu_times()
        sent = await Sender(stack.url, 50, sessions).run(seconds)
        await until(lambda: all(each.position >= sent.acknowledged for each in clients), "all have all")
        after = stream.cpu_times()
    spent = after.user + after.system - before.user - before.system
    waits = [delay for each in clients for delay in each.delays]
    return percentile(waits, 50), float(max(spent, 0.01) / (sent.events * count) * 1e6)


async def _memory(stack: Stack, counts: Sequence[int]) -> list[float]:
    """KiB that one client more takes."""
    stream = processes(stack, ["stream"])["stream"]
    sizes = []
    async with AsyncExitStack() as connected:
        for before, count in pairwise([0, *counts]):
            await connected.enter_async_context(listening(stack.websocket, count - before))
            sizes.append(mib(stream))
    return _of_one_more([each * 1024 for each in sizes], counts)


def _of_one_more(values: Sequence[float], counts: Sequence[int]) -> list[float]:
    """From each number of them to the next."""
    steps = zip(pairwise(values), pairwise(counts), strict=True)
    return [max(after - before, 0.1) / (many - few) for (before, after), (few, many) in steps]


async def _by_sessions(stack: Stack, sizes: Sizes) -> dict[str, list[float]]:
    return {
        "POST to frame": [(await _relayed(stack, LISTENERS, sizes.seconds, each))[0] for each in sizes.sessions],
        "fold, an event": [_fold(each, sizes.folded) for each in sizes.sessions],
        "memory of the state, one session more": _of_one_more(
            [_state(each, sizes.folded) for each in sizes.sessions], sizes.sessions
        ),
    }


async def _by_events(stack: Stack, sizes: Sizes) -> tuple[list[dict[str, float]], dict[str, list[float]]]:
    """MiB of each service with so many events in the log, and what one event takes then."""
    waits, memory = [], []
    made = messages(max(sizes.events))
    async with connect(stack.nats_url, "ingest", stack.nats_password("ingest")) as connection:
        for before, count in pairwise([0, *sizes.events]):
            for _ in range(before, count, CHUNK):
                await connection.log.append_batch(list(islice(made, CHUNK)))
            last = (await connection.log.head()).last
            await asyncio.to_thread(stack.until, "/health", lambda health, last=last: health["seq"] >= last, 120)
            waits.append((await _relayed(stack, LISTENERS, sizes.seconds))[0])
            memory.append({name: mib(each) for name, each in processes(stack, PYTHON).items()})
    one = _of_one_more([sum(each.values()) * 1024 for each in memory], sizes.events)
    return memory, {"POST to frame": waits, "memory of ingest, stream and API, one more": one}


def _recorded(count: int, sessions: int) -> list[Recorded]:
    at, made = now(), stored_events(count, sessions)
    return [Recorded(seq, at, decode(each.type, each.payload)) for seq, each in enumerate(made, 1)]


def _state(sessions: int, count: int) -> float:
    """KiB of the state that so many events leave."""
    events = _recorded(count, sessions)
    state = fold.initial()
    tracemalloc.start()
    try:
        fold.evolve_all(state, events)
        return tracemalloc.get_traced_memory()[0] / 1024
    finally:
        tracemalloc.stop()


def _fold(sessions: int, count: int) -> float:
    """µs an event."""
    events = _recorded(count, sessions)
    return min(_seconds(lambda: fold.evolve_all(fold.initial(), events)) for _ in range(3)) / count * 1e6


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _history(lengths: Sequence[int]) -> dict[str, list[float]]:
    """µs to keep an event, and ms to find a page, at each length of one history."""
    costs: dict[str, list[float]] = {"history, keeping an event": [], **{name: [] for name in SEARCHES}}
    with tempfile.TemporaryDirectory() as folder:
        history = open_history(Path(folder) / "history.sqlite", "epoch", fold.schema())
        position = 0
        kept: list[float] = []
        made = enumerate(stored_events(max(lengths)), 1)
        at = now()
        while position < max(lengths):
            chunk = [
                (Recorded(seq, at + timedelta(milliseconds=seq), decode(each.type, each.payload)), each.payload)
                for seq, each in islice(made, CHUNK)
            ]
            kept.append(_seconds(lambda chunk=chunk: history.append(chunk)) / len(chunk) * 1e6)  # type: ignore[misc]
            position += len(chunk)
            if position in lengths:
                costs["history, keeping an event"].append(statistics.median(kept[-100:]))
                for name, text in SEARCHES.items():
                    costs[name].append(_search(history, text))
        history.close()
    return costs


def _search(history: History, text: str) -> float:
    query, at = parse(text), now()
    return percentile([_seconds(lambda: history.search(query, None, 100, at)) * 1000 for _ in range(20)], 50)
