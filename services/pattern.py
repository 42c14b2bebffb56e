"""Regular expressions that take linear time, for the `~` of the query language: the syntax of RE2
(https://github.com/google/re2/wiki/Syntax), in which letters match in either case.

Python's `re` backtracks: `(a+)+$` on thirty letters takes minutes, and anyone who may ask may ask that.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol

import re2

LONGEST = 200
"""Characters of a pattern."""

MEMORY = 1 << 20
"""Bytes that a compiled pattern may take."""


class PatternError(Exception):
    """What is wrong with a pattern, as a sentence."""


class Pattern(Protocol):
    def search(self, text: str) -> object | None:
        """Something where it matches anywhere in the text."""
        ...


@lru_cache(maxsize=32)
def compiled(pattern: str) -> Pattern:
    """Raises PatternError."""
    if len(pattern) > LONGEST:
        raise PatternError(f"The pattern is longer than {LONGEST} characters.")
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = MEMORY
    try:
        found: Pattern = re2.compile(pattern, options)
    except re2.error as error:
        raise PatternError(f"The pattern is not one of RE2: {_reason(error)}.") from error
    return found


def _reason(error: Exception) -> str:
    [reason] = error.args
    return reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
