"""The agents as lanes, as a graph and as a table, and the charts of the performance, driven in a browser."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Page, expect

from tests.web.axe import wrong_in_any_look
from tests.web.conftest import Opener
from tests.web.scripted import Json, Scripted
from tests.web.team import ANSWERS
from tests.web.visit import becomes, go, press, whole

pytestmark = pytest.mark.asyncio(loop_scope="module")

OPTION = ".lanes [role=option]"
COUNT = "() => document.querySelectorAll('*').length"
DRAWN = """() => {
    const drawn = document.querySelector('.lanes-canvas');
    const { width, height } = drawn;
    const copy = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    copy.drawImage(drawn, 0, 0);
    const { data } = copy.getImageData(0, 0, width, height);
    const colours = {};
    for (let at = 0; at < data.length; at += 4) {
        const colour = `${data[at]},${data[at + 1]},${data[at + 2]}`;
        colours[colour] = (colours[colour] ?? 0) + 1;
    }
    return colours;
}"""
COLOURS = {"dark": "88,166,255", "light": "8,96,202", "waiting": "227,179,65", "failed": "255,123,114"}


def ago(seconds: float) -> str:
    return (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()


def agent(name: str, agent_id: str, **more: object) -> Json:
    base = {"name": name, "session": "sess-3f2b", "agent_id": agent_id, "status": "active", "invocations": 1, "seq": 90}
    return base | {"tool_calls": 2, "failures": 0, "requests": 0, "started": ago(200), "last_seen": ago(1)} | more


def team() -> Json:
    wait = {"since": ago(40), "reason": "permission", "tool": "Bash", "summary": "rm -rf build"}
    called = {"parent": "sess-3f2b/main", "description": "Fix the handler", "tool_use_id": "t1"}
    over = {"status": "completed", "ended": ago(60), "last_seen": ago(60)}
    spent = {"tokens": {"input": 1200, "output": 300, "cache_read": 9000}, "cost_usd": 0.42}
    tools = {
        "/Bash": usage("", "Bash", calls=12, total_ms=24_000.0, p95_ms=4200.0, max_ms=5100.0),
        "/Read": usage("", "Read", calls=60, total_ms=600.0, p95_ms=18.0, max_ms=30.0),
        "engineer/": usage("engineer", "", calls=3, total_ms=90_000.0, p95_ms=41_000.0, max_ms=42_000.0),
        "engineer/Bash": usage("engineer", "Bash", calls=9, total_ms=18_000.0, p95_ms=4200.0, max_ms=5100.0),
    }
    second = int(datetime.now(UTC).timestamp())
    # A page that is slow to come must find them too.
    seconds = {str(second + at): {"events": 10, "errors": 1, "tokens": 600} for at in range(-60, 60)}
    return {
        "projects": {
            "shop": {
                "sessions": {"sess-3f2b": {"status": "active", "started": ago(200), "seq": 90}},
                "agents": {
                    "sess-3f2b/main": agent("pm", "main", waiting=wait, status="waiting"),
                    "sess-3f2b/a1": agent("engineer", "a1", **called, **spent, tool_calls=9, failures=1),
                    "sess-3f2b/a2": agent("qa", "a2", parent="sess-3f2b/a1", **over),
                    "sess-3f2b/a3": agent("engineer", "a3", parent="sess-3f2b/main", **over),
                },
                "tools": tools,
                "activity": {"events": 580, "errors": 58, "tokens": 0, "types": {"tool_use": 580}, "seconds": seconds},
            }
        }
    }


def usage(agent: str, tool: str, **more: object) -> Json:
    slow = {"duration_ms": more["max_ms"], "seq": 3, "tool": tool, "agent": "engineer", "session": "sess-3f2b"}
    row: Json = {"seq": 90, "last": ago(1), "failures": 0, "denied": 0} | more
    return row | {"agent": agent, "tool": tool, "slowest": [slow] if tool and not agent else []}


def act(lookout: Scripted, seconds: float, type_: str, agent_id: str, data: Json) -> None:
    lookout.record(type_, {"agent_id": agent_id} | data, time=ago(seconds), session="sess-3f2b", agent="engineer")


def call(lookout: Scripted, begun: float, ended: float, summary: str, phase: str = "finished") -> None:
    data = {"tool": "Bash", "tool_use_id": f"t-{begun}"}
    act(lookout, begun, "tool_use", "a1", data | {"phase": "started", "summary": summary})
    act(lookout, ended, "tool_use", "a1", data | {"phase": phase, "duration_ms": (begun - ended) * 1000})


@pytest.fixture(autouse=True)
def at_work(lookout: Scripted) -> None:
    lookout.state, lookout.state_seq = team(), 41
    lookout.answers |= ANSWERS
    lookout.answers["/events"] = {"events": [], "seq": 90, "complete": True, "scanned": 0}
    histogram = {"after": ago(60), "before": ago(-60), "counts": [3] * 60, "errors": [0] * 60, "sampled": 1, "seq": 90}
    lookout.answers["/events/histogram"] = histogram
    act(lookout, 150, "agent_activity", "a1", {"agent": "engineer", "action": "invoked"})
    call(lookout, 140, 120, "pytest -q")
    call(lookout, 100, 90, "make lint", "failed")


async def shown(open_page: Opener, lookout: Scripted, view: str) -> Page:
    page = await open_page(f"{lookout.origin}/?view={view}")
    await expect(page.locator(".pill")).to_have_text("Live")
    await expect(page.locator(".view .panel, .view .chart").first).to_be_visible()
    return page


async def drawn(page: Page, **least: int) -> dict[str, int]:
    """How many pixels of the lanes have which colour, once there are so many of these."""
    wanted = {COLOURS[name]: pixels for name, pixels in least.items()}
    return await becomes(
        lambda: page.evaluate(DRAWN),
        lambda found: all(found.get(colour, 0) > pixels for colour, pixels in wanted.items()),
    )


async def test_lanes_tell_every_agent_and_what_it_did(lookout: Scripted, open_page: Opener) -> None:
    page = await shown(open_page, lookout, "agents.lanes")
    options = page.locator(OPTION)
    await expect(options).to_have_text(
        [
            "Session shop · sess-3f2b",
            "pm, waiting, 0 calls begun, 0 failed",
            "engineer, active, 2 calls begun, 1 failed",
            "qa, completed, 0 calls begun, 0 failed",
            "engineer, completed, 0 calls begun, 0 failed",
        ]
    )
    await drawn(page, dark=200, waiting=50, failed=50)


async def test_lanes_are_drawn_in_the_colours_of_the_theme_and_again_when_it_changes(
    lookout: Scripted, open_page: Opener
) -> None:
    page = await shown(open_page, lookout, "agents.lanes")
    assert COLOURS["light"] not in await drawn(page, dark=200)
    await page.emulate_media(color_scheme="light")
    assert COLOURS["dark"] not in await drawn(page, light=200)


async def test_keys_choose_an_agent_and_what_it_did_and_tell_it(lookout: Scripted, open_page: Opener) -> None:
    page = await shown(open_page, lookout, "agents.lanes")
    lanes = page.get_by_role("listbox", name="Agents over time")
    await lanes.focus()
    await press(page, "ArrowDown", "ArrowDown")
    await expect(page).to_have_url(re.compile("sel=agent:shop/sess-3f2b/a1"))
    await expect(page.get_by_role("complementary", name="Inspector")).to_contain_text("Fix the handler")
    await press(page, "ArrowRight")
    selected = page.locator(f"{OPTION}[aria-selected=true]")
    await expect(selected).to_have_text("engineer: Bash make lint, 10 s, failed")
    await expect(lanes).to_have_attribute("aria-activedescendant", await selected.get_attribute("id") or "")
    await press(page, "ArrowLeft")
    await expect(selected).to_have_text("engineer: Bash pytest -q, 20 s")
    await press(page, "Escape")
    await expect(selected).to_have_count(0)


async def test_keys_and_buttons_zoom_pan_fit_and_follow(lookout: Scripted, open_page: Opener) -> None:
    page = await shown(open_page, lookout, "agents.lanes")
    note = page.locator(".agent-lanes .note")
    await expect(note).to_have_text("5 min · following")
    await page.get_by_role("listbox").focus()
    await press(page, "s")
    await expect(note).to_have_text("10 min · following")
    await expect(page).to_have_url(re.compile("range=600"))
    await press(page, "w", "w", "a")
    await expect(note).to_have_text(re.compile("^2 min · until [3-5]. s ago$"))
    await expect(page).to_have_url(re.compile(r"range=150&until=\d+"))
    await press(page, "l")
    await expect(note).to_have_text("2 min · following")
    await page.get_by_role("button", name="Earlier").click()
    await expect(note).to_have_text(re.compile("until"))
    await page.get_by_role("button", name="Follow now").click()
    await page.get_by_role("button", name="Fit all").click()
    await expect(note).to_have_text("3 min · following")


async def test_dragging_pans_a_click_chooses_and_the_wheel_zooms(lookout: Scripted, open_page: Opener) -> None:
    page = await shown(open_page, lookout, "agents.lanes")
    await expect(page.locator(OPTION)).to_have_count(5)
    await whole(page, "agents")
    box = await page.locator(".lanes-scroller").bounding_box()
    assert box
    lane = box["y"] + 24 + 2 * 24 + 12
    await page.mouse.click(box["x"] + 60, lane + 24 * 0)
    await expect(page).to_have_url(re.compile("sel=agent:shop/sess-3f2b/a1"))
    await page.mouse.move(box["x"] + 500, lane)
    await page.mouse.down()
    await page.mouse.move(box["x"] + 600, lane, steps=4)
    await page.mouse.up()
    await expect(page).to_have_url(re.compile("until="))
    await page.keyboard.down("Control")
    await page.mouse.wheel(0, -400)
    await page.keyboard.up("Control")
    await expect(page.locator(".agent-lanes .note")).to_have_text(re.compile("^2 min · until"))


async def test_a_link_shows_the_part_of_time_it_was_made_of(lookout: Scripted, open_page: Opener) -> None:
    until = int((datetime.now(UTC) - timedelta(seconds=85)).timestamp() * 1000)
    page = await shown(open_page, lookout, f"agents.lanes&range=30&until={until}&errors=1")
    await expect(page.locator(OPTION)).to_have_text(
        ["Session shop · sess-3f2b", "engineer, active, 2 calls begun, 1 failed"]
    )
    await page.get_by_role("button", name="Errors only").click()
    await expect(page.locator(OPTION)).to_have_count(5)


async def test_idle_agents_are_collapsed_until_they_are_wanted(lookout: Scripted, open_page: Opener) -> None:
    page = await shown(open_page, lookout, "agents.lanes&range=30")
    await expect(page.locator(OPTION)).to_have_count(3)
    await page.get_by_role("button", name="Collapse idle").click()
    await expect(page.locator(OPTION)).to_have_count(5)


async def test_what_happened_before_the_page_was_opened_is_loaded(lookout: Scripted, open_page: Opener) -> None:
    data = {"tool": "Read", "tool_use_id": "old", "agent_id": "a1", "phase": "finished", "duration_ms": 3000}
    old = {"event": "tool_use", "seq": 0.5, "time": ago(180), "project": "shop", "session": "sess-3f2b", "data": data}
    lookout.answers["/events"] = {"events": [old | {"agent": "engineer"}], "seq": 90, "complete": True, "scanned": 1}
    page = await shown(open_page, lookout, "agents.lanes")
    await expect(page.locator(OPTION).nth(2)).to_have_text("engineer, active, 3 calls begun, 1 failed")


async def test_new_events_are_drawn_as_they_come(lookout: Scripted, open_page: Opener) -> None:
    page = await shown(open_page, lookout, "agents.lanes")
    engineer = page.locator(OPTION).nth(2)
    await expect(engineer).to_have_text("engineer, active, 2 calls begun, 1 failed")
    data = {"agent_id": "a1", "tool": "Edit", "phase": "started", "tool_use_id": "new", "summary": "a.py"}
    await lookout.emit("tool_use", data, session="sess-3f2b", agent="engineer")
    await expect(engineer).to_have_text("engineer, active, 3 calls begun, 1 failed")


async def test_the_graph_joins_agents_by_name_or_shows_each(lookout: Scripted, open_page: Opener) -> None:
    page = await shown(open_page, lookout, "agents.graph")
    items = page.get_by_role("treeitem")
    await expect(items).to_have_count(3)
    labels = [await item.get_attribute("aria-label") or "" for item in await items.all()]
    assert labels[0] == "pm waiting, called once, 0 failed"
    assert re.fullmatch(r"engineer \S2 1 active, called 2 times, 95 % within .*, 0 failed", labels[1])
    assert [label.split()[0] for label in labels] == ["pm", "engineer", "qa"]
    await expect(page.locator(".edge-label").first).to_have_text(re.compile(r"^2\S · 2 min"))
    await page.get_by_role("button", name="Joined by name").click()
    await expect(items).to_have_count(4)


async def test_keys_lead_through_the_graph(lookout: Scripted, open_page: Opener) -> None:
    page = await shown(open_page, lookout, "agents.graph")
    await page.get_by_role("treeitem").first.focus()
    await press(page, "ArrowRight", "ArrowRight")
    await expect(page.get_by_role("treeitem", name="qa")).to_be_focused()
    await press(page, "ArrowLeft", "Enter")
    await expect(page.get_by_role("treeitem", name="engineer")).to_be_focused()
    await expect(page).to_have_url(re.compile("sel=agent:shop/sess-3f2b/a1"))


async def test_the_graph_has_a_table_that_says_the_same(lookout: Scripted, open_page: Opener) -> None:
    page = await shown(open_page, lookout, "agents.graph")
    await page.get_by_role("button", name="Show as table").click()
    rows = page.locator(".agent-graph tbody tr")
    await expect(rows).to_have_count(3)
    await expect(rows.nth(1)).to_contain_text("engineer")
    await expect(rows.nth(1)).to_contain_text("pm")


async def test_of_a_thousand_agents_no_more_is_in_the_document_than_can_be_looked_at(
    lookout: Scripted, open_page: Opener
) -> None:
    agents = lookout.state["projects"]["shop"]["agents"]
    for number in range(1000):
        parent = {"parent": "sess-3f2b/main"} if number % 3 else {}
        agents[f"sess-3f2b/x{number}"] = agent(f"helper-{number}", f"x{number}", **parent)
    page = await shown(open_page, lookout, "agents.lanes")
    for tab, many in {
        "agents.lanes": ".lanes [role=option]",
        "agents.graph": ".graph .node",
        "agents.graph&apart=1": ".graph .node",
        "agents.table": ".agents tbody tr",
    }.items():
        await go(page, f"view={tab}")
        await expect(page.locator(many).nth(20)).to_be_attached()
        assert await page.evaluate(COUNT) <= 2500, tab
        assert await page.locator(".graph *").count() <= 400


async def test_the_table_sorts_by_a_column_and_gives_the_tree_back(lookout: Scripted, open_page: Opener) -> None:
    page = await shown(open_page, lookout, "agents.table")
    names = page.locator(".agents tbody th")
    await expect(names).to_have_text(["pm", "engineer", "qa", "engineer"])
    await page.get_by_role("button", name="Calls").click()
    await expect(names.first).to_have_text("engineer")
    await expect(page.locator("th[aria-sort=descending]")).to_contain_text("Calls")
    await expect(page).to_have_url(re.compile("sort=calls"))
    await page.get_by_role("button", name="Calls").click()
    await page.get_by_role("button", name="Calls").click()
    await expect(names).to_have_text(["pm", "engineer", "qa", "engineer"])


async def test_the_inspector_tells_what_an_agent_was_asked_by_whom_and_what_it_used(
    lookout: Scripted, open_page: Opener
) -> None:
    asked = {"tool": "Task", "phase": "started", "tool_use_id": "t1", "input_bytes": 2048, "summary": "Fix the handler"}
    frame = {"event": "tool_use", "seq": 3, "time": ago(151), "session": "sess-3f2b", "agent": "pm", "data": asked}
    lookout.answers["/events"] = {"events": [frame], "seq": 90, "complete": True, "scanned": 1}
    page = await shown(open_page, lookout, "agents.table&sel=agent:shop/sess-3f2b/a1")
    inspector = page.get_by_role("complementary", name="Inspector")
    await expect(inspector).to_contain_text("Called by pm")
    await expect(inspector).to_contain_text("9, 1 failed")
    await expect(inspector.locator(".part", has_text="Asked")).to_contain_text("Fix the handler2 kB")
    await expect(inspector.locator(".part", has_text="Tokens")).to_contain_text("9 k")
    await inspector.locator(".part", has_text="Called 1").get_by_role("link", name="qa").click()
    await expect(inspector.locator(".agent-chain")).to_have_text("Called by pm → engineer")


async def test_charts_show_what_the_state_and_the_api_say(lookout: Scripted, open_page: Opener) -> None:
    page = await shown(open_page, lookout, "performance")
    chart = page.locator(".chart")
    await expect(chart.locator("h2")).to_have_text(
        [
            "Throughput",
            "Response time of tools",
            "Hook to screen",
            "Tokens a minute",
            "API calls a minute",
            "CPU by service",
            "Memory by service",
        ]
    )
    await page.get_by_role("slider", name="Throughput").focus()
    await press(page, "ArrowLeft", "ArrowLeft", "ArrowLeft")
    await expect(chart.nth(0).locator(".legend b").first).to_have_text("10/s")
    await expect(chart.nth(3).locator(".legend b").first).to_have_text("36 k")
    await expect(chart.nth(4).locator(".legend b").first).to_have_text("90")
    await press(page, "Escape")
    await expect(chart.nth(5).locator(".legend b").first).to_have_text("4 %")
    await expect(chart.nth(6).locator(".legend b").first).to_have_text("52 MB")


async def test_one_crosshair_moves_over_all_charts(lookout: Scripted, open_page: Opener) -> None:
    page = await shown(open_page, lookout, "performance")
    sliders = page.get_by_role("slider")
    await expect(sliders).to_have_count(7)
    await page.locator(".u-over").first.hover()
    await expect(sliders.first).to_have_attribute("aria-valuenow", re.compile("^(29|30)$"))
    at = await sliders.first.get_attribute("aria-valuenow") or ""
    for slider in (await sliders.all())[1:]:
        await expect(slider).to_have_attribute("aria-valuenow", at)
    for line in await page.locator(".u-cursor-x").all():
        await expect(line).to_have_attribute("style", re.compile(r"translate\(\d{2,}"))


async def test_a_stretch_of_a_chart_leads_to_its_events(lookout: Scripted, open_page: Opener) -> None:
    page = await shown(open_page, lookout, "performance")
    await expect(page.get_by_role("slider")).to_have_count(7)
    await whole(page, "performance")
    box = await page.locator(".u-over").first.bounding_box()
    assert box
    await page.mouse.move(box["x"] + 100, box["y"] + 40)
    await page.mouse.down()
    await page.mouse.move(box["x"] + 200, box["y"] + 40, steps=4)
    await page.mouse.up()
    await expect(page).to_have_url(re.compile(r"view=events&q=after:\S+Z\+before:\S+Z"))
    await page.go_back()
    await page.get_by_role("slider", name="Throughput").focus()
    await press(page, "ArrowLeft", "Shift+ArrowLeft", "Shift+ArrowLeft", "Enter")
    await expect(page).to_have_url(re.compile(r"view=events&q=after:\S+Z\+before:\S+Z"))


async def test_each_chart_has_a_table_that_says_the_same(lookout: Scripted, open_page: Opener) -> None:
    page = await shown(open_page, lookout, "performance")
    await expect(page.get_by_role("slider")).to_have_count(7)
    for button in await page.locator(".chart").get_by_role("button", name="Table").all():
        await button.click()
    await expect(page.locator(".chart-table")).to_have_count(7)
    await expect(page.locator(".chart-table").first.locator("tbody tr")).to_have_count(40)
    await expect(page.locator(".chart-table").first.locator("tbody tr").nth(3)).to_contain_text("10/s")
    assert await page.evaluate(COUNT) <= 2500


async def test_the_time_shown_is_chosen_and_kept_in_the_link(lookout: Scripted, open_page: Opener) -> None:
    page = await shown(open_page, lookout, "performance")
    await page.get_by_role("button", name="2 hours").click()
    await expect(page).to_have_url(re.compile("range=2h"))
    slider = page.get_by_role("slider", name="Throughput")
    await expect(slider).to_have_attribute("aria-valuemax", "119")


async def test_response_times_are_told_by_tool_agent_and_both(lookout: Scripted, open_page: Opener) -> None:
    page = await shown(open_page, lookout, "performance")
    rows = page.locator(".usage tbody tr")
    await expect(rows).to_have_count(2)
    await expect(rows.first).to_have_text(re.compile(r"^\s*Bash\s+12\s+0\s"), use_inner_text=True)
    await expect(rows.first).to_contain_text("2 s")
    await page.get_by_role("button", name="Agents", exact=True).click()
    await expect(rows).to_have_text([re.compile("engineer.*30 s.*41 s")])
    await page.get_by_role("button", name="Both").click()
    await expect(rows).to_have_text([re.compile("engineerBash")])
    await page.get_by_role("button", name="Tools").click()
    await page.get_by_role("button", name="Calls").click()
    await expect(rows.first).to_contain_text("Read")
    await page.locator(".slowest-calls").get_by_role("link").first.click()
    await expect(page).to_have_url(re.compile("sel=evt:3"))


async def test_nothing_is_wrong_with_how_agents_and_performance_look(lookout: Scripted, open_page: Opener) -> None:
    page = await shown(open_page, lookout, "agents.lanes")
    found = []
    for tab, shows in {
        "agents.lanes": OPTION,
        "agents.graph": ".graph .node",
        "agents.graph&table=1": ".agent-graph tbody tr",
        "agents.table": ".agents tbody tr",
        "agents.lanes&sel=agent:shop/sess-3f2b/a1": ".agent-detail",
        "performance": ".chart .u-over",
    }.items():
        await go(page, f"view={tab}")
        await expect(page.locator(shows).first).to_be_visible()
        await whole(page, tab.partition(".")[0])
        found += [f"{tab} {each}" for each in await wrong_in_any_look(page)]
    assert found == [], "\n".join(found)
