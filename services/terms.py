"""What a query consists of, and whether an event matches it. `services/query.py` says what it means and parses it.

`tester` decides on one name, so that the history can ask it once for each name there is; `moment` tells times that are
relative. Together with `holds` they are the meaning of the language, and the history's SQL is tested against them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from operator import eq, ge, gt, le, lt
from typing import Literal

from msgspec import Struct, field

from services.pattern import compiled
from services.row import Row, words

Operator = Literal["=", ">", ">=", "<", "<="]
COMPARISONS: dict[Operator, Callable[[float, float], bool]] = {"=": eq, ">": gt, ">=": ge, "<": lt, "<=": le}


class QueryError(Exception):
    """What is wrong with a query, as a sentence, and where: the characters from `start` up to before `end`."""

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end


class Place(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind"):
    """A term and where it stands."""

    start: int
    end: int
    negated: bool = field(default=False, name="not")


class Value(Struct, frozen=True, omit_defaults=True):
    text: str
    glob: bool = False


class Match(Place, frozen=True, kw_only=True, tag="match"):
    field: str
    values: tuple[Value, ...]


class Regex(Place, frozen=True, kw_only=True, tag="regex"):
    field: str
    pattern: str


class Compare(Place, frozen=True, kw_only=True, tag="compare"):
    field: str
    op: Operator
    values: tuple[float | int, ...]


class When(Place, frozen=True, kw_only=True, tag="time"):
    """Relative until it is evaluated: see `moment`."""

    field: str
    ago: int | None = None
    clock: int | None = None
    at: datetime | None = None


class Words(Place, frozen=True, kw_only=True, tag="words"):
    words: tuple[str, ...]
    prefix: bool = False


Term = Match | Regex | Compare | When | Words


class Query(Struct, frozen=True):
    terms: tuple[Term, ...]


def matches(query: Query, row: Row, now: datetime) -> bool:
    """Whether an event is one of those that are looked for at the time `now`."""
    return all(holds(term, row, now) != term.negated for term in query.terms)


def holds(term: Term, row: Row, now: datetime) -> bool:
    """Whether a term holds, before it is turned round."""
    match term:
        case Match() | Regex():
            return tester(term)(fold(term.field, getattr(row, term.field)))
        case Compare():
            number = getattr(row, term.field)
            return number is not None and any(COMPARISONS[term.op](number, value) for value in term.values)
        case When():
            return (row.stored >= moment(term, now)) == (term.field == "after")
        case Words():
            return _follow(term, words(row.text))


def fold(name: str, text: str) -> str:
    """The form in which names of a field are compared."""
    return text if name == "id" else text.lower()


def tester(term: Match | Regex) -> Callable[[str], bool]:
    """Whether a folded name is meant by the term, before it is turned round."""
    if isinstance(term, Regex):
        pattern = compiled(term.pattern)
        return lambda text: bool(text) and pattern.search(text) is not None
    whole = {fold(term.field, value.text) for value in term.values if not value.glob}
    globs = [fold(term.field, value.text).split("*") for value in term.values if value.glob]
    return lambda text: text in whole or any(_fits(text, parts) for parts in globs)


def _fits(text: str, parts: list[str]) -> bool:
    """Whether the parts stand in the text in this order, the first at its beginning and the last at its end."""
    at, end = len(parts[0]), len(text) - len(parts[-1])
    if not text or at > end or not text.startswith(parts[0]) or not text.endswith(parts[-1]):
        return False
    for part in parts[1:-1]:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def _follow(term: Words, found: list[str]) -> bool:
    """Whether the words of the term stand one after the other."""
    *before, last = term.words
    for start in range(len(found)):
        end = start + len(before)
        if end < len(found) and found[start:end] == before and _begins(found[end], last, term.prefix):
            return True
    return False


def _begins(word: str, wanted: str, prefix: bool) -> bool:
    return word.startswith(wanted) if prefix else word == wanted


def moment(term: When, now: datetime) -> datetime:
    """The time that is meant at `now`; a time of day is the last one there was."""
    if term.at is not None:
        return term.at
    if term.ago is not None:
        return now - timedelta(seconds=term.ago)
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    at = midnight + timedelta(seconds=term.clock or 0)
    return at if at <= now else at - timedelta(days=1)
