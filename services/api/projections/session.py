"""The fold of sessions: what clients told of each, and what follows from its events."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from msgspec import Struct, field

from services.api.projections import context
from services.api.projections.context import Context
from services.api.projections.shape import Shelf, Spent, opens_session
from services.api.projections.waits import ASKING, Wait, note
from services.events import (
    MAIN_AGENT,
    AgentActivity,
    Compaction,
    ModelRequest,
    Prompt,
    Recorded,
    SessionUpdate,
    Tokens,
    ToolUse,
)


class Session(Struct, kw_only=True, gc=False):
    """What is known of a session.

    turn_open: the session's own agent was asked for something and has not said that it is done.
    requested, requested_cost: summed over requests to models; reported, reported_cost: totals as the client told them.
    """

    seq: int
    agent: str = ""
    model: str = ""
    cwd: str = ""
    host: str = ""
    source: str = ""
    title: str = ""
    started: datetime
    last_seen: datetime
    ended: datetime | None = None
    reason: str = ""
    events: int = 0
    prompts: int = 0
    turns: int = 0
    turn_open: bool = False
    waits: dict[str, Wait] = field(default_factory=dict)
    requests: int = 0
    requested: Spent = field(default_factory=Spent)
    requested_cost: float | None = None
    reported: Tokens | None = None
    reported_usage: int | None = None
    reported_cost: float | None = None
    context: Context = field(default_factory=Context)


class Sessions(Struct):
    sessions: Shelf[Session] = field(default_factory=Shelf[Session])


def evolve(state: Sessions, events: Iterable[Recorded]) -> None:
    shelf = state.sessions
    live = shelf.live
    for recorded in events:
        event = recorded.event
        data = event.data
        kind = type(data)
        session_id = event.session or (data.session_id if kind is SessionUpdate else "")
        if not session_id:
            continue
        session = live.get(session_id) or _session(shelf, session_id, recorded)
        session.seq = recorded.seq
        session.last_seen = recorded.stored
        session.events += 1
        if session.waits or kind in ASKING:
            note(session.waits, getattr(data, "agent_id", MAIN_AGENT), recorded)
        if kind in HANDLERS:
            HANDLERS[kind](session, data, recorded.stored)
        if session.ended is not None:
            session.waits.clear()
            shelf.end(session_id, recorded.seq)


def _session(shelf: Shelf[Session], session_id: str, recorded: Recorded) -> Session:
    """A session that is new or had ended; one that had goes on with what opens it."""
    session = shelf.find(session_id)
    if session is None:
        session = _meet(shelf, session_id, recorded)
    elif opens_session(recorded.event.data):
        session.ended = None
        session.host = recorded.event.host or session.host
        shelf.reopen(session_id, recorded.seq)
    return session


def _meet(shelf: Shelf[Session], session_id: str, recorded: Recorded) -> Session:
    event = recorded.event
    session = Session(
        seq=recorded.seq,
        started=recorded.stored,
        last_seen=recorded.stored,
        host=event.host,
        source=event.source,
        turn_open=type(event.data) is ToolUse,
    )
    shelf.add(session_id, session, recorded.seq)
    return session


def _updated(session: Session, update: SessionUpdate, stored: datetime) -> None:
    session.agent = update.agent or session.agent
    session.model = update.model or session.model
    session.cwd = update.cwd or session.cwd
    session.title = update.title or session.title
    if update.status:
        session.reason = update.reason
    if update.status == "ended":
        session.ended = stored
        session.turn_open = False
    if update.tokens is not None:
        session.reported = update.tokens
    if update.token_usage is not None:
        session.reported_usage = update.token_usage
    if update.cost_usd is not None:
        session.reported_cost = update.cost_usd
    context.reported(session.context, update, stored)


def _requested(session: Session, request: ModelRequest, stored: datetime) -> None:
    session.requests += 1
    session.requested.add(request.tokens)
    if request.cost_usd is not None:
        session.requested_cost = (session.requested_cost or 0.0) + request.cost_usd
    if request.agent_id == MAIN_AGENT:
        session.model = session.model or request.model
        context.requested(session.context, request.tokens, stored)


def _prompted(session: Session, prompt: Prompt, stored: datetime) -> None:
    """An acknowledgement is told beside the prompt itself."""
    if prompt.origin != "received":
        session.prompts += 1
        session.turn_open = True


def _acted(session: Session, activity: AgentActivity, stored: datetime) -> None:
    if activity.agent_id != MAIN_AGENT:
        return
    session.agent = session.agent or activity.agent
    if activity.action == "invoked":
        session.turn_open = True
    elif activity.action in ("completed", "failed", "stopped"):
        session.turn_open = False
        session.turns += 1


def _compacted(session: Session, compaction: Compaction, stored: datetime) -> None:
    if compaction.phase == "finished":
        context.compacted(session.context, compaction.tokens_after, stored)


HANDLERS: dict[type, Callable[[Session, Any, datetime], None]] = {
    SessionUpdate: _updated,
    ModelRequest: _requested,
    Prompt: _prompted,
    AgentActivity: _acted,
    Compaction: _compacted,
}
