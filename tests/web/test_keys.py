"""What keys do beside moving about, what the page remembers, and that two projects are never taken for one."""

from __future__ import annotations

import asyncio
import copy
import re
from collections.abc import Callable

import pytest
from playwright.async_api import Route, expect

from tests.conftest import until
from tests.web.conftest import Opener
from tests.web.scripted import Json, Scripted
from tests.web.team import STATE
from tests.web.test_shell import BACKGROUND, view_is
from tests.web.visit import press

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROW = ".canvas .row"
CURRENT = ".main [aria-current=true]"
CALL: Json = {"tool": "Bash", "tool_use_id": "toolu_1", "agent_id": "a1", "summary": "pytest -q"}


def at_work(lookout: Scripted) -> None:
    lookout.state, lookout.state_seq = copy.deepcopy(STATE), 41
    who = {"session": "sess-3f2b", "agent": "pm", "time": "2026-11-24T21:28:05.120Z"}
    lookout.record("prompt", {"size": 71}, **who)
    delegates = {"tool": "Agent", "tool_use_id": "toolu_0", "phase": "started", "summary": "fix the handler"}
    lookout.record("tool_use", delegates, **who)
    engineer = who | {"agent": "engineer"}
    invoked = {"agent": "engineer", "action": "invoked", "agent_id": "a1", "tool_use_id": "toolu_0"}
    lookout.record("agent_activity", invoked, **engineer)
    lookout.record("tool_use", CALL | {"phase": "started"}, **engineer)
    lookout.record("tool_use", CALL | {"phase": "failed", "error": "exit 1", "duration_ms": 42}, **engineer)


async def test_times_are_those_of_the_wall_until_utc_is_asked_for_which_a_link_keeps(
    lookout: Scripted, open_page: Opener
) -> None:
    at_work(lookout)
    page = await open_page(f"{lookout.origin}/?view=events", zone="Asia/Kolkata")
    time = page.locator(f"{ROW} .time").first
    await expect(time).to_have_text("02:58:05.120")
    await press(page, "u")
    await expect(time).to_have_text("21:28:05.120")
    await expect(page.locator(".zone")).to_contain_text("UTC")
    await expect(page).to_have_url(re.compile("&tz=utc$"))
    await page.goto(f"{lookout.origin}/?view=events")
    await expect(time).to_have_text("21:28:05.120")
    await press(page, "u")
    await expect(time).to_have_text("02:58:05.120")
    await page.goto(f"{lookout.origin}/?view=events&tz=utc")
    await expect(time).to_have_text("21:28:05.120")
    await press(page, ",")
    await expect(page.get_by_label("UTC")).to_be_checked()
    await page.get_by_label("Of this computer").check()
    await press(page, "Escape")
    await expect(time).to_have_text("02:58:05.120")


async def test_a_key_leads_to_the_choice_of_the_time_where_there_is_one_and_help_says_so(
    lookout: Scripted, open_page: Opener
) -> None:
    at_work(lookout)
    page = await open_page()
    help_ = page.get_by_role("dialog", name="Keys of this view")
    for view, focused in (
        ("events", "#range"),
        ("performance", ".ranges [aria-pressed=true]"),
        ("agents", ".toolbar button[title=W]"),
    ):
        await page.goto(f"{lookout.origin}/?view={view}")
        await expect(page.locator(focused)).to_be_visible()
        await press(page, "t")
        await expect(page.locator(focused)).to_be_focused()
    await press(page, "?")
    await expect(help_).to_contain_text("Choose the time")
    await page.goto(f"{lookout.origin}/?view=system")
    await view_is(page, "system")
    await press(page, "t", "?")
    await expect(help_).to_contain_text("Times in UTC")
    await expect(help_).not_to_contain_text("Choose the time")


async def test_keys_lead_from_a_failure_to_what_caused_it_and_back(lookout: Scripted, open_page: Opener) -> None:
    at_work(lookout)
    page = await open_page(f"{lookout.origin}/?view=events&grp=0&sel=evt:5")
    inspector = page.locator("#inspector")
    await expect(inspector.locator("dt", has_text="Cause")).to_be_visible()
    await expect(inspector).to_contain_text("#4 Bash started pytest -q")
    for seq in (4, 3, 2, 1):
        await press(page, "[")
        await expect(page).to_have_url(re.compile(f"sel=evt:{seq}$"))
        await expect(page.locator(f"{CURRENT} .seq")).to_have_text(str(seq))
    await press(page, "[")
    await expect(page).to_have_url(re.compile("sel=evt:1$"))
    for seq in (2, 3, 4, 5):
        await expect(inspector.locator("dt", has_text="Led to")).to_be_visible()
        await press(page, "]")
        await expect(page).to_have_url(re.compile(f"sel=evt:{seq}$"))
    await press(page, "?")
    help_ = page.get_by_role("dialog", name="Keys of this view")
    for what in ("What made it happen", "Bookmark it"):
        await expect(help_).to_contain_text(what)


async def test_a_bookmark_is_kept_marked_and_found(lookout: Scripted, open_page: Opener) -> None:
    at_work(lookout)
    page = await open_page(f"{lookout.origin}/?view=events&grp=0&sel=evt:5")
    bookmark = page.locator("#inspector").get_by_role("button", name="Bookmark")
    await expect(bookmark).to_have_attribute("aria-pressed", "false")
    await press(page, "m")
    await expect(bookmark).to_have_attribute("aria-pressed", "true")
    await page.goto(lookout.origin)
    await view_is(page, "overview")
    await press(page, "Control+k")
    await page.keyboard.type("exit 1")
    await press(page, "Enter")
    await expect(page).to_have_url(re.compile("view=events&sel=evt:5"))
    await expect(page.locator(ROW, has_text="Bookmarked")).to_have_count(1)
    await expect(bookmark).to_have_attribute("aria-pressed", "true")
    await press(page, "m")
    await expect(page.locator(ROW, has_text="Bookmarked")).to_have_count(0)


async def test_the_first_frame_has_the_colours_that_were_chosen(lookout: Scripted, open_page: Opener) -> None:
    arrived = asyncio.Event()

    async def held(route: Route) -> None:
        await arrived.wait()
        await route.continue_()

    at_work(lookout)
    page = await open_page(theme="dark")
    dark = await page.evaluate(BACKGROUND)
    await page.get_by_role("button", name="Light colours").click()
    await expect(page.locator("body")).not_to_have_css("background-color", dark)
    light = await page.evaluate(BACKGROUND)
    await page.route(re.compile(r"/assets/index-.*\.js"), held)
    await page.goto(lookout.origin, wait_until="commit")
    await expect(page.get_by_role("link", name="Overview")).to_be_visible()
    assert await page.evaluate(BACKGROUND) == light
    arrived.set()
    await view_is(page, "overview")


def of_project(name: str, doing: str) -> Json:
    who = {"session": "s1", "seq": 9, "status": "active"}
    return {
        "agents": {
            "s1/main": who | {"name": name, "agent_id": "main", "doing": doing},
            "s1/a1": who | {"name": f"{name}'s helper", "agent_id": "a1", "parent": "s1/main"},
        },
        "sessions": {"s1": {"session_id": "s1", "title": f"What {name} does", "status": "active", "seq": 9}},
        "files": {"a.py": {"path": "a.py", "agents": {"s1/a1": {"operation": "edit", "time": "2026-11-24T10:00:00Z"}}}},
    }


def asked_for(asked: list[str], ending: str) -> Callable[[], bool]:
    return lambda: any(url.endswith(ending) for url in asked)


async def test_two_projects_with_one_session_are_never_taken_for_one(lookout: Scripted, open_page: Opener) -> None:
    lookout.state = {"projects": {"shop": of_project("pm", "Bash make"), "blog": of_project("writer", "Read post")}}
    for project, name in (("shop", "pm"), ("blog", "writer")):
        data = {"tool": "Bash", "phase": "started", "tool_use_id": "t1", "summary": name}
        lookout.record("tool_use", data, project=project, session="s1", agent=name)
    asked: list[str] = []

    async def answered(route: Route) -> None:
        asked.append(route.request.url)
        await route.fulfill(json={"events": [], "agents": [], "files": [], "tools": [], "seq": 1, "complete": True})

    page = await open_page("about:blank")
    await page.route(re.compile(r"/(events|sessions)[/?]"), answered)
    inspector = page.locator("#inspector")
    for project, name, other in (("shop", "pm", "writer"), ("blog", "writer", "pm")):
        asked.clear()
        await page.goto(f"{lookout.origin}/?view=agents.table")
        await page.locator(".agents tbody th").get_by_text(name, exact=True).click()
        await expect(page).to_have_url(re.compile(f"sel=agent:{project}/s1/main$"))
        await expect(page.locator(CURRENT)).to_have_count(1)
        await expect(inspector).to_contain_text(f"{name}'s helper")
        await expect(inspector).not_to_contain_text(f"{other}'s helper")
        await inspector.get_by_role("link", name=f"{name}'s helper").click()
        await expect(inspector.locator(".agent-chain")).to_have_text(f"Called by {name}")
        assert asked
        assert all(f"project%3A{project}" in url for url in asked if "type%3A" in url)
        await page.goto(f"{lookout.origin}/?view=sessions")
        await page.get_by_role("link", name=f"What {name} does").click()
        await expect(inspector.locator(".session-agents a")).to_have_text([name, f"{name}'s helper"])
        await until(asked_for(asked, f"/sessions/s1?project={project}"), "the session is asked for")
        await page.goto(f"{lookout.origin}/?view=files&sel=file:{project}/a.py")
        await inspector.get_by_role("link", name=f"{name}'s helper").click()
        await expect(page).to_have_url(re.compile(f"sel=agent:{project}/s1/a1$"))
        await page.goto(f"{lookout.origin}/?view=agents.lanes&sel=agent:{project}/s1/main")
        await expect(page.locator(".lanes [aria-selected=true]")).to_contain_text(f"{name}, active")
        await expect(page.locator(".lanes [aria-selected=true]")).to_have_count(1)
    await page.goto(f"{lookout.origin}/?view=events")
    await expect(page.locator(ROW)).to_have_count(2)
    await lookout.emit("tool_use", {"tool": "Bash", "phase": "finished", "tool_use_id": "t1"}, session="s1")
    await expect(page.locator(ROW)).to_have_count(2)
    await expect(page.locator(ROW, has_text="writer")).to_have_count(1)
