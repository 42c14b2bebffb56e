"""Signing in with a real browser: the login page, the account page, and what becomes of a page that was signed out."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser import link_of
from tests.stack import Stack, team_stack
from tests.web.axe import WIDTHS, wrong_in_any_look
from tests.web.conftest import AXE

pytestmark = pytest.mark.asyncio(loop_scope="module")
CUT_OFF = """[...document.querySelectorAll("body *")]
    .filter(each => !each.closest(".scroll") && each.getBoundingClientRect().right > innerWidth)
    .map(each => each.outerHTML)"""
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def team() -> Iterator[Stack]:
    with team_stack() as stack:
        yield stack


class Person:
    """A browser window of its own. What its console says beside refusals, and what it throws, is kept."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self.complaints.append(said.text) if "Content Security" in said.text else None)


@pytest_asyncio.fixture(loop_scope="module")
async def person(browser: Browser) -> AsyncIterator[Person]:
    # Chromium is not told of the authority that signs here; tests/test_team.py verifies it.
    context = await browser.new_context(ignore_https_errors=True, viewport={"width": 1280, "height": 900})
    found = Person(await context.new_page())
    yield found
    await context.close()
    assert found.complaints == []


async def signed_in(team: Stack, page: Page, name: str, *options: str) -> None:
    added = team.cli("user", "add", name, *options)
    assert added.returncode == 0, added.stderr
    await page.goto(f"{team.url}/{link_of(added.stdout)}")
    await page.get_by_label("New password").fill(PASSWORD)
    await page.get_by_label("The same again").fill(PASSWORD)
    await page.get_by_role("button", name="Set the password and sign in").click()
    await expect(page.get_by_role("navigation", name="Views")).to_be_visible()


async def test_a_one_time_link_leads_to_the_dashboard_which_is_live(team: Stack, person: Person) -> None:
    await signed_in(team, person.page, "ada", "--role", "admin")
    await expect(person.page.get_by_role("status").first).to_contain_text("Live")
    await person.page.get_by_role("link", name="Account of ada").click()
    await expect(person.page.get_by_text("Signed in as ada (admin in *).")).to_be_visible()


async def test_an_admin_adds_a_user_and_makes_and_revokes_a_key(team: Stack, person: Person) -> None:
    page = person.page
    await signed_in(team, page, "grace", "--role", "admin")
    await page.goto(f"{team.url}/account")
    await page.get_by_label("Name", exact=True).fill("linus")
    await page.get_by_role("button", name="Add user").click()
    await expect(page.get_by_role("status")).to_contain_text("/link?token=")
    await expect(page.get_by_role("row", name=re.compile("^linus"))).to_contain_text("viewer in *")
    await page.get_by_label("Label").fill("build <b>server</b>")
    await page.get_by_role("button", name="Create key").click()
    await expect(page.get_by_role("status")).to_contain_text("lk_ing_")
    key = re.search(r"lk_ing_\w+", await page.get_by_role("status").inner_text())
    assert key
    sent = team.post("/events", {"type": "deploy", "data": {}}, {"authorization": f"Bearer {key[0]}"})
    assert sent.status == 202
    await expect(page.get_by_role("cell", name="build <b>server</b>")).to_be_visible()
    await page.get_by_role("button", name=re.compile("^Revoke k_")).click()
    await expect(page.get_by_role("button", name=re.compile("^Revoke k_"))).to_have_count(0)


async def test_a_viewer_sees_nothing_of_others(team: Stack, person: Person) -> None:
    await signed_in(team, person.page, "viewer")
    await person.page.goto(f"{team.url}/account")
    await expect(person.page.get_by_role("heading", name="Users")).to_have_count(0)


async def test_who_is_signed_out_elsewhere_is_led_to_the_login_page_and_back(team: Stack, person: Person) -> None:
    page = person.page
    await signed_in(team, page, "tim")
    await page.goto(f"{team.url}/?view=events&q=type%3Adeploy")
    await expect(page.get_by_role("status").first).to_contain_text("Live")
    other = await page.context.new_page()
    await other.goto(f"{team.url}/account")
    await other.get_by_role("button", name="Sign out everywhere").click()
    await expect(page.get_by_role("button", name="Sign in")).to_be_visible(timeout=20_000)
    await page.get_by_label("User name").fill("tim")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page).to_have_url(f"{team.url}/?view=events&q=type%3Adeploy")


async def test_nothing_is_wrong_with_how_login_and_account_look(team: Stack, browser: Browser) -> None:
    context = await browser.new_context(ignore_https_errors=True, bypass_csp=True)
    await context.add_init_script(path=AXE)
    page = await context.new_page()
    await page.goto(f"{team.url}/login")
    await expect(page.get_by_label("Password")).to_be_visible()
    found = await wrong_in_any_look(page)
    await page.get_by_label("User name").fill("nobody")
    await page.get_by_label("Password").fill("wrong")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_have_text("The user name or the password is wrong.")
    found += await wrong_in_any_look(page)
    await signed_in(team, page, "axe", "--role", "admin")
    await page.goto(f"{team.url}/account")
    await expect(page.get_by_role("heading", name="Users")).to_be_visible()
    found += await wrong_in_any_look(page)
    assert found == []
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 900})
        assert await page.evaluate(CUT_OFF) == []
    await context.close()
