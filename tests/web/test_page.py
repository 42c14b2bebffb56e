from __future__ import annotations

import copy
import json
import re
import shlex
from collections.abc import Sequence

import pytest
from playwright.async_api import Page, expect

from tests.conftest import until
from tests.web.axe import WIDEST
from tests.web.conftest import Opener
from tests.web.scripted import Scripted
from tests.web.team import STATE, work
from tests.web.visit import becomes

pytestmark = pytest.mark.asyncio(loop_scope="module")

AGENTS = "?view=agents.table"
EVENTS = "?view=events&grp=0"
FROM_TOP = """rows => rows.map(row => [row.getBoundingClientRect().y, Number(row.querySelector('.seq').innerText)])
    .sort(([one], [other]) => one - other).map(([, seq]) => seq)"""
AT_REST = """async element => {
    for (let frames = 0, at = -1; frames < 5; frames = element.scrollTop === at ? frames + 1 : 0) {
        at = element.scrollTop;
        await new Promise(requestAnimationFrame);
    }
}"""
"""Resolves when it has not been scrolled for some frames."""
HOSTILE = '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>'


def at_work(lookout: Scripted, events: int = 60) -> None:
    lookout.state = copy.deepcopy(STATE)
    lookout.state_seq = 41
    work(lookout, events)


async def sequence(page: Page) -> list[int]:
    """The seqs of the rows in sight, from top to bottom."""
    found: list[int] = await page.locator(".canvas .row").evaluate_all(FROM_TOP)
    return found


async def follows(page: Page, seqs: Sequence[int]) -> None:
    """The rows in sight end with these."""
    await becomes(lambda: sequence(page), lambda found: found[-len(seqs) :] == [*seqs])


async def test_the_page_connects_and_says_so(lookout: Scripted, open_page: Opener) -> None:
    at_work(lookout)
    page = await open_page()
    await expect(page.locator(".pill")).to_have_text("Live")
    assert lookout.subscriptions()[0]["events"] == ["*", "state"]


async def test_agents_stand_below_the_agent_that_called_them(lookout: Scripted, open_page: Opener) -> None:
    at_work(lookout)
    page = await open_page(f"{lookout.origin}/{AGENTS}")
    rows = page.locator(".agents tbody tr")
    await expect(rows).to_have_count(4)
    await expect(page.locator(".agents tbody th")).to_have_text(["pm", "engineer", "research", "qa"])
    await expect(rows.nth(1)).to_contain_text("Edit src/services/handlers.py")
    await expect(rows.nth(3)).to_contain_text("waits for permission Bash")


async def test_a_patch_changes_what_it_names_and_nothing_else(lookout: Scripted, open_page: Opener) -> None:
    at_work(lookout)
    page = await open_page(f"{lookout.origin}/{AGENTS}")
    engineer = page.locator(".agents tbody tr", has_text="engineer")
    await expect(engineer).to_contain_text("25")
    agents = {"sess-3f2b/a1": {"status": "completed", "doing": None, "tool_calls": 26}, "sess-3f2b/a2": None}
    await lookout.patch({"projects": {"shop": {"agents": agents}}})
    await expect(engineer).to_contain_text("completed")
    await expect(engineer).to_contain_text("26")
    await expect(engineer).not_to_contain_text("Edit")
    await expect(page.locator(".agents tbody tr")).to_have_count(3)


async def test_a_patch_that_does_not_follow_is_not_applied_but_the_state_fetched(
    lookout: Scripted, open_page: Opener
) -> None:
    at_work(lookout)
    page = await open_page(f"{lookout.origin}/{AGENTS}")
    await expect(page.locator(".agents tbody tr")).to_have_count(4)
    await lookout.patch({"projects": {"shop": {"agents": {"sess-3f2b/a1": {"name": "renamed"}}}}}, left_out=3)
    await expect(page.locator(".agents tbody tr", has_text="renamed")).to_be_visible()
    assert [frame["event"] for frame in lookout.received].count("get_state") == 1


async def test_events_are_listed_in_order_whether_alone_or_in_batches(lookout: Scripted, open_page: Opener) -> None:
    at_work(lookout, events=10)
    page = await open_page(f"{lookout.origin}/{EVENTS}")
    await lookout.emit("deploy_finished", {"message": "alone"}, agent="pm")
    await lookout.send_batch(work(lookout, 5))
    await expect(page.locator(".canvas .row")).to_have_count(16)
    await follows(page, range(1, 17))
    await expect(page.locator(".canvas .row", has_text="alone")).to_contain_text("deploy_finished")


async def test_the_list_follows_until_its_reader_scrolls_up_and_then_stands_still(
    lookout: Scripted, open_page: Opener
) -> None:
    at_work(lookout, events=400)
    page = await open_page(f"{lookout.origin}/{EVENTS}")
    await expect(page.locator(".canvas .row", has_text=re.compile("^400"))).to_be_visible()
    await page.locator(".grid .scroller").hover()
    await page.mouse.wheel(0, -2000)
    await expect(page.locator(".unseen-rows")).to_have_text("0 new")
    await page.locator(".grid .scroller").evaluate(AT_REST)
    standing = await sequence(page)
    await lookout.send_batch(work(lookout, 1204))
    await expect(page.locator(".unseen-rows")).to_have_text("1,204 new")
    assert await sequence(page) == standing
    await page.locator(".unseen-rows").click()
    await expect(page.locator(".canvas .row", has_text=re.compile("^1604"))).to_be_visible()
    await expect(page.locator(".unseen-rows")).to_have_count(0)


async def test_the_list_goes_on_following_when_its_height_changes_and_when_it_was_hidden(
    lookout: Scripted, open_page: Opener
) -> None:
    """A picture of the whole page takes the list's box away for a moment, and with it the place it is scrolled to."""
    at_work(lookout, events=400)
    page = await open_page(f"{lookout.origin}/{EVENTS}", width=390, height=844)
    await expect(page.locator(".canvas .row", has_text="staging").last).to_be_visible()
    for height in (1200, 500, 844):
        await page.set_viewport_size({"width": 390, "height": height})
        await page.screenshot(full_page=True)
        await lookout.send_batch(work(lookout, 50))
        await expect(page.locator(".events .note")).to_have_text(f"{lookout.head} events loaded · following")


async def test_a_lost_connection_is_resumed_after_the_last_event_and_nothing_is_lost(
    lookout: Scripted, open_page: Opener
) -> None:
    at_work(lookout, events=10)
    page = await open_page(f"{lookout.origin}/{EVENTS}")
    await expect(page.locator(".canvas .row")).to_have_count(10)
    await lookout.drop()
    work(lookout, 4)
    await expect(page.locator(".pill")).to_have_text("Live")
    await expect(page.locator(".canvas .row")).to_have_count(14)
    await follows(page, range(1, 15))
    assert lookout.subscriptions()[-1]["since"] == {"epoch": "epoch-1", "seq": 10}
    await expect(page.locator(".note-line")).to_have_text("Back. 4 events caught up, none lost.")


async def test_the_position_of_a_ping_is_where_the_page_resumes(lookout: Scripted, open_page: Opener) -> None:
    at_work(lookout, events=3)
    page = await open_page(f"{lookout.origin}/{EVENTS}")
    await expect(page.locator(".canvas .row")).to_have_count(3)
    work(lookout, 2)
    await lookout.send({"event": "ping", "seq": 5, "data": {}})
    await until(lambda: any(frame["event"] == "pong" for frame in lookout.received), "the page answers a ping")
    await lookout.drop()
    await until(lambda: len(lookout.subscriptions()) == 2, "the page subscribes again")
    assert lookout.subscriptions()[1]["since"]["seq"] == 5


async def turn(page: Page, *, hidden: bool) -> None:
    """As a browser tells a page that nobody sees it, or that somebody does."""
    await page.evaluate(
        """hidden => {
            Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


async def leave(page: Page, lookout: Scripted) -> None:
    """Looks at something else for ten seconds."""
    await turn(page, hidden=True)
    await page.clock.fast_forward(10_000)
    await until(lambda: lookout.connections == 0, "the page rests")


async def test_a_page_that_nobody_sees_rests_and_then_shows_what_the_server_has(
    lookout: Scripted, open_page: Opener
) -> None:
    at_work(lookout, events=10)
    page = await open_page("about:blank")
    await page.clock.install()
    await page.goto(f"{lookout.origin}/{AGENTS}")
    await expect(page.locator(".agents tbody tr")).to_have_count(4)
    await leave(page, lookout)
    work(lookout, 4)
    await lookout.patch({"projects": {"shop": {"agents": {"sess-3f2b/a1": {"name": "renamed"}}}}})
    await turn(page, hidden=False)
    await expect(page.locator(".note-line")).to_have_text("Back. 4 events caught up, none lost.")
    await expect(page.locator(".agents tbody tr", has_text="renamed")).to_be_visible()
    assert lookout.subscriptions()[-1]["since"] == {"epoch": "epoch-1", "seq": 10}
    await page.goto(f"{lookout.origin}/{EVENTS}")
    await expect(page.locator(".canvas .row")).to_have_count(14)


async def test_until_a_page_that_rested_has_the_state_it_says_how_old_what_it_shows_is(
    lookout: Scripted, open_page: Opener
) -> None:
    at_work(lookout, events=10)
    page = await open_page("about:blank")
    await page.clock.install()
    await page.goto(f"{lookout.origin}/{EVENTS}")
    await expect(page.locator(".canvas .row")).to_have_count(10)
    await leave(page, lookout)
    await page.clock.fast_forward(180_000)
    lookout.silent = True
    await turn(page, hidden=False)
    await expect(page.locator(".pill")).to_have_text("Catching up")
    await expect(page.locator(".note-line")).to_contain_text("it is as it was 3 min ago, and catches up.")


async def test_of_more_than_the_list_keeps_only_that_is_asked_for_and_the_page_says_so(
    lookout: Scripted, open_page: Opener
) -> None:
    at_work(lookout, events=10)
    page = await open_page(f"{lookout.origin}/{EVENTS}")
    await expect(page.locator(".canvas .row")).to_have_count(10)
    await lookout.drop()
    work(lookout, 50_100)
    await expect(page.locator(".note-line")).to_have_text(
        "Back. Of 50,100 events the newest 50,000 are in the list, all in the history."
    )
    await expect(page.locator(".canvas .row", has_text="50110")).to_be_visible()
    await expect(page.locator(".events .note").first).to_have_text("50,000 events loaded · following")
    assert lookout.subscriptions()[-1]["since"] == {"epoch": "epoch-1", "seq": 110}


async def test_where_the_log_was_trimmed_the_page_says_what_is_missing(lookout: Scripted, open_page: Opener) -> None:
    at_work(lookout, events=10)
    page = await open_page(f"{lookout.origin}/{EVENTS}")
    await expect(page.locator(".canvas .row")).to_have_count(10)
    await lookout.drop()
    work(lookout, 40)
    lookout.trim()
    lookout.state_seq = lookout.head
    await expect(page.locator(".pill")).to_have_text("Live")
    await expect(page.locator(".canvas .row", has_text="40 events are no longer kept: #11 to #50")).to_be_visible()
    await lookout.emit("deploy_finished", {"message": "after the gap"})
    await expect(page.locator(".canvas .row", has_text="after the gap")).to_be_visible()
    await follows(page, [50, 51])


async def test_another_log_replaces_what_was_shown(lookout: Scripted, open_page: Opener) -> None:
    at_work(lookout, events=10)
    page = await open_page(f"{lookout.origin}/{EVENTS}")
    await expect(page.locator(".canvas .row")).to_have_count(10)
    await lookout.drop()
    lookout.epoch, lookout.log, lookout.state_seq = "epoch-2", [], 0
    lookout.state = {"projects": {}}
    await expect(page.locator(".canvas .row")).to_have_count(0)
    await lookout.emit("deploy_finished", {"message": "of the new log"})
    await expect(page.locator(".canvas .row")).to_have_count(1)


async def test_a_refusal_is_told_and_waits_for_its_reader(lookout: Scripted, open_page: Opener) -> None:
    lookout.refusing = (4429, "More than 20 messages a second: send fewer.")
    page = await open_page()
    await expect(page.locator(".pill")).to_have_text("Not connected: More than 20 messages a second: send fewer.")
    lookout.refusing = None
    await page.get_by_role("button", name="Retry now").click()
    await expect(page.locator(".pill")).to_have_text("Live")


async def test_what_agents_wrote_is_text_wherever_it_is_shown(lookout: Scripted, open_page: Opener) -> None:
    agent = {"name": HOSTILE, "status": HOSTILE, "session": HOSTILE, "agent_id": HOSTILE, "doing": HOSTILE, "seq": 1}
    lookout.state = {
        "projects": {
            HOSTILE: {
                "agents": {"__proto__": agent, "constructor": agent},
                "sessions": {HOSTILE: {"title": HOSTILE, "status": "constructor"}},
                "files": {HOSTILE: {"path": HOSTILE}, "__proto__": {"path": "__proto__"}},
            }
        }
    }
    lookout.record("custom", {"message": HOSTILE}, agent=HOSTILE, session=HOSTILE, project=HOSTILE)
    lookout.record("tool_use", {"tool": HOSTILE, "phase": HOSTILE, "summary": HOSTILE, "duration_ms": HOSTILE})
    lookout.record("toString", {"__proto__": {"x": 1}}, agent="\u202egnp.exe\x1b[31m")
    page = await open_page(f"{lookout.origin}/{EVENTS}")
    await expect(page.locator(".canvas .row")).to_have_count(3)
    await page.goto(f"{lookout.origin}/{AGENTS}")
    await expect(page.locator(".agents tbody tr")).to_have_count(2)
    await lookout.patch({"projects": {HOSTILE: {"agents": {"__proto__": {"status": "active"}}}}})
    await expect(page.locator(".agents tbody tr", has_text="active")).to_have_count(1)
    await expect(page.locator(".agents tbody th").first).to_have_text(HOSTILE)
    await expect(page.locator("img, main script")).to_have_count(0)
    await expect(page).to_have_title("Agents · Lookout")


async def test_an_empty_log_teaches_three_commands_with_the_address_of_this_page(
    lookout: Scripted, open_page: Opener
) -> None:
    lookout.record("health_status", {"status": "healthy"}, project="lookout")
    page = await open_page(f"{lookout.origin}/{EVENTS}")
    commands = page.locator(".command code")
    await expect(commands).to_have_count(3)
    claude, emit, demo = await commands.all_inner_texts()
    program, option, settings = shlex.split(claude)
    assert (program, option) == ("claude", "--settings")
    assert json.loads(settings)["hooks"]["PreToolUse"][0]["hooks"][0]["url"] == f"{lookout.origin}/hooks/claude-code"
    assert emit.startswith(f"curl {lookout.origin}/events -d ")
    assert demo == f"LOOKOUT_URL={lookout.origin} make demo"
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.get_by_role("button", name="Copy: Send an event of your own").click()
    await expect(page.get_by_text("Copied", exact=True)).to_be_visible()
    assert await page.evaluate("() => navigator.clipboard.readText()") == emit
    await lookout.emit("custom_event", {"message": "hello"})
    await expect(page.locator(".canvas .row", has_text="hello")).to_be_visible()
    await expect(commands).to_have_count(0)


async def test_pausing_stops_what_moves_and_resuming_shows_what_came(lookout: Scripted, open_page: Opener) -> None:
    at_work(lookout, events=5)
    page = await open_page(f"{lookout.origin}/{EVENTS}")
    await expect(page.locator(".canvas .row")).to_have_count(5)
    await page.get_by_role("button", name="Pause").click()
    await expect(page.locator(".pill")).to_have_text("Paused")
    await lookout.send_batch(work(lookout, 5))
    await lookout.send({"event": "ping", "seq": 10, "data": {}})
    await until(lambda: any(frame["event"] == "pong" for frame in lookout.received), "the page has read on")
    await expect(page.locator(".canvas .row")).to_have_count(5)
    await page.get_by_role("button", name="Resume").click()
    await expect(page.locator(".canvas .row")).to_have_count(10)


@pytest.mark.parametrize("width", [320, 390, 720, 1099, 1100, 1440])
async def test_nothing_is_wider_than_the_window(lookout: Scripted, open_page: Opener, width: int) -> None:
    at_work(lookout)
    page = await open_page(f"{lookout.origin}/{EVENTS}", width=width)
    await expect(page.locator(".canvas .row").first).to_be_visible()
    assert await page.evaluate(WIDEST) <= width
    lookout.refusing = (4401, "Sign in first, and then read this sentence, which is longer than a phone is wide.")
    await lookout.drop()
    await expect(page.locator(".pill")).to_contain_text("Not connected")
    assert await page.evaluate(WIDEST) <= width
