"""What the API takes and answers; the promised keys first, as they were promised."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Raw, Struct
from quart import Response

from services.api.forwarders import ForwarderStatus
from services.api.health import Word
from services.api.projections.shape import Json
from services.beats import Beat

Position = Annotated[int, Meta(ge=0, le=2**53)]
Text = Annotated[str, Meta(max_length=1000)]
Project = Annotated[Text, Meta(description="Only that project; all of them without.")]
Search = Annotated[Text, Meta(description="The query language: type:tool_use agent:engineer* -tool:Read after:-15m")]


class OfProject(Struct, forbid_unknown_fields=True):
    project: Project | None = None


class HistoryQuery(Struct, forbid_unknown_fields=True):
    q: Search = ""
    before: Annotated[Position, Meta(description="Only what is earlier than this seq.")] | None = None
    limit: Annotated[int, Meta(ge=1, le=1000, description="At most so many.")] = 100


class HistogramQuery(Struct, forbid_unknown_fields=True):
    q: Search = ""
    after: Annotated[datetime, Meta(tz=True, description="RFC 3339; an hour before the end without.")] | None = None
    before: Annotated[datetime, Meta(tz=True, description="RFC 3339; now without.")] | None = None
    buckets: Annotated[int, Meta(ge=1, le=1000, description="Into so many equal parts.")] = 60


class StateQuery(Struct, forbid_unknown_fields=True):
    project: Project | None = None
    at: Annotated[Text, Meta(description="A seq, or an RFC 3339 time (as stored); now without.")] | None = None


class HealthAnswer(Struct):
    """status: healthy, degraded or unhealthy. uptime: seconds of this API. connections: WebSocket clients."""

    status: str
    uptime: int
    connections: int
    services: dict[str, Word]
    seq: int
    version: str


class StatusMetrics(Struct):
    """total_requests: what ingest has taken since it was started. Times in milliseconds."""

    active_agents: int
    total_requests: int
    events: int
    events_stored: int
    duplicates: int
    connections: int


class LogStatus(Struct, omit_defaults=True):
    """What is kept, how large that is and may be in bytes, and for how long it is kept in seconds."""

    epoch: str
    first: int
    last: int
    bytes: int = 0
    max_bytes: int = 0
    max_age: int = 0


class InstanceStatus(Struct):
    """A process of a service as its last heartbeat told; age in seconds."""

    alive: bool
    age: float
    beat: Beat


class StatusAnswer(Struct):
    agents: Word
    mcp_gateway: Word
    websocket: Word
    metrics: StatusMetrics
    services: dict[str, Word]
    instances: list[InstanceStatus]
    log: LogStatus | None
    seq: int
    forwarders: list[ForwarderStatus]


class AgentsAnswer(Struct):
    """Each with name, status and invocations; more beside (AgentRow) and its project."""

    agents: list[Json]
    seq: int


class SessionsAnswer(Struct):
    """Each a SessionRow with its project, the one seen last first."""

    sessions: list[Json]
    seq: int


class SessionAnswer(Struct):
    """A session with its agents (a tree by `parent`), the files they touched and its newest tool calls."""

    session: Json
    agents: list[Json]
    files: list[Json]
    tools: list[Raw]
    seq: int


class FilesAnswer(Struct):
    """Each with its project, the one touched last first."""

    files: list[Json]
    seq: int


class ToolsAnswer(Struct):
    """Counts and durations by agent and tool; either is missing in a row that is over all of them."""

    tools: list[Json]
    slowest: list[Json]
    seq: int


class RecordedFrame(Struct, omit_defaults=True):
    """A recorded event in the form of a WebSocket frame: a CloudEvents object, with its position before it."""

    event: str
    seq: int
    stored: datetime
    specversion: str
    id: str
    source: str
    type: str
    time: datetime
    project: str
    data: dict[str, Any]
    session: str = ""
    agent: str = ""
    host: str = ""
    received: datetime | None = None


class EventsAnswer(Struct, omit_defaults=True):
    """Events in the form of WebSocket frames, newest first; `next` is the `before` of the next page.

    complete is false where the search ran out of time; then `next` goes on from where it stopped.
    """

    events: list[Raw]
    seq: int
    complete: bool
    scanned: int
    next: int | None = None


class HistogramAnswer(Struct):
    """Counts by stored time in equal buckets; `sampled` n where about one of n was counted and the rest estimated."""

    after: datetime
    before: datetime
    counts: list[int]
    errors: list[int]
    sampled: int
    seq: int


class StateAnswer(Struct):
    """`state` is `{"projects": {"<project>": {"agents", "sessions", "files", "tools", "activity"}}}`."""

    epoch: str
    seq: int
    at: datetime
    state: dict[str, Any]


def answer(body: Any) -> Response:
    """As JSON, by msgspec: quart-schema's own way goes through the slower json of the standard library."""
    return Response(msgspec.json.encode(body), content_type="application/json")
