"""Text that is made to hurt changes nothing but its own cell, in any view."""

from __future__ import annotations

import copy
import re
from urllib.parse import urlencode

import pytest
from playwright.async_api import Page, expect

from tests.web.conftest import Opener
from tests.web.scripted import Json, Scripted
from tests.web.team import STATE, work
from tests.web.test_shell import COUNT, VIEWS
from tests.web.visit import go

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]

TEXTS = {
    "html": "<img src=x onerror=\"document.title='owned'\"><style>*{display:none}</style><b>bold</b>",
    "script": '<script>document.title="owned"</script>javascript:document.title="owned"',
    "long": "x" * 1_000_000,
    "turned": "\u202egnp.exe\u2066\u200f",
    "coloured": "\x1b[31mred\x1b[2J\x1b]0;owned\x07\x00\x08",
    "lines": "one\r\ntwo\n\n\nthree\ttabbed",
    "wide": "\N{FACE WITH TEARS OF JOY}" * 300 + "\u0300" * 300,
    "named": "__proto__",
}
TIMES = ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "never", ""]
NUMBERS = [10**15, -(10**15), 1e308, 0]
HIDDEN = r"""() => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const { data, parentElement } = texts.currentNode;
        if (/[\u0000-\u0008\u000e-\u001f\u202a-\u202e\u2066-\u2069]/.test(data)) {
            return [parentElement.outerHTML.slice(0, 200), parentElement.closest("section, td, li")?.className];
        }
    }
    return null;
}"""
"""What could reorder or hide the text around it."""
TALLEST = """() => Math.max(...[...document.querySelectorAll('.main tr, .main .row, .main li')]
    .filter(each => !each.closest('.first-run')).map(each => each.offsetHeight))"""


def hurt(lookout: Scripted) -> None:
    """Adds to an ordinary team all of it as agents, sessions and files, and as events among ordinary ones."""
    lookout.state, lookout.state_seq = copy.deepcopy(STATE), 41
    shop = lookout.state["projects"]["shop"]
    work(lookout, 20)
    for number, text in enumerate(TEXTS.values()):
        time, figure = TIMES[number % len(TIMES)], NUMBERS[number % len(NUMBERS)]
        key = text[:300]
        who: Json = {"name": text, "session": key, "agent_id": key, "status": text, "started": time, "last_seen": time}
        said: Json = {"doing": text, "description": text, "tool_calls": figure, "cost_usd": figure, "seq": 1}
        calls = {key: {"tool": text, "summary": text, "since": time}}
        shop["agents"][f"{key}/{key}"] = who | said | {"calls": calls, "tokens": {"input": figure, "output": figure}}
        about: Json = {"title": text, "cwd": text, "model": text, "status": text, "started": time, "seq": 1}
        filled: Json = {"context_percentage": figure, "token_usage": figure, "context_window": figure}
        shop["sessions"][key] = about | filled | {"context_level": text, "cost_usd": figure, "session_id": key}
        touched: Json = {"path": text, "agent_name": text, "operation": text, "time": time, "size": figure, "seq": 1}
        shop["files"][key] = touched | {"reads": figure, "agents": {key: {"operation": text, "time": time}}}
        data: Json = {"tool": text, "phase": text, "summary": text, "error": text, "duration_ms": figure}
        envelope: Json = {"agent": text, "session": key, "time": time, "project": "shop"}
        for type_ in ("tool_use", "agent_activity", "session_update", "file_operation", "notification", "made_up"):
            event = data | {"file": text, "agent_id": key, "message": text, "context_percentage": figure}
            lookout.record(type_, event, **envelope)
        lookout.record("tool_use", data | {"phase": "failed", "tool_use_id": key, "level": text}, **envelope)
    work(lookout, 20)


async def unhurt(page: Page, width: int) -> None:
    assert await page.locator("img, main script, main style, main b:has-text('bold')").count() == 0
    assert await page.evaluate("() => document.documentElement.scrollWidth") <= width
    assert await page.evaluate(HIDDEN) is None
    assert await page.evaluate(COUNT) <= 2500
    assert await page.evaluate(TALLEST) <= 200


SEEN = {
    "overview": ".now tbody tr:has-text('engineer')",
    "agents&idle=1": ".lanes [role=option]:has-text('engineer, active')",
    "agents.table": ".agents tbody tr:has-text('engineer')",
    "agents.graph": ".graph .node:has-text('engineer')",
    "sessions": ".sessions tbody tr:has-text('sess-91ac')",
    "files.recent": ".view-files >> text=handlers.py",
    "events&grp=0": ".canvas .row:has-text('deploy_finished')",
    "performance": ".usage",
    "system": ".view-system",
}
"""Something ordinary in each view."""


@pytest.mark.parametrize("width", [1440, 390])
async def test_text_that_is_made_to_hurt_changes_nothing_but_its_own_cell(
    lookout: Scripted, open_page: Opener, width: int
) -> None:
    hurt(lookout)
    page = await open_page(width=width, height=900)
    await expect(page.locator(".pill")).to_have_text("Live")
    for view, ordinary in SEEN.items():
        await go(page, f"view={view}")
        await expect(page.locator(ordinary).first).to_be_attached()
        title, _ = VIEWS[re.split(r"\W", view)[0]]
        await expect(page).to_have_title(f"{title} \N{MIDDLE DOT} Lookout")
        await expect(page.get_by_role("alert")).to_have_count(0)
        await unhurt(page, width)
    heights = await page.locator(".canvas .row").evaluate_all("rows => rows.map(row => row.offsetHeight)")
    assert len(set(heights)) <= 1


async def test_it_is_opened_in_the_inspector_as_what_it_is(lookout: Scripted, open_page: Opener) -> None:
    hurt(lookout)
    page = await open_page(failing=True)
    await expect(page.locator(".pill")).to_have_text("Live")
    first = 21
    for name, text in TEXTS.items():
        key = text[:300]
        for sel, shown in {
            f"agent:shop/{key}/{key}": "#inspector .agent-detail",
            f"session:shop/{key}": "#inspector .session-detail",
            f"file:shop/{key}": "#inspector .file-detail",
            f"evt:{first}": f"#inspector:has(h2:text-is('Event #{first}')) .facts",
        }.items():
            await go(page, urlencode({"view": "system", "sel": sel}))
            await expect(page.locator(shown).first, f"{sel[:7]} of {name}").to_be_visible()
            await expect(page.locator(".skeleton")).to_have_count(0)
            await unhurt(page, 1440)
        first += 7
