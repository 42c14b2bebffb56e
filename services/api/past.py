"""Routes about what was: the history of events, and the state as it is or was."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Raw, Struct
from quart import Blueprint, Response
from quart_schema import document_response, validate_querystring

from services.access import Projects
from services.api import fold
from services.api.answers import (
    EventsAnswer,
    HistogramAnswer,
    HistogramQuery,
    HistoryQuery,
    RecordedFrame,
    StateAnswer,
    StateQuery,
    answer,
)
from services.api.asking import readable
from services.api.history_search import Kept
from services.api.projector import Trimmed
from services.api.sources import Sources, sources
from services.events import frame, now
from services.problem import Problem
from services.query import Query, QueryError, parse
from services.subjects import token, tokens

blueprint = Blueprint("past", __name__)

HISTOGRAM_SPAN = timedelta(hours=1)
FIRST = datetime.min.replace(tzinfo=UTC)


class _Typed(Struct):
    type: str


class _Placed(Struct):
    project: str


def recorded_frame(kept: Kept) -> Raw:
    """An event of the history in the form that WebSocket clients get."""
    event_type = msgspec.json.decode(kept.payload, type=_Typed).type
    return Raw(frame(event_type, kept.seq, kept.stored, kept.payload))


def _parsed(text: str) -> Query:
    try:
        return parse(text)
    except QueryError as error:
        raise Problem(400, f"q: {error}", start=error.start, end=error.end) from error


@blueprint.get("/events")
@validate_querystring(HistoryQuery)
@document_response(EventsAnswer)
async def get_events(query_args: HistoryQuery) -> Response:
    """The events that match a query, newest first, paged by seq"""
    known = sources()
    query = _parsed(query_args.q)
    projects = readable()
    seq = known.state.seq
    try:
        page = await asyncio.to_thread(
            known.history.search, query, query_args.before, query_args.limit, now(), projects
        )
    except QueryError as error:
        raise Problem(400, f"q: {error}", start=error.start, end=error.end) from error
    events = [recorded_frame(each) for each in page.events]
    return answer(EventsAnswer(events, seq, page.complete, page.scanned, page.next))


@blueprint.get("/events/<int:seq>")
@document_response(RecordedFrame)
async def get_event(seq: int) -> Response:
    """One event, whole"""
    known = sources()
    projects = readable()
    # A number beyond the head may be one that SQLite does not take.
    kept = await asyncio.to_thread(known.history.event, seq) if seq <= known.state.seq else None
    if kept is None and _was_erased(known, seq, projects):
        raise Problem(410, f"The event at seq {seq} was erased with its session.")
    if kept is None or not (projects is None or _project(kept) in projects):
        first = known.history.first()
        raise Problem(404, f"No event is at seq {seq}: events from {first} to {known.state.seq} are kept.")
    return answer(recorded_frame(kept))


def _was_erased(known: Sources, seq: int, projects: Projects) -> bool:
    """Whether an event that may be told of was there."""
    span = known.history.forgotten.seqs.find(seq)
    return span is not None and (projects is None or tokens(span.subject).project in map(token, projects))


def _project(kept: Kept) -> str:
    return msgspec.json.decode(kept.payload, type=_Placed).project


@blueprint.get("/events/histogram")
@validate_querystring(HistogramQuery)
@document_response(HistogramAnswer)
async def get_histogram(query_args: HistogramQuery) -> Response:
    """How many events match a query, by when they were stored"""
    known = sources()
    query = _parsed(query_args.q)
    before = query_args.before or now()
    after = query_args.after or max(before, FIRST + HISTOGRAM_SPAN) - HISTOGRAM_SPAN
    if after >= before:
        raise Problem(400, f"after is {after.isoformat()}, which is not before {before.isoformat()}.")
    projects = readable()
    seq = known.state.seq
    try:
        found = await asyncio.to_thread(
            known.history.histogram, query, after, before, query_args.buckets, now(), projects
        )
    except QueryError as error:
        raise Problem(400, f"q: {error}", start=error.start, end=error.end) from error
    return answer(HistogramAnswer(found.after, found.before, found.counts, found.errors, found.sampled, seq))


@blueprint.get("/state")
@validate_querystring(StateQuery)
@document_response(StateAnswer)
async def get_state(query_args: StateQuery) -> Response:
    """Everything that is known, now or as it was at a seq or a time"""
    known = sources()
    projects = readable(query_args.project)
    if query_args.at is None:
        return _answer(known, known.state, now(), projects)
    seq, at = await _moment(known, query_args.at)
    try:
        state = await known.projector.state_at(seq)
    except Trimmed as trimmed:
        raise Problem(410, str(trimmed), first=trimmed.first) from trimmed
    return _answer(known, state, at or state.stored, projects)


def _answer(known: Sources, state: fold.State, at: datetime, projects: Projects) -> Response:
    presented = fold.present(state, at, known.rules, projects)
    return answer(StateAnswer(known.projector.epoch, state.seq, max(at, state.stored), presented))


async def _moment(known: Sources, at: str) -> tuple[int, datetime | None]:
    """The seq that is meant, and the time where one was given."""
    if at.isdecimal() and len(at) <= 16:
        return int(at), None
    try:
        time = msgspec.convert(at, datetime)
    except msgspec.ValidationError:
        raise Problem(400, f"at is {at}, which is neither a seq nor a time like 2026-11-24T10:30:00Z.") from None
    if time.tzinfo is None:
        raise Problem(400, f"at is {at}, a time without a zone: end it with Z for UTC.")
    return await asyncio.to_thread(known.history.seq_at, time), time
