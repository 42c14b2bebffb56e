"""Activity: how many events, errors and tokens a second and a minute, in rings keyed by stored time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec import Struct, field

from services.api.projections.shape import EPOCH, Json, Projection, Rules, plain
from services.events import AgentActivity, ModelRequest, Recorded, ToolUse

SECONDS = 120
MINUTES = 120
TYPES = 200
"""Names of types that are counted apart; what comes beyond is counted as `other`."""

OTHER = "other"
SECOND = timedelta(seconds=1)


class Count(Struct, omit_defaults=True, gc=False):
    events: int
    errors: int = 0
    tokens: int = 0


class Activity(Struct):
    """`current` is the count of the second before `until`; full seconds and minutes are keyed by their epoch second."""

    types: dict[str, int] = field(default_factory=dict)
    past: Count = field(default_factory=lambda: Count(0))
    current: Count = field(default_factory=lambda: Count(0))
    until: datetime = EPOCH
    seconds: dict[int, Count] = field(default_factory=dict)
    minutes: dict[int, Count] = field(default_factory=dict)


class ActivityForm(Struct, omit_defaults=True):
    """Totals since the project began; `seconds` and `minutes` hold those of the last 120 in which there was any."""

    events: int
    errors: int
    tokens: int
    types: dict[str, int]
    seconds: dict[str, Count]
    minutes: dict[str, Count]


def evolve(state: Activity, events: Iterable[Recorded]) -> None:
    types, current, until = state.types, state.current, state.until
    for recorded in events:
        if recorded.stored >= until:
            _next_second(state, recorded.stored)
            current, until = state.current, state.until
        event = recorded.event
        try:
            types[event.type] += 1
        except KeyError:
            _count_new(types, event.type)
        current.events += 1
        data = event.data
        kind = type(data)
        if kind is ToolUse:
            if data.phase == "failed":
                current.errors += 1
        elif kind is ModelRequest:
            tokens = data.tokens
            current.tokens += tokens.input + tokens.output + tokens.cache_read + tokens.cache_creation
            current.errors += bool(data.error)
        elif kind is AgentActivity and data.action == "failed":
            current.errors += 1


def _count_new(types: dict[str, int], name: str) -> None:
    counted = name if len(types) < TYPES else OTHER
    types[counted] = types.get(counted, 0) + 1


def _next_second(state: Activity, stored: datetime) -> None:
    """Puts the current second away and begins that of `stored`."""
    second = int(stored.timestamp())
    if state.current.events:
        ended = int(state.until.timestamp()) - 1
        state.seconds[ended] = state.current
        _add(state.minutes.setdefault(_minute(ended), Count(0)), state.current)
        _add(state.past, state.current)
        _forget(state.seconds, second - SECONDS)
        _forget(state.minutes, _minute(second) - MINUTES * 60)
        state.current = Count(0)
    state.until = stored.replace(microsecond=0) + SECOND


def _minute(second: int) -> int:
    return second - second % 60


def _add(sum_: Count, count: Count) -> None:
    sum_.events += count.events
    sum_.errors += count.errors
    sum_.tokens += count.tokens


def _sum(*counts: Count) -> Count:
    total = Count(0)
    for each in counts:
        _add(total, each)
    return total


def _forget(counts: dict[int, Count], until: int) -> None:
    while counts and (first := next(iter(counts))) <= until:
        del counts[first]


def present(state: Activity, at: datetime, rules: Rules) -> Json:
    now = int(at.timestamp())
    seconds, minutes = dict(state.seconds), dict(state.minutes)
    if state.current.events:
        current = int(state.until.timestamp()) - 1
        seconds[current] = state.current
        minutes[_minute(current)] = _sum(minutes.get(_minute(current), Count(0)), state.current)
    total = _sum(state.past, state.current)
    return plain(
        ActivityForm(
            events=total.events,
            errors=total.errors,
            tokens=total.tokens,
            types=dict(state.types),
            seconds={str(each): count for each, count in seconds.items() if each > now - SECONDS},
            minutes={str(each): count for each, count in minutes.items() if each > _minute(now) - MINUTES * 60},
        )
    )


ACTIVITY = Projection("activity", Activity, Activity, evolve, present)
