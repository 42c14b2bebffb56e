"""The agents of one session, as facts; `agents.py` folds events into them, `delegation.py` says who called whom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from msgspec import Struct, field

from services.api.projections.calls import Call
from services.api.projections.shape import Spent
from services.api.projections.waits import Wait
from services.events import MAIN_AGENT

AGENTS_KEPT = 256
"""Agents of a session; beyond, the longest silent one is dropped, an ended one first."""

Ending = Literal["completed", "failed", "stopped"]


class Agent(Struct, kw_only=True, gc=False):
    """One agent; known by its id within its session.

    call: the tool_use_id of the call that invoked it. background: it goes on after that call has ended.
    parent: the id of the agent that called it; inferred where order and type, not the client, say so.
    running: it was invoked or acts, and has not ended. how: it ended, `ended_by_call` by the end of its call alone.
    """

    id: str
    name: str
    type: str = ""
    seq: int = 0
    parent: str = ""
    parent_inferred: bool = False
    description: str = ""
    call: str = ""
    background: bool = False
    invocations: int = 0
    running: bool = True
    started: datetime
    last_seen: datetime
    ended: datetime | None = None
    how: Ending | None = None
    ended_by_call: bool = False
    calls: dict[str, Call] = field(default_factory=dict)
    tool_calls: int = 0
    failures: int = 0
    requests: int = 0
    tokens: Spent = field(default_factory=Spent)
    cost_usd: float | None = None

    def touch(self, seq: int, stored: datetime) -> None:
        self.seq = seq
        self.last_seen = stored

    def run(self, stored: datetime) -> None:
        """Begins to run, anew where it had ended."""
        if not self.running:
            self.started = stored
        self.running = True
        self.ended = None
        self.how = None
        self.ended_by_call = False

    def end(self, how: Ending, seq: int, stored: datetime) -> None:
        self.seq = seq
        self.running = False
        self.ended = stored
        self.how = how
        self.calls.clear()


class Team(Struct, gc=False):
    """The agents of a session and who of them waits for a human."""

    session: str
    seq: int
    last_seen: datetime
    agents: dict[str, Agent] = field(default_factory=dict)
    waits: dict[str, Wait] = field(default_factory=dict)
    ended: bool = False
    removed: int = 0
    """The seq at which an agent last went away or got another id."""

    def add(self, agent: Agent, seq: int) -> Agent:
        agent.seq = seq
        self.agents[agent.id] = agent
        if len(self.agents) > AGENTS_KEPT:
            others = (each for each in self.agents.values() if each.id != MAIN_AGENT and each is not agent)
            self.remove(min(others, key=lambda each: (each.running, each.seq)), seq)
        return agent

    def remove(self, agent: Agent, seq: int) -> None:
        del self.agents[agent.id]
        self.waits.pop(agent.id, None)
        self.removed = seq

    def rename(self, agent: Agent, agent_id: str, seq: int) -> None:
        self.remove(agent, seq)
        agent.id = agent_id
        self.add(agent, seq)

    def called_by(self, call: str) -> Agent | None:
        """The agent that a call invoked."""
        return next((each for each in self.agents.values() if call and each.call == call), None)

    def changed(self, after: int) -> Iterator[Agent]:
        return (agent for agent in self.agents.values() if agent.seq > after)
