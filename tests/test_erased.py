"""Ranges of erased seqs agree with plain sets of seqs, however they are told."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.erased import Erased, Range, gaps, ranges

SEQS = st.sets(st.integers(1, 60))
RANGE = st.tuples(st.integers(1, 60), st.integers(0, 12)).map(lambda each: (each[0], each[0] + each[1]))
TOLD = st.lists(st.tuples(RANGE, st.sampled_from(["a", "b"])), max_size=12)


def seqs_of(found: list[Range]) -> list[int]:
    return [seq for first, last in found for seq in range(first, last + 1)]


def erased_of(told: list[tuple[Range, str]]) -> Erased:
    erased = Erased()
    for each, subject in told:
        erased.add([each], subject)
    return erased


@given(SEQS)
def test_ranges_hold_the_same_seqs_and_are_as_few_as_can_be(seqs: set[int]) -> None:
    found = ranges(sorted(seqs))
    assert seqs_of(found) == sorted(seqs)
    assert all(after[0] > before[1] + 1 for before, after in pairwise(found))


@given(SEQS, RANGE)
def test_gaps_are_what_is_left_out(seqs: set[int], within: Range) -> None:
    there = sorted(seq for seq in seqs if within[0] <= seq <= within[1])
    assert set(seqs_of(list(gaps(there, *within)))) == set(seqs_of([within])) - seqs


@given(TOLD, RANGE)
def test_holes_and_erased_parts_of_a_range_make_it_up(told: list[tuple[Range, str]], within: Range) -> None:
    erased = erased_of(told)
    gone = set(seqs_of([each for each, _ in told]))
    parts = [(span.first, span.last) for span in erased.within(*within)]
    assert seqs_of(parts) == sorted(gone & set(seqs_of([within])))
    assert seqs_of(list(erased.holes(*within))) == sorted(set(seqs_of([within])) - gone)


@given(TOLD)
def test_what_was_told_first_of_a_seq_holds(told: list[tuple[Range, str]]) -> None:
    erased = erased_of(told)
    first: dict[int, str] = {}
    for each, subject in told:
        for seq in seqs_of([each]):
            first.setdefault(seq, subject)
    for seq in range(80):
        span = erased.find(seq)
        assert (span.subject if span else None) == first.get(seq)
        assert span is None or span.first <= seq <= span.last


@given(TOLD, st.integers(1, 80))
def test_a_beginning_reaches_back_over_all_that_was_erased_before_it(told: list[tuple[Range, str]], seq: int) -> None:
    gone = set(seqs_of([each for each, _ in told]))
    start = seq
    while start - 1 in gone:
        start -= 1
    assert erased_of(told).start_of(seq) == start


def test_nothing_erased_is_nothing() -> None:
    assert not Erased()
    assert erased_of([((3, 3), "a")])
