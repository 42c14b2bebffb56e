"""Finding and counting events in the history."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from math import ceil
from typing import NamedTuple

from msgspec import Struct

from services.access import Projects
from services.api.history_file import SEGMENT, instant, microseconds
from services.api.history_plan import LONGEST_STRETCH, Plan, Stretch, last_before, plan
from services.api.sqlite import sqlite3
from services.query import Query
from services.row import ERROR

SEARCH_SECONDS = 0.08
"""After so long a search ends with what it has found."""

NAMES_SECONDS = 0.3
"""So long the names may take that a query's terms are decided for."""

MOST_COUNTED = 1_000_000
"""Of more events than this a histogram counts a sample."""

SAMPLE = 1024
"""Seqs in a row that are counted or left out together."""


class Kept(NamedTuple):
    """An event as the history has it: the payload is what stands on the log."""

    seq: int
    stored: datetime
    payload: bytes


class Page(Struct, frozen=True):
    """Matching events, newest first.

    next: what to pass as `before` for the ones that follow; None where there are no older ones.
    complete: false where the search ran out of time before the page was full; `next` goes on from there.
    scanned: how many seqs have been looked through.
    """

    events: list[Kept]
    next: int | None
    complete: bool
    scanned: int


class Histogram(Struct, frozen=True):
    """How many matching events, and how many errors among them, were stored in each bucket from `after` to `before`.

    sampled: 1 where all were counted; n where about one of n was, and the counts are estimates for all.
    """

    after: datetime
    before: datetime
    counts: list[int]
    errors: list[int]
    sampled: int


def search(
    db: sqlite3.Connection, query: Query, within: Stretch, limit: int, now: datetime, projects: Projects = None
) -> Page:
    """At most `limit` matching events. Raises QueryError where a pattern is too slow for the names there are."""
    made = plan(db, query, within, now, time.monotonic() + NAMES_SECONDS, projects)
    deadline = time.monotonic() + SEARCH_SECONDS
    found: list[int] = []
    following, complete = None, True
    for stretch in made.stretches(db):
        sql = made.select("events.seq", stretch)
        found += [seq for (seq,) in db.execute(f"{sql.text} LIMIT ?", (*sql.values, limit - len(found)))]
        if len(found) >= limit:
            following = found[-1]
            break
        if time.monotonic() > deadline:
            following, complete = stretch.low, False
            break
    if following is not None and following <= made.range.low:
        following, complete = None, True
    scanned = max(0, within.high + 1 - (within.low if following is None else following))
    return Page([kept(db, seq) for seq in found], following, complete, scanned)


def kept(db: sqlite3.Connection, seq: int) -> Kept:
    """The event with a seq that is there."""
    select = "SELECT stored, payload FROM events JOIN payloads USING (seq) WHERE seq = ?"
    stored, payload = db.execute(select, (seq,)).fetchone()
    return Kept(seq, instant(stored), payload)


def histogram(
    db: sqlite3.Connection,
    query: Query,
    within: Stretch,
    after: datetime,
    before: datetime,
    buckets: int,
    now: datetime,
    projects: Projects = None,
) -> Histogram:
    """Counts by the time they were stored; `before` is not part of it. Raises QueryError as `search` does."""
    start, end = microseconds(after), microseconds(before)
    times = [start + (end - start) * number // buckets for number in range(buckets + 1)]
    edges = [last_before(db, at, within) + 1 for at in times]
    within = within.meet(edges[0], edges[-1] - 1)
    made = plan(db, query, within, now, time.monotonic() + NAMES_SECONDS, projects)
    made.choose(db)
    sampled = 1
    if made.index or made.wanted or made.many:
        counted = _listed(db, made, edges)
    else:
        sampled = max(1, ceil((made.range.high - made.range.low + 1) / MOST_COUNTED))
        counted = [_counted(db, made, Stretch(low, high - 1), sampled) for low, high in pairwise(edges)]
    return Histogram(after, before, [count for count, _ in counted], [errors for _, errors in counted], sampled)


def _listed(db: sqlite3.Connection, made: Plan, edges: list[int]) -> list[tuple[int, int]]:
    counts = [[0, 0] for _ in edges]
    for stretch in made.stretches(db):
        for seq, level in db.execute(*made.select("events.seq, events.level", stretch)):
            bucket = counts[bisect_right(edges, seq) - 1]
            bucket[0] += 1
            bucket[1] += level == ERROR
    return [(count, errors) for count, errors in counts[:-1]]


def _counted(db: sqlite3.Connection, made: Plan, bucket: Stretch, sampled: int) -> tuple[int, int]:
    bucket = bucket.meet(*made.range)
    count = errors = seen = 0
    for stretch in _pieces(bucket, sampled, bool(made.unwanted)):
        sql = made.select(f"count(*), count(*) FILTER (WHERE level = {ERROR})", stretch)
        more = db.execute(*sql).fetchone()
        count, errors, seen = count + more[0], errors + more[1], seen + stretch.high - stretch.low + 1
    share = seen / (bucket.high - bucket.low + 1) if seen else 1.0
    return round(count / share), round(errors / share)


def _pieces(bucket: Stretch, sampled: int, by_segment: bool) -> Iterator[Stretch]:
    size = SAMPLE if sampled > 1 else LONGEST_STRETCH
    low = bucket.low
    while low <= bucket.high:
        high = min(low + size - 1, bucket.high)
        if by_segment:
            high = min(high, low // SEGMENT * SEGMENT + SEGMENT - 1)
        yield Stretch(low, high)
        low = high + 1 + (sampled - 1) * SAMPLE
