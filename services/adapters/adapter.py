"""What an adapter is: it turns a client's payload into events."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from services.events import Envelope

MIB = 1 << 20

Translate = Callable[[bytes, Mapping[str, str], datetime], list[Envelope[Any]]]
"""(body, headers by lower-case name, when it was received) -> events; pure but for random ids. Raises Refused."""


class Refused(Exception):
    """A body that is no event. `detail` is a sentence; of an array, `items` has {"index", "detail"} of each bad one."""

    def __init__(self, detail: str, items: Sequence[Mapping[str, object]] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.items = list(items)


class Adapter(NamedTuple):
    """answers_positions: 202 with ids and positions; else 204 and an empty body.

    An agent program takes what a hook's answer says for a decision, so hooks are answered with nothing.
    is_forwarded: its events have gone through an adapter before, and have the project that they were given there.
    """

    translate: Translate
    max_bytes: int
    answers_positions: bool
    is_forwarded: bool = False
