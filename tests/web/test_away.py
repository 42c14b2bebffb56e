"""What the page says and shows when the network was cut for half a minute, and when its computer slept for an hour."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from playwright.async_api import Page, expect

from tests.faults.partition import Link
from tests.web.conftest import Opener
from tests.web.scripted import Scripted
from tests.web.team import STATE, work
from tests.web.test_page import follows
from tests.web.visit import go

pytestmark = pytest.mark.asyncio(loop_scope="module")

ENGINEER = {"projects": {"shop": {"agents": {"sess-3f2b/a1": {"name": "renamed", "status": "completed"}}}}}
HOUR = 3_600_000


@asynccontextmanager
async def through(lookout: Scripted) -> AsyncIterator[Link]:
    link = Link(lookout.port)
    async with link.open():
        yield link


async def opened(lookout: Scripted, open_page: Opener, port: int) -> Page:
    lookout.state, lookout.state_seq = copy.deepcopy(STATE), 41
    work(lookout, 10)
    page = await open_page("about:blank", failing=True)
    await page.clock.install()
    await page.goto(f"http://127.0.0.1:{port}/?view=events&grp=0")
    await expect(page.locator(".pill")).to_have_text("Live")
    await expect(page.locator(".canvas .row")).to_have_count(10)
    return page


async def happens(lookout: Scripted, events: int) -> None:
    """What nobody who is away hears of."""
    work(lookout, events)
    await lookout.patch(ENGINEER)


async def mended(page: Page, link: Link) -> None:
    """Lets time go on until the page has tried again."""
    link.mend()
    for _ in range(30):
        with suppress(AssertionError):
            await expect(page.locator(".pill")).to_have_text("Live", timeout=300)
            return
        await page.clock.run_for(2_000)


async def caught_up(page: Page, events: int) -> None:
    """All of it, once each and in order, and the state of the server."""
    await expect(page.locator(".pill")).to_have_text("Live")
    await expect(page.locator(".note-line")).to_have_text(f"Back. {events} events caught up, none lost.")
    await expect(page.locator(".canvas .row")).to_have_count(10 + events)
    await follows(page, range(1, 11 + events))
    await go(page, "view=agents.table")
    await expect(page.locator(".agents tbody tr", has_text="renamed")).to_contain_text("completed")


async def test_a_network_that_is_cut_for_half_a_minute_is_told_of_and_all_that_happened_is_caught_up_on(
    lookout: Scripted, open_page: Opener
) -> None:
    async with through(lookout) as link:
        page = await opened(lookout, open_page, link.port)
        link.cut(one_way=False)
        await happens(lookout, 12)
        await page.clock.run_for(30_000)
        await expect(page.locator(".canvas .row")).to_have_count(10)
        await page.clock.run_for(12_000)
        await expect(page.locator(".pill")).to_contain_text("Reconnecting")
        await expect(page.locator(".main")).to_contain_text("Lookout does not answer")
        await expect(page.locator(".main")).to_contain_text("All of this is as it was at")
        await mended(page, link)
        await caught_up(page, 12)


async def test_a_page_whose_computer_slept_for_an_hour_says_how_old_it_is_and_catches_up(
    lookout: Scripted, open_page: Opener
) -> None:
    async with through(lookout) as link:
        page = await opened(lookout, open_page, link.port)
        link.cut(one_way=False)
        await happens(lookout, 15)
        # The timers that are due fire once, as they do on waking; the network comes back a little later.
        await page.clock.fast_forward(HOUR)
        await expect(page.locator(".main")).to_contain_text("All of this is as it was at")
        await expect(page.locator(".pill")).not_to_have_text("Live")
        await mended(page, link)
        await caught_up(page, 15)


async def test_where_the_log_was_replaced_in_that_hour_nothing_of_the_old_one_is_shown(
    lookout: Scripted, open_page: Opener
) -> None:
    async with through(lookout) as link:
        page = await opened(lookout, open_page, link.port)
        link.cut(one_way=False)
        lookout.epoch, lookout.log, lookout.state_seq = "epoch-2", [], 3
        lookout.state = {"projects": {"shop": {"agents": {"s/main": {"name": "newcomer", "session": "s"}}}}}
        work(lookout, 3)
        await page.clock.fast_forward(HOUR)
        await mended(page, link)
        await expect(page.locator(".pill")).to_have_text("Live")
        await expect(page.locator(".canvas .row")).to_have_count(0)
        await go(page, "view=agents.table")
        await expect(page.locator(".agents tbody th")).to_have_text(["newcomer"])
