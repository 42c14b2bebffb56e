"""Who, where and when: what all events of one payload have in common."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from services.adapters.payload import LONGEST_NAME, Payload, scalars
from services.events import (
    CONTROL_FRAMES,
    DEFAULT_PROJECT,
    EVENT_TYPES,
    MAIN_AGENT,
    Data,
    Envelope,
    is_reserved,
    natural_id,
    random_id,
)

TYPE_NAMES = {data: name for name, data in EVENT_TYPES.items()}
LONGEST_TYPE = 128
IN_THE_ENVELOPE = ("session_id", "timestamp", "transcript_path")
"""Said by the envelope, the last one by its session."""


class Origin(Struct, frozen=True, kw_only=True):
    source: str
    project: str
    session: str
    time: datetime
    received: datetime
    agent: str = MAIN_AGENT
    """The name of the agent that acted."""
    agent_id: str = MAIN_AGENT
    host: str = ""

    def event(self, data: Data, *key: str) -> Envelope[Any]:
        """Data of a known type. By `key`, if all of it is there, the source can tell this event from any other."""
        return self._envelope(TYPE_NAMES[type(data)], data, key)

    def custom(self, name: str, payload: Payload) -> Envelope[Any]:
        """An event of the source's own, without contents."""
        told = {key: value for key, value in payload.items() if key not in IN_THE_ENVELOPE}
        return self._envelope(self._custom_type(name), scalars(told), ())

    def _envelope(self, event_type: str, data: Any, key: tuple[str, ...]) -> Envelope[Any]:
        return Envelope(
            id=natural_id(self.session, event_type, *key) if key and all(key) else random_id(),
            source=self.source,
            type=event_type,
            time=self.time,
            project=self.project,
            session=self.session,
            agent=self.agent,
            host=self.host,
            received=self.received,
            data=data,
        )

    def _custom_type(self, name: str) -> str:
        """A type that none of ours and no control frame has: a client may call its own event `state` or `audit.x`."""
        snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name[:LONGEST_TYPE]).lower()
        snake = re.sub(r"[^a-z0-9_.:-]+", "_", snake)[: LONGEST_TYPE - len(self.source) - 1].strip("_")
        if snake and snake not in EVENT_TYPES and snake not in CONTROL_FRAMES and not is_reserved(snake):
            return snake
        return f"{self.source.replace('-', '_')}_{snake or 'event'}"


def project_of(headers: Mapping[str, str], *names: str) -> str:
    """The header's project, else the first name there is, else `default`."""
    return next((name[:LONGEST_NAME] for name in (told_project(headers), *names) if name), DEFAULT_PROJECT)


def told_project(headers: Mapping[str, str]) -> str:
    """The header's project, or nothing."""
    return headers.get("x-lookout-project", "").strip()[:LONGEST_NAME]


def host_of(headers: Mapping[str, str]) -> str:
    return headers.get("x-lookout-host", "").strip()[:LONGEST_NAME]


def last_part(path: str) -> str:
    """The folder's name, of a path of any system."""
    return path.replace("\\", "/").rstrip("/").rpartition("/")[2]
