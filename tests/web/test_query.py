"""The query bar, the histogram and the list of events that are looked for."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.async_api import Page, Route, expect

from tests.conftest import until
from tests.web.axe import wrong_in_any_look
from tests.web.conftest import Opener
from tests.web.scripted import Json, Scripted
from tests.web.team import STATE
from tests.web.visit import go, whole

pytestmark = pytest.mark.asyncio(loop_scope="module")

COUNTS = [0] * 30 + [7] * 30
ROW = ".canvas .row"


class History:
    """Answers as the API does, over the log of a scripted Lookout; all that it is asked is kept."""

    def __init__(self, lookout: Scripted) -> None:
        self.lookout = lookout
        self.searches: list[dict[str, str]] = []
        self.counts: list[dict[str, str]] = []
        self.found: list[Json] | None = None
        self.refused: Json | None = None
        """What it says of a query with a path in it."""

    async def answer(self, route: Route) -> None:
        url = urlsplit(route.request.url)
        asked = {key: value for key, [value] in parse_qs(url.query).items()}
        if self.refused and "path" in asked.get("q", ""):
            await route.fulfill(status=400, json=self.refused)
        elif url.path == "/events/histogram":
            self.counts.append(asked)
            answer: Json = {"counts": COUNTS, "errors": [count // 7 for count in COUNTS], "sampled": 1, "seq": 1}
            await route.fulfill(json=answer | {"after": asked["after"], "before": asked["before"]})
        elif url.path == "/events":
            self.searches.append(asked)
            await route.fulfill(json={"events": self.found or [], "seq": 1, "complete": True, "scanned": 1})
        else:
            seq = int(url.path.rpartition("/")[2])
            await route.fulfill(body=json.dumps(self.lookout.log[seq - 1]), content_type="application/json")


def calls(lookout: Scripted, many: int) -> None:
    """Records tool calls, each with its beginning and its end, every fourth of which failed."""
    for number in range(many):
        call: dict[str, Any] = {"tool": "Bash" if number % 2 else "Read", "tool_use_id": f"toolu_{number}"}
        who = {"agent": "pm" if number % 3 else "qa", "session": "sess-3f2b"}
        lookout.record("tool_use", call | {"phase": "started"}, **who)
        phase = "finished" if number % 4 else "failed"
        lookout.record("tool_use", call | {"phase": phase, "duration_ms": 100 + number}, **who)


async def opened(lookout: Scripted, open_page: Opener, link: str, **window: Any) -> tuple[Page, History]:
    lookout.state = STATE
    history = History(lookout)
    page = await open_page("about:blank", **window)
    await page.route(re.compile(r"/events(/|\?|$)"), history.answer)
    await page.route("**/health", lambda route: route.fulfill(json={"version": "0"}))
    await page.goto(f"{lookout.origin}/?view=events{link}")
    await expect(page.locator(".histogram-words")).to_contain_text("210 events")
    return page, history


def linked(url: str) -> dict[str, str]:
    return {key: value for key, [value] in parse_qs(urlsplit(url).query).items()}


async def links(page: Page, key: str, value: str | None) -> None:
    """The address comes to say so."""
    await page.wait_for_url(lambda url: linked(url).get(key) == value, wait_until="commit")


async def test_a_query_that_is_wrong_is_underlined_and_said_and_the_list_stays(
    lookout: Scripted, open_page: Opener
) -> None:
    calls(lookout, 4)
    page, _ = await opened(lookout, open_page, "")
    await page.keyboard.press("/")
    await page.keyboard.type("tool:Bash colour:red ")
    await expect(page.locator(".query-fault")).to_have_text("colour")
    await expect(page.locator("#query-error")).to_contain_text("There is no field colour")
    await expect(page.locator("#query")).to_have_attribute("aria-invalid", "true")
    await expect(page.locator(ROW)).not_to_have_count(0)
    for _ in "colour:red ":
        await page.keyboard.press("Backspace")
    await expect(page.locator("#query-error")).to_be_empty()
    await expect(page.locator(ROW)).to_have_count(2)
    await links(page, "q", "tool:Bash")
    await page.keyboard.press("Enter")
    await page.go_back()
    await expect(page.locator("#query")).to_have_value("")
    await links(page, "q", None)


async def test_suggestions_come_from_the_state_and_are_taken_by_keys(lookout: Scripted, open_page: Opener) -> None:
    calls(lookout, 4)
    page, _ = await opened(lookout, open_page, "")
    await page.keyboard.press("/")
    await page.keyboard.type("age")
    await page.keyboard.press("ArrowDown")
    await expect(page.locator("[role=option][aria-selected=true]")).to_contain_text("agent:")
    await page.keyboard.press("Enter")
    await page.keyboard.type("res")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.locator("#query")).to_have_value("agent:research ")
    await page.keyboard.press("Enter")
    await expect(page.locator(".events-nothing")).to_contain_text("agent:research leaves out all")


async def test_a_chip_that_is_clicked_takes_its_term_away(lookout: Scripted, open_page: Opener) -> None:
    calls(lookout, 8)
    page, _ = await opened(lookout, open_page, "&q=tool:Bash -agent:qa")
    await expect(page.locator(".chip")).to_have_text(["tool:Bash", "-agent:qa"])
    await expect(page.locator(ROW)).to_have_count(3)
    await page.locator(".chip").first.click()
    await expect(page.locator(ROW)).to_have_count(5)
    await page.go_back()
    await expect(page.locator(ROW)).to_have_count(3)


async def test_the_beginning_and_the_end_of_a_call_are_one_row_until_they_are_asked_for(
    lookout: Scripted, open_page: Opener
) -> None:
    calls(lookout, 3)
    lookout.record("tool_use", {"tool": "Bash", "phase": "started", "tool_use_id": "open"}, session="sess-3f2b")
    page, _ = await opened(lookout, open_page, "")
    await expect(page.locator(ROW)).to_have_count(4)
    await expect(page.locator(ROW).nth(1)).to_contain_text("101 ms")
    data = {"tool": "Bash", "phase": "finished", "tool_use_id": "open", "duration_ms": 77}
    await lookout.emit("tool_use", data, session="sess-3f2b")
    await expect(page.locator(ROW, has_text="77 ms")).to_be_visible()
    await expect(page.locator(ROW)).to_have_count(4)
    await page.get_by_role("button", name="Grouped").click()
    await expect(page.locator(ROW)).to_have_count(8)
    await links(page, "grp", "0")


async def test_errors_alone_are_a_key_away(lookout: Scripted, open_page: Opener) -> None:
    calls(lookout, 8)
    page, _ = await opened(lookout, open_page, "")
    await page.keyboard.press("e")
    await expect(page.locator(ROW)).to_have_count(2)
    await links(page, "q", "is:error")
    await page.keyboard.press("e")
    await expect(page.locator(ROW)).to_have_count(8)


async def test_keys_select_an_event_and_filter_by_its_values(lookout: Scripted, open_page: Opener) -> None:
    calls(lookout, 8)
    page, _ = await opened(lookout, open_page, "")
    await expect(page.locator(ROW)).to_have_count(8)
    await page.keyboard.press("k")
    await page.keyboard.press("k")
    await expect(page.locator(f"{ROW}.selected")).to_contain_text("106 ms")
    await links(page, "sel", "evt:14")
    await page.keyboard.press("ArrowRight")
    await expect(page.locator(".events-value.chosen")).to_contain_text("agent")
    await page.keyboard.press("x")
    await expect(page.locator(ROW)).to_have_count(5)
    await links(page, "q", "-agent:qa")
    await page.locator(ROW, has_text="104 ms").click()
    await page.get_by_role("button", name="Filter for tool Read").click()
    await expect(page.locator(ROW)).to_have_count(2)


async def test_a_time_is_chosen_by_pointer_and_by_keys(lookout: Scripted, open_page: Opener) -> None:
    calls(lookout, 2)
    page, history = await opened(lookout, open_page, "")
    box = await page.locator(".histogram-plot").bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + box["width"] * 0.55, box["y"] + 20)
    await page.mouse.down()
    await page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 20)
    await expect(page.locator(".histogram-words")).to_contain_text("91 events, 13 errors (14.3 %)")
    await page.mouse.up()
    await page.wait_for_url(re.compile("range="))
    after, _, before = linked(page.url)["range"].partition("..")
    await expect(page.locator("#range option:checked")).to_contain_text("(13 min)")
    brushed = {"after": after, "before": before}
    await until(lambda: brushed.items() <= history.counts[-1].items(), "they are counted within that time")

    await page.locator(".histogram-plot").focus()
    for key in ("Home", "Shift+ArrowRight", "Shift+ArrowRight"):
        await page.keyboard.press(key)
    await expect(page.locator(".histogram-plot")).to_have_attribute("aria-valuetext", re.compile("0 events"))
    await page.keyboard.press("Enter")
    await expect(page.locator("#range option:checked")).to_contain_text("(39 s)")
    await page.wait_for_url(re.compile(f"range={re.escape(quote(after, ':'))}"), wait_until="commit")


async def test_what_rows_cannot_tell_is_asked_of_the_history(lookout: Scripted, open_page: Opener) -> None:
    calls(lookout, 2)
    page, _ = await opened(lookout, open_page, "")
    history = History(lookout)
    history.found = [lookout.log[3]]
    await page.unroute_all()
    await page.route(re.compile(r"/events(/|\?|$)"), history.answer)
    await page.keyboard.press("/")
    await page.keyboard.type("handlers")
    await page.keyboard.press("Enter")
    await expect(page.locator(ROW)).to_have_count(1)
    await expect(page.locator(".events-before")).to_contain_text("handlers is more than live rows can tell")
    assert {asked["q"] for asked in history.searches} == {"handlers"}


async def test_the_table_says_what_the_bars_say_in_few_elements(lookout: Scripted, open_page: Opener) -> None:
    calls(lookout, 2)
    page, _ = await opened(lookout, open_page, "", width=390, height=844)
    assert await page.locator(".histogram *").count() <= 130
    await page.get_by_role("button", name="Table", exact=True).click()
    await expect(page.locator(".histogram tbody tr")).to_have_count(20)
    await expect(page.locator(".histogram tbody tr").last).to_contain_text("21")
    assert await page.locator(".histogram *").count() <= 130
    assert await page.evaluate("() => document.documentElement.scrollWidth") == 390


async def test_nothing_is_wrong_with_how_it_looks(lookout: Scripted, open_page: Opener) -> None:
    calls(lookout, 8)
    page, _ = await opened(lookout, open_page, "")
    found = []
    for link, shown in {
        "": ROW,
        "&q=tool:Bash -agent:qa": ".chip",
        "&q=agent:nobody": ".events-nothing",
        "&q=&sel=evt:4": "#inspector .facts",
        "&q=nope:1": ".query-fault",
    }.items():
        await go(page, f"view=events{link}")
        await expect(page.locator(shown).first).to_be_visible()
        await whole(page, "events")
        found += [f"{link} {each}" for each in await wrong_in_any_look(page)]
    assert found == []


async def test_a_query_that_the_server_refuses_is_underlined_and_said_and_the_list_stays(
    lookout: Scripted, open_page: Opener
) -> None:
    calls(lookout, 4)
    page, history = await opened(lookout, open_page, "&q=tool:Bash", failing=True)
    await expect(page.locator(ROW)).to_have_count(2)
    history.refused = {"detail": "q: This takes too long.", "start": 10, "end": 20}
    await page.keyboard.press("/")
    await page.keyboard.press("End")
    await page.keyboard.type(" path~a.*b")
    await expect(page.locator(".query-fault")).to_have_text("path~a.*b")
    await expect(page.locator("#query-error")).to_have_text("This takes too long.")
    await expect(page.locator("#query")).to_have_attribute("aria-invalid", "true")
    await expect(page.locator(ROW)).to_have_count(2)
    await expect(page.get_by_role("alert")).to_have_count(0)
    history.refused = None
    history.found = lookout.log[-1:]
    await page.keyboard.press("Enter")
    await expect(page.locator("#query-error")).to_be_empty()
    await expect(page.locator(ROW)).to_have_count(1)


async def test_a_link_to_a_query_that_the_server_refuses_shows_the_events_all_the_same(
    lookout: Scripted, open_page: Opener
) -> None:
    calls(lookout, 4)
    page, history = await opened(lookout, open_page, "", failing=True)
    history.refused = {"detail": "q: This takes too long.", "start": 0, "end": 99}
    await page.goto(f"{lookout.origin}/?view=events&q=path~a.*b&project=shop")
    await expect(page.locator(".query-fault")).to_have_text("path~a.*b")
    await expect(page.locator(ROW)).to_have_count(4)
