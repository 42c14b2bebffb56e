"""Agents' posts through a forwarder to a team's Lookout: over TLS, with its key, through outages and kills."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import threading
import time
import urllib.parse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from services.access import Grant, Role
from services.configuration import load
from services.events import now
from services.keys import key_id
from services.users import desk
from tests.forward.process import Process, forwarding
from tests.stack import Stack, team_stack

CLAUDE_MPM = [json.loads(line) for line in Path("tests/fixtures/claude-mpm.jsonl").read_text().splitlines()]
"""Requests captured from claude-mpm's own hooks."""

pytestmark = pytest.mark.timeout(180)


PROJECTS = ("mpm", "away", "tls", "keys", "redirected", "mine", "full")
"""A key to each, and one test."""


class Team:
    """A team's Lookout, its machine keys, and what one of them may read there."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self._settings = load(
            {"LOOKOUT_DATA": str(stack.data), "LOOKOUT_PORT": str(stack.port), "LOOKOUT_SITE": stack.site}
        )

        self.sending = {project: asyncio.run(self._create("ingester", project)) for project in PROJECTS}
        self.another = asyncio.run(self._create("ingester", "keys"))
        self.reader = asyncio.run(self._create("viewer", "*"))
        # Made last, and so known last. Asked for seldom: an address that shows many unknown keys is turned away.
        self.until(lambda: self._status("POST", "/forward", self.another) == 202, 2)
        self.until(lambda: self._status("GET", "/status", self.reader) == 200, 2)

    async def _create(self, role: Role, project: str) -> str:
        async with desk(self._settings) as at:
            return (await at.accounts.create_key(Grant(role, project), "test", "test", now(), None)).text

    async def revoke(self, key: str) -> None:
        async with desk(self._settings) as at:
            await at.accounts.revoke_key(key_id(key))
        self.until(lambda: self._status("POST", "/forward", key) == 401, 1)

    def _status(self, method: str, path: str, key: str) -> int:
        body = b"" if method == "POST" else None
        return self.stack.request(method, path, body, {"authorization": f"Bearer {key}"}).status

    @staticmethod
    def until(holds: Any, pause: float = 0.1) -> None:
        deadline = time.monotonic() + 60
        while not holds():
            assert time.monotonic() < deadline
            time.sleep(pause)

    def read(self, path: str) -> Any:
        answer = self.stack.request("GET", path, headers={"authorization": f"Bearer {self.reader}"})
        assert answer.status == 200, answer
        return answer.json

    def stored(self, query: str) -> list[Any]:
        """Oldest first."""
        found = self.read(f"/events?limit=1000&q={urllib.parse.quote(query)}")["events"]
        return sorted(found, key=lambda event: int(event["seq"]))

    def once_stored(self, query: str, wanted: int) -> list[Any]:
        self.until(lambda: len(self.stored(query)) >= wanted)
        return self.stored(query)


@pytest.fixture(scope="module")
def team() -> Iterator[Team]:
    with team_stack() as stack:
        yield Team(stack)


def forwarder(folder: Path, team: Team, key: str) -> Process:
    return Process(folder, team.stack.url, key, team.stack.root)


async def test_claude_mpm_s_own_posts_reach_the_team_in_order_and_without_contents(team: Team, tmp_path: Path) -> None:
    key = team.sending["mpm"]
    with forwarding(tmp_path, team.stack.url, key, team.stack.root) as process:
        for request in CLAUDE_MPM:
            assert process.post(request["path"], request["body"], request["headers"]) == 204
        sent = process.until("waiting=0")["forwarder"]["sent"]
        team.until(lambda: (os.uname().nodename, sent, 0, 0) in figures(team.read("/status")["forwarders"]))
    events = team.once_stored("project:mpm", sent)
    assert len(events) == sent >= len(CLAUDE_MPM)
    assert {event["project"] for event in events} == {"mpm"}
    assert [event["received"] for event in events] == sorted(event["received"] for event in events)
    assert {event["host"] for event in events} == {os.uname().nodename}
    assert {"session_update", "prompt", "tool_use", "agent_activity", "task_update"} <= {e["event"] for e in events}
    told_of = json.dumps(events)
    assert "pytest -q" in told_of
    assert not [text for text in contents() if text in told_of]
    assert not [text for text in contents() if text in "".join(p.read_text() for p in process.spool.glob("*.ndjson"))]


def figures(forwarders: list[Any]) -> list[tuple[str, int, int, int]]:
    told = [each["forwarder"] for each in forwarders]
    return [(each["host"], each["sent"], each["waiting"], each["lost"]) for each in told]


def contents() -> set[str]:
    """What was asked for, in the captured posts."""
    inner = [request["body"]["data"].get("data", {}) for request in CLAUDE_MPM]
    texts = {str(each.get(field, "")) for each in inner for field in ("prompt", "prompt_text")}
    return {text for text in texts if len(text) > 20}


def post_through_kills(process: Process, names: Sequence[int], chance: random.Random) -> list[int]:
    """The names of the events that were acknowledged."""
    acknowledged = []
    for start in range(0, len(names), 60):
        # kill -9 from another thread, in the middle of what follows the first few.
        kill = threading.Timer(chance.uniform(0, 0.1), process.end)
        first = chance.randrange(5, 20)
        for number, name in enumerate(names[start : start + 60]):
            if number == first:
                kill.start()
            try:
                assert process.post("/events", {"type": "step", "id": f"step-{name}"}) == 202
            except OSError:
                break
            acknowledged.append(name)
        kill.join()
        process.start()
    return acknowledged


async def test_a_server_that_is_away_and_a_forwarder_that_is_killed_lose_and_double_nothing(
    team: Team, tmp_path: Path
) -> None:
    key = team.sending["away"]
    chance = random.Random(7)
    process = forwarder(tmp_path, team, key)
    process.start()
    try:
        with team.stack.stopped("gateway"):
            acknowledged = post_through_kills(process, range(300), chance)
            assert len(acknowledged) > 20
            assert process.health["forwarder"]["waiting"] >= len(acknowledged)
        for _ in range(4):
            time.sleep(chance.uniform(0.02, 0.3))
            process.end()
            process.start()
        acknowledged += post_through_kills(process, range(1000, 1200), chance)
        process.until("waiting=0")
    finally:
        process.end()
    stored = [
        int(event["id"].removeprefix("step-"))
        for event in team.once_stored("project:away type:step", len(acknowledged))
    ]
    assert len(stored) == len(set(stored))
    assert stored == sorted(stored)
    assert [name for name in stored if name in set(acknowledged)] == acknowledged


async def test_a_certificate_that_is_not_trusted_gets_neither_events_nor_key(team: Team, tmp_path: Path) -> None:
    key = team.sending["tls"]
    with forwarding(tmp_path, team.stack.url, key) as process:
        assert process.post("/events", {"type": "step", "id": "1"}) == 202
        trouble = told_trouble(process)
        assert "certificate that is not trusted" in trouble
        assert "--ca" in trouble
    assert team.stored("project:tls type:step") == []
    with forwarding(tmp_path, team.stack.url, key, team.stack.root) as process:
        process.until("waiting=0")
    assert [event["id"] for event in team.once_stored("project:tls type:step", 1)] == ["1"]


def told_trouble(process: Process) -> str:
    deadline = time.monotonic() + 60
    while not (trouble := process.health["trouble"]):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return str(trouble)


async def test_a_revoked_key_keeps_events_here_until_there_is_another(team: Team, tmp_path: Path) -> None:
    key = team.sending["keys"]
    await team.revoke(key)
    with forwarding(tmp_path, team.stack.url, key, team.stack.root) as process:
        assert process.post("/events", {"type": "step", "id": "1"}) == 202
        assert "refuses the key (401)" in told_trouble(process)
    process.give_key(team.another)
    process.start()
    try:
        process.until("waiting=0")
    finally:
        assert process.end(signal.SIGTERM) == 0
    assert [event["id"] for event in team.once_stored("project:keys type:step", 1)] == ["1"]
    assert process.said.count("refuses the key") == 1
    assert key not in process.said


async def test_a_redirect_is_not_followed(team: Team, tmp_path: Path) -> None:
    key = team.sending["redirected"]
    with forwarding(tmp_path, f"http://localhost:{team.stack.port + 6}", key) as process:
        assert process.post("/events", {"type": "step"}) == 202
        assert "Lookout is elsewhere (308)" in told_trouble(process)
        assert process.health["forwarder"]["waiting"] == 1


async def test_a_key_of_one_project_sends_to_no_other(team: Team, tmp_path: Path) -> None:
    key = team.sending["mine"]
    with forwarding(tmp_path, team.stack.url, key, team.stack.root) as process:
        process.post("/events", {"type": "trespass", "id": "1", "project": "theirs"}, {"x-lookout-project": "theirs"})
        process.until("waiting=0")
    assert [event["project"] for event in team.once_stored("type:trespass", 1)] == ["mine"]


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("a disk of a megabyte can only be mounted by root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


async def test_a_full_disk_turns_events_away_and_loses_none_that_it_took(team: Team, tmp_path: Path) -> None:
    key = team.sending["full"]
    with small_disk(tmp_path / "disk") as disk:
        with forwarding(tmp_path, "https://localhost:1", key, spool=disk / "spool") as process:
            answers = [process.post("/events", step(number)) for number in range(40)]
            taken = [number for number, status in enumerate(answers) if status == 202]
            assert set(answers) == {202, 503}
            assert process.health["forwarder"]["lost"] == answers.count(503)
        with forwarding(tmp_path, team.stack.url, key, team.stack.root, disk / "spool") as process:
            process.until("waiting=0")
            assert process.post("/events", step(100)) == 202
            process.until("waiting=0")
    ids = [int(event["id"]) for event in team.once_stored("project:full type:step", len(taken) + 1)]
    assert ids == [*taken, 100]


def step(number: int) -> dict[str, Any]:
    return {"type": "step", "id": str(number), "data": {"padding": "x " * 25_000}}
