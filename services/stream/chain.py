"""A state and what leads on from it, in order, for clients that are at different places of it. Pure."""

from __future__ import annotations

from typing import NamedTuple

PATCHES = 64
"""Patches kept in a row; who is further behind gets the state whole."""

Frames = tuple[bytes, ...]


class Update(NamedTuple):
    """What a client gets next, as it is on the wire, and where on which line of patches it then is."""

    line: object
    number: int
    frames: Frames


class Held(NamedTuple):
    """The state that a client has: of which project, and where it is on which line of patches."""

    project: str | None
    line: object
    number: int


class Chain:
    """A whole state and the patches that lead on, all of one API instance, since replicas' patches never mix.

    Patches are numbered here, because several can leave at one seq: what time alone changes is told without an event.
    """

    def __init__(self) -> None:
        self.seq = -1
        """Of the newest state."""
        self.whole: Update | None = None
        self._line = object()
        self._instance = ""
        self._count = 0
        self._patches: dict[int, tuple[int, Frames]] = {}

    def take_whole(self, instance: str, seq: int, frames: Frames) -> None:
        """`instance` is a subject token, here and below."""
        if instance != self._instance or seq > self.seq:
            self._begin(instance, seq)
        # Of several patches that leave at one seq the state may have some: they set what they set, twice if need be.
        starts = (number for number, (start, _) in self._patches.items() if start == seq)
        number = self._count if seq == self.seq else -1
        self.whole = Update(self._line, next(starts, number), frames)

    def take_patch(self, instance: str, start: int, seq: int, frames: Frames) -> None:
        """Where it does not follow on what is here, the clients need the whole state."""
        if not self._instance:
            self._begin(instance, start)
        if instance != self._instance or start < self.seq:
            return
        if start > self.seq:
            self._begin(instance, start)
        self._patches[self._count] = (start, frames)
        self._patches.pop(self._count - PATCHES, None)
        self._count += 1
        self.seq = seq

    def forget(self) -> None:
        """Patches may have been lost, unnoticed."""
        self._begin("", -1)

    def _begin(self, instance: str, seq: int) -> None:
        self._line, self._instance, self.seq = object(), instance, seq
        self._count, self._patches, self.whole = 0, {}, None

    def after(self, held: Held | None) -> Update | None:
        """The next thing for a client that holds this, None where it has all.

        Raises LookupError where nothing leads there from what is held: a whole state must be fetched.
        """
        if held is not None and held.line is self._line:
            if held.number in self._patches:
                return Update(self._line, held.number + 1, self._patches[held.number][1])
            if held.number == self._count:
                return None
        if self.whole is None or (self.whole.number != self._count and self.whole.number not in self._patches):
            raise LookupError("no state that leads to the newest")
        return self.whole
