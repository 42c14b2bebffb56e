"""The patterns of the query language: RE2, in either case, and never slow."""

from __future__ import annotations

import pytest

from services.pattern import LONGEST, PatternError, compiled


@pytest.mark.parametrize(
    ("pattern", "found", "missed"),
    [
        ("handlers", ["src/handlers.py", "handlers"], ["handler", ""]),
        (r"\.py$", ["a.py"], ["a.pyc", "apy"]),
        ("^(qa|pm)$", ["qa", "pm"], ["qam", "", "q"]),
        ("^src/.*/test_[a-z]+\\.py$", ["src/a/b/test_x.py"], ["src/test_x.py", "src/a/test_.py"]),
        ("[^/]{3}$", ["a/bcd"], ["a/bc"]),
        ("A[B-D]+", ["abcd", "ABCD"], ["ae"]),
        ("", ["", "a"], []),
        ("^ä$", ["ä", "Ä"], ["a"]),
    ],
)
def test_a_pattern_finds_what_it_says(pattern: str, found: list[str], missed: list[str]) -> None:
    search = compiled(pattern).search
    assert [text for text in found if search(text) is None] == []
    assert [text for text in missed if search(text) is not None] == []


@pytest.mark.parametrize("pattern", ["(a", "[a", "*a", "(?=a)", r"\1", "\\", "[z-a]", "a{2000}", "a" * (LONGEST + 1)])
def test_a_pattern_that_is_wrong_or_too_large_is_refused_with_a_sentence(pattern: str) -> None:
    with pytest.raises(PatternError, match=r"^The pattern .*\.$"):
        compiled(pattern)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)+$", "(a|aa)+$", "(.*a){10}$"])
def test_a_pattern_that_would_hang_a_backtracking_engine_ends(pattern: str) -> None:
    assert compiled(pattern).search("a" * 100_000 + "b") is None
