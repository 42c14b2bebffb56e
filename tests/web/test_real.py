"""The page on a whole Lookout as users start it."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Page, expect

from tests.stack import Stack, running_stack
from tests.web.conftest import Opener

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOOK = {"session_id": "3585d762-f218-4280", "cwd": "/home/dev/shop", "tool_name": "Bash"}


async def call(stack: Stack, number: int) -> None:
    body = HOOK | {
        "hook_event_name": "PreToolUse",
        "tool_use_id": f"toolu_{number}",
        "tool_input": {"command": f"pytest -q tests/part_{number}"},
    }
    answer = await asyncio.to_thread(stack.post, "/hooks/claude-code", body)
    assert answer.status == 204


async def shown(page: Page) -> list[str]:
    """The calls in the list of events, in the order in which they are numbered."""
    rows = await page.locator(".canvas .row").all_inner_texts()
    found = [re.search(r"^(\d+) .*(part_\d+)", row.replace("\n", " ")) for row in rows]
    return [match[2] for match in sorted((each for each in found if each), key=lambda each: int(each[1]))]


async def test_an_agent_is_seen_at_once_and_none_of_its_acts_is_lost_when_the_stream_service_dies(
    open_page: Opener,
) -> None:
    with running_stack() as stack:
        page = await open_page(stack.url)
        await expect(page.locator(".command code")).to_have_count(3)
        await call(stack, 0)
        await expect(page.locator(".command code")).to_have_count(0)
        agent = page.locator(".agents tbody tr")
        await page.goto(f"{stack.url}/?view=agents.table")
        await expect(agent).to_contain_text("Bash pytest -q tests/part_0")
        await expect(agent).to_contain_text("active")
        await page.get_by_role("link", name="Sessions").click()
        await expect(page.locator(".view-sessions")).to_contain_text("3585d762")
        await page.goto(f"{stack.url}/?view=events&grp=0")
        await expect(page.locator(".canvas .row", has_text="part_0")).to_be_visible()
        await asyncio.to_thread(stack.kill, "stream")
        for number in range(1, 6):
            await call(stack, number)
        await expect(page.locator(".canvas .row", has_text="part_5")).to_be_visible(timeout=30_000)
        await expect(page.locator(".pill")).to_have_text("Live")
        assert await shown(page) == [f"part_{number}" for number in range(6)]
        await page.go_back()
        await page.go_back()
        await expect(agent).to_contain_text("Bash pytest -q tests/part_5")
