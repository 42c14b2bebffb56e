"""What people come for, from its beginning to its end by keyboard alone, on a Lookout in which a team has worked."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.stack import Stack
from tests.web.conftest import Opener
from tests.web.played import played_stack
from tests.web.visit import becomes, press
from tests.web.words import count, percent

pytestmark = pytest.mark.asyncio(loop_scope="module")

FAR = 60
"""How often Tab may be pressed to come to something."""


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with played_stack() as stack:
        yield stack


async def told(stack: Stack, path: str) -> Any:
    return await asyncio.to_thread(stack.get, path)


async def opened(page: Page) -> Page:
    """When the first numbers are there."""
    await expect(page.locator(".figure").first).to_be_visible()
    return page


async def tab_to(page: Page, wanted: Locator) -> None:
    await expect(wanted).to_be_visible()
    for _ in range(FAR):
        await page.keyboard.press("Tab")
        if await wanted.evaluate("(wanted) => wanted === document.activeElement"):
            return
    raise AssertionError(f"Tab does not lead to {wanted} within {FAR} times")


async def go(page: Page, letter: str, view: str) -> None:
    await press(page, "g", letter)
    await expect(page.locator(f".view-{view}")).to_be_visible()


async def ask(page: Page, query: str) -> None:
    await press(page, "/")
    await page.keyboard.type(query)
    await press(page, "Enter")
    await expect(page).to_have_url(re.compile(f"q={re.escape(query.replace(' ', '+'))}"))
    field = page.locator(".query-slot input")
    await press(page, "Escape")
    await expect(field).not_to_be_focused()


async def test_find_who_is_blocked(stack: Stack, open_page: Opener) -> None:
    page = await opened(await open_page(stack.url))
    [blocked] = [each for each in (await told(stack, "/agents"))["agents"] if each.get("waiting")]
    notice = page.locator(".notice", has_text="Waits for you")
    await tab_to(page, notice.locator(".pick"))
    await press(page, "Enter")
    inspector = page.locator("#inspector")
    await expect(inspector.locator(".agent-name")).to_contain_text(blocked["name"])
    await expect(inspector.locator(".agent-name")).to_contain_text("waiting")
    waits = inspector.locator(".agent-waiting")
    await expect(waits).to_contain_text("Waits for you since")
    await expect(waits).to_contain_text(f"{blocked['waiting']['tool']} {blocked['waiting']['summary']}")
    await press(page, "i")
    await expect(inspector).to_be_focused()
    await press(page, "Escape")
    await expect(inspector).to_have_count(0)


async def test_see_why_a_session_is_full(stack: Stack, open_page: Opener) -> None:
    page = await opened(await open_page(stack.url))
    sessions = (await told(stack, "/sessions"))["sessions"]
    fullest = max(sessions, key=lambda each: float(each.get("context_percentage") or 0))
    await go(page, "s", "sessions")
    await tab_to(page, page.get_by_role("button", name="Context"))
    await press(page, "Enter", "j")
    inspector = page.locator("#inspector")
    await expect(inspector.locator(".session-gauge")).to_contain_text(percent(fullest["context_percentage"]))
    await expect(inspector).to_contain_text(f"{count(fullest['token_usage'])} of {count(fullest['context_window'])}")
    for kind in ("cache_read", "cache_creation", "input", "output"):
        await expect(inspector.locator(".token-table")).to_contain_text(count(fullest["tokens"][kind]))
    whole = await told(stack, f"/sessions/{fullest['session_id']}")
    await expect(inspector).to_contain_text(f"Agents, {len(whole['agents'])}")
    await expect(inspector).to_contain_text(f"Files, {len(whole['files'])}")
    await expect(inspector.locator(".milestones li").first).to_be_visible()
    await press(page, "i")
    await expect(inspector).to_be_focused()


async def test_find_what_touched_a_file(stack: Stack, open_page: Opener) -> None:
    page = await opened(await open_page(stack.url))
    files = (await told(stack, "/files"))["files"]
    [file] = [each for each in files if each["path"].endswith("/backfill_trail.sql")]
    await go(page, "f", "files")
    await tab_to(page, page.get_by_label("Filter by path"))
    await page.keyboard.type("backfill")
    await tab_to(page, page.get_by_role("treegrid"))
    await press(page, "End", "Enter")
    inspector = page.locator("#inspector")
    await expect(inspector.locator(".file-path")).to_have_text(file["path"])
    await expect(inspector).to_contain_text(f"{file['reads']} times")
    agents = {
        f"{each['session']}/{each['agent_id']}": each["name"] for each in (await told(stack, "/agents"))["agents"]
    }
    there = inspector.locator("section, div", has_text="Who was there").last
    for key in file["agents"]:
        await expect(there).to_contain_text(agents[key])
    acts = inspector.locator(".file-acts li")
    await expect(acts).to_have_count(file["reads"] + file["edits"] + file["writes"] + file["deletes"])
    await expect(acts.first).to_contain_text(file["agent_name"])


async def test_find_an_error_and_its_cause(stack: Stack, open_page: Opener) -> None:
    page = await opened(await open_page(stack.url))
    query = "is:error project:webshop agent:python-engineer"
    [newest] = (await told(stack, f"/events?limit=1&q={query.replace(' ', '%20')}"))["events"]
    await go(page, "e", "events")
    await ask(page, query)
    await expect(page.locator(".canvas .row").last).to_be_visible()
    await press(page, "k")
    inspector = page.locator("#inspector")
    await expect(inspector.locator("h2")).to_contain_text(f"#{newest['seq']}")
    await expect(inspector).to_contain_text(newest["data"]["error"])
    # The event before it of the same agent is the call that failed.
    await press(page, ",")
    await expect(inspector.locator("h2")).not_to_contain_text(f"#{newest['seq']}")
    await expect(inspector).to_contain_text(newest["data"]["tool_use_id"])
    await expect(inspector).to_contain_text("started")
    await press(page, "i")
    await tab_to(page, inspector.get_by_role("link", name="python-engineer", exact=True))
    await press(page, "Enter")
    key = f"{newest['session']}/{newest['data']['agent_id']}"
    agents = {f"{each['session']}/{each['agent_id']}": each for each in (await told(stack, "/agents"))["agents"]}
    await expect(inspector.locator(".agent-chain")).to_contain_text(
        f"Called by {agents[agents[key]['parent']]['name']}"
    )
    await expect(inspector).to_contain_text(agents[key]["description"])


async def test_see_what_happened_in_the_last_five_minutes(stack: Stack, open_page: Opener) -> None:
    page = await opened(await open_page(stack.url))
    await tab_to(page, page.locator(".lately [role=listbox]"))
    await press(page, "ArrowDown", "ArrowDown", "ArrowRight")
    chosen = page.locator(".lately [role=option][aria-selected=true]")
    await expect(chosen).to_have_text(re.compile(r".+: .+"))
    await go(page, "e", "events")
    await tab_to(page, page.get_by_label("Time range"))
    await press(page, "ArrowDown")
    await expect(page).to_have_url(re.compile("range=5m"))
    lately = (await told(stack, "/events?q=after:-5m&limit=1000"))["events"]
    await expect(page.locator(".histogram-words")).to_contain_text(f"{count(len(lately))} events")
    newest = page.locator(".canvas .row", has=page.get_by_text(str(lately[0]["seq"]), exact=True))
    await expect(newest).to_contain_text(lately[0]["event"])


async def test_link_a_colleague_to_it(stack: Stack, open_page: Opener) -> None:
    page = await opened(await open_page(stack.url))
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await go(page, "e", "events")
    await ask(page, "type:permission_request")
    await expect(page.locator(".canvas .row").last).to_contain_text("permission_request")
    await press(page, "k", "y")
    await expect(page.get_by_text("Link copied")).to_be_visible()
    link = await page.evaluate("() => navigator.clipboard.readText()")
    await expect(page).to_have_url(link)
    other = await open_page(link)
    for each in (page, other):
        await expect(each.locator(".canvas .row[aria-current=true]")).to_be_visible()
        await expect(each.locator("#inspector h2")).to_be_visible()
    told = await seen(page)
    await becomes(lambda: seen(other), lambda found: found == told)


async def seen(page: Page) -> list[Any]:
    return [
        await page.title(),
        await page.locator(".query-slot input").input_value(),
        await page.locator(".canvas .row[aria-current=true]").inner_text(),
        await page.locator("#inspector h2").inner_text(),
        await page.locator(".tab[aria-current=page]").inner_text(),
    ]
