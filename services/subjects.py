"""Event -> NATS subject, and back. Nothing else builds or reads a subject.

`events.<project>.<session>.<type>` on the log; the same below `live.` once it is stored. A token is its name in
percent-style: letters, digits, `-` and `_` stand for themselves, every other byte of its UTF-8 is `%XX`. Two names
never share a token: the missing name is `_`, the name `_` is `%5F`, and a token longer than 128 characters is its
first 64, `%~` and a hash.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import quote, unquote

STREAM = "EVENTS"
LOG = "events"
LIVE = "live"
ERASURES = f"{LOG}.*._.session_erased"
"""The events that tell what was erased from the log."""
API_STATE = "api.state"
API_FORGOTTEN = "api.forgotten"
ALL_STATE = "state.*.*"
"""The patches of every API instance and scope."""

ACCESS = "ACCESS"
"""The bucket of who may do what."""
SEEN = "access.seen"
"""Where services say which key or session was used."""

BEATS_WANTED = "beat.wanted"
"""Where an API that has just begun to listen asks every service for a heartbeat."""
FORWARDERS = "beat.forward."
"""What forwarders say of themselves, which ingest passes on."""

MISSING = "_"
LONGEST = 128


class Tokens(NamedTuple):
    """The encoded names of a subject; compare them encoded."""

    project: str
    session: str
    type: str


@lru_cache(maxsize=4096)
def token(name: str) -> str:
    """The token of a name; injective (the last resort being SHA-256)."""
    if not name:
        return MISSING
    if name == MISSING:
        return "%5F"
    encoded = quote(name, safe="").replace(".", "%2E").replace("~", "%7E")
    if len(encoded) <= LONGEST:
        return encoded
    return f"{encoded[:64]}%~{sha256(name.encode()).hexdigest()[:32]}"


def name(encoded: str) -> str | None:
    """The name of a token, or None where only its hash is left."""
    if encoded == MISSING:
        return ""
    return None if "%~" in encoded else unquote(encoded)


def event_subject(project: str, session: str, event_type: str) -> str:
    return f"{LOG}.{token(project)}.{token(session)}.{token(event_type)}"


def session_subjects(project: str | None, session: str) -> str:
    """Of all events of a session; in whatever project for None."""
    return f"{LOG}.{'*' if project is None else token(project)}.{token(session)}.*"


def tokens(subject: str) -> Tokens:
    """The tokens of an event's subject, on the log or live."""
    _, project, session, event_type = subject.split(".")
    return Tokens(project, session, event_type)


def beat_subject(service: str, instance: str) -> str:
    return f"beat.{token(service)}.{token(instance)}"


def state_subject(instance: str, project: str | None) -> str:
    """Where one API instance sends the patches of one project's state; of all projects' for None."""
    return f"state.{token(instance)}.{token(project or '')}"


def state_source(subject: str) -> tuple[str, str]:
    """The tokens of the API instance and of the project (`MISSING` for all) of a patch's subject."""
    _, instance, project = subject.split(".")
    return instance, project
