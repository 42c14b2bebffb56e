"""Names become tokens that NATS takes and that are never mistaken for another name's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import subjects

names = st.text(max_size=200)


@given(names)
def test_a_token_is_safe_in_a_subject(name: str) -> None:
    token = subjects.token(name)
    assert 0 < len(token) <= subjects.LONGEST
    assert token.isascii()
    assert not set(token) & set(" .*>\r\n\t")


@given(names, names)
def test_two_names_never_share_a_token(one: str, other: str) -> None:
    assert (subjects.token(one) == subjects.token(other)) == (one == other)


@given(st.text(max_size=20))
def test_a_name_is_read_back_from_its_token(name: str) -> None:
    token = subjects.token(name)
    assert subjects.name(token) in (name, None)
    assert "%~" in token or subjects.name(token) == name


@pytest.mark.parametrize(
    ("name", "token"),
    [
        ("", "_"),
        ("_", "%5F"),
        ("a_b-C1", "a_b-C1"),
        ("a.b", "a%2Eb"),
        ("*", "%2A"),
        (">", "%3E"),
        ("my project", "my%20project"),
        ("50%", "50%25"),
    ],
)
def test_the_encoding_is_as_documented(name: str, token: str) -> None:
    assert subjects.token(name) == token


def test_a_long_name_keeps_its_beginning_and_is_told_apart_by_its_hash() -> None:
    one, other = subjects.token("a" * 129), subjects.token("a" * 130)
    assert one.startswith("a" * 64 + "%~")
    assert one != other
    assert subjects.name(one) is None


def test_an_event_has_one_subject_on_the_log_and_the_same_tokens_live() -> None:
    assert subjects.event_subject("web", "", "file_operation") == "events.web._.file_operation"
    assert subjects.tokens("live.web._.file_operation") == ("web", "_", "file_operation")
