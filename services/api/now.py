"""Routes about now: health, status, agents, sessions, files, tools, figures."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator
from importlib.metadata import version

import msgspec
from quart import Blueprint, Response
from quart_schema import document_response, hide, validate_querystring

from services.access import Projects
from services.api import metrics
from services.api.answers import (
    AgentsAnswer,
    FilesAnswer,
    HealthAnswer,
    InstanceStatus,
    LogStatus,
    OfProject,
    SessionAnswer,
    SessionsAnswer,
    StatusAnswer,
    StatusMetrics,
    ToolsAnswer,
    answer,
)
from services.api.asking import asker, readable, require_everywhere
from services.api.fold import State
from services.api.health import Word
from services.api.past import recorded_frame
from services.api.projections import PROJECTIONS
from services.api.projections.activity import Activity
from services.api.projections.agents import roster
from services.api.projections.shape import Json
from services.api.projections.tools import Tools, mcp_health, slowest
from services.api.sources import Sources, sources
from services.events import now
from services.problem import Problem
from services.terms import Match, Query, Value

blueprint = Blueprint("now", __name__)

RUNNING = frozenset({"active", "waiting", "stalled"})
STUCK = frozenset({"stalled", "lost"})
CALLS_SHOWN = 100


@blueprint.get("/health")
@document_response(HealthAnswer)
async def get_health() -> Response:
    """Whether Lookout is well, for how long, and how many are connected

    Who has not signed in is told the status alone.
    """
    known = sources()
    health = known.health(await known.head() is not None)
    who = asker()
    if who is None or not who.may("read"):
        return answer({"status": health.status})
    uptime = int(time.monotonic() - known.started)
    return answer(
        HealthAnswer(health.status, uptime, known.connections, health.services, known.state.seq, version("lookout"))
    )


@blueprint.get("/status")
@document_response(StatusAnswer)
async def get_status() -> Response:
    """How the agents, the MCP servers and the WebSocket are, with figures"""
    known = sources()
    projects = readable()
    head = await known.head()
    health = known.health(head is not None)
    agents = roster(known.state, now(), known.rules, projects)
    instances = known.heartbeats.instances(time.monotonic())
    return answer(
        StatusAnswer(
            agents=_agents_word(agents),
            mcp_gateway=mcp_health(known.state, now(), projects),
            websocket=health.services["stream"],
            metrics=_metrics(known, agents, projects),
            services=health.services,
            instances=[InstanceStatus(each.alive, round(each.age, 3), each.beat) for each in instances],
            log=None if head is None else LogStatus(*head),
            seq=known.state.seq,
            forwarders=known.heartbeats.forwarders.known(time.monotonic(), projects),
        )
    )


def _agents_word(agents: list[Json]) -> Word:
    """Unknown without agents; those that stand still make it worse."""
    running = [each["status"] for each in agents if each["status"] in RUNNING | STUCK]
    stuck = sum(status in STUCK for status in running)
    if not agents:
        return "unknown"
    if not stuck:
        return "healthy"
    return "unhealthy" if stuck == len(running) else "degraded"


def _metrics(known: Sources, agents: list[Json], projects: Projects) -> StatusMetrics:
    return StatusMetrics(
        active_agents=sum(each["status"] in RUNNING for each in agents),
        total_requests=known.total("ingest", "requests"),
        events=sum(_events_by_type(known.state, projects).values()),
        events_stored=known.total("ingest", "stored"),
        duplicates=known.total("ingest", "duplicates"),
        connections=known.connections,
    )


def _events_by_type(state: State, projects: Projects) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name in _names(state, projects):
        activity = state.projects[name]["activity"]
        if isinstance(activity, Activity):
            for name, count in activity.types.items():
                counts[name] = counts.get(name, 0) + count
    return counts


@blueprint.get("/agents")
@validate_querystring(OfProject)
@document_response(AgentsAnswer)
async def get_agents(query_args: OfProject) -> Response:
    """Every agent: running ones first, the one seen last before the others"""
    known = sources()
    agents = roster(known.state, now(), known.rules, readable(query_args.project))
    return answer(AgentsAnswer(agents, known.state.seq))


@blueprint.get("/sessions")
@validate_querystring(OfProject)
@document_response(SessionsAnswer)
async def get_sessions(query_args: OfProject) -> Response:
    """Every session that lives, and the last ones that ended"""
    known = sources()
    rows = _newest_first(_rows(known, "sessions", readable(query_args.project)), "last_seen")
    return answer(SessionsAnswer(rows, known.state.seq))


@blueprint.get("/sessions/<path:session_id>")
@validate_querystring(OfProject)
@document_response(SessionAnswer)
async def get_session(session_id: str, query_args: OfProject) -> Response:
    """One session: its agents, the files they touched, its newest tool calls"""
    known = sources()
    projects = readable(query_args.project)
    found = [each for each in _rows(known, "sessions", projects) if each["session_id"] == session_id]
    if not found:
        raise Problem(404, f"No session {session_id} is known; older ones are found with /events?q=session:ID.")
    agents = [each for each in roster(known.state, now(), known.rules, projects) if each["session"] == session_id]
    keys = {f"{session_id}/{each['agent_id']}" for each in agents}
    files = [each for each in _rows(known, "files", projects) if keys & each["agents"].keys()]
    calls = await asyncio.to_thread(known.history.search, _calls(session_id), None, CALLS_SHOWN, now(), projects)
    tools = [recorded_frame(each) for each in calls.events]
    return answer(SessionAnswer(found[0], agents, _newest_first(files, "time"), tools, known.state.seq))


def _calls(session_id: str) -> Query:
    """Not from text: a session may have any name, and be one that the query language cannot quote."""
    wanted = {"type": "tool_use", "session": session_id}
    return Query(tuple(Match(start=0, end=0, field=name, values=(Value(text),)) for name, text in wanted.items()))


@blueprint.get("/files")
@validate_querystring(OfProject)
@document_response(FilesAnswer)
async def get_files(query_args: OfProject) -> Response:
    """Every file that was touched: how often, by whom, and where two agents got in each other's way"""
    known = sources()
    rows = _rows(known, "files", readable(query_args.project))
    return answer(FilesAnswer(_newest_first(rows, "time"), known.state.seq))


@blueprint.get("/tools")
@validate_querystring(OfProject)
@document_response(ToolsAnswer)
async def get_tools(query_args: OfProject) -> Response:
    """How often each tool was called, by whom, how often it failed and how long it took"""
    known = sources()
    projects = readable(query_args.project)
    states = [known.state.projects[name]["tools"] for name in _names(known.state, projects)]
    slow = slowest(each for each in states if isinstance(each, Tools))
    rows = list(_rows(known, "tools", projects))
    return answer(ToolsAnswer(rows, [msgspec.to_builtins(each) for each in slow], known.state.seq))


@blueprint.get("/metrics")
@hide
async def get_metrics() -> Response:
    require_everywhere("read", "The figures are of all projects together")
    known = sources()
    if not known.metrics:
        raise Problem(404, "monitoring.metrics.enabled is false.")
    instances = known.heartbeats.instances(time.monotonic())
    forwarders = known.heartbeats.forwarders.known(time.monotonic())
    text = metrics.text(instances, _events_by_type(known.state, None), await known.head(), forwarders)
    return Response(text, content_type=metrics.CONTENT_TYPE)


def _names(state: State, projects: Projects) -> list[str]:
    return [name for name in state.projects if projects is None or name in projects]


def _rows(known: Sources, projection: str, projects: Projects) -> Iterator[Json]:
    moment = max(now(), known.state.stored)
    for name in _names(known.state, projects):
        states = known.state.projects[name]
        for row in PROJECTIONS[projection].present(states[projection], moment, known.rules).values():
            yield {**row, "project": name}


def _newest_first(rows: Iterable[Json], time_field: str) -> list[Json]:
    return sorted(rows, key=lambda row: str(row[time_field]), reverse=True)
