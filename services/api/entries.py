"""What stands on the log, as it is kept and folded."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache

import msgspec

from services import events
from services.api.history import Entry
from services.events import Recorded
from services.log import Stored
from services.subjects import name, tokens

logger = logging.getLogger("lookout")


def entries(chunk: Iterable[Stored], after: datetime) -> Iterator[Entry]:
    """What is stored, decoded, and with a time that never runs backwards, not before `after` either."""
    for stored in chunk:
        if stored.erased:
            continue
        if stored.time > after:
            after = stored.time
        payload = stored.payload
        try:
            event = events.decode(type_in(stored.subject) or _type_of(payload), payload)
        except msgspec.DecodeError as error:
            logger.warning("seq %d is no event and is passed over: %s", stored.seq, error)
            continue
        yield Recorded(stored.seq, after, event), payload


@lru_cache(maxsize=4096)
def type_in(subject: str) -> str | None:
    return name(tokens(subject).type)


class _Typed(msgspec.Struct):
    type: str = ""


def _type_of(payload: bytes) -> str:
    """For a type whose token in the subject is only a hash of it."""
    return msgspec.json.decode(payload, type=_Typed).type
