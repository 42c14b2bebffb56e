"""A session erased from a log, as the API does it."""

from __future__ import annotations

from collections.abc import Iterable

from services.erased import Range
from services.events import LOOKOUT, Envelope, SessionErased, now, random_id
from services.log import EventLog, Message, message


def erasure(erased: Iterable[Range], session: str = "s", project: str = "p") -> Message:
    data = SessionErased(session_id=session, ranges=list(erased))
    event = Envelope(
        id=random_id(), source=LOOKOUT, type="session_erased", time=now(), project=project, agent="ada", data=data
    )
    return message(event)


async def erase(log: EventLog, erased: Iterable[Range], session: str = "s", project: str = "p") -> int:
    """Says so, then deletes; returns the seq of the `session_erased`."""
    erased = list(erased)
    ack = await log.append(erasure(erased, session, project))
    for first, last in erased:
        for seq in range(first, last + 1):
            await log.erase(seq)
    return ack.seq
