"""What stands around the views: navigation, the URL, inspector, keys, palette, settings, and the states of the page."""

from __future__ import annotations

import asyncio
import copy
import re

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.web.axe import WIDEST, wrong_in_any_look
from tests.web.conftest import Opener
from tests.web.scripted import Scripted
from tests.web.team import STATE, work
from tests.web.visit import go, press, whole

pytestmark = pytest.mark.asyncio(loop_scope="module")

VIEWS = {
    "overview": ("Overview", "o"),
    "agents": ("Agents", "a"),
    "sessions": ("Sessions", "s"),
    "files": ("Files", "f"),
    "events": ("Events", "e"),
    "performance": ("Performance", "p"),
    "system": ("System", "y"),
}
BACKGROUND = "() => getComputedStyle(document.body).backgroundColor"
COUNT = "() => document.querySelectorAll('*').length"


@pytest.fixture(autouse=True)
def team(lookout: Scripted) -> None:
    lookout.state, lookout.state_seq = copy.deepcopy(STATE), 41
    work(lookout, 60)


async def view_is(page: Page, name: str) -> None:
    title, _ = VIEWS[name]
    await expect(page.locator("h1")).to_have_text(title)
    await expect(page.locator(f".view-{name}")).to_be_visible()
    await expect(page).to_have_title(f"{title} · Lookout")


async def unheard(browser: Browser, url: str) -> Page:
    """A page that may complain on its console, as it does of every request that fails."""
    page = await (await browser.new_context(viewport={"width": 1440, "height": 900})).new_page()
    await page.goto(url)
    return page


async def test_every_view_is_opened_by_a_link_by_keys_and_by_its_address(lookout: Scripted, open_page: Opener) -> None:
    page = await open_page()
    await view_is(page, "overview")
    for name, (title, key) in VIEWS.items():
        await press(page, "g", key)
        await view_is(page, name)
        await page.get_by_role("link", name="Lookout", exact=True).click()
        await view_is(page, "overview")
        await page.get_by_role("navigation").get_by_role("link", name=title).click()
        await view_is(page, name)
        await expect(page.locator(".nav [aria-current=page]")).to_contain_text(title)
        await page.goto(f"{lookout.origin}/?view={name}")
        await view_is(page, name)


async def test_back_and_forward_lead_through_the_views_and_keep_what_the_url_says_beside(
    lookout: Scripted, open_page: Opener
) -> None:
    page = await open_page(f"{lookout.origin}/?from=a-colleague&view=files")
    await view_is(page, "files")
    await press(page, "g", "a")
    await view_is(page, "agents")
    await expect(page).to_have_url(f"{lookout.origin}/?from=a-colleague&view=agents")
    await page.go_back()
    await view_is(page, "files")
    await page.go_forward()
    await view_is(page, "agents")


async def test_who_changes_the_view_is_led_to_its_heading(open_page: Opener) -> None:
    page = await open_page()
    await view_is(page, "overview")
    await press(page, "g", "s")
    await expect(page.locator("h1")).to_be_focused()
    await expect(page.locator("h1")).to_have_text("Sessions")


async def test_one_project_is_shown_alone_or_all_together(lookout: Scripted, open_page: Opener) -> None:
    other = {"path": "docs/index.md", "reads": 1, "seq": 50}
    lookout.state["projects"]["docs"] = {"files": {"docs/index.md": other}}
    page = await open_page(f"{lookout.origin}/?view=files")
    files = page.locator(".view-files")
    await expect(files).to_contain_text("handlers.py")
    await expect(files).to_contain_text("index.md")
    await page.get_by_label("Project").select_option("docs")
    await expect(files).not_to_contain_text("handlers.py")
    await expect(files).to_contain_text("index.md")
    await expect(page).to_have_url(re.compile("project=docs"))
    await page.go_back()
    await expect(files).to_contain_text("handlers.py")


async def test_a_selection_is_a_link_that_back_leads_out_of(lookout: Scripted, open_page: Opener) -> None:
    page = await open_page()
    await view_is(page, "overview")
    await press(page, "Control+k")
    await page.keyboard.type("engineer")
    await press(page, "Enter")
    inspector = page.get_by_role("complementary", name="Inspector")
    await expect(inspector).to_contain_text("engineer")
    await expect(page).to_have_url(re.compile("sel=agent:shop/sess-3f2b/a1$"))
    await page.reload()
    await expect(inspector).to_contain_text("engineer")
    await page.go_back()
    await expect(inspector).to_have_count(0)


@pytest.mark.parametrize("sel", ["agent:shop/sess-3f2b/a1", "session:shop/sess-91ac", "file:shop/tests/test_ws.py"])
async def test_nothing_is_said_to_be_gone_before_the_state_is_there(
    lookout: Scripted, open_page: Opener, sel: str
) -> None:
    lookout.silent = True
    page = await open_page(f"{lookout.origin}/?view=system&sel={sel}")
    await expect(page.locator(".view-system")).to_be_visible()
    # What tells of it has come by then.
    await page.wait_for_load_state("networkidle")
    await expect(page.locator(".inspector-body > *")).to_have_class("skeleton")


async def test_escape_closes_the_inspector_and_gives_the_focus_back(lookout: Scripted, open_page: Opener) -> None:
    page = await open_page(f"{lookout.origin}/?view=sessions&sel=session:shop/sess-91ac")
    inspector = page.get_by_role("complementary", name="Inspector")
    await expect(inspector).to_contain_text("96.1 %")
    await press(page, "i")
    await expect(inspector).to_be_focused()
    await press(page, "Escape")
    await expect(inspector).to_have_count(0)
    await expect(page).to_have_url(f"{lookout.origin}/?view=sessions")


async def test_an_event_is_shown_at_once_as_the_list_knows_it_and_then_whole(
    lookout: Scripted, open_page: Opener
) -> None:
    arrived = asyncio.Event()

    async def held(route: Route) -> None:
        await arrived.wait()
        await route.continue_()

    page = await open_page()
    await view_is(page, "overview")
    await page.context.route("**/events/3", held)
    await page.goto(f"{lookout.origin}/?view=events&sel=evt:3")
    inspector = page.get_by_role("complementary", name="Inspector")
    await expect(inspector.get_by_role("heading", name="Event #3")).to_be_visible()
    await expect(inspector).to_contain_text("Bash failed pytest -q exit 1")
    await expect(inspector).not_to_contain_text("duration_ms")
    arrived.set()
    await expect(inspector).to_contain_text("duration_ms")
    await inspector.get_by_role("button", name="JSON", exact=True).click()
    await expect(inspector.locator("pre")).to_contain_text('"duration_ms": 4210')
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await press(page, "Shift+C")
    await expect(page.locator(".said")).to_have_text("Event copied")
    assert '"duration_ms": 4210' in await page.evaluate("() => navigator.clipboard.readText()")


async def test_an_event_that_is_older_than_the_list_is_shown_all_the_same(lookout: Scripted, open_page: Opener) -> None:
    work(lookout, 600)
    page = await open_page(f"{lookout.origin}/?view=events&sel=evt:3")
    inspector = page.get_by_role("complementary", name="Inspector")
    await expect(inspector).to_contain_text("Bash failed pytest -q exit 1")
    await inspector.get_by_role("link", name="sess-3f2b").click()
    await expect(inspector.get_by_role("heading", name="Session sess-3f2b")).to_be_visible()


async def test_of_a_huge_event_the_beginning_is_shown_and_the_rest_on_demand(
    lookout: Scripted, open_page: Opener
) -> None:
    lookout.record("custom_event", {"message": "x" * 200_000, "end": "the very end"})
    page = await open_page(f"{lookout.origin}/?view=events&sel=evt:{lookout.head}")
    inspector = page.get_by_role("complementary", name="Inspector")
    await inspector.get_by_role("button", name="JSON", exact=True).click()
    await expect(inspector.locator("pre")).to_contain_text("xxx")
    await expect(inspector.locator("pre")).not_to_contain_text("the very end")
    await inspector.get_by_role("button", name=re.compile("Load the rest")).click()
    await expect(inspector.locator("pre")).to_contain_text("the very end")


async def test_the_palette_finds_commands_and_things_by_name(open_page: Opener) -> None:
    page = await open_page()
    await view_is(page, "overview")
    await press(page, "Control+k")
    palette = page.get_by_role("dialog", name="Commands")
    await expect(palette.get_by_role("combobox")).to_be_focused()
    await page.keyboard.type("perf")
    await expect(palette.get_by_role("option")).to_have_count(1)
    await press(page, "Enter")
    await view_is(page, "performance")
    await press(page, "Control+k")
    await page.keyboard.type("handlers")
    await press(page, "Enter")
    await expect(page.get_by_role("complementary")).to_contain_text("src/services/handlers.py")
    await press(page, "Control+k", "Escape")
    await expect(palette).to_have_count(0)


async def test_a_link_can_name_a_command(lookout: Scripted, open_page: Opener) -> None:
    page = await open_page(f"{lookout.origin}/?cmd=view.files")
    await view_is(page, "files")
    await expect(page).to_have_url(f"{lookout.origin}/?view=files")
    await page.goto(f"{lookout.origin}/?cmd=palette")
    await page.get_by_role("dialog", name="Commands").get_by_role("combobox").fill("engineer")
    await expect(page.get_by_role("option", name="engineer")).to_be_visible()


async def test_help_shows_the_keys_that_work_here(open_page: Opener) -> None:
    page = await open_page()
    await view_is(page, "overview")
    await press(page, "?")
    help_ = page.get_by_role("dialog", name="Keys of this view")
    await expect(help_).to_contain_text("Go to Overview")
    await expect(help_).to_contain_text("Pause or go on")
    await press(page, "Escape")
    await expect(help_).to_have_count(0)
    await press(page, "Space")
    await expect(page.locator(".pill")).to_have_text("Paused")
    await press(page, "l")
    await expect(page.locator(".pill")).to_have_text("Live")


async def test_keys_in_a_field_are_text(open_page: Opener) -> None:
    page = await open_page()
    await view_is(page, "overview")
    await expect(page.locator(".query-slot input")).to_be_visible()
    await press(page, "/")
    await expect(page.locator(".query-slot input")).to_be_focused()
    await page.keyboard.type("gs?y")
    await expect(page.locator(".query-slot input")).to_have_value("gs?y")
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_single_letters_can_be_switched_off_and_stay_so(open_page: Opener) -> None:
    page = await open_page()
    await view_is(page, "overview")
    await press(page, ",")
    await page.get_by_label("Single letters are keys").uncheck()
    await press(page, "Escape")
    await page.reload()
    await view_is(page, "overview")
    await press(page, "g", "a", "?", "Space")
    await view_is(page, "overview")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.locator(".pill")).to_have_text("Live")
    await press(page, "Control+k")
    await expect(page.get_by_role("dialog", name="Commands")).to_be_visible()


async def test_the_link_is_copied_by_a_key(lookout: Scripted, open_page: Opener) -> None:
    page = await open_page(f"{lookout.origin}/?view=agents&sel=agent:shop/sess-3f2b/a1")
    await view_is(page, "agents")
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await press(page, "y")
    await expect(page.locator(".said")).to_have_text("Link copied")
    await expect(page).to_have_url(await page.evaluate("() => navigator.clipboard.readText()"))


async def test_colours_follow_the_system_until_the_reader_chooses(open_page: Opener) -> None:
    page = await open_page(theme="dark")
    body = page.locator("body")
    dark = await page.evaluate(BACKGROUND)
    await page.get_by_role("button", name="Light colours").click()
    await expect(body).not_to_have_css("background-color", dark)
    light = await page.evaluate(BACKGROUND)
    await page.reload()
    await expect(page.get_by_role("button", name="Dark colours")).to_be_visible()
    await expect(body).to_have_css("background-color", light)
    await press(page, "Shift+D")
    await expect(body).to_have_css("background-color", dark)
    await page.emulate_media(color_scheme="light")
    await expect(page.get_by_role("button", name="Dark colours")).to_be_visible()
    await expect(body).to_have_css("background-color", light)


async def test_another_version_of_the_server_asks_for_a_reload_and_does_not_reload(
    lookout: Scripted, open_page: Opener
) -> None:
    page = await open_page()
    await expect(page.locator(".pill")).to_have_text("Live")
    await lookout.drop()
    await expect(page.locator(".pill")).to_have_text("Live")
    await expect(page.locator(".banner")).to_have_count(0)
    lookout.answers["/health"] = {"version": "2"}
    await lookout.drop()
    await expect(page.locator(".banner")).to_contain_text("Lookout was updated")
    await page.get_by_role("button", name="Reload").click()
    await view_is(page, "overview")
    await expect(page.locator(".banner")).to_have_count(0)


async def test_half_a_minute_without_a_connection_is_said_aloud(lookout: Scripted, open_page: Opener) -> None:
    page = await open_page()
    await page.clock.install()
    await page.goto(lookout.origin)
    await expect(page.locator(".pill")).to_have_text("Live")
    lookout.refusing = (4403, "Not allowed.")
    await lookout.drop()
    await page.clock.run_for(2_000)
    await expect(page.locator(".pill")).to_contain_text("Not connected")
    await expect(page.locator(".banner")).to_have_count(0)
    await page.clock.run_for(31_000)
    await expect(page.locator(".banner")).to_contain_text("Lookout does not answer (Not allowed.)")
    lookout.refusing = None
    await page.locator(".banner").get_by_role("button", name="Retry now").click()
    await page.clock.run_for(2_000)
    await expect(page.locator(".banner")).to_have_count(0)


async def test_a_view_that_cannot_be_loaded_says_so_and_is_tried_again(lookout: Scripted, browser: Browser) -> None:
    page = await unheard(browser, lookout.origin)
    await page.route(re.compile(r"/assets/Files-.*\.js"), lambda route: route.abort())
    await page.get_by_role("link", name="Files").click()
    await expect(page.get_by_role("alert")).to_contain_text("Files cannot be shown")
    await expect(page.locator(".pill")).to_have_text("Live")
    await page.unroute_all()
    await page.get_by_role("button", name="Reload the page").click()
    await view_is(page, "files")
    await page.context.close()


async def test_a_panel_that_is_refused_says_why_in_its_place(lookout: Scripted, browser: Browser) -> None:
    page = await unheard(browser, f"{lookout.origin}/?view=events&sel=evt:3000")
    alert = page.locator("#inspector").get_by_role("alert")
    await expect(alert).to_contain_text("/events/3000 answered 404")
    lookout.answers["/events/3000"] = {"event": "deploy", "seq": 3000, "data": {"message": "here after all"}}
    await alert.get_by_role("button", name="Try again").click()
    await expect(page.locator("#inspector")).to_contain_text("here after all")
    await page.context.close()


async def test_the_demo_is_loaded_by_a_button_that_is_gone_where_there_is_none(
    lookout: Scripted, browser: Browser
) -> None:
    lookout.state, lookout.log = {"projects": {}}, []
    statuses = [503, 202, 404]
    page = await unheard(browser, lookout.origin)
    await page.route("**/demo", lambda route: route.fulfill(status=statuses.pop(0), json={"detail": "Try later."}))
    button = page.get_by_role("button", name="Load demo")
    await button.click()
    await expect(page.locator(".said")).to_have_text("Try later.")
    await button.click()
    await expect(page.get_by_role("button", name="A recorded session plays …")).to_be_disabled()
    await page.reload()
    await button.click()
    await expect(page.get_by_text("Play a recorded team session")).to_be_visible()
    await expect(button).to_have_count(0)
    await page.context.close()


async def test_a_screen_reader_is_told_of_new_events_now_and_then_unless_it_is_switched_off(
    lookout: Scripted, open_page: Opener
) -> None:
    page = await open_page()
    await page.clock.install()
    await page.goto(lookout.origin)
    await expect(page.locator(".pill")).to_have_text("Live")
    told = page.locator("p.unseen[role=status]")
    await page.clock.run_for(10_000)
    await lookout.send_batch(work(lookout, 7))
    while not await told.inner_text():
        await page.clock.run_for(1_000)
    await expect(told).to_have_text("7 new events, 1 failed")
    await press(page, ",")
    await page.get_by_label("Tell screen readers of new events").uncheck()
    await press(page, "Escape")
    await lookout.send_batch(work(lookout, 3))
    await page.clock.run_for(20_000)
    await expect(told).to_have_text("7 new events, 1 failed")


@pytest.mark.parametrize("log", ["live", "empty"])
async def test_nothing_is_wrong_in_any_view(lookout: Scripted, open_page: Opener, log: str) -> None:
    if log == "empty":
        lookout.state, lookout.log = {"projects": {}}, []
        lookout.record("health_status", {"status": "healthy"}, project="lookout")
    page = await open_page()
    await expect(page.locator(".pill")).to_have_text("Live")
    found = []
    for name in VIEWS:
        await go(page, f"view={name}")
        if log == "empty" and name != "system":
            await expect(page.locator(".first-run")).to_be_visible()
            await expect(page.locator("h1")).to_have_text(VIEWS[name][0])
        else:
            await whole(page, name)
        found += [f"{name} {each}" for each in await wrong_in_any_look(page)]
    assert found == []


async def test_nothing_is_wrong_in_the_inspector_and_the_dialogs(lookout: Scripted, open_page: Opener) -> None:
    page = await open_page(f"{lookout.origin}/?view=system")
    inspector = page.locator("#inspector")
    found = []
    for sel, shown in {
        "evt:3": "Bash failed pytest -q exit 1",
        "agent:shop/sess-3f2b/a1": "Called by pm",
        "session:shop/sess-91ac": "96.1 %",
        "file:shop/src/services/handlers.py": "src/services/handlers.py",
        "file:shop/gone.py": "This file is no longer in the state",
    }.items():
        await go(page, f"view=system&sel={sel}")
        await expect(inspector).to_contain_text(shown)
        await whole(page, "system")
        found += [f"{sel} {each}" for each in await wrong_in_any_look(page)]
    for layer in ("palette", "help", "settings"):
        await page.goto(f"{lookout.origin}/?cmd={layer}")
        await expect(page.get_by_role("dialog")).to_be_visible()
        await whole(page, "overview")
        found += [f"{layer} {each}" for each in await wrong_in_any_look(page)]
    assert found == []


@pytest.mark.parametrize("width", [320, 390, 720, 1099, 1440])
async def test_no_view_is_wider_than_the_window_or_has_too_many_elements(
    lookout: Scripted, open_page: Opener, width: int
) -> None:
    page = await open_page(width=width)
    for name in VIEWS:
        await go(page, f"view={name}&sel=evt:3")
        await view_is(page, name)
        await expect(page.locator("#inspector")).to_contain_text("duration_ms")
        await whole(page, name)
        assert (name, await page.evaluate(WIDEST)) <= (name, width)
        assert await page.evaluate(COUNT) <= 2500


async def test_on_a_phone_what_has_no_tab_is_under_more(open_page: Opener) -> None:
    page = await open_page(width=390, height=844)
    await view_is(page, "overview")
    await expect(page.get_by_role("navigation").get_by_role("link")).to_have_count(5)
    await page.get_by_role("button", name="More").click()
    await page.get_by_role("dialog", name="More").get_by_role("link", name="System").click()
    await view_is(page, "system")
    await expect(page.get_by_role("dialog")).to_have_count(0)
