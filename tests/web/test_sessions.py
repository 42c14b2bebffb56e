"""The sessions: how full, how dear and how far each is, and all of one of them."""

from __future__ import annotations

import copy
import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Page, expect

from tests.web.axe import wrong_in_any_look
from tests.web.conftest import Opener
from tests.web.scripted import Json, Scripted
from tests.web.team import STATE

pytestmark = pytest.mark.asyncio(loop_scope="module")

MOST_ELEMENTS = 2500
COUNT = "() => document.querySelectorAll('*').length"
ROW = ".sessions tbody tr"
HOSTILE = "<img src=x onerror=alert(1)>"


def at(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def session(level: str, fraction: float, **more: object) -> Json:
    known = {
        "context_level": level,
        "context_percentage": fraction,
        "context_thresholds": [0.7, 0.85, 0.95],
        "context_window": 200_000,
        "token_usage": int(fraction * 200_000),
        "context_source": "reported",
        "model": "claude-opus-5",
        "turns": 3,
        "prompts": 4,
        "compactions": 0,
        "events": 325,
        "started": at(-600).isoformat(),
        "last_seen": at(-2).isoformat(),
        "seq": 30,
    }
    return known | more


def at_work(lookout: Scripted) -> Json:
    """Three sessions; returns them."""
    lookout.record("prompt", {"size": 240}, agent="qa", session="sess-91ac")
    lookout.state, lookout.state_seq = copy.deepcopy(STATE), 41
    full = session("critical", 0.961, status="waiting", title="Review the handlers", cost_usd=1.84, turns=41)
    full |= {
        "cost_source": "reported",
        "tokens": {"input": 12, "output": 480, "cache_read": 136_788, "cache_creation": 7200},
        "tokens_source": "reported",
        "waiting": {"since": at(-72).isoformat(), "reason": "permission", "tool": "Bash", "summary": "rm -rf build"},
        "context_history": {str(int(at(-500 + 50 * step).timestamp())): 0.5 + step / 20 for step in range(10)},
        "compactions": 2,
        "compacted": at(-200).isoformat(),
    }
    rising = session("normal", 0.42, status="active", cwd="/home/dev/shop", started=at(-60).isoformat())
    rising |= {"burn": 3100.0, "full_at": at(290).isoformat()}
    ended = session("high", 0.9, status="ended", cwd="/home/dev/shop", cost_usd=6.5, cost_source="model_requests")
    lookout.state["projects"]["shop"]["sessions"] = {"sess-91ac": full, "sess-3f2b": rising, "sess-0aaa": ended}
    lookout.answers["/events"] = history()
    calls = [
        frame("tool_use", 30, 20, tool="Bash", phase="started", summary="pytest -q", tool_use_id="t1"),
        frame("tool_use", 31, 24, tool="Bash", phase="failed", summary="pytest -q", error="exit 1", tool_use_id="t1"),
    ]
    file = {"project": "shop", "path": "src/services/handlers.py", "reads": 3, "edits": 2, "writes": 0}
    lookout.answers["/sessions/sess-91ac"] = {"agents": [], "files": [file], "tools": calls[::-1], "seq": 41}
    sessions: Json = lookout.state["projects"]["shop"]["sessions"]
    return sessions


def frame(event: str, seq: int, second: float, agent: str = "qa", **data: object) -> Json:
    time = at(second - 100).isoformat()
    about = {"project": "shop", "session": "sess-91ac", "agent": agent}
    return {"event": event, "seq": seq, "stored": time, "time": time, "data": data} | about


def history() -> Json:
    """Of sess-91ac, oldest first and so answered the other way round."""
    events = [
        frame("prompt", 10, 0, size=240, origin="user"),
        frame("agent_activity", 11, 1, agent="engineer", action="invoked", agent_id="a1", description="Fix it"),
        frame("compaction", 12, 2, phase="started", trigger="auto"),
        frame("compaction", 13, 8, phase="finished", trigger="auto"),
        frame("agent_activity", 14, 9, agent="engineer", action="failed", agent_id="a1"),
        frame("permission_request", 15, 10, tool="Bash", summary="rm -rf build"),
    ]
    return {"events": events[::-1], "seq": 41, "complete": True, "scanned": 6}


async def opened(lookout: Scripted, open_page: Opener, more: str = "", **window: object) -> Page:
    return await open_page(f"{lookout.origin}/?view=sessions{more}", **window)


async def test_a_session_shows_what_the_state_says(lookout: Scripted, open_page: Opener) -> None:
    at_work(lookout)
    page = await opened(lookout, open_page)
    await expect(page.locator(ROW)).to_have_count(3)
    full = page.locator(ROW, has_text="Review the handlers")
    told = ["waiting", "for 1 min", "96.1 %", "192 k of 200 k", "past 95 %", "$1.84", "reported", "41", "2"]
    for text in [*told, "144 k", "input 12", "cache read 136,788", "cache write 7,200", "output 480"]:
        await expect(full).to_contain_text(text)
    rising = page.locator(ROW, has_text="sess-3f2b")
    await expect(rising).to_contain_text("+3.1 k/min")
    await expect(rising).to_contain_text("95 % in 4 min")
    await expect(page.locator(ROW, has_text="sess-0aaa")).to_contain_text("by requests")


async def test_the_gauge_has_ticks_where_the_server_says(lookout: Scripted, open_page: Opener) -> None:
    sessions = at_work(lookout)
    sessions["sess-91ac"]["context_thresholds"] = [0.5, 0.6, 0.75]
    page = await opened(lookout, open_page)
    ticks = page.locator(ROW, has_text="Review the handlers").locator(".context-tick")
    await expect(ticks).to_have_count(3)
    assert await ticks.evaluate_all("ticks => ticks.map(tick => tick.style.left)") == ["50%", "60%", "75%"]


async def test_the_parts_of_the_bar_are_the_whole_of_it(lookout: Scripted, open_page: Opener) -> None:
    at_work(lookout)
    page = await opened(lookout, open_page)
    bar = page.locator(ROW, has_text="Review the handlers").locator(".token-bar")
    await expect(bar.locator(".token-part")).to_have_count(4)
    whole = await bar.bounding_box()
    parts = [await part.bounding_box() for part in await bar.locator(".token-part").all()]
    assert whole
    gaps = len(parts) - 1
    assert abs(sum(part["width"] for part in parts if part) + gaps - whole["width"]) < 1
    await page.get_by_role("link", name="Review the handlers").click()
    column = page.locator(".token-table tbody td:last-child")
    await expect(column).to_have_count(4)
    shares = await column.all_inner_texts()
    assert sum(float(share.removesuffix(" %")) for share in shares) == pytest.approx(100)


async def test_rows_do_not_move_while_sessions_work_and_are_sorted_when_asked(
    lookout: Scripted, open_page: Opener
) -> None:
    at_work(lookout)
    page = await opened(lookout, open_page)
    calm = ["shop · sess-3f2b", "Review the handlers", "shop · sess-0aaa"]
    names = page.locator(f"{ROW} .pick")
    await expect(names).to_have_text(calm)
    await lookout.patch({"projects": {"shop": {"sessions": {"sess-91ac": {"seq": 99, "turns": 42}}}}})
    await expect(page.locator(ROW, has_text="Review the handlers")).to_contain_text("42")
    await expect(names).to_have_text(calm)
    await page.get_by_role("button", name="Cost").click()
    await expect(names).to_have_text(["shop · sess-0aaa", "Review the handlers", "shop · sess-3f2b"])
    await expect(page.locator("th.cost[aria-sort=descending]")).to_be_visible()
    await expect(page).to_have_url(f"{lookout.origin}/?view=sessions&sort=cost")
    await page.get_by_role("button", name="Cost").click()
    await expect(names).to_have_text(["shop · sess-3f2b", "Review the handlers", "shop · sess-0aaa"])


async def test_a_filter_that_finds_nothing_says_so_and_is_relaxed_by_a_click(
    lookout: Scripted, open_page: Opener
) -> None:
    sessions = at_work(lookout)
    sessions["sess-91ac"]["status"] = "active"
    page = await opened(lookout, open_page, "&show=waiting")
    await expect(page.locator(".sessions .empty")).to_contain_text("No session waits for you.")
    await page.get_by_role("link", name="Show all 3").click()
    await expect(page.locator(ROW)).to_have_count(3)
    await page.get_by_role("link", name="Filling up").click()
    await expect(page.locator(ROW)).to_have_count(1)
    await page.go_back()
    await expect(page.locator(ROW)).to_have_count(3)


async def test_no_session_at_all_is_said_in_words(lookout: Scripted, open_page: Opener) -> None:
    at_work(lookout).clear()
    page = await opened(lookout, open_page)
    await expect(page.locator(".sessions .empty")).to_have_text("No session has been seen yet.")
    await page.goto(f"{lookout.origin}/?view=sessions&project=elsewhere")
    await expect(page.locator(".sessions .empty")).to_contain_text("No session has been seen in this project.")


async def test_why_a_session_is_full_is_found_by_keyboard_alone(lookout: Scripted, open_page: Opener) -> None:
    at_work(lookout)
    page = await open_page()
    await expect(page.locator(".view-overview")).to_be_visible()
    await page.keyboard.press("g")
    await page.keyboard.press("s")
    await expect(page.locator(ROW)).to_have_count(3)
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    detail = page.locator(".session-detail")
    await expect(detail).to_contain_text("192,200 of 200,000")
    await expect(detail).to_contain_text("136,788")
    await page.keyboard.press("Enter")
    await expect(page.locator("#inspector")).to_be_focused()


async def test_one_session_tells_its_history(lookout: Scripted, open_page: Opener) -> None:
    at_work(lookout)
    page = await opened(lookout, open_page, "&sel=session:shop/sess-91ac")
    detail = page.locator(".session-detail")
    await expect(detail.locator(".session-waits")).to_contain_text("permission Bash rm -rf build")
    lines = detail.locator(".milestones li")
    await expect(lines).to_have_count(4)
    for line, told in zip(
        await lines.all(),
        [
            ["Waited", "waits for you: Bash rm -rf build"],
            ["Compacted", "auto", "6 s"],
            ["Called, failed", "engineer, Fix it", "8 s"],
            ["Prompt", "user 240 B"],
        ],
        strict=True,
    ):
        for text in told:
            await expect(line).to_contain_text(text)
    await expect(detail.locator(".course")).to_have_attribute("aria-label", re.compile("96.1 % at the end"))
    await expect(detail.locator(".session-agents")).to_contain_text("qa")
    await expect(detail.locator(".session-files")).to_contain_text("services/handlers.py")
    await expect(detail.locator(".session-calls li")).to_have_count(1)
    await expect(detail.locator(".session-calls")).to_contain_text("pytest -q exit 1")
    await detail.get_by_role("link", name="325 events").click()
    await expect(page.locator(".view-events")).to_be_visible()
    await expect(page).to_have_url(re.compile(r"q=project:shop\+session:sess-91ac"))


async def test_what_the_api_does_not_tell_is_said_in_its_place(lookout: Scripted, open_page: Opener) -> None:
    at_work(lookout)
    lookout.answers["/sessions/sess-3f2b"] = {"agents": [], "files": [], "tools": [], "seq": 41}
    lookout.answers["/events"] = {"events": [], "seq": 41, "complete": True, "scanned": 0}
    page = await opened(lookout, open_page, "&sel=session:shop/sess-3f2b")
    detail = page.locator(".session-detail")
    await expect(detail).to_contain_text("How full it was has not been told.")
    await expect(detail).to_contain_text("No prompt, turn, call or compaction yet.")
    await page.goto(f"{lookout.origin}/?view=sessions&sel=session:shop/sess-gone")
    await expect(page.locator("#inspector")).to_contain_text("no longer in the state")


async def test_names_are_text(lookout: Scripted, open_page: Opener) -> None:
    sessions = at_work(lookout)
    sessions[HOSTILE] = session(HOSTILE, 1e15, status=HOSTILE, title=HOSTILE, model=HOSTILE, cwd=HOSTILE)
    sessions["__proto__"] = session("critical", -3, started="0001-01-01T00:00:00Z", full_at="9999-12-31T00:00:00Z")
    page = await opened(lookout, open_page)
    await expect(page.locator(ROW, has_text=HOSTILE)).to_have_count(1)
    assert await page.locator(".main img").count() == 0


async def test_many_sessions_come_in_pages(lookout: Scripted, open_page: Opener) -> None:
    sessions = at_work(lookout)
    spent = {"input": 1, "output": 2, "cache_read": 3, "cache_creation": 4}
    for number in range(300):
        sessions[f"more-{number}"] = session("high", 0.9, status="active", tokens=spent, title=f"Session {number}")
    page = await opened(lookout, open_page)
    await expect(page.locator(ROW)).to_have_count(40)
    assert await page.evaluate(COUNT) <= MOST_ELEMENTS
    await page.get_by_role("link", name="Next").click()
    await expect(page.locator(".sessions .note")).to_contain_text("41 to 80 of 303")
    await page.get_by_role("link", name="Previous").click()
    await expect(page.locator(".sessions .note")).to_contain_text("1 to 40 of 303")


@pytest.mark.parametrize("shown", ["list", "one", "none", "failing"])
async def test_nothing_is_wrong_with_how_it_looks(lookout: Scripted, open_page: Opener, shown: str) -> None:
    at_work(lookout)
    more = {"list": "", "one": "&sel=session:shop/sess-91ac", "none": "&project=elsewhere", "failing": ""}[shown]
    if shown == "failing":
        lookout.answers["/events"] = {"events": "none"}
        lookout.answers["/sessions/sess-91ac"] = {"files": "none"}
        more = "&sel=session:shop/sess-91ac"
    page = await opened(lookout, open_page, more)
    await expect(page.locator(f".panel.sessions >> {'.empty' if shown == 'none' else 'tbody'}")).to_be_visible()
    if shown == "one":
        await expect(page.locator(".session-calls li")).to_have_count(1)
    elif shown == "failing":
        await expect(page.locator("#inspector").get_by_role("alert")).to_be_visible()
    assert await wrong_in_any_look(page) == []
