"""How a page is led about, and waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from playwright.async_api import Page, expect

T = TypeVar("T")

GO = "url => { history.pushState(null, '', url); dispatchEvent(new PopStateEvent('popstate')); }"
PATIENCE = 10


async def go(page: Page, place: str) -> None:
    """Leads to another place of the page that is open, with all that it knows."""
    await page.evaluate(GO, f"/?{place}")


async def whole(page: Page, view: str) -> None:
    """Waits until the view is there, and nothing in the page is waited for any more."""
    await expect(page.locator(f".view-{view}")).to_be_visible()
    await expect(page.locator(".skeleton")).to_have_count(0)


async def press(page: Page, *keys: str) -> None:
    for key in keys:
        await page.keyboard.press(key)


async def becomes(read: Callable[[], Awaitable[T]], wanted: Callable[[T], object]) -> T:
    """What is read, once it is as wanted; what a page shows comes with a frame or a task of its own."""
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while not wanted(found := await read()):
        assert asyncio.get_running_loop().time() < deadline, found
        await asyncio.sleep(0.02)
    return found
