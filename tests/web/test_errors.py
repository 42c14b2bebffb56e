"""What the page shows where something fails: in words, with a way to try again, and without a fault of its own."""

from __future__ import annotations

import copy
import re

import pytest
from playwright.async_api import Page, expect

from tests.web.axe import wrong_in_any_look
from tests.web.conftest import Opener
from tests.web.scripted import Scripted
from tests.web.team import STATE, work
from tests.web.test_shell import VIEWS
from tests.web.visit import go

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]

WHY = "The history is being made anew: try again in a minute."

FAILING = {
    "overview": "What the agents did earlier cannot be shown.",
    "agents": "What the agents did earlier cannot be shown.",
    "events": "The history cannot be shown.",
    "performance": "A part of the charts cannot be shown.",
    "system": "How Lookout is cannot be shown.",
    "sessions&sel=session:shop/sess-91ac": "The history cannot be shown.",
    "files&sel=file:shop/src/services/handlers.py": "The history cannot be shown.",
    "agents.table&sel=agent:shop/sess-3f2b/a1": "What it was asked cannot be shown.",
    "events&sel=evt:3": "The event cannot be shown.",
}
"""What each view says of what it asks the API for."""


@pytest.fixture(autouse=True)
def team(lookout: Scripted) -> None:
    lookout.state, lookout.state_seq = copy.deepcopy(STATE), 41
    work(lookout, 60)


async def wrong(page: Page, name: str) -> list[str]:
    return [f"{name} {each}" for each in await wrong_in_any_look(page)]


async def test_where_the_api_fails_each_view_says_what_it_cannot_show_and_asks_again(
    lookout: Scripted, open_page: Opener
) -> None:
    lookout.failing = WHY
    page = await open_page(failing=True)
    await expect(page.locator(".pill")).to_have_text("Live")
    again = page.get_by_role("button", name="Try again")
    found = []
    for name, said in FAILING.items():
        await go(page, f"view={name}")
        await expect(page.get_by_role("alert").filter(has_text=said).first).to_contain_text(WHY)
        await expect(again.first).to_be_visible()
        found += await wrong(page, name)
        lookout.failing = ""
        await again.evaluate_all("buttons => buttons.forEach(button => button.click())")
        await expect(page.get_by_role("alert")).to_have_count(0)
        lookout.failing = WHY
    assert found == []


async def test_where_the_connection_is_refused_each_view_says_so_and_keeps_what_it_had(
    lookout: Scripted, open_page: Opener
) -> None:
    page = await open_page()
    await expect(page.locator(".pill")).to_have_text("Live")
    lookout.refusing = (4401, "Sign in first.")
    await lookout.drop()
    await expect(page.locator(".pill")).to_have_text("Not connected: Sign in first.")
    found = []
    for name in VIEWS:
        await go(page, f"view={name}")
        await expect(page.locator(f".view-{name}")).to_be_visible()
        await expect(page.locator(".main")).to_contain_text("Not connected: this is as it was")
        await expect(page.get_by_role("button", name="Retry now")).to_be_visible()
        found += await wrong(page, name)
    assert found == []


async def test_a_page_that_never_was_connected_says_so(lookout: Scripted, open_page: Opener) -> None:
    lookout.refusing = (4401, "Sign in first.")
    page = await open_page()
    await expect(page.locator(".pill")).to_have_text("Not connected: Sign in first.")
    assert await wrong_in_any_look(page) == []


async def test_where_a_part_of_the_page_is_not_there_the_view_says_so_and_the_others_go_on(
    lookout: Scripted, open_page: Opener
) -> None:
    page = await open_page(f"{lookout.origin}/?view=system", failing=True)
    await expect(page.locator(".view-system")).to_be_visible()
    await page.route(re.compile(r"/assets/(?!index|common)[A-Za-z]+-[^/]*\.js$"), lambda route: route.abort())
    found = []
    for name, (title, _) in VIEWS.items():
        if name == "system":
            continue
        await go(page, f"view={name}")
        alert = page.locator(".main").get_by_role("alert")
        await expect(alert).to_contain_text(f"{title} cannot be shown.")
        await expect(alert.get_by_role("button", name="Reload the page")).to_be_visible()
        found += await wrong(page, name)
    assert found == []
    await go(page, "view=system")
    await expect(page.locator(".view-system")).to_be_visible()


async def test_a_panel_that_breaks_says_so_in_its_place_and_the_others_go_on(
    lookout: Scripted, open_page: Opener
) -> None:
    lookout.state["projects"]["shop"]["files"]["src/services/handlers.py"]["conflict"] = {"last": "never"}
    page = await open_page()
    alert = page.get_by_role("alert")
    await expect(alert).to_contain_text("What needs attention cannot be shown.")
    await expect(page.locator(".now tbody tr")).not_to_have_count(0)
    assert await wrong_in_any_look(page) == []
    del lookout.state["projects"]["shop"]["files"]["src/services/handlers.py"]["conflict"]
    await lookout.patch({"projects": {"shop": {"files": {"src/services/handlers.py": {"conflict": None}}}}})
    await alert.get_by_role("button", name="Try again").click()
    await expect(alert).to_have_count(0)
