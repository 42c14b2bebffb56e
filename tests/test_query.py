"""The cases of `fixtures/query.json` are shared with the page's parser; what they leave out is here."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.query import FIELDS, LONGEST, Query, QueryError, matches, parse
from services.row import Row
from services.terms import When, moment

FIXTURE: dict[str, Any] = json.loads((Path(__file__).parent / "fixtures" / "query.json").read_text())
NOW = msgspec.convert(FIXTURE["now"], datetime)
ROWS = msgspec.convert(FIXTURE["rows"], list[Row])


@pytest.mark.parametrize("case", [case for case in FIXTURE["cases"] if "ast" in case], ids=lambda case: case["query"])
def test_a_query_has_its_ast_and_finds_its_rows(case: dict[str, Any]) -> None:
    query = parse(case["query"])
    assert msgspec.to_builtins(query) == msgspec.to_builtins(msgspec.convert(case["ast"], Query))
    assert [row.seq for row in ROWS if matches(query, row, NOW)] == case["matches"]


@pytest.mark.parametrize("case", [case for case in FIXTURE["cases"] if "error" in case], ids=lambda case: case["query"])
def test_a_query_that_is_wrong_says_where(case: dict[str, Any]) -> None:
    with pytest.raises(QueryError) as caught:
        parse(case["query"])
    assert {"start": caught.value.start, "end": caught.value.end} == case["error"]


def test_an_unknown_field_is_answered_with_those_there_are() -> None:
    with pytest.raises(QueryError) as caught:
        parse("tool:Read colour:red")
    assert caught.value.message.startswith("There is no field colour; there are type, agent, ")
    assert all(name in caught.value.message for name in FIELDS)


@pytest.mark.parametrize("text", ["a" * (LONGEST + 1), "a " * 60])
def test_a_query_that_is_too_long_is_refused(text: str) -> None:
    with pytest.raises(QueryError, match="at most"):
        parse(text)


def parsed(text: str) -> Query | QueryError:
    try:
        return parse(text)
    except QueryError as error:
        return error


@given(st.text() | st.text('-":~<>=,*\\ ab1') | st.lists(st.sampled_from([*FIELDS, *'-:~"<>, a1'])).map("".join))
def test_any_text_is_a_query_or_a_query_error_within_it(text: str) -> None:
    query = parsed(text)
    if isinstance(query, QueryError):
        assert 0 <= query.start < query.end <= len(text)
        return
    for term in query.terms:
        assert text[term.start : term.end].strip() == text[term.start : term.end] != ""
        assert text[term.start].startswith("-") == term.negated
    assert msgspec.json.decode(msgspec.json.encode(query), type=Query) == query
    assert all(matches(query, row, NOW) in (True, False) for row in ROWS)


def test_a_time_of_day_is_the_last_one_there_was() -> None:
    now = datetime(2026, 11, 24, 0, 10, tzinfo=UTC)
    term = When(start=0, end=0, field="after", clock=23 * 3600)
    assert moment(term, now) == datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
    assert moment(term, now + timedelta(hours=23)) == datetime(2026, 11, 24, 23, 0, tzinfo=UTC)
