"""The overview: its figures, what needs attention, who is there, and what was notable lately."""

from __future__ import annotations

import copy
import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect

from tests.web.axe import wrong_in_any_look
from tests.web.conftest import Opener
from tests.web.scripted import Json, Scripted
from tests.web.team import STATE
from tests.web.visit import whole

pytestmark = pytest.mark.asyncio(loop_scope="module")

MOST_ELEMENTS = 2500
COUNT = "() => document.querySelectorAll('*').length"


def ago(seconds: float) -> str:
    return (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()


def at_work(lookout: Scripted) -> Json:
    """The team with enough of everything; returns its project."""
    lookout.state, lookout.state_seq = copy.deepcopy(STATE), 41
    project: Json = lookout.state["projects"]["shop"]
    minute = int(datetime.now(UTC).timestamp()) // 60 * 60
    project["activity"] = {
        "events": 4200,
        "errors": 31,
        "tokens": 0,
        "types": {"prompt": 4200},
        "seconds": {},
        "minutes": {
            str(minute): {"events": 40, "errors": 3},
            str(minute - 120): {"events": 9, "errors": 4},
            str(minute - 420): {"events": 9, "errors": 5},
        },
    }
    project["agents"]["sess-91ac/main"]["waiting"] |= {"since": ago(75), "summary": "rm -rf build"}
    project["agents"]["sess-3f2b/a1"] |= {"started": ago(200), "last_seen": ago(1)}
    spent = {"input": 100, "output": 900, "cache_read": 8000, "cache_creation": 1000}
    project["sessions"]["sess-3f2b"] |= {"tokens": spent, "cost_usd": 1.25, "cwd": "/home/dev/shop"}
    project["sessions"]["sess-91ac"] |= {"title": "Review the handlers", "cost_usd": 0.5}
    conflict = {"since": ago(70), "last": ago(65), "agents": ["sess-3f2b/main", "sess-3f2b/a1"]}
    project["files"]["src/services/handlers.py"] |= {"conflict": conflict, "time": ago(65)}
    return project


def call(lookout: Scripted, number: int, **data: object) -> Json:
    data = {"tool": "Bash", "summary": "pytest -q", "agent_id": "a1", "tool_use_id": f"t{number}"} | data
    return lookout.record("tool_use", data, agent="engineer", session="sess-3f2b")


async def test_the_figures_are_those_of_the_state(lookout: Scripted, open_page: Opener) -> None:
    at_work(lookout)
    for number, duration in enumerate([10, 20, 30, 4000]):
        call(lookout, number, phase="finished", duration_ms=duration)
    page = await open_page()
    figures = page.locator(".figure")
    await expect(figures).to_have_count(6)
    for place, told in enumerate(
        [
            ["Active agents", "2 / 4", "1 waiting for you"],
            ["Events per second", "4,200 so far"],
            ["p95 of tools, 5 min", "4 s", "median 20 ms · 4 calls"],
            ["Errors, 5 min", "7", "+2", "31 so far"],
            ["Tokens and cost", "10 k", "$1.75", "80 % cache read"],
            ["Files touched", "2", "1 in the last 5 min"],
        ]
    ):
        for text in told:
            await expect(figures.nth(place)).to_contain_text(text)


async def test_a_figure_follows_the_state(lookout: Scripted, open_page: Opener) -> None:
    at_work(lookout)
    page = await open_page()
    agents = page.locator(".figure").first
    await expect(agents).to_contain_text("2 / 4")
    await lookout.patch({"projects": {"shop": {"agents": {"sess-3f2b/a1": {"status": "completed"}}}}})
    await expect(agents).to_contain_text("1 / 4")


async def test_what_needs_attention_is_told_the_worst_first(lookout: Scripted, open_page: Opener) -> None:
    at_work(lookout)
    page = await open_page()
    await expect(page.locator(".notice")).to_have_count(4)
    await expect(page.locator(".notice")).to_have_text(
        [
            "Critical Context Review the handlers context window, not rising 96.1 % "
            "Sessions with Review the handlers: Context",
            "High Waits for you qa Review the handlers for permission: Bash rm -rf build 1 min "
            "Agents with qa: Waits for you",
            "Elevated Context sess-77d0 context window, not rising 71.5 % Sessions with sess-77d0: Context",
            "Elevated Conflict handlers.py changed by pm, engineer within a minute, 1 min ago 2 agents "
            "Files with handlers.py: Conflict",
        ],
        use_inner_text=True,
    )
    await expect(page.locator(".attention .note")).to_have_text("1 critical · 1 high · 2 elevated")


async def test_the_same_call_again_and_again_is_a_loop_and_failures_a_burst(
    lookout: Scripted, open_page: Opener
) -> None:
    lookout.state, lookout.state_seq = copy.deepcopy(STATE), 41
    lookout.state["projects"]["shop"]["sessions"] = {}
    lookout.state["projects"]["shop"]["agents"].pop("sess-91ac/main")
    lookout.record("prompt", {"size": 20}, agent="pm", session="sess-3f2b")
    page = await open_page()
    await expect(page.locator(".attention-none")).to_contain_text("Nothing needs you")
    for number in range(4):
        await lookout.send(call(lookout, number, phase="started"))
        await lookout.send(call(lookout, number, phase="failed", error="exit 1"))
    await expect(page.locator(".notable-line")).to_have_count(4)
    await expect(page.locator(".notice")).to_have_count(0)
    await lookout.send(call(lookout, 4, phase="started"), call(lookout, 4, phase="failed", error="exit 1"))
    await expect(page.locator(".notice", has_text="Looping")).to_contain_text("5\N{MULTIPLICATION SIGN}")
    await expect(page.locator(".notice", has_text="Errors")).to_contain_text("5 in 1 min")
    await page.locator(".notice", has_text="Errors").get_by_role("link", name="Events").click()
    await expect(page).to_have_url(
        f"{lookout.origin}/?view=events&q=project:shop+session:sess-3f2b+agent_id:a1+level:error"
    )


async def test_calls_that_are_cut_are_a_loop_only_where_the_history_says_so(
    lookout: Scripted, open_page: Opener
) -> None:
    at_work(lookout)
    for number in range(6):
        call(lookout, number, phase="started", summary="src/services/a-long-way/\N{HORIZONTAL ELLIPSIS}")
        call(lookout, number, phase="started", tool="Read", summary="src/\N{HORIZONTAL ELLIPSIS}")
    whole = copy.deepcopy(lookout.log)
    for frame in whole:
        # Of the tool Read each is another file.
        frame["data"]["summary"] += str(frame["seq"]) if frame["data"]["tool"] == "Read" else "the-same.py"
    lookout.answers["/events"] = {"events": whole[::-1], "seq": 41, "complete": True, "scanned": len(whole)}
    page = await open_page()
    await expect(page.locator(".notice", has_text="the-same.py")).to_contain_text("Looping")
    await expect(page.locator(".notice", has_text="Looping")).to_have_count(1)


async def test_who_waits_is_found_by_keyboard_alone(lookout: Scripted, open_page: Opener) -> None:
    at_work(lookout)
    page = await open_page(f"{lookout.origin}/?view=files")
    await expect(page.locator(".view-files")).to_be_visible()
    await page.keyboard.press("g")
    await page.keyboard.press("o")
    await expect(page.locator(".notice")).to_have_count(4)
    link = page.get_by_role("link", name="qa", exact=True).first
    for _ in range(40):
        await page.keyboard.press("Tab")
        if await link.evaluate("link => link === document.activeElement"):
            break
    await page.keyboard.press("Enter")
    await expect(page.locator("#inspector")).to_contain_text("qa")
    await expect(page).to_have_url(re.compile("sel=agent:shop/sess-91ac/main"))


async def test_each_notice_leads_to_where_it_is_seen(lookout: Scripted, open_page: Opener) -> None:
    at_work(lookout)
    page = await open_page()
    await expect(page.locator(".notice")).to_have_count(4)
    links = [await link.get_attribute("href") for link in await page.locator(".notice-open").all()]
    assert links == [
        "/?view=sessions&sel=session:shop/sess-91ac",
        "/?view=agents&sel=agent:shop/sess-91ac/main",
        "/?view=sessions&sel=session:shop/sess-77d0",
        "/?view=files&sel=file:shop/src/services/handlers.py",
    ]


async def test_agents_now_are_those_that_have_not_ended(lookout: Scripted, open_page: Opener) -> None:
    at_work(lookout)
    page = await open_page()
    rows = page.locator(".now tbody tr")
    await expect(rows).to_have_count(3)
    await expect(page.locator(".now tbody th")).to_have_text(["pm", "engineer", "qa"])
    await expect(rows.nth(0)).to_contain_text("42.0 %")
    await expect(rows.nth(0)).to_contain_text("shop · sess-3f2b")
    await expect(rows.nth(1)).to_contain_text("Edit src/services/handlers.py")
    await expect(rows.nth(2)).to_contain_text("waits for permission Bash")
    await expect(page.locator(".now .note")).to_contain_text("1 ended")
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await expect(page.locator("#inspector")).to_contain_text("engineer")


async def test_notable_events_stand_newest_first_and_the_others_not_at_all(
    lookout: Scripted, open_page: Opener
) -> None:
    at_work(lookout)
    call(lookout, 1, phase="finished", duration_ms=3)
    lookout.record("agent_activity", {"agent": "qa", "agent_id": "a9", "action": "invoked"}, agent="qa")
    call(lookout, 2, phase="denied")
    page = await open_page()
    lines = page.locator(".notable-line")
    await expect(lines).to_have_count(2)
    await expect(lines.nth(0)).to_contain_text("tool denied")
    await expect(lines.nth(1)).to_contain_text("agent invoked")
    await lookout.emit("compaction", {"phase": "started", "trigger": "auto"}, agent="pm", session="sess-3f2b")
    await expect(lines).to_have_count(3)
    await expect(lines.first).to_contain_text("compaction started")
    await lines.first.get_by_role("link").click()
    await expect(page.locator("#inspector")).to_contain_text(f"Event #{lookout.head}")


async def test_another_project_has_its_own_figures(lookout: Scripted, open_page: Opener) -> None:
    at_work(lookout)
    lookout.state["projects"]["ledger"] = {"agents": {"s/main": {"name": "pm", "status": "active", "session": "s"}}}
    page = await open_page(f"{lookout.origin}/?project=ledger")
    await expect(page.locator(".figure").first).to_contain_text("1 / 1")
    await expect(page.locator(".attention-none")).to_be_visible()
    await expect(page.locator(".now tbody tr")).to_have_count(1)


async def test_where_earlier_events_cannot_be_had_the_lanes_say_so(lookout: Scripted, open_page: Opener) -> None:
    at_work(lookout)
    lookout.answers["/events"] = {"events": "none"}
    page = await open_page()
    await expect(page.locator(".figure")).to_have_count(6)
    await expect(page.locator(".lately").get_by_role("alert")).to_contain_text("did earlier cannot be shown")


@pytest.mark.parametrize("log", ["busy", "calm", "failing"])
async def test_nothing_is_wrong_with_how_it_looks(lookout: Scripted, open_page: Opener, log: str) -> None:
    project = at_work(lookout)
    lookout.answers["/events"] = {"events": [], "seq": 41, "complete": True, "scanned": 0}
    for number in range(6):
        call(lookout, number, phase="failed", error="exit 1")
    if log == "calm":
        lookout.log.clear()
        project |= {"agents": {}, "sessions": {}, "files": {}}
    elif log == "failing":
        lookout.answers["/events"] = {"events": "none"}
    page = await open_page()
    await expect(page.locator(".attention-none" if log == "calm" else ".notice").first).to_be_visible()
    await expect(page.locator(".lately").get_by_role("alert")).to_have_count(1 if log == "failing" else 0)
    await whole(page, "overview")
    assert await wrong_in_any_look(page) == []


@pytest.mark.parametrize("width", [1440, 390])
async def test_a_large_team_stays_within_the_budget_of_elements(
    lookout: Scripted, open_page: Opener, width: int
) -> None:
    project = at_work(lookout)
    for number in range(400):
        key = f"s{number}/main"
        waiting = {"since": ago(number), "reason": "permission", "tool": "Bash", "summary": "make"}
        agent = {"name": f"agent {number}", "status": "waiting", "agent_id": "main", "session": f"s{number}"}
        project["agents"][key] = agent | {"waiting": waiting, "seq": number}
        project["sessions"][f"s{number}"] = {"status": "waiting", "context_percentage": 0.9, "context_level": "high"}
        call(lookout, number, phase="failed")
    page = await open_page(width=width)
    if width == 390:
        await expect(page.locator(".notice")).to_have_count(6)
        await page.get_by_role("button", name="Show all").click()
    await expect(page.locator(".notice")).to_have_count(30)
    await expect(page.locator(".attention .note")).to_contain_text("showing 30 of")
    assert await page.evaluate(COUNT) <= MOST_ELEMENTS
