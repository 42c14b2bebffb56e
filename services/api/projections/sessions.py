"""Sessions: how full, how dear, how far, and whether one waits for its human."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from msgspec import Struct, field

from services.api.projections import context
from services.api.projections.session import Session, Sessions, evolve
from services.api.projections.shape import Json, Rows, Rules, Spent, in_rows, longer_ago, plain
from services.api.projections.waits import Wait

Source = Literal["", "model_requests", "reported"]
Status = Literal["active", "waiting", "idle", "lost", "ended"]


class SessionRow(Struct, omit_defaults=True, kw_only=True):
    """A session as presented.

    token_usage: tokens in the context window where that is known, else tokens used so far.
    context_percentage: a fraction. context_history: epoch second -> fraction.
    context_thresholds: the fractions from which on the level is elevated, high and critical; with the level.
    burn: tokens a minute. full_at: when the window reaches the highest threshold, at this rate.
    tokens_source, cost_source: `model_requests` (summed) or `reported` (the client's own total); never added up.
    """

    session_id: str
    status: Status
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
    events: int
    prompts: int
    turns: int
    waiting: Wait | None = None
    token_usage: int | None = None
    tokens: Spent | None = None
    tokens_source: Source = ""
    requests: int
    cost_usd: float | None = None
    cost_source: Source = ""
    context_percentage: float | None = None
    context_source: Source = ""
    context_window: int | None = None
    context_level: context.Level | None = None
    context_thresholds: list[float] = field(default_factory=list)
    context_history: dict[str, float] = field(default_factory=dict)
    burn: float | None = None
    full_at: datetime | None = None
    compactions: int
    compacted: datetime | None = None


def status(session: Session, at: datetime, rules: Rules) -> Status:
    if session.ended is not None:
        return "ended"
    if session.waits:
        return "waiting"
    if session.turn_open and longer_ago(at, session.last_seen, rules.lost_after_seconds):
        return "lost"
    return "idle" if longer_ago(at, session.last_seen, rules.idle_after_seconds) else "active"


def changed(state: Sessions, after: int) -> Iterable[tuple[str, tuple[str, Session]]]:
    return ((session_id, (session_id, session)) for session_id, session in state.sessions.changed(after))


def _tokens(session: Session) -> tuple[Spent | None, Source]:
    if session.requests:
        return session.requested, "model_requests"
    if session.reported is not None:
        told = session.reported
        return Spent(told.input, told.output, told.cache_read, told.cache_creation), "reported"
    return None, ""


def _cost(session: Session) -> tuple[float | None, Source]:
    if session.requested_cost is not None:
        return session.requested_cost, "model_requests"
    return session.reported_cost, "" if session.reported_cost is None else "reported"


def _usage(session: Session, tokens: Spent | None) -> int | None:
    if session.context.size and session.context.tokens is not None:
        return session.context.tokens
    if session.reported_usage is not None:
        return session.reported_usage
    return None if tokens is None else tokens.total


def row(entity: tuple[str, Session], at: datetime, rules: Rules) -> Json:
    session_id, session = entity
    tokens, tokens_source = _tokens(session)
    cost, cost_source = _cost(session)
    window = session.context
    return plain(
        SessionRow(
            session_id=session_id,
            status=status(session, at, rules),
            seq=session.seq,
            agent=session.agent,
            model=session.model,
            cwd=session.cwd,
            host=session.host,
            source=session.source,
            title=session.title,
            started=session.started,
            last_seen=session.last_seen,
            ended=session.ended,
            reason=session.reason,
            events=session.events,
            prompts=session.prompts,
            turns=session.turns,
            waiting=next(iter(session.waits.values()), None),
            token_usage=_usage(session, tokens),
            tokens=tokens,
            tokens_source=tokens_source,
            requests=session.requests,
            cost_usd=cost,
            cost_source=cost_source,
            context_percentage=window.fraction,
            context_source=window.source,
            context_window=window.size,
            context_level=context.level(window.fraction, rules.context_thresholds),
            context_thresholds=[] if window.fraction is None else list(rules.context_thresholds),
            context_history=context.history(window),
            burn=context.burn(window),
            full_at=context.full_at(window, rules.context_thresholds[2]),
            compactions=window.compactions,
            compacted=window.compacted,
        )
    )


def aged(entity: tuple[str, Session], shown: Json, at: datetime, rules: Rules) -> bool:
    word: str = shown["status"]
    return entity[1].ended is None and status(entity[1], at, rules) != word


ROWS = Rows(
    changed,
    row,
    aged,
    removed=lambda state: state.sessions.removed,
)
SESSIONS = in_rows("sessions", Sessions, evolve, ROWS)
