"""Which seqs of the log were erased, as its `session_erased` events tell.

A log without a hole is complete; so whoever meets a hole looks here whether it was meant (`services/follow.py`).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from typing import NamedTuple

Range = tuple[int, int]
"""The first and the last seq."""


def ranges(seqs: Iterable[int]) -> list[Range]:
    """Ascending seqs as ranges, as few as there can be."""
    found: list[Range] = []
    for seq in seqs:
        if found and seq == found[-1][1] + 1:
            found[-1] = found[-1][0], seq
        else:
            found.append((seq, seq))
    return found


def gaps(seqs: Iterable[int], first: int, last: int) -> Iterator[Range]:
    """The ranges from `first` to `last` that ascending seqs leave out."""
    for seq in seqs:
        if seq > first:
            yield first, seq - 1
        first = seq + 1
    if first <= last:
        yield first, last


class Span(NamedTuple):
    """Neighbouring seqs that belonged to one session; `subject` is that of its events, without a type."""

    last: int
    first: int
    subject: str


class Erased:
    """Seqs that were erased, and what they belonged to. What was told first of a seq holds."""

    def __init__(self) -> None:
        self._spans: list[Span] = []
        """Disjoint, ascending."""

    def __bool__(self) -> bool:
        return bool(self._spans)

    def add(self, erased: Iterable[Range], subject: str) -> None:
        for first, last in erased:
            for low, high in list(self.holes(first, last)):
                insort(self._spans, Span(high, low, subject))

    def find(self, seq: int) -> Span | None:
        number = bisect_left(self._spans, (seq,))
        return self._spans[number] if number < len(self._spans) and self._spans[number].first <= seq else None

    def within(self, first: int, last: int) -> Iterator[Span]:
        """The spans of this range, cut to it."""
        number = bisect_left(self._spans, (first,))
        while number < len(self._spans) and self._spans[number].first <= last:
            each = self._spans[number]
            yield Span(min(each.last, last), max(each.first, first), each.subject)
            number += 1

    def holes(self, first: int, last: int) -> Iterator[Range]:
        """What of this range was not erased."""
        for span in self.within(first, last):
            if span.first > first:
                yield first, span.first - 1
            first = span.last + 1
        if first <= last:
            yield first, last

    def start_of(self, seq: int) -> int:
        """The first of the seqs before this one that, in a row, were all erased; else the seq itself."""
        while (span := self.find(seq - 1)) is not None:
            seq = span.first
        return seq
