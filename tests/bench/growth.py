"""What one more costs as there are more of them: up to 100 times the clients, sessions and events.

The chart is growth.svg: each line is a cost relative to that of the smallest; what stays flat stays at 1.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import uvloop

from services.api import fold
from services.api.history import History, open_history
from services.events import Recorded, decode, now
from services.query import parse
from tests.bench.clients import listening, until
from tests.bench.events import stored_events
from tests.bench.sender import Sender
from tests.bench.table import Figure, most, percentile
from tests.bench.usage import mib, processes
from tests.stack import Stack, running_stack

CHART = Path(__file__).parent / "growth.svg"
CHUNK = 1000
FLAT = 2.0
"""Times the cost at the beginning that still count as flat: the hundredfold shows what grows with the number."""


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


def measure(sizes: Sizes) -> list[Figure]:
    with running_stack() as stack:
        figures, costs = uvloop.run(on(stack, sizes))
    CHART.write_text(chart(costs))
    return figures


async def on(stack: Stack, sizes: Sizes) -> tuple[list[Figure], Costs]:
    costs = {
        "CPU of the relay, a delivery": [await _delivery(stack, count, sizes.seconds) for count in sizes.clients],
        "memory of the relay, a client": [await _memory(stack, count) for count in sizes.clients],
        "fold, an event by sessions": [_fold(count, sizes.folded) for count in sizes.sessions],
        **_history(sizes.events),
    }
    return [_figure(name, values) for name, values in costs.items()], costs


def _figure(name: str, values: list[float]) -> Figure:
    """How often the cost of the smallest that of the largest is."""
    return most(f"{name}, at the most beside the fewest", FLAT, values[-1] / values[0], "times", samples=values)


async def _delivery(stack: Stack, count: int, seconds: float) -> float:
    """Processor time that each frame takes the stream service, in µs."""
    stream = processes(stack, ["stream"])["stream"]
    async with listening(stack.websocket, count) as clients:
        before = stream.cpu_times()
        sent = await Sender(stack.url, 50).run(seconds)
        await until(lambda: all(each.position >= sent.acknowledged for each in clients), "all have all")
        after = stream.cpu_times()
    spent = after.user + after.system - before.user - before.system
    return float(max(spent, 0.01) / (sent.events * count) * 1e6)


async def _memory(stack: Stack, count: int) -> float:
    """KB a client."""
    stream = processes(stack, ["stream"])["stream"]
    before = mib(stream)
    async with listening(stack.websocket, count):
        return max(mib(stream) - before, 0.1) * 1024 / count


def _fold(sessions: int, count: int) -> float:
    """µs an event."""
    at = now()
    events = [
        Recorded(seq, at, decode(each.type, each.payload)) for seq, each in enumerate(stored_events(count, sessions), 1)
    ]
    return min(_seconds(lambda: fold.evolve_all(fold.initial(), events)) for _ in range(3)) / count * 1e6


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _history(lengths: Sequence[int]) -> Costs:
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


COLOURS = ("#0b62a4", "#b4460f", "#1a7f37", "#8250df", "#9a6700", "#bf3989")
WIDTH, HEIGHT, EDGE = 720, 360, 60
HIGHEST = 3.0


def chart(costs: Costs) -> str:
    """The costs relative to those of the fewest, over how many times as many there are; anything above 3 is cut."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif"'
        ' font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        *(_rule(each, f"{each:g}x") for each in (0.0, 1.0, 2.0, 3.0)),
    ]
    for number, (name, values) in enumerate(costs.items()):
        colour = COLOURS[number % len(COLOURS)]
        points = " ".join(
            f"{_across(step, len(values)):.0f},{_down(value / values[0]):.0f}" for step, value in enumerate(values)
        )
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{EDGE + 8}" y="{20 + 15 * number}" fill="{colour}">{name}</text>')
    steps = len(next(iter(costs.values())))
    for step in range(steps):
        times = f"{10**step} times as many"
        parts.append(f'<text x="{_across(step, steps):.0f}" y="{HEIGHT - 12}" text-anchor="middle">{times}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _rule(value: float, label: str) -> str:
    y = _down(value)
    return (
        f'<line x1="{EDGE}" x2="{WIDTH - EDGE}" y1="{y:.0f}" y2="{y:.0f}" stroke="#ddd"/>'
        f'<text x="{EDGE - 8}" y="{y + 4:.0f}" text-anchor="end">{label}</text>'
    )


def _across(step: int, steps: int) -> float:
    return EDGE + (WIDTH - 2 * EDGE) * step / max(1, steps - 1)


def _down(value: float) -> float:
    return HEIGHT - 40 - (HEIGHT - 140) * min(value, HIGHEST) / HIGHEST
