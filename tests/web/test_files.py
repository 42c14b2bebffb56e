"""The files: as a tree, as they were touched last, where agents met in one, and what was done to one of them."""

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
from tests.web.visit import becomes, go

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOW = datetime.now(UTC)
PM, ENGINEER = "sess-3f2b/main", "sess-3f2b/a1"
MOST_ELEMENTS = 2500

TREE = "[role=treegrid]"
ROW = f"{TREE} [role=rowgroup] [role=row]"
NAMES = f"{ROW} .title"
FROM_TOP = """titles => titles.map(title => [title.getBoundingClientRect().y, title.innerText])
    .sort(([one], [other]) => one - other).map(([, name]) => name)"""


def ago(seconds: float) -> str:
    return (NOW - timedelta(seconds=seconds)).isoformat()


def file(path: str, seq: int, **more: object) -> Json:
    counts = {"reads": 1, "writes": 0, "edits": 0, "deletes": 0, "lines_added": 0, "lines_removed": 0}
    touched = {"seq": seq, "time": ago(1000 - seq), "operation": "read", "agent": PM, "agent_name": "pm"}
    return {
        "path": path,
        "size": 2048,
        "agents": {PM: {"operation": "read", "time": ago(9)}},
        **counts,
        **touched,
        **more,
    }


def state_with(*files: Json) -> Json:
    state = copy.deepcopy(STATE)
    activity = {"events": 9, "errors": 0, "tokens": 0, "types": {"prompt": 9}, "seconds": {}, "minutes": {}}
    state["projects"]["shop"] |= {"files": {each["path"]: copy.deepcopy(each) for each in files}, "activity": activity}
    return state


CONFLICT = {"since": ago(70), "last": ago(58), "agents": [PM, ENGINEER]}
FILES = [
    file("README.md", 1),
    file("src/api/routes.py", 2, reads=12, edits=3, conflict=CONFLICT),
    file("src/api/auth.py", 3, reads=2, writes=1),
    file("src/app.py", 4, reads=4),
    file("tests/deep/down/test_app.py", 5, operation="edit", agent_name="engineer", agent=ENGINEER),
]


def history(*acts: tuple[str, str]) -> Json:
    """What the API answers about src/api/routes.py: acts by whom, oldest first."""
    events = [
        {
            "event": "file_operation",
            "seq": number,
            "stored": ago(100 - number),
            "project": "shop",
            "session": "sess-3f2b",
            "agent": {"main": "pm", "a1": "engineer"}[agent],
            "data": {"file": "src/api/routes.py", "operation": operation, "size": 300, "agent_id": agent},
        }
        for number, (agent, operation) in enumerate(acts, 1)
    ]
    return {"events": events[::-1], "seq": 100, "complete": True, "scanned": len(events)}


async def opened(lookout: Scripted, open_page: Opener, query: str, *files: Json, **window: object) -> Page:
    lookout.state, lookout.state_seq = state_with(*files), 41
    lookout.answers["/events"] = {"events": [], "seq": 41, "complete": True, "scanned": 0}
    page = await open_page(f"{lookout.origin}/?view={query}", **window)
    await expect(page.locator(".view-files .panel")).to_be_visible()
    return page


async def shows(page: Page, names: str) -> None:
    """The rows in sight, from top to bottom."""
    titles = page.locator(NAMES)
    await becomes(lambda: titles.evaluate_all(FROM_TOP), lambda found: ", ".join(found) == names)


async def test_files_stand_in_their_folders_which_sum_them_up(lookout: Scripted, open_page: Opener) -> None:
    page = await opened(lookout, open_page, "files", *FILES)
    await shows(page, "shop, src, api, auth.py, routes.py, app.py, tests/deep/down, test_app.py, README.md")
    api = page.locator(ROW).nth(2)
    await expect(api.locator(".reads")).to_have_text("14")
    await expect(api.locator(".edits")).to_have_text("3")
    await expect(api.locator(".size")).to_have_text("4 kB")
    await expect(api.locator(".flag")).to_have_text("1 in conflict")
    await expect(page.locator(ROW, has_text="shop").first.locator(".by")).to_contain_text("engineer")


async def test_a_patch_changes_the_figures_of_a_file_and_of_its_folders(lookout: Scripted, open_page: Opener) -> None:
    page = await opened(lookout, open_page, "files", *FILES)
    await expect(page.locator(ROW).first.locator(".reads")).to_have_text("20")
    await lookout.patch({"projects": {"shop": {"files": {"src/app.py": {"reads": 5, "seq": 6}}}}})
    await expect(page.locator(ROW).first.locator(".reads")).to_have_text("21")


async def test_the_tree_is_walked_opened_and_closed_by_keys(lookout: Scripted, open_page: Opener) -> None:
    page = await opened(lookout, open_page, "files", *FILES)
    meant = page.locator(f"{ROW}.meant .title")
    await page.locator(TREE).focus()
    for keys, name in [
        ("ArrowDown ArrowDown", "api"),
        ("ArrowLeft", "api"),
        ("ArrowDown", "app.py"),
        ("ArrowLeft", "src"),
        ("End", "README.md"),
        ("Home", "shop"),
    ]:
        for key in keys.split():
            await page.keyboard.press(key)
        await expect(meant).to_have_text(name)
    await shows(page, "shop, src, api, app.py, tests/deep/down, test_app.py, README.md")
    await expect(page.locator(ROW, has_text="api")).to_have_attribute("aria-expanded", "false")
    for key in ["ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowDown", "Enter"]:
        await page.keyboard.press(key)
    await expect(page.locator("#inspector")).to_contain_text("src/api/routes.py")
    selected = await page.locator(f"{ROW}[aria-selected=true]").get_attribute("id")
    await expect(page.locator(TREE)).to_have_attribute("aria-activedescendant", selected or "")


async def test_a_click_folds_a_folder_and_shows_a_file(lookout: Scripted, open_page: Opener) -> None:
    page = await opened(lookout, open_page, "files", *FILES)
    await page.locator(ROW, has_text="api").first.click()
    await expect(page.locator(NAMES, has_text="routes.py")).to_have_count(0)
    await page.locator(ROW, has_text="README.md").locator(".size").click()
    await expect(page.locator("#inspector")).to_contain_text("README.md")
    await expect(page).to_have_url(re.compile("sel=file:shop/README.md"))


async def test_a_link_to_a_file_opens_the_folders_around_it(lookout: Scripted, open_page: Opener) -> None:
    page = await opened(lookout, open_page, "files", *FILES)
    await page.get_by_role("button", name="Close all").click()
    await expect(page.locator(ROW)).to_have_count(1)
    await page.keyboard.press("j")
    await page.evaluate("history.replaceState(null, '', '/?view=files&sel=file:shop/src/api/routes.py')")
    await page.evaluate("dispatchEvent(new PopStateEvent('popstate'))")
    await expect(page.locator(f"{ROW}[aria-selected=true] .title")).to_have_text("routes.py")
    await shows(page, "shop, src, api, auth.py, routes.py, app.py, tests/deep/down, README.md")


async def test_a_filter_leaves_the_paths_that_match_and_is_part_of_the_link(
    lookout: Scripted, open_page: Opener
) -> None:
    page = await opened(lookout, open_page, "files", *FILES)
    await page.get_by_label("Filter by path").fill("SRC *.py")
    await expect(page.locator(ROW)).to_have_count(5)
    await expect(page).to_have_url(re.compile(r"path=SRC\+\*\.py"))
    await page.get_by_label("Filter by path").fill("nowhere")
    await expect(page.locator(".empty")).to_contain_text("No file has “nowhere” in its path.")
    await page.get_by_role("link", name="Show all").click()
    await expect(page.locator(ROW)).to_have_count(9)


async def test_files_are_listed_as_they_were_touched_last(lookout: Scripted, open_page: Opener) -> None:
    page = await opened(lookout, open_page, "files.recent", *FILES)
    rows = page.locator(".listing-canvas .listing-row")
    await expect(rows).to_have_count(5)
    await expect(rows.first).to_contain_text("edited")
    await expect(rows.first).to_contain_text("test_app.py")
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await expect(page.locator("#inspector")).to_contain_text("src/app.py")


async def test_a_conflict_says_who_and_when(lookout: Scripted, open_page: Opener) -> None:
    page = await opened(lookout, open_page, "files.conflicts", *FILES)
    row = page.locator(".listing-canvas .listing-row")
    await expect(row).to_have_count(1)
    await expect(row).to_contain_text("2 agents wrote within 60 s: pm and engineer, from ")
    await expect(page.locator(".view-tab", has_text="Conflicts")).to_contain_text("1")


async def test_no_conflict_and_no_file_are_said_in_words(lookout: Scripted, open_page: Opener) -> None:
    page = await opened(lookout, open_page, "files.conflicts", file("a.py", 1))
    await expect(page.locator(".empty")).to_have_text("No two agents have written one file within 60 s of each other.")
    await page.close()
    page = await opened(lookout, open_page, "files")
    await expect(page.locator(".empty")).to_have_text("No file has been touched yet.")


async def test_the_history_of_a_file_tells_who_changed_it_unseen(lookout: Scripted, open_page: Opener) -> None:
    lookout.state = state_with(file("src/api/routes.py", 6, reads=2, edits=3))
    lookout.answers["/events"] = history(
        ("main", "read"), ("a1", "read"), ("a1", "edit"), ("main", "edit"), ("main", "edit")
    )
    page = await open_page(f"{lookout.origin}/?view=files&sel=file:shop/src/api/routes.py")
    acts = page.locator(".file-acts li")
    await expect(acts).to_have_count(5)
    await expect(acts.nth(0)).to_contain_text("edited it itself 1 s before")
    await expect(acts.nth(1)).to_contain_text("had not seen how engineer edited it 1 s before")
    await expect(acts.nth(2)).to_contain_text("read it 1 s before")
    lookout.answers["/events/4"] = lookout.answers["/events"]["events"][1]
    await acts.nth(1).get_by_role("link").click()
    await expect(page).to_have_url(re.compile("sel=evt:4"))


async def test_a_history_that_cannot_be_had_says_so_and_leaves_the_rest(lookout: Scripted, open_page: Opener) -> None:
    page = await opened(lookout, open_page, "files", *FILES)
    await page.route("**/events?*", lambda route: route.fulfill(body="no JSON"))
    await page.locator(ROW, has_text="README.md").click()
    await expect(page.locator("#inspector .failure")).to_contain_text("The history cannot be shown.")
    await expect(page.locator("#inspector")).to_contain_text("2 kB")


async def test_thousands_of_files_take_few_elements(lookout: Scripted, open_page: Opener) -> None:
    files = [file(f"src/part_{number % 50}/file_{number}.py", number + 1) for number in range(2000)]
    for tab in ("tree", "recent"):
        page = await opened(lookout, open_page, f"files.{tab}", *files)
        await expect(page.locator(".view-files .note")).to_have_text("2,000")
        assert await page.evaluate("() => document.querySelectorAll('*').length") <= MOST_ELEMENTS
        await page.keyboard.press("End")
        await expect(page.locator(".selected, [aria-selected=true]").first).to_be_visible()


async def test_a_hostile_path_changes_nothing_but_its_own_cell(lookout: Scripted, open_page: Opener) -> None:
    path = "src/<img src=x onerror=alert(1)>\u202e\u001b[31m/" + "long" * 500 + ".py"
    page = await opened(lookout, open_page, "files", file(path, 1), file("a.py", 2))
    await expect(page.locator(ROW)).to_have_count(4)
    assert await page.evaluate("() => document.querySelectorAll('.tree img').length") == 0
    assert await page.evaluate("() => document.documentElement.scrollWidth") <= 1440
    assert await page.locator(ROW).evaluate_all("rows => rows.map(row => row.offsetHeight)") == [26] * 4


async def test_nothing_is_wrong_with_how_it_looks(lookout: Scripted, open_page: Opener) -> None:
    page = await opened(lookout, open_page, "files", *FILES)
    found = []
    for query, shown in {
        "files": "routes.py",
        "files.recent": "routes.py",
        "files.conflicts": "2 agents wrote within 60 s",
        "files&path=nowhere": "No file has",
    }.items():
        await go(page, f"view={query}")
        await expect(page.locator(".view-files")).to_contain_text(shown)
        found += [f"{query} {each}" for each in await wrong_in_any_look(page)]
    lookout.answers["/events"] = history(("main", "read"), ("a1", "edit"), ("main", "edit"))
    await go(page, "view=files&sel=file:shop/src/api/routes.py")
    await expect(page.locator(".file-acts li")).to_have_count(3)
    found += [f"history {each}" for each in await wrong_in_any_look(page)]
    assert found == []
