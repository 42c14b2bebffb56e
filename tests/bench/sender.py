"""Agents that send at a steady pace, over connections that stay open; and how long each was made to wait.

`python -m tests.bench.sender URL RATE SECONDS` does so in a process of its own, and prints what came of it as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any
from urllib.parse import urlsplit

import msgspec
import uvloop
from msgspec import Struct

from services.settings import ROOT
from tests.bench.clients import stamped

CONNECTIONS = 8


def event(number: int, sessions: int = 8) -> dict[str, Any]:
    """A tool call of one of the agents; about 300 bytes once it is stored."""
    return {
        "type": "tool_use",
        "source": "bench",
        "project": "bench",
        "session": f"session-{number % sessions}",
        "agent": "engineer",
        "data": {"tool": "Bash", "phase": "finished", "duration_ms": 12.5, "summary": f"pytest tests/test_{number}.py"},
    }


class Sent(Struct):
    """acknowledged: the last seq that was answered. waits: ms from when a request was due to its answer."""

    events: int
    acknowledged: int
    waits: list[float]


class Sender:
    def __init__(self, url: str, per_second: float, sessions: int = 8) -> None:
        self._address = urlsplit(url)
        self._pause = 1 / per_second
        self._sessions = sessions
        self._due = 0.0
        self._number = 0
        self._acknowledged = 0
        self._waits: list[float] = []

    async def run(self, seconds: float) -> Sent:
        """Raises AssertionError where a request is not answered by 202."""
        self._due = time.monotonic()
        until = self._due + seconds
        async with asyncio.TaskGroup() as group:
            for _ in range(CONNECTIONS):
                group.create_task(self._connection(until))
        return Sent(len(self._waits), self._acknowledged, self._waits)

    async def _connection(self, until: float) -> None:
        reader, writer = await asyncio.open_connection(self._address.hostname, self._address.port)
        try:
            while (due := self._next()) < until:
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                self._acknowledged = max(self._acknowledged, await self._post(reader, writer))
                self._waits.append(round((time.monotonic() - due) * 1000, 3))
        finally:
            writer.close()

    def _next(self) -> float:
        due = self._due
        self._due += self._pause
        return due

    async def _post(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
        self._number += 1
        body = json.dumps(event(self._number, self._sessions) | {"id": stamped(self._number)}).encode()
        head = f"POST /events HTTP/1.1\r\nHost: localhost:{self._address.port}\r\nContent-Type: application/json\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = int(answer.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        said = await reader.readexactly(length)
        assert answer.startswith(b"HTTP/1.1 202"), said
        return int(json.loads(said)["events"][0]["seq"])


async def apart(url: str, per_second: float, seconds: float) -> Sent:
    """From a process of its own, which nothing that is done here holds up."""
    command = [sys.executable, "-m", "tests.bench.sender", url, str(per_second), str(seconds)]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    return msgspec.json.decode(said, type=Sent)


def main() -> None:
    url, per_second, seconds = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
    sent = uvloop.run(Sender(url, per_second).run(seconds))
    print(msgspec.json.encode(sent).decode())


if __name__ == "__main__":
    main()
