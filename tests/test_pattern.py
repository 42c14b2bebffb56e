from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.pattern import Pattern, PatternError, compiled


@pytest.mark.parametrize(
    ("pattern", "found", "missed"),
    [
        ("handlers", ["src/handlers.py", "handlers"], ["handler", ""]),
        (r"\.py$", ["a.py"], ["a.pyc", "apy"]),
        ("^(qa|pm)$", ["qa", "pm"], ["qam", "", "q"]),
        ("^src/.*/test_[a-z]+\\.py$", ["src/a/b/test_x.py"], ["src/test_x.py", "src/a/test_.py"]),
        ("[^/]{3}$", ["a/bcd"], ["a/bc"]),
        (r"\d{2,3}x", ["12x", "1234x"], ["1x"]),
        ("A[B-D]+", ["abcd"], ["ae"]),
        ("", ["", "a"], []),
        ("^$", [""], ["a"]),
        (r"a\+b|\[", ["a+b", "["], ["aab"]),
        ("a{,2}", ["a{,2}"], ["aa"]),
        ("($^|a)b", ["ab"], ["b", ""]),
    ],
)
def test_a_pattern_finds_what_it_says(pattern: str, found: list[str], missed: list[str]) -> None:
    search = compiled(pattern).search
    assert [text for text in found if not search(text)] == []
    assert [text for text in missed if search(text)] == []


WRONG = [r"(a", "a)", "[a", "*a", "a**", "a*+", "(?=a)", "(?P<x>a)", r"\1", r"\b", "\\", "[z-a]", r"[\D]", r"[\d-z]"]
TOO_LARGE = ["a{200}", "a{3,2}", "a" * 201, "(((a{50}){50}){50})", "((){100}){100}", "(" * 60]


@pytest.mark.parametrize("pattern", WRONG + TOO_LARGE)
def test_a_pattern_that_is_wrong_or_too_large_is_refused_with_a_sentence(pattern: str) -> None:
    with pytest.raises(PatternError, match=r"^The pattern .*\.$"):
        compiled(pattern)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)+$", "(a|aa)+$", "a?" * 30 + "a" * 30 + "$", "(.*a){10}$"])
def test_a_pattern_that_would_hang_a_backtracking_engine_takes_no_time(pattern: str) -> None:
    began = time.process_time()
    assert not Pattern(pattern).search("a" * 2000 + "b")
    assert time.process_time() - began < 2


def quantified(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(lambda a, q: f"(?:{a}){q}", inner, st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{2,}", "*?"]))


atoms = st.sampled_from(["a", "b", "c", ".", "[ab]", "[^a]", "[A-B]", r"\d", r"\W", "1", "^", "$", ""])
patterns = st.recursive(
    atoms,
    lambda inner: (
        st.builds("{}{}".format, inner, inner) | st.builds("(?:{}|{})".format, inner, inner) | quantified(inner)
    ),
    max_leaves=8,
)


@settings(max_examples=400, deadline=None)
@given(patterns, st.lists(st.text("abc1-", max_size=7), min_size=1, max_size=10))
def test_every_pattern_finds_what_the_standard_library_finds(pattern: str, texts: list[str]) -> None:
    automaton = Pattern(pattern)
    # \Z, because Python's $ also stands before a last newline.
    library = re.compile(pattern.replace("$", r"\Z"), re.IGNORECASE | re.DOTALL | re.ASCII)
    assert [automaton.search(text) for text in texts] == [bool(library.search(text)) for text in texts]
