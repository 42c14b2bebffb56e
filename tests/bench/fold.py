"""How fast events are decoded and folded into all projections, in one process."""

from __future__ import annotations

import time
from typing import NamedTuple

from services.api import fold
from services.events import Recorded, decode, now
from tests.bench.events import stored_events
from tests.bench.table import Figure, least


class Sizes(NamedTuple):
    events: int = 200_000
    rounds: int = 5


FULL = Sizes()
SHORT = Sizes(events=2000, rounds=1)

CHUNK = 1000


def measure(sizes: Sizes) -> list[Figure]:
    rates = [_rate(sizes.events) for _ in range(sizes.rounds)]
    return [
        least(
            "fold: decode and evolve, all projections",
            300_000,
            max(rates),
            "events/s",
            note=f"best of {sizes.rounds}",
            samples=rates,
        )
    ]


def _rate(count: int) -> float:
    events = [(each.type, each.payload) for each in stored_events(count)]
    state = fold.initial()
    stored = now()
    began = time.perf_counter()
    for start in range(0, count, CHUNK):
        chunk = enumerate(events[start : start + CHUNK], start + 1)
        fold.evolve_all(state, [Recorded(seq, stored, decode(name, payload)) for seq, (name, payload) in chunk])
    took = time.perf_counter() - began
    assert state.seq == count
    return count / took
