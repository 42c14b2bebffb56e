"""A team of agents that sends by the thousand, as NDJSON through the front door.

`python -m tests.bulk URL RATE SECONDS` prints one line of JSON when it is done: how many events it has sent, in how
many seconds, and how late it was at most.
A process of its own, so that what it takes of the machine is not taken from what it measures.
"""

from __future__ import annotations

import http.client
import json
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

CONNECTIONS = 4
BATCH = 500
AGAIN = 0.2
POOL = 40
"""Batches that are made beforehand and sent again and again, each time with ids and times of their own."""

AGENTS = ["pm", "engineer", "engineer", "research", "qa", "docs-writer", "reviewer", "data-engineer"]
TOOLS = [
    *(["Bash"] * 15 + ["Read"] * 12 + ["Edit"] * 8 + ["Grep"] * 6 + ["Write"] * 4 + ["WebFetch"] * 2),
    *("TodoWrite", "Glob", "Task"),
]
"""About as often as they are called; one call in fifty is that of an agent."""
SESSIONS = 6
FILES = 400


def events(chance: random.Random, number: int, sessions: int = SESSIONS) -> list[dict[str, Any]]:
    """One act of an agent: a tool call with its end and often a file, or what sessions and models tell."""
    session = chance.randrange(sessions)
    agent = chance.randrange(len(AGENTS))
    agent_id = "main" if agent == 0 else f"a{agent}"
    common = {
        "source": "bulk",
        "project": f"project-{session % 2}",
        "session": f"session-{session}",
        "agent": AGENTS[agent],
    }
    module = chance.randrange(FILES)
    path = f"src/part_{module % 20}/module_{module}.py"

    def event(event_type: str, **data: Any) -> dict[str, Any]:
        return common | {"type": event_type, "data": {"agent_id": agent_id} | data}

    kind = chance.random()
    if kind < 0.08:
        share = chance.random()
        update = {"session_id": common["session"], "token_usage": int(share * 200_000), "context_percentage": share}
        return [common | {"type": "session_update", "data": update}]
    if kind < 0.14:
        tokens = {"input": chance.randrange(4000), "output": chance.randrange(900), "cache_read": 20_000}
        return [event("model_request", model="opus", tokens=tokens, duration_ms=chance.randrange(9000))]
    if kind < 0.18:
        action = chance.choice(["invoked", "started", "completed"])
        return [event("agent_activity", agent=AGENTS[agent], action=action, timestamp="2026-11-24T00:00:00Z")]
    use = {"tool": chance.choice(TOOLS), "tool_use_id": f"toolu_@-{number}", "summary": f"{path} {number}"}
    ended = "failed" if chance.random() < 0.03 else "finished"
    call = [
        event("tool_use", phase="started", **use),
        event("tool_use", phase=ended, duration_ms=round(chance.expovariate(1 / 300), 1), **use),
    ]
    if kind < 0.6:
        operation = chance.choice(["read", "read", "edit", "write"])
        call.insert(1, event("file_operation", file=path, operation=operation, size=chance.randrange(40_000)))
    return call


def batches(size: int) -> list[bytes]:
    """Each holds `size` events; `@` stands for the number of the request, `~` for the time of it."""
    chance = random.Random(7)
    number = 0
    made: list[bytes] = []
    waiting: list[dict[str, Any]] = []
    while len(made) < POOL:
        while len(waiting) < size:
            number += 1
            waiting += events(chance, number)
        batch, waiting = waiting[:size], waiting[size:]
        lines = [json.dumps(each | {"id": f"@-{index}", "time": "~"}) for index, each in enumerate(batch)]
        made.append("\n".join(lines).encode())
    return made


class Sender:
    """One connection. `behind` is how late a request began at most, `pause` is between two of them; in seconds."""

    def __init__(self, url: str, rate: float, name: str) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        self._size = max(1, min(BATCH, int(rate / 2)))
        self.pause = self._size / rate
        self._batches = batches(self._size)
        self._name = name
        self.sent = 0
        self.behind = 0.0

    def run(self, first: float, until: float) -> None:
        due = first
        request = 0
        while due < until:
            time.sleep(max(0.0, due - time.monotonic()))
            self.behind = max(self.behind, time.monotonic() - due)
            due += self.pause
            request += 1
            self._send(self._batches[request % POOL], f"{self._name}.{request}")

    def _send(self, batch: bytes, number: str) -> None:
        time_now = datetime.now(UTC).isoformat()
        body = batch.replace(b"@", number.encode()).replace(b"~", time_now.encode())
        while not self._took(body):
            time.sleep(AGAIN)
        self.sent += self._size

    def _took(self, body: bytes) -> bool:
        """False where Lookout is too busy, so that it is to be sent again."""
        try:
            self._connection.request("POST", "/events", body, {"Content-Type": "application/x-ndjson"})
            answer = self._connection.getresponse()
            said = answer.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            return False
        assert answer.status in (202, 502, 503, 504), (answer.status, said[:300])
        return answer.status == 202


def main() -> None:
    url, rate, seconds = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
    run = f"{time.time_ns():x}"
    senders = [Sender(url, rate / CONNECTIONS, f"{run}.{number}") for number in range(CONNECTIONS)]
    began = time.monotonic()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        # One after the other, as agents do not all send in one moment.
        runs = [
            pool.submit(each.run, began + number * each.pause / CONNECTIONS, began + seconds)
            for number, each in enumerate(senders)
        ]
    for each in runs:
        each.result()
    took = time.monotonic() - began
    told = {"sent": sum(each.sent for each in senders), "behind": max(each.behind for each in senders), "seconds": took}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
