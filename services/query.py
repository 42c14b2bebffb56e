"""The query language: one grammar for the history, the page and the command line.

    type:tool_use agent:engineer* -tool:Read,Bash path~"handlers" dur>200 level>=warn session:3f2b "some words" -word

A query is terms with spaces between; an event matches when every term holds. A leading `-` turns a term round.

    field:value,value   one of the values; `*` stands for anything; "in quotes" means exactly that, `""` what is missing
    field~pattern       a regular expression of RE2 (`services/pattern.py`) somewhere in it
    dur>200             also >= < <=; dur is in ms or 2s 1.5m 1h, size in bytes or 10kb 3mb, seq is a number
    level>=warn         debug, info, warn, error
    is:error is:waiting an error; something that waits for a human
    after:-15m          stored since then; also 2026-11-24T21:28:00Z, 2026-11-24, or 21:28 (UTC), the last one there was
    before:             stored earlier than that
    word "some words"   the words one after the other; without quotes the last may go on (`hand` finds handlers)

Letters match in either case, except in an `id`. A session may be cut short. A pattern or a `*` never matches what is
missing, so `tool:*` is any event that has a tool.

The AST as JSON, which is what `tests/fixtures/query.json` has: `{"terms": [...]}`, a term being one of

    {"kind": "match", "field", "values": [{"text", "glob"?: true}]}
    {"kind": "regex", "field", "pattern"}
    {"kind": "compare", "field", "op": "=" ">" ">=" "<" "<=", "values": [number]}    several values only with "="
    {"kind": "time", "field": "after" "before", and one of "ago" (s), "clock" (s of the day), "at" (RFC 3339)}
    {"kind": "words", "words": [...], "prefix"?: true}

each with `start` and `end`, where it stands in the query, and `"not": true` where it is turned round. Levels are
numbers from 0 (debug) to 3 (error); `is:` is a comparison of `level` or `waiting`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from services.pattern import PatternError, compiled
from services.row import ERROR, LEVELS, words
from services.terms import Compare, Match, Operator, Query, QueryError, Regex, Term, Value, When, Words, matches

__all__ = ["Query", "QueryError", "matches", "parse"]

LONGEST = 1000
MOST_TERMS = 50

NAMES = "type agent agent_id session project source host tool phase path op model".split()
ALIASES = {"file": "path", "operation": "op", "action": "phase", "duration": "dur"}
UNITS = {
    "dur": {"": 1, "ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000},
    "size": {"": 1, "b": 1, "kb": 1000, "mb": 1000**2, "gb": 1000**3, "kib": 1024, "mib": 1024**2, "gib": 1024**3},
    "seq": {"": 1},
}
AGES = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
"""Seconds."""

OPERATORS: dict[str, Operator] = {":": "=", ">": ">", ">=": ">=", "<": "<", "<=": "<="}

FIELDS = [*NAMES, "id", *UNITS, "level", "is", "after", "before"]


class _Head(NamedTuple):
    """What stands before the values of a term."""

    start: int
    negated: bool
    field: str
    op: str
    end: int


class _Written(NamedTuple):
    """A value as it stands there, without its quotes."""

    text: str
    quoted: bool
    start: int
    end: int


_SPACE = re.compile(r"\s*")
_HEAD = re.compile(r"(-?)([A-Za-z_]\w*)(:|~|>=|<=|>|<)")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_BARE = re.compile(r'[^\s"]+')
_LISTED = re.compile(r'[^\s",]+')
_NUMBER = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)([A-Za-z]*)")
_AGO = re.compile(r"-(\d{1,9})([smhdw])")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_OLDEST = 10 * 365 * AGES["d"]


def parse(text: str) -> Query:
    """Raises QueryError."""
    if len(text) > LONGEST:
        raise QueryError(f"A query has at most {LONGEST} characters.", LONGEST, len(text))
    terms: list[Term] = []
    at = _after_space(text, 0)
    while at < len(text):
        terms.append(_term(text, at))
        at = _after_space(text, terms[-1].end)
        if len(terms) > MOST_TERMS:
            raise QueryError(f"A query has at most {MOST_TERMS} terms.", terms[-1].start, len(text))
    return Query(tuple(terms))


def _after_space(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _term(text: str, start: int) -> Term:
    found = _HEAD.match(text, start)
    if found is None:
        return _free_words(text, start)
    name = found[2].lower()
    head = _Head(start, bool(found[1]), ALIASES.get(name, name), found[3], found.end())
    if head.field not in FIELDS:
        message = f"There is no field {found[2]}; there are {', '.join(FIELDS)}. Put it in quotes to look for words."
        raise QueryError(message, found.start(2), found.end(2))
    return _BUILDERS[head.field](head, _values(text, head))


def _free_words(text: str, start: int) -> Words:
    negated = text[start] == "-"
    at = start + negated
    if text.startswith('"', at):
        written = _quoted(text, at)
        _check_end(text, written, "")
    else:
        end = next((i for i in range(at, len(text)) if text[i].isspace()), len(text))
        written = _Written(text[at:end], False, at, end)
    found = tuple(words(written.text))
    if not found:
        raise QueryError("There is no letter or digit here to look for.", start, written.end)
    return Words(start=start, end=written.end, negated=negated, words=found, prefix=not written.quoted)


def _values(text: str, head: _Head) -> list[_Written]:
    """The values from there on; only after `:` there may be several."""
    values = [_value(text, head, head.end)]
    while text.startswith(",", values[-1].end):
        values.append(_value(text, head, values[-1].end + 1))
    return values


def _value(text: str, head: _Head, at: int) -> _Written:
    if text.startswith('"', at):
        written = _quoted(text, at)
    else:
        bare = (_LISTED if head.op == ":" else _BARE).match(text, at)
        if bare is None:
            raise QueryError(f"A value is missing after {text[head.start : at]}", at - 1, at)
        written = _Written(bare[0], False, at, bare.end())
    _check_end(text, written, "," if head.op == ":" else "")
    return written


def _quoted(text: str, at: int) -> _Written:
    quoted = _QUOTED.match(text, at)
    if quoted is None:
        raise QueryError("This quote is never closed.", at, len(text))
    return _Written(quoted[1], True, at, quoted.end())


def _check_end(text: str, written: _Written, separators: str) -> None:
    following = text[written.end : written.end + 1]
    if following and not following.isspace() and following not in separators:
        message = "A quote must stand around the whole value, with a space after it."
        raise QueryError(message, written.start, written.end + 1)


def _one(head: _Head, values: Sequence[_Written]) -> _Written:
    if len(values) > 1:
        raise QueryError(f"{head.field}{head.op} takes one value.", values[0].start, values[-1].end)
    return values[0]


def _check_operator(head: _Head, operators: str) -> None:
    if head.op not in operators.split():
        known = " or ".join(operators.split())
        raise QueryError(f"{head.field} takes {known}, not {head.op}.", head.end - len(head.op), head.end)


def _name_term(head: _Head, values: Sequence[_Written]) -> Term:
    _check_operator(head, ": ~")
    end = values[-1].end
    if head.op == ":":
        found = tuple(_name_value(head.field, written) for written in values)
        return Match(start=head.start, end=end, negated=head.negated, field=head.field, values=found)
    written = values[0]
    pattern = written.text.replace('\\"', '"') if written.quoted else written.text
    try:
        compiled(pattern)
    except PatternError as error:
        raise QueryError(str(error), written.start, written.end) from error
    return Regex(start=head.start, end=end, negated=head.negated, field=head.field, pattern=pattern)


def _name_value(name: str, written: _Written) -> Value:
    if written.quoted:
        return Value(re.sub(r'\\(["\\])', r"\1", written.text))
    if name == "session" and "*" not in written.text:
        return Value(written.text + "*", glob=True)
    return Value(written.text, glob="*" in written.text)


def _id_term(head: _Head, values: Sequence[_Written]) -> Term:
    _check_operator(head, ":")
    found = tuple(Value(written.text) for written in values)
    return Match(start=head.start, end=values[-1].end, negated=head.negated, field=head.field, values=found)


def _number_term(head: _Head, values: Sequence[_Written]) -> Term:
    return _comparison(head, values, head.field, _number)


def _level_term(head: _Head, values: Sequence[_Written]) -> Term:
    return _comparison(head, values, "level", _level)


def _comparison(
    head: _Head, values: Sequence[_Written], name: str, read: Callable[[str, _Written], float | int]
) -> Compare:
    _check_operator(head, ": > >= < <=")
    if head.op != ":":
        _one(head, values)
    numbers = tuple(read(head.field, written) for written in values)
    return Compare(
        start=head.start, end=values[-1].end, negated=head.negated, field=name, op=OPERATORS[head.op], values=numbers
    )


def _number(name: str, written: _Written) -> float | int:
    found = _NUMBER.fullmatch(written.text)
    units = UNITS[name]
    if found is None or found[2].lower() not in units:
        known = ", ".join(unit for unit in units if unit)
        known = f", or one with {known} after it" if known else ""
        raise QueryError(f"{name} takes a number{known}.", written.start, written.end)
    number = float(found[1]) * units[found[2].lower()]
    return int(number) if number.is_integer() else number


def _level(name: str, written: _Written) -> int:
    level = LEVELS.get(written.text.lower())
    if level is None:
        raise QueryError("A level is debug, info, warn or error.", written.start, written.end)
    return level


def _is_term(head: _Head, values: Sequence[_Written]) -> Term:
    _check_operator(head, ":")
    written = _one(head, values)
    meant = {"error": ("level", ERROR), "waiting": ("waiting", 1)}.get(written.text.lower())
    if meant is None:
        raise QueryError("is: takes error or waiting.", written.start, written.end)
    name, value = meant
    return Compare(start=head.start, end=written.end, negated=head.negated, field=name, op="=", values=(value,))


def _time_term(head: _Head, values: Sequence[_Written]) -> Term:
    _check_operator(head, ":")
    written = _one(head, values)
    ago, clock, at = _ago(written), _clock(written), None
    if ago is None and clock is None:
        at = _instant(written)
    place = {"start": head.start, "end": written.end}
    return When(**place, negated=head.negated, field=head.field, ago=ago, clock=clock, at=at)


def _ago(written: _Written) -> int | None:
    found = _AGO.fullmatch(written.text)
    if found is None:
        return None
    ago = int(found[1]) * AGES[found[2]]
    if ago > _OLDEST:
        raise QueryError("A time is at most ten years ago.", written.start, written.end)
    return ago


def _clock(written: _Written) -> int | None:
    found = _CLOCK.fullmatch(written.text)
    return int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3] or 0) if found else None


def _instant(written: _Written) -> datetime:
    text = f"{written.text}T00:00:00Z" if _DAY.fullmatch(written.text) else written.text
    try:
        at = msgspec.convert(text, datetime)
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except (msgspec.ValidationError, OverflowError):
        pass
    message = "A time is like -15m (also s, h, d, w), 21:28 (UTC), 2026-11-24 or 2026-11-24T21:28:00Z."
    raise QueryError(message, written.start, written.end)


_BUILDERS: dict[str, Callable[[_Head, Sequence[_Written]], Term]] = {
    **dict.fromkeys(NAMES, _name_term),
    **dict.fromkeys(UNITS, _number_term),
    "id": _id_term,
    "level": _level_term,
    "is": _is_term,
    "after": _time_term,
    "before": _time_term,
}
