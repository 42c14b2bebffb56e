"""A headless Chromium, and pages in it that may not complain."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Literal

import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Error, Page, async_playwright, expect

from services.settings import ROOT
from tests.web.scripted import Scripted, scripted
from tests.web.team import ANSWERS

CHROMIUM = Path("/usr/bin/chromium")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DIST = ROOT / "web" / "dist"
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"

# A busy machine is slow, which says nothing of what is tested.
expect.set_options(timeout=15_000)

Theme = Literal["dark", "light"]
Opener = Callable[..., Awaitable[Page]]


def _exists(path: Path) -> bool:
    return path.exists()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    assert _exists(CHROMIUM), "Chromium is missing: apt-get install -y --no-install-recommends chromium"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def lookout() -> AsyncIterator[Scripted]:
    assert _exists(DIST / "index.html"), "The page is not built: run `make web`."
    async with scripted(DIST, {"/axe.js": AXE}) as lookout:
        lookout.answers |= copy.deepcopy(ANSWERS)
        yield lookout


@pytest_asyncio.fixture(loop_scope="module")
async def open_page(browser: Browser, lookout: Scripted) -> AsyncIterator[Opener]:
    """Opens the page in a window of its own. What it says on the console, as it does when its policy is violated,
    and what it throws fails the test; where it is `failing`, requests may fail."""
    complaints: list[str] = []
    contexts = []

    def heard(message: ConsoleMessage, failing: bool) -> None:
        expected = "WebSocket connection to" in message.text or (failing and "Failed to load" in message.text)
        if message.type in ("error", "warning") and not expected:
            complaints.append(f"{message.text} {message.location['url']}")

    def thrown(error: Error) -> None:
        complaints.append(str(error))

    async def open_page(
        url: str = "",
        *,
        width: int = 1440,
        height: int = 900,
        theme: Theme = "dark",
        failing: bool = False,
        zone: str = "UTC",
    ) -> Page:
        context = await browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=theme, timezone_id=zone
        )
        contexts.append(context)
        page = await context.new_page()
        page.on("console", lambda message: heard(message, failing))
        page.on("pageerror", thrown)
        await page.goto(url or lookout.origin)
        return page

    yield open_page
    for context in contexts:
        await context.close()
    assert complaints == []
