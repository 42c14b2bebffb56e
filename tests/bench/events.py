"""What a team does, by the hundred thousand, as it stands on the log."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import NamedTuple

from services.adapters.native import translate
from services.events import encode, now
from services.log import Message
from services.subjects import event_subject
from tests import bulk

TEMPLATES = 20_000
"""Events that are made with care; the rest is these again, with ids of their own."""


class Made(NamedTuple):
    type: str
    subject: str
    payload: bytes


def stored_events(count: int, sessions: int = bulk.SESSIONS) -> Iterator[Made]:
    """The same ones each time. `@` in a template stands for the round."""
    templates = _templates(min(count, TEMPLATES), sessions)
    for number in range(count):
        each = templates[number % len(templates)]
        yield each._replace(payload=each.payload.replace(b"@", b"%d" % (number // len(templates))))


def messages(count: int) -> Iterator[Message]:
    for number, each in enumerate(stored_events(count)):
        yield Message(each.subject, f"bench-{number}", each.payload)


def _templates(count: int, sessions: int) -> list[Made]:
    chance = random.Random(7)
    told: list[dict[str, object]] = []
    while len(told) < count:
        told += bulk.events(chance, len(told), sessions)
    lines = [json.dumps(each | {"id": f"@-{number}"}).encode() for number, each in enumerate(told[:count])]
    made = (event for line in lines for event in translate(line, {}, now()))
    return [Made(each.type, event_subject(each.project, each.session, each.type), encode(each)) for each in made]
