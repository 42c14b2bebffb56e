"""Names and their numbers."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from math import inf
from operator import attrgetter

from services.api.history_file import NAMES
from services.api.sqlite import sqlite3
from services.query import QueryError
from services.row import Row
from services.terms import Match, Regex, fold, tester

MISSING = 0
"""The number of the empty name, which is not in the table."""

_texts = attrgetter(*(name for name in NAMES if name != "path"))
_PATH = NAMES.index("path")

REMEMBERED = 100_000

STALE = 100_000
"""By so many seqs `used`, the seq that last had a name, may be behind; else every event would write it."""

FRESH = 20_000
"""For so many of them it is not even looked at."""

TOGETHER = 20_000


class Names:
    """The numbers of names, for the writer, who remembers them; to be forgotten when a transaction fails."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        # By field and text: the number, and the seq from which on `used` is to be written again.
        self._known: list[dict[str, tuple[int, float]]] = [{"": (MISSING, inf)} for _ in NAMES]
        self._count = 0
        # The same for all the names of an event together, but for its path: few are the first with theirs.
        self._together: dict[tuple[str, ...], tuple[tuple[int, ...], tuple[int, ...], float]] = {}

    def numbers(self, db: sqlite3.Connection, row: Row) -> tuple[int, ...]:
        """The numbers of the names of an event, in the order of NAMES."""
        texts = _texts(row)
        seq = row.seq
        found = self._together.get(texts)
        if found is None or seq >= found[2]:
            if len(self._together) > TOGETHER:
                self._together.clear()
            numbers = [self._number(db, at + (at >= _PATH), seq, text) for at, text in enumerate(texts)]
            found = self._together[texts] = tuple(numbers[:_PATH]), tuple(numbers[_PATH:]), seq + FRESH
        return *found[0], self._number(db, _PATH, seq, row.path), *found[1]

    def _number(self, db: sqlite3.Connection, at: int, seq: int, text: str) -> int:
        known = self._known[at]
        found = known.get(text)
        if found is None or seq >= found[1]:
            found = known[text] = self._use(db, NAMES[at], text, seq), seq + STALE - FRESH
        return found[0]

    def _use(self, db: sqlite3.Connection, field: str, text: str, seq: int) -> int:
        number: int = db.execute(
            "INSERT INTO names (field, folded, text, used) VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET used = excluded.used RETURNING id",
            (field, fold(field, text), text, seq),
        ).fetchone()[0]
        self._count += 1
        return number

    def bound(self) -> None:
        """Between events: forgets all when it has become too much."""
        if self._count > REMEMBERED:
            self.forget()

    def trim(self, db: sqlite3.Connection, first: int) -> None:
        """Drops names that no event from `first` on has."""
        self.forget()
        db.execute("DELETE FROM names WHERE used < ?", (first - STALE,))


def exactly(db: sqlite3.Connection, field: str, texts: Iterable[str]) -> list[int]:
    """The numbers of these very names: a query's terms do not tell upper from lower case, and permissions do."""
    values = (field, json.dumps(list(texts)))
    select = "SELECT id FROM names WHERE field = ? AND text IN (SELECT value FROM json_each(?))"
    return [number for (number,) in db.execute(select, values)]


def meant(db: sqlite3.Connection, term: Match | Regex, deadline: float) -> list[int]:
    """The numbers of all names that the term means, before it is turned round. Raises QueryError past the deadline."""
    test = tester(term)
    found = [MISSING] if test("") else []
    found += [number for number, folded in _within(_candidates(db, term), term, deadline) if test(folded)]
    return found


def _candidates(db: sqlite3.Connection, term: Match | Regex) -> Iterable[tuple[int, str]]:
    select = "SELECT id, folded FROM names WHERE field = ?"
    if isinstance(term, Match) and all(not value.glob for value in term.values):
        folded = [fold(term.field, value.text) for value in term.values]
        return db.execute(f"{select} AND folded IN ({', '.join('?' * len(folded))})", (term.field, *folded))
    if isinstance(term, Match) and len(term.values) == 1:
        beginning = fold(term.field, term.values[0].text).split("*")[0]
        values = (term.field, beginning, beginning + "\U0010ffff")
        return db.execute(f"{select} AND folded BETWEEN ? AND ?", values)
    return db.execute(select, (term.field,))


def _within(names: Iterable[tuple[int, str]], term: Match | Regex, deadline: float) -> Iterator[tuple[int, str]]:
    for number, name in enumerate(names):
        if number % 64 == 0 and time.monotonic() > deadline:
            message = "This takes too long with all the names there are; begin it with what the names begin with."
            raise QueryError(message, term.start, term.end)
        yield name
