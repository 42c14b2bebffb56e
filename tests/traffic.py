"""Agents that send without pause and, like good clients, send again what got no answer."""

from __future__ import annotations

import asyncio
import random
from contextlib import closing
from itertools import pairwise
from typing import Any, NamedTuple

import msgspec

from tests.post import Answer, Lost, Poster

AGAIN = 0.1
"""Seconds until a request is sent again."""

WELL, BUSY = {202, 204}, {502, 503, 504}


class Attempt(NamedTuple):
    """One request and its answer, status 0 for none; `began` and `took` in seconds, the first of the loop's clock."""

    began: float
    took: float
    status: int
    retry_after: str


class Traffic:
    """Events from several connections at once; `acknowledged` has the seq of each id that was answered.

    per_second: events of all connections; 0 for as many as Lookout takes. batch: events in one request. hooks: the
    share of requests that are hooks of Claude Code, each with one tool call, whose ids are in `hooked` once answered.
    """

    def __init__(
        self, url: str, connections: int, per_second: float, seed: int | str, batch: int = 1, hooks: float = 0.0
    ) -> None:
        self.acknowledged: dict[str, int] = {}
        self.hooked: set[str] = set()
        self.sent: dict[str, float] = {}
        """When each event was first sent, in seconds of the monotonic clock."""
        self.arrivals: list[float] = []
        """When each request was acknowledged."""
        self.attempts: list[Attempt] = []
        self.retries = 0
        self.closed = 0
        """How often a kept connection was closed just as a request went out, of which nobody is told."""
        self.waits: list[float] = []
        """Seconds that each acknowledged request took, its retries included."""
        self._waiting: dict[Poster, tuple[str, float]] = {}
        """Where a request goes that has no good answer yet, and when it was first sent."""
        self._url = url
        self._pause = connections * batch / per_second if per_second else 0.0
        self._connections = connections
        self._batch = batch
        self._hooks = hooks
        # One for each connection: which of them is first is not the schedule's to say.
        self._chances = [random.Random(f"{seed} {number}") for number in range(connections)]
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Sends until it is told to stop; then what is under way is still answered."""
        async with asyncio.TaskGroup() as group:
            for number in range(self._connections):
                group.create_task(self._send(number))

    def stop(self) -> None:
        self._stopped.set()

    @property
    def unanswered(self) -> str:
        """What has no good answer yet, in words."""
        oldest = min(self._waiting.values(), key=lambda each: each[1], default=("", 0.0))
        seconds = asyncio.get_running_loop().time() - oldest[1]
        return (
            f"{len(self._waiting)} requests have a good answer; one to {oldest[0]} has none since {seconds:.0f} s, "
            f"the last that was tried of all: {self.attempts[-1] if self.attempts else 'none'}"
        )

    async def _send(self, connection: int) -> None:
        loop = asyncio.get_running_loop()
        with closing(Poster(self._url)) as poster:
            chance = self._chances[connection]
            due = loop.time() + chance.random() * self._pause
            number = 0
            while not self._stopped.is_set():
                await asyncio.sleep(max(0.0, due - loop.time()))
                due += self._pause
                if chance.random() < self._hooks:
                    number += 1
                    await self._deliver_hook(poster, connection, number)
                else:
                    events = [self._event(connection, number + each) for each in range(1, self._batch + 1)]
                    number += self._batch
                    await self._deliver(poster, events)

    def _event(self, connection: int, number: int) -> dict[str, Any]:
        session = f"session-{connection % 4}"
        common = {
            "id": f"{connection}-{number}",
            "source": "traffic",
            "project": f"project-{connection % 2}",
            "session": session,
            "agent": f"agent-{connection}",
        }
        agent_id = f"a{connection}"
        chance = self._chances[connection]
        match chance.randrange(4):
            case 0:
                data = {"file": f"src/file-{number % 50}.py", "operation": "edit", "size": number, "agent_id": agent_id}
                return common | {"type": "file_operation", "data": data}
            case 1:
                data = {"session_id": session, "token_usage": number, "context_percentage": number % 100 / 100}
                return common | {"type": "session_update", "data": data}
            case 2:
                data = {"message": "x" * chance.randrange(200), "number": number}
                return common | {"type": "custom_event", "data": data}
            case _:
                phase = chance.choice(["started", "finished", "failed"])
                use = {"tool": "Bash", "phase": phase, "tool_use_id": f"t{number // 3}", "agent_id": agent_id}
                return common | {"type": "tool_use", "data": use}

    async def _deliver(self, poster: Poster, events: list[dict[str, Any]]) -> None:
        began = asyncio.get_running_loop().time()
        self.sent |= dict.fromkeys((event["id"] for event in events), began)
        answer = await self._insist(poster, "/events", msgspec.json.encode(events))
        for event, position in zip(events, answer.json["events"], strict=True):
            self.acknowledged[event["id"]] = position["seq"]

    async def _deliver_hook(self, poster: Poster, connection: int, number: int) -> None:
        identity = f"hook-{connection}-{number}"
        hook = {
            "hook_event_name": "PreToolUse",
            "session_id": f"session-{connection % 4}",
            "cwd": f"/home/dev/project-{connection % 2}",
            "tool_name": "Bash",
            "tool_input": {"command": "make"},
            "tool_use_id": identity,
        }
        await self._insist(poster, "/hooks/claude-code", msgspec.json.encode(hook))
        self.hooked.add(identity)

    async def _insist(self, poster: Poster, path: str, body: bytes) -> Answer:
        """The first answer that says that it is stored."""
        loop = asyncio.get_running_loop()
        first = began = loop.time()
        self._waiting[poster] = path, first
        while True:
            try:
                answer = await poster.post(path, body)
            except Lost:
                self.attempts.append(Attempt(began, loop.time() - began, 0, ""))
            else:
                now = loop.time()
                self.closed, poster.closed = self.closed + poster.closed, 0
                self.attempts.append(Attempt(began, now - began, answer.status, answer.headers.get("retry-after", "")))
                if answer.status in WELL:
                    self.arrivals.append(now)
                    self.waits.append(now - first)
                    del self._waiting[poster]
                    return answer
                assert answer.status in BUSY, (answer.status, answer.body)
            self.retries += 1
            await asyncio.sleep(AGAIN)
            began = loop.time()

    def gap(self, since: float = 0.0) -> float:
        """The longest time between two acknowledgements, in seconds, after that moment."""
        moments = sorted(each for each in self.arrivals if each >= since)
        return max((later - earlier for earlier, later in pairwise(moments)), default=0.0)
