"""Agents: who runs, who called whom, what each is doing, and who waits for a human."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from msgspec import Struct, field

from services.access import Projects
from services.api.projections.delegation import TOOLS, made_up
from services.api.projections.shape import Json, Rows, Rules, Spent, State, in_rows, longer_ago, plain
from services.api.projections.team import Agent, Team
from services.api.projections.teams import Agents, evolve
from services.api.projections.waits import Wait

Status = Literal["active", "waiting", "stalled", "idle", "lost", "completed", "failed", "stopped"]

Entity = tuple[Team, Agent]


class OpenCall(Struct, omit_defaults=True):
    tool: str
    since: datetime
    summary: str = ""


class AgentRow(Struct, omit_defaults=True, kw_only=True):
    """An agent as presented, keyed `<session>/<agent_id>`; `parent` is such a key.

    calls: tool calls under way, by tool_use_id; doing: the newest of them, in words.
    tool_use_id: of the call that invoked it.
    """

    name: str
    status: Status
    invocations: int
    session: str
    agent_id: str
    seq: int
    type: str = ""
    parent: str = ""
    parent_inferred: bool = False
    tool_use_id: str = ""
    background: bool = False
    description: str = ""
    started: datetime
    last_seen: datetime
    ended: datetime | None = None
    doing: str = ""
    calls: dict[str, OpenCall] = field(default_factory=dict)
    waiting: Wait | None = None
    tool_calls: int
    failures: int
    requests: int
    tokens: Spent | None = None
    cost_usd: float | None = None


def key(session: str, agent_id: str) -> str:
    return session + "/" + agent_id


def status(team: Team, agent: Agent, at: datetime, rules: Rules) -> Status:
    """A call of another agent is no stalled one, however long it takes: that agent's own calls are."""
    if agent.id in team.waits:
        return "waiting"
    if agent.how is not None:
        return agent.how
    if agent.running and longer_ago(at, team.last_seen, rules.lost_after_seconds):
        return "lost"
    own = (call for call in agent.calls.values() if call.what not in TOOLS)
    if any(longer_ago(at, call.since, rules.stalled_after_seconds) for call in own):
        return "stalled"
    if agent.calls or made_up(team, agent) or not longer_ago(at, agent.last_seen, rules.idle_after_seconds):
        return "active"
    return "idle"


def changed(state: Agents, after: int) -> Iterator[tuple[str, Entity]]:
    for session, team in state.teams.changed(after):
        for agent in team.agents.values():
            if agent.seq > after:
                yield key(session, agent.id), (team, agent)


def aged(entity: Entity, shown: Json, at: datetime, rules: Rules) -> bool:
    word: str = shown["status"]
    return entity[1].how is None and status(*entity, at, rules) != word


def removed(state: Agents) -> int:
    return max(state.teams.removed, *(team.removed for _, team in state.teams.changed(-1)), 0)


def agent_row(team: Team, agent: Agent, at: datetime, rules: Rules) -> AgentRow:
    newest = next(reversed(agent.calls.values()), None)
    return AgentRow(
        name=agent.name,
        status=status(team, agent, at, rules),
        invocations=agent.invocations,
        session=team.session,
        agent_id=agent.id,
        seq=agent.seq,
        type=agent.type,
        parent=key(team.session, agent.parent) if agent.parent else "",
        parent_inferred=agent.parent_inferred,
        tool_use_id=agent.call,
        background=agent.background,
        description=agent.description,
        started=agent.started,
        last_seen=agent.last_seen,
        ended=agent.ended,
        doing="" if newest is None else f"{newest.what} {newest.summary}".strip(),
        calls={each: OpenCall(call.what, call.since, call.summary) for each, call in agent.calls.items()},
        waiting=team.waits.get(agent.id),
        tool_calls=agent.tool_calls,
        failures=agent.failures,
        requests=agent.requests,
        tokens=agent.tokens if agent.requests else None,
        cost_usd=agent.cost_usd,
    )


def row(entity: Entity, at: datetime, rules: Rules) -> Json:
    return plain(agent_row(*entity, at, rules))


ROWS = Rows(
    changed,
    row,
    aged,
    removed,
)
AGENTS = in_rows("agents", Agents, evolve, ROWS)


def roster(state: State, at: datetime, rules: Rules, projects: Projects = None) -> list[Json]:
    """Every agent of these projects, as in the presented state and with its `project`.

    Those that have not ended come first, the newest before the others.
    """
    rows = []
    for name in state.projects if projects is None else state.projects.keys() & projects:
        agents = state.projects[name]["agents"]
        if isinstance(agents, Agents):
            rows += [
                {**each, "project": name} for each in AGENTS.present(agents, max(at, state.stored), rules).values()
            ]
    return sorted(rows, key=lambda each: ("ended" not in each, each["last_seen"]), reverse=True)
