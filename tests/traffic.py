"""Agents that send without pause and, like good clients, send again what got no answer."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import httpx


class Traffic:
    """Events from several connections at once; `acknowledged` has the seq of each id that was answered."""

    def __init__(self, url: str, connections: int, per_second: float, seed: int) -> None:
        self.acknowledged: dict[str, int] = {}
        self.sent: dict[str, float] = {}
        """When each event was first sent, in seconds of the monotonic clock."""
        self.retries = 0
        self.statuses: dict[int, int] = {}
        self.waits: list[float] = []
        """Seconds that each answered request took, its retries included."""
        self._url = url
        self._pause = connections / per_second
        self._connections = connections
        self._chance = random.Random(seed)
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Sends until it is told to stop; then what is under way is still answered."""
        async with asyncio.TaskGroup() as group:
            for number in range(self._connections):
                group.create_task(self._send(number))

    def stop(self) -> None:
        self._stopped.set()

    async def _send(self, connection: int) -> None:
        loop = asyncio.get_running_loop()
        async with httpx.AsyncClient(base_url=self._url, timeout=15) as client:
            due = loop.time() + self._chance.random() * self._pause
            number = 0
            while not self._stopped.is_set():
                await asyncio.sleep(max(0.0, due - loop.time()))
                due += self._pause
                number += 1
                await self._deliver(client, self._event(connection, number))

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
        match self._chance.randrange(4):
            case 0:
                data = {"file": f"src/file-{number % 50}.py", "operation": "edit", "size": number, "agent_id": agent_id}
                return common | {"type": "file_operation", "data": data}
            case 1:
                data = {"session_id": session, "token_usage": number, "context_percentage": number % 100 / 100}
                return common | {"type": "session_update", "data": data}
            case 2:
                data = {"message": "x" * self._chance.randrange(200), "number": number}
                return common | {"type": "custom_event", "data": data}
            case _:
                phase = self._chance.choice(["started", "finished", "failed"])
                use = {"tool": "Bash", "phase": phase, "tool_use_id": f"t{number // 3}", "agent_id": agent_id}
                return common | {"type": "tool_use", "data": use}

    async def _deliver(self, client: httpx.AsyncClient, event: dict[str, Any]) -> None:
        loop = asyncio.get_running_loop()
        began = self.sent[event["id"]] = loop.time()
        while True:
            try:
                answer = await client.post("/events", json=event)
            except httpx.TransportError:
                self.retries += 1
                await asyncio.sleep(0.1)
                continue
            self.statuses[answer.status_code] = self.statuses.get(answer.status_code, 0) + 1
            if answer.status_code == 202:
                self.acknowledged[event["id"]] = answer.json()["events"][0]["seq"]
                self.waits.append(loop.time() - began)
                return
            assert answer.status_code in (502, 503, 504), (answer.status_code, answer.text)
            self.retries += 1
            await asyncio.sleep(0.1)
