"""The demo that the page can start, on a running Lookout."""

from __future__ import annotations

import asyncio

from services.accounts import Accounts
from services.api.demo import CLAIM, Demo
from services.events import now
from services.problem import Problem
from services.settings import Settings
from tests.memorytable import MemoryTable
from tests.stack import running_stack, team_stack


async def test_of_two_that_are_started_in_the_same_moment_one_plays() -> None:
    table = MemoryTable()
    known = [Accounts(table), Accounts(table)]
    demos = [Demo(Settings(), known[0]), Demo(Settings(), known[1]), Demo(Settings(), known[1])]
    answers = await asyncio.gather(*(each.start() for each in [demos[0], *demos]), return_exceptions=True)
    refused = [each for each in answers if isinstance(each, Problem)]
    assert [each.status for each in refused] == [409] * 3
    assert answers.count(None) == 1
    for each in demos:
        await each.stop()
    assert await known[0].claim(CLAIM, now(), now())


def test_in_team_mode_it_has_a_key_for_as_long_as_it_plays() -> None:
    with team_stack() as stack:
        made = stack.cli("key", "create", "--operate").stdout.strip()
        key = {"authorization": f"Bearer {made}"}
        assert stack.request("POST", "/demo", b"", key).status == 202
        stack.until("/health", lambda _: len(stack.request("GET", "/agents", None, key).json["agents"]) > 3)
        assert "demo" in stack.cli("key", "list").stdout


def test_the_demo_plays_a_team_into_this_lookout_once_at_a_time() -> None:
    with running_stack() as stack:
        first, second = (stack.request("POST", "/demo", b"") for _ in range(2))
        assert (first.status, second.status) == (202, 409)
        stack.until("/agents", lambda answer: len(answer["agents"]) > 3)
        assert stack.request("POST", "/demo", b"", {"origin": "https://evil.example"}).status == 403
