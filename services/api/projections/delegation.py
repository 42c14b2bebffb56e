"""Who called whom: calls of the tool `Agent` and the agents that come of them.

A call says which type of agent is wanted, a start which agent began; neither names the other. Until the call ends and
tells the agent's id, they are matched by order and type, and the parent is marked as inferred. In between, a call
whose agent has not shown itself stands for it, under the id `call:<tool_use_id>`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from services.api.projections.team import Agent, Ending, Team
from services.events import MAIN_AGENT, AgentActivity, Recorded, ToolUse

TOOLS = frozenset({"Agent", "Task"})
STAND_IN = "call:"

START_BEFORE_CALL = timedelta(seconds=5)
"""claude-mpm tells the start of an agent just before the call that it belongs to."""

UNKNOWN_TYPES = frozenset({"", "unknown"})


def same_type(one: str, other: str) -> bool:
    return one == other or _normal(one) == _normal(other)


def _normal(agent_type: str) -> str:
    return agent_type.lower().replace("_", "-").replace(" ", "-")


def is_stand_in(agent: Agent) -> bool:
    return agent.id.startswith(STAND_IN)


def made_up(team: Team, agent: Agent) -> bool:
    """Whether its id is not one that the agent program uses: claude-mpm starts `research_<session>`, ends `a1b2`."""
    return is_stand_in(agent) or agent.id.endswith("_" + team.session)


def call_started(team: Team, caller: Agent, use: ToolUse, call: str, recorded: Recorded) -> None:
    """A call of the tool `Agent`: of the agent that has just begun, or else of one still to come."""
    if team.called_by(call) is not None:
        return
    agent = _just_begun(team, use.subagent_type, recorded.stored)
    if agent is None:
        agent = _stand_in(use.subagent_type, call, recorded.stored)
        team.add(agent, recorded.seq)
    agent.seq = recorded.seq
    agent.call = call
    agent.parent = caller.id
    agent.parent_inferred = not is_stand_in(agent)
    agent.description = agent.description or use.summary[:200]
    agent.background = use.background


def _stand_in(agent_type: str, call: str, stored: datetime) -> Agent:
    return Agent(
        id=STAND_IN + call,
        name=agent_type or "agent",
        type=agent_type,
        invocations=1,
        started=stored,
        last_seen=stored,
    )


def _just_begun(team: Team, agent_type: str, stored: datetime) -> Agent | None:
    for agent in team.agents.values():
        fresh = agent.running and not agent.call and agent.invocations and stored - agent.started <= START_BEFORE_CALL
        if fresh and agent.id != MAIN_AGENT and agent_type and same_type(agent.type or agent.name, agent_type):
            return agent
    return None


def adopt(team: Team, agent_id: str, agent_type: str, seq: int) -> Agent | None:
    """The oldest call of this type that still stands for its agent becomes the agent; its parent is inferred."""
    agent = _waiting_call(team, agent_type)
    if agent is not None:
        _become(team, agent, agent_id, agent_type, seq)
    return agent


def _become(team: Team, stand_in: Agent, agent_id: str, agent_type: str, seq: int) -> None:
    team.rename(stand_in, agent_id, seq)
    stand_in.parent_inferred = True
    if agent_type not in UNKNOWN_TYPES:
        stand_in.name = stand_in.type = agent_type


def _waiting_call(team: Team, agent_type: str) -> Agent | None:
    stand_ins = [agent for agent in team.agents.values() if agent.running and is_stand_in(agent)]
    for agent in stand_ins:
        if same_type(agent.type, agent_type):
            return agent
    if agent_type in UNKNOWN_TYPES:
        return next(iter(stand_ins), None)
    return next((agent for agent in stand_ins if agent.type in UNKNOWN_TYPES), None)


def take_over(team: Team, agent: Agent, seq: int) -> None:
    """An agent that had ended was called again: the call that stands for it is no agent of its own."""
    stand_in = _waiting_call(team, agent.type or agent.name)
    if stand_in is not None:
        team.remove(stand_in, seq)
        agent.call = stand_in.call
        agent.parent = stand_in.parent
        agent.parent_inferred = True


def call_ended(team: Team, caller: Agent, use: ToolUse, call: str, recorded: Recorded) -> None:
    """The end of a call tells which agent it invoked; one that does not run on in the background ends with it."""
    seq, stored = recorded.seq, recorded.stored
    agent = team.called_by(call)
    if use.subagent_id:
        agent = _invoked(team, agent, use, call, recorded)
        agent.call = call
        agent.parent = caller.id
        agent.parent_inferred = False
        agent.seq = seq
    if agent is None:
        return
    agent.background = agent.background or use.background
    ends = not agent.background and (use.subagent_id or made_up(team, agent) or use.phase != "finished")
    if agent.running and ends:
        agent.end(_ending(use), seq, stored)
        agent.ended_by_call = True


def _ending(use: ToolUse) -> Ending:
    if use.phase == "finished":
        return "completed"
    return "stopped" if use.interrupted or use.phase == "denied" else "failed"


def _invoked(team: Team, believed: Agent | None, use: ToolUse, call: str, recorded: Recorded) -> Agent:
    """The agent of an ended call; what was believed of its call is handed to whom it was believed of."""
    agent = team.agents.get(use.subagent_id)
    if agent is not None:
        if believed is not None and believed is not agent:
            _swap(team, believed, agent, recorded.seq)
        return agent
    if believed is not None and made_up(team, believed):
        team.rename(believed, use.subagent_id, recorded.seq)
        return believed
    if believed is not None:
        believed.call = ""
        believed.parent_inferred = True
        believed.seq = recorded.seq
    agent = _stand_in(use.subagent_type, call, recorded.stored)
    agent.id = use.subagent_id
    return team.add(agent, recorded.seq)


def _swap(team: Team, believed: Agent, agent: Agent, seq: int) -> None:
    """`believed` had the call that was `agent`'s: it gets the one that `agent` was believed to have, if any."""
    believed.call, believed.parent, believed.parent_inferred = agent.call, agent.parent, True
    believed.seq = seq
    if is_stand_in(believed):
        if believed.call:
            team.rename(believed, STAND_IN + believed.call, seq)
        else:
            team.remove(believed, seq)


def caller_ended(team: Team, open_calls: set[str], how: Ending, recorded: Recorded) -> None:
    """Calls that are over without having said so end what still stands for their agents."""
    for agent in list(team.agents.values()):
        if agent.running and is_stand_in(agent) and agent.call in open_calls and not agent.background:
            agent.end(how, recorded.seq, recorded.stored)
            agent.ended_by_call = True


def ended_unknown(team: Team, activity: AgentActivity, seq: int) -> Agent | None:
    """The agent that ended, where its id was never heard: the oldest running one whose id was made up."""
    agent_type = activity.agent_type or activity.agent
    candidates = [agent for agent in team.agents.values() if _may_be(team, agent, agent_type)]
    running = [agent for agent in candidates if agent.running]
    agent = running[0] if running else next((each for each in reversed(candidates) if each.ended_by_call), None)
    if agent is not None and is_stand_in(agent):
        _become(team, agent, activity.agent_id, agent_type, seq)
    return agent


def _may_be(team: Team, agent: Agent, agent_type: str) -> bool:
    types = agent.type or agent.name
    known = agent_type not in UNKNOWN_TYPES and agent.type not in UNKNOWN_TYPES
    return made_up(team, agent) and (not known or same_type(types, agent_type))
