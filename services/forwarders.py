"""What a forwarder says of itself with everything that it sends; ingest passes it on to the API."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

HEADER = "x-lookout-forwarder"

Name = Annotated[str, Meta(max_length=256)]
Figure = Annotated[int, Meta(ge=0, le=2**53)]
Seconds = Annotated[float, Meta(ge=0, le=2**53)]


class Forwarder(Struct, frozen=True, kw_only=True):
    """A forwarder as it is once the server has what comes with this. Sizes in bytes."""

    spool: Annotated[str, Meta(min_length=1, max_length=64)]
    """Tells it apart from the others of its host."""
    host: Name
    version: Name
    uptime: Seconds
    interval: Seconds
    """Until it is heard again at the latest, where nothing is in its way."""
    waiting: Figure
    """Events that the server does not have yet."""
    waiting_bytes: Figure
    max_bytes: Figure
    oldest: Annotated[datetime, Meta(tz=True)] | None
    """When it took the first of those that wait."""
    sent: Figure
    """These three are counted since the spool was made."""
    refused: Figure
    """Events that the server did not take."""
    lost: Figure
    """Events that the spool had no room for."""


class Heard(Struct, frozen=True):
    """A forwarder as ingest has heard it; `projects` are those that its key is for, None where it may send to all.

    sender: the full name of the identity that it sends by.
    """

    forwarder: Forwarder
    projects: list[str] | None = None
    sender: str = ""

    @property
    def id(self) -> tuple[str, str, str]:
        """Told apart from every other one, also from a copy of its spool, and from whoever says that it is this one."""
        return self.sender, self.forwarder.host, self.forwarder.spool


def written(forwarder: Forwarder) -> str:
    """As the value of a header, which is ASCII."""
    return json.dumps(msgspec.to_builtins(forwarder))


def read(value: str | bytes) -> Forwarder:
    """Raises msgspec.DecodeError for what no forwarder says."""
    return msgspec.json.decode(value, type=Forwarder)
