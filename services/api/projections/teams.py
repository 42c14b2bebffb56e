"""The fold of agents: every act makes its agent known; calls, runs and waits follow from what it was."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct, field

from services.api.projections import delegation
from services.api.projections.calls import Call, begin, end, newest_like
from services.api.projections.shape import Shelf, opens_session
from services.api.projections.team import Agent, Ending, Team
from services.api.projections.waits import ASKING, note
from services.events import (
    MAIN_AGENT,
    AgentActivity,
    Compaction,
    FileOperation,
    ModelRequest,
    Notification,
    PermissionRequest,
    Prompt,
    Recorded,
    SessionUpdate,
    TaskUpdate,
    ToolUse,
)

ENDINGS: dict[str, Ending] = {"completed": "completed", "failed": "failed", "stopped": "stopped"}

ACTS = frozenset({Compaction, FileOperation, ModelRequest, PermissionRequest, TaskUpdate, ToolUse})
"""What only a running agent does."""

ALONE = frozenset({AgentActivity, FileOperation, ModelRequest, ToolUse})
"""What makes an agent known where no session is told; its name is then its id."""


class Agents(Struct):
    teams: Shelf[Team] = field(default_factory=Shelf[Team])


def evolve(state: Agents, events: Iterable[Recorded]) -> None:
    teams = state.teams
    live = teams.live
    for recorded in events:
        event = recorded.event
        data = event.data
        kind = type(data)
        session = event.session or (data.session_id if kind is SessionUpdate else "")
        team = live.get(session) or _team(teams, session, recorded)
        if team is None:
            continue
        team.seq = recorded.seq
        team.last_seen = recorded.stored
        if team.waits or kind in ASKING:
            _wait(team, recorded)
        HANDLERS.get(kind, _told)(team, data, recorded)
        if team.ended:
            _stop_all(team, recorded)
            teams.end(session, recorded.seq)


def _team(teams: Shelf[Team], session: str, recorded: Recorded) -> Team | None:
    """The team of a session that is new or had ended; None for what makes nobody known."""
    team = teams.find(session)
    if team is None:
        if not session and type(recorded.event.data) not in ALONE:
            return None
        team = Team(session, recorded.seq, recorded.stored)
        teams.add(session, team, recorded.seq)
    elif team.ended and opens_session(recorded.event.data):
        team.ended = False
        teams.reopen(session, recorded.seq)
    return team


def _wait(team: Team, recorded: Recorded) -> None:
    for agent_id in note(team.waits, _id(team, recorded), recorded):
        if agent_id in team.agents:
            team.agents[agent_id].seq = recorded.seq


def _stop_all(team: Team, recorded: Recorded) -> None:
    for agent in team.agents.values():
        if agent.how is None:
            agent.end("stopped", recorded.seq, recorded.stored)
        elif agent.id in team.waits:
            agent.seq = recorded.seq
    team.waits.clear()


def _name(recorded: Recorded) -> str:
    event = recorded.event
    return event.agent or (event.data.agent if type(event.data) is AgentActivity else "")


def _id(team: Team, recorded: Recorded) -> str:
    agent_id: str = getattr(recorded.event.data, "agent_id", MAIN_AGENT)
    if not team.session and agent_id == MAIN_AGENT:
        return _name(recorded) or agent_id
    return agent_id


def _agent(team: Team, data: Any, recorded: Recorded) -> Agent:
    """The agent that acts; one that was never heard of is taken for the oldest call of its type still waiting."""
    agent = team.agents.get(data.agent_id) or _find_or_meet(team, recorded)
    agent.seq = recorded.seq
    agent.last_seen = recorded.stored
    return agent


def _find_or_meet(team: Team, recorded: Recorded) -> Agent:
    agent_id = _id(team, recorded)
    agent = team.agents.get(agent_id)
    if agent is None and agent_id != MAIN_AGENT:
        agent = delegation.adopt(team, agent_id, _name(recorded), recorded.seq)
    return agent or _meet(team, agent_id, recorded)


def _meet(team: Team, agent_id: str, recorded: Recorded) -> Agent:
    agent = Agent(
        id=agent_id,
        name=_name(recorded) or agent_id,
        running=type(recorded.event.data) in ACTS,
        started=recorded.stored,
        last_seen=recorded.stored,
    )
    if agent_id == MAIN_AGENT:
        for each in team.agents.values():
            _infer_parent(each, recorded.seq)
    elif MAIN_AGENT in team.agents:
        _infer_parent(agent, recorded.seq)
    return team.add(agent, recorded.seq)


def _infer_parent(agent: Agent, seq: int) -> None:
    if not agent.parent:
        agent.parent = MAIN_AGENT
        agent.parent_inferred = True
        agent.seq = seq


def _told(team: Team, data: Any, recorded: Recorded) -> None:
    """A custom event makes an agent known only if it names it, but shows that the session's own is there."""
    agent_id = data.get("agent_id", MAIN_AGENT) if type(data) is dict else getattr(data, "agent_id", MAIN_AGENT)
    agent = team.agents.get(agent_id) if isinstance(agent_id, str) else None
    if agent is None and isinstance(agent_id, str) and agent_id != MAIN_AGENT:
        agent = _meet(team, agent_id, recorded)
    if agent is not None:
        agent.seq = recorded.seq
        agent.last_seen = recorded.stored


def _updated(team: Team, update: SessionUpdate, recorded: Recorded) -> None:
    """The session's own agent is there from the start of the session, though nobody has asked it for anything."""
    team.ended = team.ended or update.status == "ended"
    agent = team.agents.get(MAIN_AGENT)
    if agent is None and update.status == "started":
        agent = _meet(team, MAIN_AGENT, recorded)
    if agent is not None:
        agent.seq = recorded.seq
        agent.last_seen = recorded.stored
        if update.agent and agent.name == MAIN_AGENT:
            agent.name = update.agent


def _used(team: Team, use: ToolUse, recorded: Recorded) -> None:
    agent = team.agents.get(use.agent_id) or _find_or_meet(team, recorded)
    agent.seq = recorded.seq
    agent.last_seen = stored = recorded.stored
    tool, phase, call_id = use.tool, use.phase, use.tool_use_id
    if phase == "started":
        if not agent.running:
            agent.run(stored)
        call_id = call_id or f"#{recorded.seq}"
        begin(agent.calls, Call(call_id, tool, stored, use.summary, use.input_hash))
        if tool in delegation.TOOLS:
            delegation.call_started(team, agent, use, call_id, recorded)
        return
    ended = end(agent.calls, call_id, tool)
    if phase != "denied":
        agent.tool_calls += 1
        if phase == "failed":
            agent.failures += 1
    if tool in delegation.TOOLS:
        delegation.call_ended(team, agent, use, call_id if ended is None else ended.id, recorded)


def _requested(team: Team, request: ModelRequest, recorded: Recorded) -> None:
    agent = _agent(team, request, recorded)
    agent.requests += 1
    agent.tokens.add(request.tokens)
    if request.cost_usd is not None:
        agent.cost_usd = (agent.cost_usd or 0.0) + request.cost_usd


def _asked(team: Team, request: PermissionRequest, recorded: Recorded) -> None:
    agent = _agent(team, request, recorded)
    wait = team.waits.get(agent.id)
    if wait is not None and not request.decision:
        wait.tool_use_id = newest_like(agent.calls, request.tool, request.input_hash)


def _present(team: Team, data: Any, recorded: Recorded) -> None:
    _agent(team, data, recorded)


def _acted(team: Team, activity: AgentActivity, recorded: Recorded) -> None:
    if activity.action == "invoked":
        _invoked(team, activity, recorded)
    elif activity.action in ENDINGS:
        _ended(team, activity, ENDINGS[activity.action], recorded)
    else:
        _describe(_agent(team, activity, recorded), activity)


def _invoked(team: Team, activity: AgentActivity, recorded: Recorded) -> None:
    """Every prompt invokes the session's own agent; another is invoked once until it ends."""
    known = team.agents.get(activity.agent_id)
    if known is not None and known.how is not None and known.id != MAIN_AGENT:
        known.call = ""
        delegation.take_over(team, known, recorded.seq)
    agent = _agent(team, activity, recorded)
    own = agent.id == MAIN_AGENT or not team.session
    if own:
        _give_up_calls(team, agent, "stopped", recorded)
    if own or not agent.running or not agent.invocations:
        agent.invocations += 1
    agent.run(recorded.stored)
    _describe(agent, activity)


def _ended(team: Team, activity: AgentActivity, how: Ending, recorded: Recorded) -> None:
    agent = team.agents.get(_id(team, recorded))
    if agent is None and activity.agent_id != MAIN_AGENT:
        agent = delegation.ended_unknown(team, activity, recorded.seq)
    if agent is None:
        agent = _agent(team, activity, recorded)
    agent.seq = recorded.seq
    agent.last_seen = recorded.stored
    agent.ended_by_call = False
    _describe(agent, activity)
    if agent.how is None:
        _give_up_calls(team, agent, how, recorded)
        agent.end(how, recorded.seq, recorded.stored)


def _give_up_calls(team: Team, agent: Agent, how: Ending, recorded: Recorded) -> None:
    """The turn is over, and with it every call that has not said so: an interrupt fires no hook."""
    if agent.calls:
        delegation.caller_ended(team, set(agent.calls), how, recorded)
        agent.calls.clear()


def _describe(agent: Agent, activity: AgentActivity) -> None:
    if activity.agent and agent.name == agent.id:
        agent.name = activity.agent
    agent.type = activity.agent_type or agent.type
    agent.description = activity.description[:200] or agent.description
    if activity.parent_id:
        agent.parent = activity.parent_id
        agent.parent_inferred = False


HANDLERS: dict[type, Callable[[Team, Any, Recorded], None]] = {
    AgentActivity: _acted,
    ToolUse: _used,
    ModelRequest: _requested,
    PermissionRequest: _asked,
    SessionUpdate: _updated,
    **dict.fromkeys((FileOperation, Prompt, Notification, TaskUpdate, Compaction), _present),
}
