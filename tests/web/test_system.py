"""How Lookout itself is: its services, what comes in, the log, who is connected."""

from __future__ import annotations

import copy
import re

import pytest
from playwright.async_api import Page, Route, expect

from tests.web.axe import wrong_in_any_look
from tests.web.conftest import Opener
from tests.web.scripted import Json, Scripted
from tests.web.team import STATE
from tests.web.visit import whole

pytestmark = pytest.mark.asyncio(loop_scope="module")


def instance(service: str, number: int = 1, *, alive: bool = True, age: float = 0.5, **figures: Json) -> Json:
    beat = {
        "service": service,
        "instance": f"{service}-{number}",
        "pid": 100 + number,
        "uptime": 3725.0,
        "interval": 1.0,
        "cpu": 0.125,
        "memory": 64 << 20,
        "counters": {},
        "gauges": {},
    }
    return {"alive": alive, "age": age, "beat": beat | figures}


INGEST = {"requests": 1234, "stored": 5678, "duplicates": 3, "refused_400": 10, "refused_413": 2, "batches": 9}
STREAM = {"connections": 42, "deliveries": 99_000, "bytes": 7 << 20, "closed_4008": 1}
STATUS: Json = {
    "agents": "degraded",
    "mcp_gateway": "unknown",
    "websocket": "healthy",
    "metrics": {},
    "services": {"ingest": "healthy", "stream": "healthy", "api": "healthy", "nats": "healthy"},
    "instances": [
        instance("api", gauges={"seq": 18_400}),
        instance("ingest", counters=INGEST, gauges={"bytes_waiting": 2048}),
        instance("stream", counters=STREAM, gauges={"connections": 3, "max_connections": 1000, "delay": 0.0012}),
    ],
    "log": {
        "epoch": "c1a17a04e3eba74d",
        "first": 101,
        "last": 18_402,
        "bytes": 12 << 20,
        "max_bytes": 8 << 30,
        "max_age": 30 * 86_400,
    },
    "seq": 18_402,
}


def forwarder(host: str, age: float, **figures: int | str) -> Json:
    none = dict.fromkeys("waiting waiting_bytes sent refused lost".split(), 0)
    told = {"spool": host, "host": host, "version": "1.2.3", "uptime": 9.0, "interval": 10.0, "max_bytes": 1 << 30}
    return {"age": age, "forwarder": told | none | {"oldest": None} | figures}


FORWARDERS = [
    forwarder("büro", 2.0, waiting=1234, waiting_bytes=5 << 20, oldest="2026-11-24T05:00:00Z", sent=99_000),
    forwarder("<b>desk</b>", 3.0, sent=7, refused=2, lost=31),
    forwarder("laptop", 7200.0, sent=12),
]


async def opened(lookout: Scripted, open_page: Opener, status: Json = STATUS, **window: object) -> Page:
    lookout.state, lookout.state_seq = copy.deepcopy(STATE), 41
    sessions = lookout.state["projects"]["shop"]["sessions"]
    for number, session in enumerate(sessions.values()):
        session |= {"source": "claude-code", "events": 100 + number, "last_seen": "2026-11-24T06:00:00Z"}
    types = {"tool_use": 700, "file_operation": 190}
    lookout.state["projects"]["shop"]["activity"] = {"events": 890, "types": types}
    lookout.answers |= {
        "/status": status,
        "/health": {"version": "1.2.3", "uptime": 3725},
        "/events/101": {"seq": 101, "stored": "2026-11-24T05:00:00Z"},
    }
    page = await open_page(f"{lookout.origin}/?view=system", **window)
    await expect(page.locator(".system-headline")).to_be_visible()
    return page


async def test_each_service_says_how_it_is_and_what_it_does(lookout: Scripted, open_page: Opener) -> None:
    page = await opened(lookout, open_page)
    await expect(page.locator(".system-headline")).to_contain_text("All services are well.")
    for service, words in {
        "api": ["healthy", "1 h", "12.5 %", "64 MB", "folded to #18,400 · 2 behind the log at its last heartbeat"],
        "ingest": ["2 kB wait to be stored · 1.23 k requests"],
        "stream": ["3 connected · 1.2 ms from the log to the socket"],
        "nats": ["healthy", "it sends no heartbeats"],
    }.items():
        row = page.locator(".services-table tbody tr", has_text=re.compile(f"^{service}"))
        for each in words:
            await expect(row).to_contain_text(each)


async def test_what_comes_in_says_what_was_refused_and_repeated(lookout: Scripted, open_page: Opener) -> None:
    page = await opened(lookout, open_page)
    ingest = page.locator(".panel.ingest")
    for words in [
        "1,234",
        "5,678 events",
        "10 not understood (400)",
        "2 too large (413)",
        "3 came again and were stored once",
    ]:
        await expect(ingest).to_contain_text(words)
    source = ingest.locator("tbody tr")
    await expect(source).to_contain_text("claude-code3303")
    await source.get_by_role("link").click()
    await expect(page).to_have_url(re.compile("q=source:claude-code"))


async def test_the_log_says_what_it_keeps_and_for_how_long(lookout: Scripted, open_page: Opener) -> None:
    page = await opened(lookout, open_page)
    log = page.locator(".panel.log")
    for words in [
        "18,302: #101 to #18,402",
        "12 MB of at most 8 GB",
        "c1a17a04e3eba74d",
        "Events are kept for 30 days or until they take 8 GB, whichever comes first; the oldest go first.",
    ]:
        await expect(log).to_contain_text(words)
    await expect(page.locator(".panel.clients")).to_contain_text("3 of at most 1,000")
    await expect(page.locator(".panel.clients")).to_contain_text("1 cut off, for they did not keep up (4008)")
    await expect(page.locator(".panel.types")).to_contain_text("tool_use700")
    about = page.locator(".panel.about")
    await expect(about).to_contain_text("1.2.3")
    links = about.get_by_role("link")
    await expect(links).to_have_count(3)
    hrefs = [await link.get_attribute("href") for link in await links.all()]
    assert hrefs == ["/docs", "/openapi.json", "/metrics"]


async def test_each_forwarder_says_what_waits_and_what_became_of_the_rest(lookout: Scripted, open_page: Opener) -> None:
    page = await opened(lookout, open_page, STATUS | {"forwarders": FORWARDERS})
    rows = page.locator(".panel.forwarders tbody tr")
    for row, words in enumerate(
        [
            ["büro", "catching up", "1,234 events, 5 MB of at most 1 GB", "99,000", "2 s ago"],
            ["<b>desk</b>", "has lost events", "nothing", "7", "2", "31", "3 s ago"],
            ["laptop", "silent", "nothing", "12", "2 h ago"],
        ]
    ):
        for each in words:
            await expect(rows.nth(row)).to_contain_text(each)


async def test_without_forwarders_nothing_is_said_of_them(lookout: Scripted, open_page: Opener) -> None:
    page = await opened(lookout, open_page)
    await expect(page.locator(".panel.log")).to_be_visible()
    await expect(page.locator(".panel.forwarders")).to_have_count(0)


async def test_a_service_that_is_not_heard_is_said_in_words(lookout: Scripted, open_page: Opener) -> None:
    words = STATUS["services"] | {"ingest": "unhealthy", "nats": "unhealthy"}
    gone = [instance("ingest", alive=False, age=31), instance("api"), instance("api", 2, alive=False, age=20)]
    page = await opened(lookout, open_page, STATUS | {"services": words, "instances": gone, "log": None})
    headline = page.locator(".system-headline")
    await expect(headline).to_contain_text("Ingest is not heard: what agents send may not be taken.")
    await expect(headline).to_contain_text("The log does not answer: nothing can be stored.")
    rows = page.locator(".services-table tbody tr")
    await expect(rows.nth(0)).to_contain_text("unhealthy")
    await expect(rows.nth(0)).to_contain_text("31 s ago")
    await expect(rows.nth(2)).to_contain_text("gone")
    await expect(page.locator(".panel.log")).to_contain_text("The log does not answer, so nothing can be stored now.")
    await expect(page.locator(".panel.clients")).to_contain_text("Stream is not heard")


async def test_figures_are_asked_for_again_at_the_pace_of_the_heartbeats(lookout: Scripted, open_page: Opener) -> None:
    page = await opened(lookout, open_page)
    await expect(page.locator(".panel.ingest")).to_contain_text("1,234")
    later = copy.deepcopy(STATUS)
    later["instances"][1]["beat"] |= {"uptime": 3727.0, "counters": INGEST | {"requests": 1300}}
    lookout.answers["/status"] = later
    await expect(page.locator(".panel.ingest")).to_contain_text("1,300")


async def test_what_is_old_says_how_old_and_stays(lookout: Scripted, open_page: Opener) -> None:
    page = await opened(lookout, open_page)

    async def no_json(route: Route) -> None:
        await route.fulfill(body="")

    await page.route("**/status", no_json)
    headline = page.locator(".system-headline")
    await expect(headline).to_contain_text(re.compile(r"This is as it was \d+ s ago\."))
    await expect(page.locator(".panel.ingest")).to_contain_text("1,234")
    await page.unroute("**/status")
    await headline.get_by_role("button", name="Try again").click()
    await expect(headline).to_contain_text("All services are well.")


async def test_before_there_is_an_event_it_is_there_all_the_same(lookout: Scripted, open_page: Opener) -> None:
    lookout.answers["/status"] = STATUS | {"log": {"epoch": "e", "first": 1, "last": 0}}
    lookout.answers["/health"] = {"version": "1.2.3", "uptime": 1}
    page = await open_page(f"{lookout.origin}/?view=system")
    await expect(page.locator(".panel.log")).to_contain_text("none yet")
    await expect(page.locator(".panel.ingest")).to_contain_text("No session has been seen yet.")
    await expect(page.locator(".panel.types")).to_contain_text("No event has been seen yet.")


@pytest.mark.parametrize("well", [True, False])
async def test_nothing_is_wrong_with_how_it_looks(lookout: Scripted, open_page: Opener, well: bool) -> None:
    status = STATUS | {"forwarders": FORWARDERS}
    troubled = status | {"services": {"ingest": "unhealthy", "nats": "unhealthy"}, "instances": [], "log": None}
    page = await opened(lookout, open_page, status if well else troubled)
    await whole(page, "system")
    await expect(page.locator(".forwarders tbody tr")).to_have_count(3)
    assert await wrong_in_any_look(page) == []
