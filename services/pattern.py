"""Regular expressions that take linear time, for the `~` of the query language.

Python's `re` backtracks: `(a+)+$` on thirty letters takes minutes. Here a pattern becomes an automaton whose states are
found as texts need them, so that a text costs one step a character, whatever the pattern. Like RE2, it knows neither
backreferences nor lookaround. Letters match in either case.

    ab  a|b  (ab)  (?:ab)  [a-z0-9_]  [^/]  .  ^  $  a*  a+  a?  a{2}  a{2,}  a{2,5}  \\d \\w \\s \\D \\W \\S  \\.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple

LONGEST = 200
"""Characters of a pattern."""

MOST_NODES = 400
"""Nodes of an automaton; each costs time in every new state."""

MOST_STEPS = 10_000
"""Steps that an automaton remembers; then it begins anew."""

DEEPEST = 20
"""Brackets inside each other."""

MOST_REPEATS = 100

_WORD = (("0", "9"), ("a", "z"), ("A", "Z"), ("_", "_"))
_SETS: dict[str, tuple[tuple[str, str], ...]] = {
    "d": (("0", "9"),),
    "w": _WORD,
    "s": ((" ", " "), ("\t", "\r")),
}
_COUNT = re.compile(r"\{(\d{1,3})(,(\d{0,3}))?\}")


class PatternError(Exception):
    """What a pattern has that it must not have, as a sentence for its author."""


class Set(NamedTuple):
    """One character out of ranges, or none of them."""

    ranges: tuple[tuple[str, str], ...]
    inverted: bool = False

    def has(self, character: str) -> bool:
        forms = {character, character.upper()}
        return any(low <= each <= high for low, high in self.ranges for each in forms) != self.inverted


class Node(NamedTuple):
    """`set` is passed by a character of it; without one a node leads on at once, where `only` allows it."""

    following: tuple[int, ...]
    set: Set | None = None
    only: str = ""
    """`^`: at the beginning of the text; `$`: at its end."""


ACCEPT = 0

Part = Callable[[int], int]
"""Adds a part of the pattern before the node with the given index and gives the index of its first node."""


class _Builder:
    """Reads a pattern from left to right; a part is only built once what follows it is."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.depth = 0
        self.nodes: list[Node] = [Node(())]

    def add(self, node: Node) -> int:
        if len(self.nodes) >= MOST_NODES:
            raise PatternError("The pattern is too large; use fewer or smaller repetitions.")
        self.nodes.append(node)
        return len(self.nodes) - 1

    def peek(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def take(self) -> str:
        character = self.peek()
        self.at += 1
        return character

    def whole(self) -> int:
        part = self.alternatives()
        if self.peek():
            raise PatternError("The pattern closes a bracket that it never opened.")
        return part(ACCEPT)

    def alternatives(self) -> Part:
        parts = [self.sequence()]
        while self.peek() == "|":
            self.take()
            parts.append(self.sequence())
        if len(parts) == 1:
            return parts[0]
        return lambda after: self.add(Node(tuple(part(after) for part in parts)))

    def sequence(self) -> Part:
        parts: list[Part] = []
        while self.peek() not in ("", "|", ")"):
            parts.append(self.repeated())
        if not parts:
            # Nothing is a node too, or `((){100}){100}` would be built without an end.
            return lambda after: self.add(Node((after,)))

        def build(after: int) -> int:
            for part in reversed(parts):
                after = part(after)
            return after

        return build

    def repeated(self) -> Part:
        part = self.atom()
        count = self.count()
        if count is None:
            return part
        if self.count() is not None:
            raise PatternError("The pattern repeats a repetition; put the inner one in brackets.")
        return self.times(part, *count)

    def count(self) -> tuple[int, int | None] | None:
        counted = _COUNT.match(self.pattern, self.at)
        if counted:
            self.at = counted.end()
            least = int(counted[1])
            most = least if counted[2] is None else int(counted[3]) if counted[3] else None
            if max(least, most or 0) > MOST_REPEATS or (most is not None and most < least):
                raise PatternError(f"The pattern has a repetition that is not between 0 and {MOST_REPEATS}.")
        elif self.peek() in ("*", "+", "?"):
            least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}[self.take()]
        else:
            return None
        # A lazy repetition finds the same texts as a greedy one.
        if self.peek() == "?":
            self.take()
        return least, most

    def times(self, part: Part, least: int, most: int | None) -> Part:
        def build(after: int) -> int:
            if most is None:
                after = self.loop(part, after)
            else:
                end = after
                for _ in range(most - least):
                    after = self.add(Node((part(after), end)))
            for _ in range(least):
                after = part(after)
            return after

        return build

    def loop(self, part: Part, after: int) -> int:
        again = self.add(Node(()))
        self.nodes[again] = Node((part(again), after))
        return again

    def atom(self) -> Part:
        character = self.take()
        if character == "(":
            return self.group()
        if character in "^$":
            return lambda after: self.add(Node((after,), only=character))
        if character in "*+?" or (character == "{" and _COUNT.match(self.pattern, self.at - 1)):
            raise PatternError(f"The pattern has nothing before {character} to repeat.")
        chosen = self.single(character)
        return lambda after: self.add(Node((after,), chosen))

    def group(self) -> Part:
        if self.pattern.startswith("?:", self.at):
            self.at += 2
        elif self.peek() == "?":
            raise PatternError("The pattern uses (?...); only (?:...) is known, no lookaround, flags or names.")
        self.depth += 1
        if self.depth > DEEPEST:
            raise PatternError(f"The pattern has more than {DEEPEST} brackets inside each other.")
        part = self.alternatives()
        if self.take() != ")":
            raise PatternError("The pattern opens a bracket ( that it never closes.")
        self.depth -= 1
        return part

    def single(self, character: str) -> Set:
        if character == "[":
            return self.choice()
        if character == ".":
            return Set((), inverted=True)
        if character == "\\":
            return self.escaped()
        return Set(((character, character), (character.lower(), character.lower())))

    def escaped(self) -> Set:
        character = self.take()
        if character.lower() in _SETS and character:
            return Set(_SETS[character.lower()], inverted=character.isupper())
        if character in ("n", "t", "r"):
            character = {"n": "\n", "t": "\t", "r": "\r"}[character]
        elif not character or character.isalnum():
            raise PatternError(f"The pattern has \\{character}, which is not known here.")
        return Set(((character, character),))

    def choice(self) -> Set:
        inverted = self.peek() == "^"
        self.at += inverted
        ranges: list[tuple[str, str]] = []
        while self.peek() != "]" or not ranges:
            low = self.member()
            if self.peek() == "-" and self.pattern[self.at + 1 : self.at + 2] not in ("", "]"):
                self.take()
                ranges.append(self.range(low, self.member()))
            else:
                ranges.extend(low.ranges)
        self.take()
        return Set(tuple(ranges), inverted)

    def member(self) -> Set:
        character = self.take()
        if not character:
            raise PatternError("The pattern opens a bracket [ that it never closes.")
        member = self.escaped() if character == "\\" else Set(((character, character),))
        if member.inverted:
            raise PatternError("The pattern has \\D, \\W or \\S inside [ ], which is not known here.")
        return member

    def range(self, low: Set, high: Set) -> tuple[str, str]:
        if low.ranges[-1] <= high.ranges[0] and all(len(set(one)) == 1 for end in (low, high) for one in end.ranges):
            return low.ranges[0][0], high.ranges[0][0]
        raise PatternError("The pattern has a range inside [ ] that is not from one character to a later one.")


class State:
    """Where a text has led so far; `steps` is filled as characters come."""

    __slots__ = ("accepted", "accepted_at_end", "nodes", "steps")

    def __init__(self, nodes: frozenset[int], accepted_at_end: bool) -> None:
        self.nodes = nodes
        self.accepted = ACCEPT in nodes
        self.accepted_at_end = accepted_at_end
        self.steps: dict[str, State] = {}


class Pattern:
    """A compiled pattern. Several threads may use it at once: they find the same states."""

    def __init__(self, pattern: str) -> None:
        builder = _Builder(pattern)
        self._start = builder.whole()
        self._nodes = builder.nodes
        self._forget()

    def _forget(self) -> None:
        self._steps = 0
        self._states: dict[frozenset[int], State] = {}
        self._first = self._state(self._reach([self._start], "^"), "^$")

    def search(self, text: str) -> bool:
        """Whether the pattern occurs anywhere in a text that is in lower case."""
        state = self._first
        for character in text:
            if state.accepted:
                return True
            state = state.steps.get(character) or self._step(state, character)
        return state.accepted or state.accepted_at_end

    def _step(self, state: State, character: str) -> State:
        self._steps += 1
        if self._steps > MOST_STEPS:
            self._forget()
        passed = [self._start]
        for index in state.nodes:
            node = self._nodes[index]
            if node.set is not None and node.set.has(character):
                passed.extend(node.following)
        nodes = self._reach(passed, "")
        after = self._states.get(nodes) or self._states.setdefault(nodes, self._state(nodes, "$"))
        state.steps[character] = after
        return after

    def _state(self, nodes: frozenset[int], end: str) -> State:
        return State(nodes, ACCEPT in self._reach(nodes, end))

    def _reach(self, indexes: Iterable[int], place: str) -> frozenset[int]:
        """All nodes that these lead to without another character, where the text is at `place`."""
        reached: set[int] = set()
        waiting = list(indexes)
        while waiting:
            index = waiting.pop()
            if index in reached:
                continue
            reached.add(index)
            node = self._nodes[index]
            if node.set is None and (not node.only or node.only in place):
                waiting.extend(node.following)
        return frozenset(reached)


@lru_cache(maxsize=32)
def compiled(pattern: str) -> Pattern:
    """Raises PatternError."""
    if len(pattern) > LONGEST:
        raise PatternError(f"The pattern is longer than {LONGEST} characters.")
    return Pattern(pattern)
