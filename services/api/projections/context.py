"""How full the context window of a session is, how fast it fills, and when it will be full."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct, field

from services.events import LARGEST_COUNT, SessionUpdate, Tokens

POINTS = 60
SPACING = timedelta(seconds=10)
"""Two measurements closer than this share a point: so the points reach back ten minutes and more."""

BURN_SPAN = timedelta(minutes=10)
FORESEEABLE = 7 * 24 * 60.0
"""Minutes; what takes longer to fill is not foretold."""

Level = Literal["normal", "elevated", "high", "critical"]
LEVELS: tuple[Level, ...] = ("normal", "elevated", "high", "critical")

Point = tuple[datetime, float]


class Context(Struct, gc=False):
    """fraction: of the window, exact where the client reported it, else from the last request to a model.

    size: of the window, tokens: in it. points: (time, fraction), oldest first.
    """

    fraction: float | None = None
    source: Literal["", "model_requests", "reported"] = ""
    size: int | None = None
    tokens: int | None = None
    points: list[Point] = field(default_factory=list)
    compactions: int = 0
    compacted: datetime | None = None


def reported(context: Context, update: SessionUpdate, stored: datetime) -> None:
    """What the client itself says; `token_usage` counts the window only where the window's size is told with it."""
    size = update.context_window
    if size:
        context.size = size
        context.tokens = context.tokens if update.token_usage is None else update.token_usage
    if update.context_percentage is not None:
        context.source = "reported"
        if update.token_usage is None and context.size:
            context.tokens = min(round(update.context_percentage * context.size), LARGEST_COUNT)
        _measure(context, update.context_percentage, stored)
    elif size and context.tokens is not None:
        context.source = "reported" if update.token_usage is not None else context.source or "model_requests"
        _measure(context, context.tokens / size, stored)


def requested(context: Context, tokens: Tokens, stored: datetime) -> None:
    """A request to a model carries the whole context; what the client reported is more exact."""
    in_window = tokens.input + tokens.cache_read + tokens.cache_creation
    if in_window and context.source != "reported":
        if context.size:
            context.source = "model_requests"
        _fill(context, in_window, stored)


def compacted(context: Context, tokens_after: int | None, stored: datetime) -> None:
    context.compactions += 1
    context.compacted = stored
    if tokens_after is not None:
        _fill(context, tokens_after, stored)


def _fill(context: Context, tokens: int, stored: datetime) -> None:
    context.tokens = tokens
    if context.size:
        _measure(context, tokens / context.size, stored)


def _measure(context: Context, fraction: float, stored: datetime) -> None:
    context.fraction = fraction
    points = context.points
    if points and stored - points[-1][0] < SPACING:
        points[-1] = (points[-1][0], fraction)
    elif not points or points[-1][1] != fraction:
        points.append((stored, fraction))
        del points[:-POINTS]


def level(fraction: float | None, thresholds: tuple[float, ...]) -> Level | None:
    return None if fraction is None else LEVELS[sum(fraction >= each for each in thresholds)]


def history(context: Context) -> dict[str, float]:
    return {str(int(time.timestamp())): fraction for time, fraction in context.points}


def _rise(points: list[Point]) -> float:
    """The fraction a minute by which the window filled since it last shrank, within the last ten minutes."""
    if not points:
        return 0.0
    last = first = points[-1]
    for point in reversed(points):
        if point[1] > first[1] or last[0] - point[0] > BURN_SPAN:
            break
        first = point
    minutes = (last[0] - first[0]).total_seconds() / 60
    return (last[1] - first[1]) / minutes if minutes else 0.0


def burn(context: Context) -> float | None:
    """Tokens a minute."""
    rise = _rise(context.points)
    return round(rise * context.size, 1) if context.size and rise else None


def full_at(context: Context, limit: float) -> datetime | None:
    """When the window reaches `limit` at the rate it fills; None where it does not fill, or already has."""
    rise = _rise(context.points)
    if not rise or context.fraction is None or context.fraction >= limit:
        return None
    minutes = (limit - context.fraction) / rise
    return context.points[-1][0] + timedelta(minutes=minutes) if minutes < FORESEEABLE else None
