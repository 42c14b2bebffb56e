from __future__ import annotations

import copy
import re

import pytest
from playwright.async_api import CDPSession, expect

from tests.web.conftest import Opener
from tests.web.scripted import Scripted
from tests.web.team import STATE, work

pytestmark = pytest.mark.asyncio(loop_scope="module")

BATCHES = 130
EVENTS = 500
"""A batch: more than 50,000 in all, so that the list is full and drops its oldest."""


async def test_a_full_list_costs_one_layout_a_flush_and_holds_few_elements(
    lookout: Scripted, open_page: Opener
) -> None:
    """Counts, because frames a second say more about the machine than about the page."""
    lookout.state, lookout.state_seq = copy.deepcopy(STATE), 41
    work(lookout, 10)
    page = await open_page(f"{lookout.origin}/?view=events&grp=0")
    await expect(page.locator(".pill")).to_have_text("Live")
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("Performance.enable")
    before = await metrics(devtools)
    for _ in range(BATCHES):
        await lookout.send_batch(work(lookout, EVENTS))
        await page.evaluate("() => new Promise(requestAnimationFrame)")
    await expect(page.locator(".canvas .row", has_text=re.compile(f"^{lookout.head}"))).to_be_visible()
    after = await metrics(devtools)
    await expect(page.locator(".events .note")).to_have_text("50,000 events loaded · following")
    assert await page.evaluate("() => document.querySelectorAll('*').length") < 1000
    assert after["LayoutCount"] - before["LayoutCount"] < 2 * BATCHES
    await devtools.send("HeapProfiler.collectGarbage")
    assert (await metrics(devtools))["JSHeapUsedSize"] < 40e6


async def metrics(devtools: CDPSession) -> dict[str, float]:
    found = await devtools.send("Performance.getMetrics")
    return {each["name"]: each["value"] for each in found["metrics"]}
