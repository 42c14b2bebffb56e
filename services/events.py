"""The contract: what an event is, on the log and to everyone who reads it.

The log is permanent, so (msgspec, "Schema Evolution"): a new field has a default, a field never changes
its type, unknown fields are skipped. Unknown *types* are skipped by folds and relayed all the same, so that
an older Lookout can read a newer log. A new type is a class here and a line in `EVENT_TYPES`.

On the log an event is a CloudEvents 1.0 JSON object (https://github.com/cloudevents/spec, v1.0.2) with the
extension attributes `project`, `session`, `agent`, `host` and `received`. Times are RFC 3339 in UTC.
Every string in these classes is at most a few hundred characters of *description*; contents of files, prompts
and tool output never enter, only their sizes in bytes.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct, field

MAIN_AGENT = "main"
"""The `agent_id` of a session's own agent; every other agent of the session has the id its client gave it."""

DEFAULT_PROJECT = "default"

LOOKOUT = "lookout"
"""The source, and the project, of what Lookout says of itself."""

LARGEST_COUNT = 2**40
"""Of bytes, tokens, lines. What is more is a mistake, and sums of it would outgrow what checkpoints can hold."""

Count = Annotated[int, Meta(ge=0, le=LARGEST_COUNT)]
Fraction = Annotated[float, Meta(ge=0, le=LARGEST_COUNT)]
"""More than 1 where there is more than should be, as in a context window that is too small."""
Position = Annotated[int, Meta(ge=1, le=1 << 53)]


class Data(Struct, frozen=True, omit_defaults=True, kw_only=True, gc=False):
    """What is particular to one type of event."""


class Acting(Data, frozen=True, kw_only=True):
    """An act of one agent: `agent_id` is unique within its session."""

    agent_id: str = MAIN_AGENT


class AgentActivity(Acting, frozen=True, kw_only=True):
    """An agent was called, began or ended. `agent` is its name (its type, for a subagent)."""

    agent: str
    action: Literal["invoked", "started", "waiting", "completed", "failed", "stopped"]
    timestamp: datetime
    agent_type: str = ""
    parent_id: str = ""
    description: str = ""
    reason: str = ""
    duration_ms: float | None = None


class FileOperation(Acting, frozen=True, kw_only=True):
    """An agent touched a file; `size` is that of the contents read or written, in bytes."""

    file: str
    operation: Literal["read", "write", "edit", "delete"]
    size: Count
    tool_use_id: str = ""
    lines_added: Count = 0
    lines_removed: Count = 0


class Tokens(Struct, frozen=True, omit_defaults=True, kw_only=True, gc=False):
    """Tokens by kind."""

    input: Count = 0
    output: Count = 0
    cache_read: Count = 0
    cache_creation: Count = 0


class SessionUpdate(Data, frozen=True, kw_only=True):
    """What is newly known of a session. A field that is absent says nothing.

    token_usage: tokens in the context window where `context_window` is known, else tokens used so far.
    context_percentage: a fraction of the context window, 0.225 for 22.5 %.
    status: `started` and `ended` as the client said so; everything between is derived.
    """

    session_id: str
    token_usage: Count | None = None
    context_percentage: Fraction | None = None
    status: Literal["", "started", "ended"] = ""
    agent: str = ""
    """The name of the session's own agent."""
    model: str = ""
    context_window: Count | None = None
    cost_usd: float | None = None
    tokens: Tokens | None = None
    cwd: str = ""
    title: str = ""
    reason: str = ""
    """Why it started or ended: startup, resume, clear, compact, fork, logout, ..."""


class HealthStatus(Data, frozen=True, kw_only=True):
    """The health of Lookout itself, recorded when it changes."""

    status: Literal["healthy", "degraded", "unhealthy"]
    services: dict[str, str]


class ToolUse(Acting, frozen=True, kw_only=True):
    """A phase of one tool call; `tool_use_id` ties the phases together.

    A call of the tool `Agent` (or `Task`) invokes a subagent: `subagent_type` says which was asked for,
    `subagent_id` which one it became, once that is known.
    """

    tool: str
    phase: Literal["started", "finished", "failed", "denied"]
    tool_use_id: str = ""
    duration_ms: float | None = None
    input_bytes: Count = 0
    output_bytes: Count = 0
    summary: str = ""
    """What the call is about, redacted, at most 200 characters: a command, a path, a description."""
    input_hash: str = ""
    """Equal for equal inputs; a permission request, which has no tool_use_id, is matched by it."""
    mcp_server: str = ""
    error: str = ""
    interrupted: bool = False
    subagent_type: str = ""
    subagent_id: str = ""
    background: bool = False
    """The subagent goes on after the call has finished (async_launched)."""


class ModelRequest(Acting, frozen=True, kw_only=True):
    """One request to a model."""

    model: str
    request_id: str = ""
    tokens: Tokens = field(default_factory=Tokens)
    cost_usd: float | None = None
    duration_ms: float | None = None
    error: str = ""


class Prompt(Acting, frozen=True, kw_only=True):
    """A human (or a schedule) asked the session's own agent for something."""

    size: Count
    prompt_id: str = ""
    origin: str = ""
    """user, sdk, system, schedule_wakeup, ...; `received` for an acknowledgement without more."""


class Notification(Acting, frozen=True, kw_only=True):
    """The agent program told its human something.

    kind: permission_prompt, idle_prompt, agent_needs_input, elicitation, auth_success, ...
    """

    kind: str
    message: str = ""


class PermissionRequest(Acting, frozen=True, kw_only=True):
    """A tool call waits for a human's leave. Clients give it no tool_use_id: see `ToolUse.input_hash`."""

    tool: str
    summary: str = ""
    input_hash: str = ""
    decision: str = ""
    """Set where the client decided at once (allow, deny): then nobody waits."""
    reason: str = ""


class TaskUpdate(Acting, frozen=True, kw_only=True):
    """An item of a task list changed, or (without `task_id`) the whole list was written."""

    status: str
    task_id: str = ""
    subject: str = ""
    teammate: str = ""
    total: Count | None = None
    completed: Count | None = None
    in_progress: Count | None = None


class Compaction(Acting, frozen=True, kw_only=True):
    """The context window was compacted, or is about to be."""

    phase: Literal["started", "finished"]
    trigger: str = ""
    tokens_before: Count | None = None
    tokens_after: Count | None = None


class SessionErased(Data, frozen=True, kw_only=True):
    """The events of a session were erased from the log: their seqs, and the project, are all that is left of them.

    It is no event of that session (`Envelope.session` is empty). `ranges` are pairs of the first and the last seq,
    ascending; a session of many is told in several of these. What arrives for the session later is not stored.
    """

    session_id: str
    ranges: list[tuple[Position, Position]]
    by: str = ""
    """Who had it erased."""


class Alert(Data, frozen=True, kw_only=True):
    """A rule fired or was resolved."""

    rule: str
    state: Literal["firing", "resolved"]
    severity: str = ""
    summary: str = ""
    value: float | None = None
    threshold: float | None = None


EVENT_TYPES: dict[str, type[Struct]] = {
    "agent_activity": AgentActivity,
    "file_operation": FileOperation,
    "session_update": SessionUpdate,
    "health_status": HealthStatus,
    "tool_use": ToolUse,
    "model_request": ModelRequest,
    "prompt": Prompt,
    "notification": Notification,
    "permission_request": PermissionRequest,
    "task_update": TaskUpdate,
    "compaction": Compaction,
    "session_erased": SessionErased,
    "alert": Alert,
}
"""Every type whose data has a shape. Any other name is a custom event: its data is any JSON object."""

CONTROL_FRAMES = frozenset(
    "hello subscribe subscribed unsubscribe unsubscribed get_state state state_patch batch erased"
    " ping pong error *".split()
)
"""Names of the WebSocket protocol; an event cannot have one."""

AUDIT = "audit."
"""With what the types of audit events begin (`services/audit.py`)."""


def is_reserved(name: str) -> bool:
    """Whether only Lookout itself records events of this type: who could post one could forge what was done."""
    return name == "session_erased" or name.startswith(AUDIT)


D_co = TypeVar("D_co", covariant=True)


class Envelope(Struct, Generic[D_co], frozen=True, omit_defaults=True, kw_only=True, gc=False):
    """An event with who, where and when: a CloudEvents 1.0 JSON object."""

    # A factory, because omit_defaults would leave out a plain default and CloudEvents requires the attribute.
    specversion: Literal["1.0"] = field(default_factory=lambda: "1.0")
    id: str
    source: str
    """The client that told it: claude-code, claude-mpm, api, lookout, ..."""
    type: str
    time: datetime
    """When it happened, as the client says; when it was received, where the client does not say."""
    project: str
    session: str = ""
    agent: str = ""
    """The name of the agent that acted; `data.agent_id` tells agents of one name apart."""
    host: str = ""
    received: datetime | None = None
    """When ingest had read it."""
    data: D_co


class Recorded(Struct, frozen=True, gc=False):
    """An envelope with its position in the log and the time it was stored, which never runs backwards."""

    seq: int
    stored: datetime
    event: Envelope[Any]


class _Decoding(dict[str, Callable[[bytes], Envelope[Any]]]):
    """By type of event, each made when it is first needed; custom ones, whose names are without number, have one."""

    def __missing__(self, event_type: str) -> Callable[[bytes], Envelope[Any]]:
        if event_type not in EVENT_TYPES:
            return _custom_decoder.decode
        data = EVENT_TYPES[event_type]
        self[event_type] = msgspec.json.Decoder(Envelope[data]).decode  # type: ignore[valid-type]
        return self[event_type]


_decoding = _Decoding()
_encoder = msgspec.json.Encoder()


def encode(event: Envelope[Any]) -> bytes:
    """The event as it stands on the log."""
    return _encoder.encode(event)


_custom_decoder = msgspec.json.Decoder(Envelope[dict[str, Any]])


def decode(event_type: str, payload: bytes) -> Envelope[Any]:
    """An event from the log; `data` is of the class of its type, or a dict for a custom event.

    It is a dict too where it does not have the shape of its type, as a newer Lookout may write it: folds skip that.
    Raises msgspec.ValidationError where the payload is no event at all.
    """
    try:
        return _decoding[event_type](payload)
    except msgspec.ValidationError:
        return _custom_decoder.decode(payload)


def frame(event_type: str, seq: int, stored: datetime, payload: bytes) -> bytes:
    """A recorded event as clients get it: `{"event", "seq", "stored"}` and then all that the log has of it.

    The payload is put behind what its position tells, undecoded; one that is no JSON object is left out.
    """
    rest = payload[1:] if payload.startswith(b'{"') else b'"data":{}}'
    return b'{"event":%b,"seq":%d,"stored":%b,%b' % (_encoder.encode(event_type), seq, _encoder.encode(stored), rest)


def now() -> datetime:
    return datetime.now(UTC)


def random_id() -> str:
    """For an event without a natural key: honest repeats are never merged."""
    try:
        return _random_ids.pop()
    except IndexError:
        many = secrets.token_hex(16 * 256)
        first, *rest = (many[start : start + 32] for start in range(0, len(many), 32))
        _random_ids.extend(rest)
        return first


_random_ids: list[str] = []
"""Made in advance: the system's randomness costs as much for many as for one. A process that forks shares none."""
os.register_at_fork(after_in_child=_random_ids.clear)


def natural_id(*parts: str) -> str:
    """For an event that its source can tell apart: equal for every retry and every second registration."""
    return sha256("\0".join(parts).encode()).hexdigest()[:32]


def message_id(event: Envelope[Any]) -> str:
    """The `Nats-Msg-Id`: by it the log stores an event once, however often it is sent."""
    return natural_id(event.project, event.source, event.id)


def as_mapping(data: Any) -> Mapping[str, Any]:
    """Data of any event as plain JSON types."""
    plain: Mapping[str, Any] = msgspec.to_builtins(data)
    return plain
