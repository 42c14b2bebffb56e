"""A query as SQL. Every value is bound; what stands in the text of a statement is made of the names in this package."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import blake2b
from math import ceil, floor
from typing import NamedTuple

from msgspec import Struct

from services.access import Projects
from services.api.history_file import INDEXED, SEGMENT, microseconds
from services.api.history_names import MISSING, exactly, meant
from services.api.sqlite import sqlite3
from services.query import Query
from services.terms import Compare, Match, Regex, When, Words, moment

FEW = 20_000
"""So many events are rather found by an index and sorted than by looking through all."""

MANY = 1000
"""Of so many numbers SQLite makes a table for each statement; a few long statements are better then."""

FIRST_STRETCH = 1 << 13
LONGEST_STRETCH = 1 << 18


class Sql(NamedTuple):
    """A piece of SQL and the values of its question marks; as a condition it is true or false, never NULL."""

    text: str
    values: tuple[object, ...] = ()


class Stretch(NamedTuple):
    """Seqs, both ends included."""

    low: int
    high: int

    def meet(self, low: float, high: float) -> Stretch:
        return Stretch(ceil(max(self.low, low)), floor(min(self.high, high)))


NOTHING = Stretch(1, 0)


def _table(stretch: Stretch) -> str:
    return f"words_{stretch.low // SEGMENT}"


class Plan(Struct):
    """Where to look for what.

    columns: those whose index may find the events, and the numbers that are meant in each.
    index: the one of them that finds few enough events that they can be looked up one by one; see `choose`.
    many: a condition is about so many names that statements should be few.
    wanted, unwanted: FTS5 expressions of the words that must, and that must not, be there.
    """

    range: Stretch
    conditions: list[Sql]
    columns: list[tuple[str, list[int]]] = []
    index: str = ""
    many: bool = False
    wanted: str = ""
    unwanted: str = ""

    def select(self, columns: str, stretch: Stretch) -> Sql:
        """A statement for the matching events in a stretch, newest first; where words matter, in one segment."""
        source, seq, wheres = self._source(stretch)
        wheres += self.conditions
        if self.unwanted:
            table = _table(stretch)
            words = f"SELECT rowid FROM {table} WHERE {table} MATCH ? AND rowid BETWEEN ? AND ?"
            wheres.append(Sql(f"events.seq NOT IN ({words})", (self.unwanted, *stretch)))
        text = f"SELECT {columns} FROM {source} WHERE {' AND '.join(each.text for each in wheres)} ORDER BY {seq} DESC"
        return Sql(text, tuple(value for each in wheres for value in each.values))

    def _source(self, stretch: Stretch) -> tuple[str, str, list[Sql]]:
        if self.wanted:
            # CROSS JOIN, or the planner may ask the words about each event. Only by their own rowid they are sorted.
            table = _table(stretch)
            found = Sql(f"{table} MATCH ? AND {table}.rowid BETWEEN ? AND ?", (self.wanted, *stretch))
            return f"{table} CROSS JOIN events ON events.seq = {table}.rowid", f"{table}.rowid", [found]
        between = Sql("events.seq BETWEEN ? AND ?", stretch)
        if self.index:
            # The indexes leave out what is missing, and are only used where the statement leaves it out too.
            return f"events INDEXED BY by_{self.index}", "events.seq", [Sql(f"{self.index} != 0"), between]
        return "events NOT INDEXED", "events.seq", [between]

    def stretches(self, db: sqlite3.Connection) -> Iterator[Stretch]:
        """The range in pieces, newest first, so that a search can end early.

        The newest piece is looked through by itself: to ask the indexes how many events each would find takes longer
        the more there are, and the page is full without it wherever they are many.
        """
        newest = self.range.meet(self.range.high - FIRST_STRETCH + 1, self.range.high)
        yield from self._pieces(newest, FIRST_STRETCH)
        self.range = self.range.meet(0, newest.low - 1)
        self.choose(db)
        yield from self._pieces(
            self.range, SEGMENT if self.wanted else LONGEST_STRETCH if self.index else FIRST_STRETCH
        )

    def _pieces(self, within: Stretch, size: int) -> Iterator[Stretch]:
        words = bool(self.wanted or self.unwanted)
        low, high = within
        while low <= high:
            bottom = max(low, high - size + 1, high // SEGMENT * SEGMENT if words else 0)
            yield Stretch(bottom, high)
            high = bottom - 1
            size = min(2 * size, LONGEST_STRETCH)

    def choose(self, db: sqlite3.Connection) -> None:
        """Takes the index that finds the fewest events in the range, where those are few."""
        if self.range.low <= self.range.high:
            choices = [_choice(db, column, numbers, self.range) for column, numbers in self.columns]
            if choices and min(choices)[0] <= FEW:
                _, self.index, self.range = min(choices)
        self.columns = []


def plan(
    db: sqlite3.Connection, query: Query, within: Stretch, now: datetime, deadline: float, projects: Projects = None
) -> Plan:
    """For events of these projects. Raises QueryError where a term is not decided for all names by the deadline."""
    made = Plan(_narrowed(db, query, within, now), [])
    if projects is not None:
        made.conditions.append(_one_of("project", exactly(db, "project", projects)))
    for term in query.terms:
        if isinstance(term, Match | Regex):
            column, numbers = _numbers(db, term, deadline)
            condition = _one_of(column, numbers)
            made.many = made.many or len(numbers) > MANY
            if not term.negated and not numbers:
                made.range = NOTHING
            elif not term.negated and column in (*INDEXED, "key") and MISSING not in numbers:
                made.columns.append((column, numbers))
        elif isinstance(term, Compare | When):
            condition = _comparison(term, now)
        else:
            continue
        made.conditions.append(Sql(f"NOT ({condition.text})", condition.values) if term.negated else condition)
    made.wanted = " AND ".join(_expressions(query, negated=False))
    made.unwanted = " OR ".join(_expressions(query, negated=True))
    return made


def _numbers(db: sqlite3.Connection, term: Match | Regex, deadline: float) -> tuple[str, list[int]]:
    """The column that a term is about and the numbers in it that are meant."""
    if isinstance(term, Match) and term.field == "id":
        return "key", [key(value.text) for value in term.values]
    return term.field, meant(db, term, deadline)


def key(event_id: str) -> int:
    """By it the history finds an event again; two ids may share one."""
    return int.from_bytes(blake2b(event_id.encode(), digest_size=8).digest(), "big", signed=True)


def _one_of(column: str, numbers: Sequence[int]) -> Sql:
    if len(numbers) == 1:
        return Sql(f"events.{column} = ?", (numbers[0],))
    return Sql(f"events.{column} IN (SELECT value FROM json_each(?))", (json.dumps(numbers),))


def _choice(db: sqlite3.Connection, column: str, numbers: Sequence[int], within: Stretch) -> tuple[int, str, Stretch]:
    """How many events an index on the column would find, at most FEW + 1, and from where to where."""
    condition = _one_of(column, numbers)
    found = (
        f"SELECT seq FROM events INDEXED BY by_{column} WHERE {column} != 0 AND {condition.text}"
        " AND seq BETWEEN ? AND ? LIMIT ?"
    )
    values = (*condition.values, *within, FEW + 1)
    count, low, high = db.execute(f"SELECT count(*), min(seq), max(seq) FROM ({found})", values).fetchone()
    return count, column, Stretch(low, high) if count else NOTHING


def _comparison(term: Compare | When, now: datetime) -> Sql:
    if isinstance(term, When):
        return Sql(f"stored {'>=' if term.field == 'after' else '<'} ?", (microseconds(moment(term, now)),))
    # As a float, since a number of a query may be larger than an integer of SQLite.
    values = tuple(float(value) for value in term.values)
    each = " OR ".join(f"{term.field} {term.op} ?" for _ in values)
    return Sql(f"coalesce({each}, 0)", values)


def _expressions(query: Query, *, negated: bool) -> list[str]:
    """The terms for words as FTS5 has them; a word is letters and digits, so nothing needs to be escaped."""
    terms = [term for term in query.terms if isinstance(term, Words) and term.negated == negated]
    return [f'"{" ".join(term.words)}"{" *" if term.prefix else ""}' for term in terms]


def _narrowed(db: sqlite3.Connection, query: Query, within: Stretch, now: datetime) -> Stretch:
    """The seqs that the times and the seqs of a query leave over."""
    for term in query.terms:
        if isinstance(term, When) and not term.negated:
            start = last_before(db, microseconds(moment(term, now)), within) + 1
            within = within.meet(start, within.high) if term.field == "after" else within.meet(0, start - 1)
        elif isinstance(term, Compare) and term.field == "seq" and not term.negated:
            above = term.op in ("=", ">", ">=")
            below = term.op in ("=", "<", "<=")
            within = within.meet(min(term.values) if above else 0, max(term.values) if below else within.high)
    return within


def last_before(db: sqlite3.Connection, stored: int, within: Stretch) -> int:
    """The last seq stored earlier, or the one before the range: `stored` never runs backwards."""
    low, high = within
    while low <= high:
        middle = (low + high) // 2
        found = db.execute("SELECT seq, stored FROM events WHERE seq >= ? ORDER BY seq LIMIT 1", (middle,)).fetchone()
        if found is None or found[0] > high or found[1] >= stored:
            high = middle - 1
        else:
            low = found[0] + 1
    return low - 1
